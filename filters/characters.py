"""Properties of characters that measures need, as one byte per code point built from the ranges in `data/`.

They are data of polysift, not of the Python that runs, so that a letter of a newer Unicode is a letter under
every interpreter. Source: data/characters.csv, written by tools/make_character_table.py, and
data/punctuation.csv.
"""

from __future__ import annotations

import csv
import sys
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from .punctuation import PUNCTUATION, TERMINAL_PUNCTUATION

LETTER, SPACE, SYMBOL, TERMINAL = 1, 2, 4, 8
"""Bits of a character's byte: Unicode categories L*, `str.isspace`, and the recipe's two sets of punctuation."""


@cache
def character_table() -> NDArray[np.uint8]:
    """The bits of every code point: a read-only uint8 array of length 0x110000.

    >>> table = character_table()
    >>> [int(table[ord(c)]) for c in "aя字1 .-"]
    [1, 1, 1, 0, 2, 12, 4]
    """
    table = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
    for first, last in _ranges("letter"):
        table[first : last + 1] |= LETTER
    table[list(map(ord, WHITE_SPACE))] |= SPACE
    table[list(map(ord, PUNCTUATION))] |= SYMBOL
    table[list(map(ord, TERMINAL_PUNCTUATION))] |= TERMINAL
    table.flags.writeable = False
    return table


def _ranges(property: str) -> list[tuple[int, int]]:
    text = files("polysift.filters").joinpath("data/characters.csv").read_text(encoding="ascii")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return [(int(row["first"], 16), int(row["last"], 16)) for row in rows if row["property"] == property]


WHITE_SPACE = "".join(chr(c) for first, last in _ranges("white_space") for c in range(first, last + 1))
"""The characters that `str.strip` takes off."""

_BITS = character_table().tobytes()


def has_letter(word: str) -> bool:
    """Whether any character is a letter.

    >>> has_letter("4x4"), has_letter("4५!")
    (True, False)
    """
    return any(_BITS[ord(character)] & LETTER for character in word)
