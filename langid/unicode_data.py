"""Code-point property tables built from the ranges in `data/`. So far: the script of every code point.

The Script property is that of Unicode 18.0.0 (Unicode Standard Annex #24), written to `data/scripts.csv` by
`tools/make_script_table.py`.
"""

from __future__ import annotations

import csv
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DATA = Path(__file__).parent / "data"
NO_SCRIPT = "Zyyy"


class ScriptTable(NamedTuple):
    """The script of every code point.

    `codes` are ISO 15924 codes in alphabetical order behind `codes[0]`, which is "Zyyy" and stands for Common
    (punctuation, the digits 0 to 9, emoji), Inherited (combining marks) and unassigned code points alike.
    `numbers` is a read-only uint8 array of length 0x110000: `codes[numbers[ord(c)]]` is the script of `c`.
    """

    codes: tuple[str, ...]
    numbers: npt.NDArray[np.uint8]


@cache
def script_table() -> ScriptTable:
    """The table, built once per process in a few milliseconds.

    >>> table = script_table()
    >>> [table.codes[table.numbers[ord(c)]] for c in "aяغक汉あア한ไ1"]
    ['Latn', 'Cyrl', 'Arab', 'Deva', 'Hani', 'Hira', 'Kana', 'Hang', 'Thai', 'Zyyy']
    """
    with (DATA / "scripts.csv").open(encoding="ascii", newline="") as lines:
        ranges = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    codes = (NO_SCRIPT, *sorted({found["script"] for found in ranges}))
    number = {code: i for i, code in enumerate(codes)}
    numbers = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
    for found in ranges:
        numbers[int(found["first"], 16) : int(found["last"], 16) + 1] = number[found["script"]]
    numbers.flags.writeable = False
    return ScriptTable(codes, numbers)
