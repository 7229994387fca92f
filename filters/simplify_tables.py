"""What becomes of each code point when a text is simplified, as arrays for the kernel.

Lower case, decomposition and removal of marks are one look-up: they are done here once for every code point.
The properties are those of Unicode 17.0, in `data/simplify.csv`, written by tools/make_simplify_table.py: the
same on every Python, whose own tables are of Unicode 14 (3.11) to 16 (3.14).
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .punctuation import SEPARATOR_PUNCTUATION
from .simplify import WORD_SEPARATORS, Mode, is_accent

# What is done with a code point, the low five bits of its entry. 0 to 3: that many bytes, in the entry's upper 24
# bits, take its place; 0 is a mark that goes.
FOUR = 4  # four bytes, copied
SPACE = 5  # white space and separating punctuation
DIGIT = 6
STARTER = 7  # a mark that goes, but that other marks do not move across (combining class 0)
SIGMA = 8  # two lower cases
LONG = 9  # more than three bytes: those of row `payload` of `long`
MARK = 10  # a mark that stays and that moves by its combining class: bytes of row `payload` of `long`
SYLLABLE = 11  # Hangul, to be decomposed
JAMO = 12  # Hangul vowel or final consonant, to be composed
KIND = 31
CASED = 1 << 5
IGNORABLE = 1 << 6  # Case_Ignorable

HANGUL = range(0xAC00, 0xD7A4)
VOWELS, FINALS = range(0x1161, 0x1176), range(0x11A8, 0x11C3)
PYTHON_SPACES = range(0x1C, 0x20)  # white space to str.strip, not to Unicode


class SimplifyTables(NamedTuple):
    """Tables of a mode.

    Attributes:
        entries: uint32 (0x110000,), kind | case bits | payload << 8 of each code point.
        classes: uint8 (0x110000,), combining class of the code points that stay; 0 of all others.
        long: uint8 (bytes,), UTF-8 of what does not fit an entry.
        long_offsets: int64 (rows + 1,), row i is `long[long_offsets[i]:long_offsets[i + 1]]`.
    """

    entries: NDArray[np.uint32]
    classes: NDArray[np.uint8]
    long: NDArray[np.uint8]
    long_offsets: NDArray[np.int64]


Ranges = dict[str, list[tuple[int, int, str]]]


@cache
def simplify_tables(mode: Mode) -> SimplifyTables:
    """The tables of a mode, built once per process in some milliseconds.

    >>> tables = simplify_tables("recipe")
    >>> bytes([tables.entries[ord("Ä")] >> 8]), tables.entries[ord("Ä")] & KIND
    (b'a', np.uint32(1))
    """
    ranges = _properties()
    marks = set(_points(ranges["Mn"]))
    gone = marks if mode == "recipe" else {point for point in marks if is_accent(chr(point))}
    classes = {point: int(a[2]) for a in ranges["ccc"] for point in range(a[0], a[1] + 1)}
    entries = _unchanged().copy()
    rows: list[bytes] = []
    lower, nfd = _mapping(ranges["lower"]), _mapping(ranges["nfd"])
    for point in sorted({*lower, *nfd, *gone, *classes}):
        lowered = lower.get(point, (point,))
        made = list(chain.from_iterable(nfd.get(other, (other,)) for other in lowered))
        entries[point] = _entry(made, gone, classes, rows)
    _set_classes_of_text(entries, ranges, mode)
    kept = np.zeros(sys.maxunicode + 1, np.uint8)
    for point in classes.keys() - gone:
        kept[point] = classes[point]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)])
    return SimplifyTables(entries, kept, np.frombuffer(b"".join(rows), np.uint8), offsets)


@cache
def _properties() -> Ranges:
    text = files("polysift.filters").joinpath("data/simplify.csv").read_text(encoding="ascii")
    found: Ranges = defaultdict(list)
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        found[row["property"]].append((int(row["first"], 16), int(row["last"], 16), row["value"]))
    return found


def _points(ranges: list[tuple[int, int, str]]) -> chain[int]:
    return chain.from_iterable(range(first, last + 1) for first, last, _ in ranges)


def _mapping(ranges: list[tuple[int, int, str]]) -> dict[int, tuple[int, ...]]:
    return {first: tuple(int(point, 16) for point in value.split()) for first, _, value in ranges}


@cache
def _unchanged() -> NDArray[np.uint32]:
    """Entries that leave every code point as it is."""
    point = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    last = 0x80 | point & 0x3F
    two = 0xC0 | point >> 6 | last << 8
    three = 0xE0 | point >> 12 | (0x80 | point >> 6 & 0x3F) << 8 | last << 16
    sizes = [point < 0x80, point < 0x800, point < 0x10000]
    found = np.select(sizes, [1 | point << 8, 2 | two << 8, 3 | three << 8], np.uint32(FOUR))
    return found.astype(np.uint32)


def _entry(made: list[int], gone: set[int], classes: dict[int, int], rows: list[bytes]) -> int:
    """The entry of a code point that becomes `made`; a new row of `rows` where that takes one."""
    kept = [point for point in made if point not in gone]
    if not kept:
        return 0 if all(point in classes for point in made) else STARTER
    written = "".join(map(chr, kept)).encode()
    moves = any(point in classes for point in kept)
    if len(written) <= 3 and not moves:
        return len(written) | int.from_bytes(written, "little") << 8
    rows.append(written)
    return (MARK if moves else LONG) | (len(rows) - 1) << 8


def _set_classes_of_text(entries: NDArray[np.uint32], ranges: Ranges, mode: Mode) -> None:
    """Spaces, digits, sigma, Hangul and the case of what stands beside a sigma."""
    spaces = [*_points(ranges["White_Space"]), *PYTHON_SPACES, *map(ord, SEPARATOR_PUNCTUATION)]
    if mode == "unicode":
        spaces += map(ord, WORD_SEPARATORS)
    entries[spaces] = SPACE | ord(" ") << 8
    entries[list(_points(ranges["Nd"]))] = DIGIT
    entries[0x3A3] = SIGMA
    if mode == "recipe":
        entries[HANGUL.start : HANGUL.stop] = SYLLABLE
    else:
        entries[[*VOWELS, *FINALS]] = JAMO
    entries[list(_points(ranges["Cased"]))] |= CASED
    entries[list(_points(ranges["Case_Ignorable"]))] |= IGNORABLE
