"""Code-point property tables built from the ranges in `data/`: the script and the word-break class.

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


class WordBreak(NamedTuple):
    """What word segmentation asks of a code point.

    `word_break` is its class in ICU's root rules: the Word_Break property as ICU changes it, and
    `Extended_Pictographic`, `Hangul_Syllable` and `Kana_Han` for those; several are joined by `+`.
    `dictionary` says whether ICU divides runs of it with a dictionary or model: Thai, Lao, Khmer, Burmese, Han
    and Kana. `joining` is what filters/words.py asks: whether it stays with the characters around it.
    """

    word_break: str
    dictionary: bool
    joining: str


class WordBreakTable(NamedTuple):
    """The word-break class of every code point.

    `numbers` is a read-only uint8 array of length 0x110000: `kinds[numbers[ord(c)]]` is what is known of `c`.
    `kinds[0]` is that of every code point without a range in `data/word_break.csv`.
    """

    kinds: tuple[WordBreak, ...]
    numbers: npt.NDArray[np.uint8]


@cache
def word_break_table() -> WordBreakTable:
    """The table, built once per process in a few milliseconds.

    >>> table = word_break_table()
    >>> [table.kinds[table.numbers[ord(c)]].word_break for c in "a1.⌚"]
    ['ALetter', 'Numeric', 'MidNumLet', 'Extended_Pictographic']
    >>> [table.kinds[table.numbers[ord(c)]].dictionary for c in "aไ한汉"]
    [False, True, False, True]
    >>> [table.kinds[table.numbers[ord(c)]].joining for c in "a1.-("]
    ['letter', 'digit', 'stop', 'hyphen', 'edge']
    """
    with (DATA / "word_break.csv").open(encoding="ascii", newline="") as lines:
        ranges = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    found = [WordBreak(row["word_break"], bool(row["dictionary"]), row["joining"]) for row in ranges]
    kinds = (WordBreak("Other", False, "joiner"), *sorted(set(found)))
    number = {kind: i for i, kind in enumerate(kinds)}
    numbers = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
    for row, kind in zip(ranges, found, strict=True):
        numbers[int(row["first"], 16) : int(row["last"], 16) + 1] = number[kind]
    numbers.flags.writeable = False
    return WordBreakTable(kinds, numbers)
