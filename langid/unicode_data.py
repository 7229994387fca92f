"""Code-point property tables built from the ranges in `data/`: scripts, Han forms and word-break classes.

Script and Script_Extensions are those of Unicode 18.0.0 (Unicode Standard Annex #24), written to `data/scripts.csv` and
`data/script_extensions.csv` by `tools/make_script_table.py`; `data/han_forms.csv` is by `tools/make_han_table.py`.
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


class ClassTable(NamedTuple):
    """The script of every code point, and of shared ones the scripts that use them.

    `scripts` are the codes of `ScriptTable`. `numbers` is a uint16 array of length 0x110000: below
    `len(scripts)` the number of the script, from there on that of a set of scripts (Script_Extensions), whose
    members are the row `members[number - len(scripts)]`, bool of shape (sets, scripts). `han` is a uint8 array
    of length 0x110000: 1 for characters of simplified Chinese only, 2 of traditional only, 0 for all others.
    """

    scripts: tuple[str, ...]
    numbers: npt.NDArray[np.uint16]
    members: npt.NDArray[np.bool_]
    han: npt.NDArray[np.uint8]


@cache
def class_table() -> ClassTable:
    """The table, built once per process.

    >>> table = class_table()
    >>> danda = table.members[table.numbers[ord("।")] - len(table.scripts)]
    >>> [code for code, used in zip(table.scripts, danda) if used][:3], table.han[[ord(c) for c in "国國人"]].tolist()
    (['Beng', 'Deva', 'Dogr'], [1, 2, 0])
    """
    scripts, plain = script_table()
    numbers = plain.astype(np.uint16)
    position = {code: i for i, code in enumerate(scripts)}
    with (DATA / "script_extensions.csv").open(encoding="ascii", newline="") as lines:
        ranges = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    sets = {users: i for i, users in enumerate(sorted({found["scripts"] for found in ranges}))}
    members = np.zeros((len(sets), len(scripts)), bool)
    for users, row in sets.items():
        members[row, [position[code] for code in users.split()]] = True
    for found in ranges:
        first, last = int(found["first"], 16), int(found["last"], 16)
        numbers[first : last + 1] = len(scripts) + sets[found["scripts"]]
    han = np.zeros(sys.maxunicode + 1, np.uint8)
    with (DATA / "han_forms.csv").open(encoding="utf-8", newline="") as lines:
        for form, found in enumerate(csv.DictReader(lines), start=1):
            han[[ord(c) for c in found["characters"]]] = form
    for table in (numbers, members, han):
        table.flags.writeable = False
    return ClassTable(scripts, numbers, members, han)


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
    ['letter', 'digit', 'stop', 'hyphen', 'bracket']
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


@cache
def blank_kinds() -> npt.NDArray[np.bool_]:
    """Which kinds of `word_break_table` are white space, or stand for none: bool (kinds,)."""
    return np.array([kind.joining == "blank" for kind in word_break_table().kinds])
