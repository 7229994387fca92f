from __future__ import annotations

import sys
import unicodedata

import numpy as np
from polysift.filters.characters import (
    LETTER,
    SPACE,
    SYMBOL,
    TERMINAL,
    WHITE_SPACE,
    character_table,
    has_letter,
)
from polysift.filters.punctuation import PUNCTUATION, TERMINAL_PUNCTUATION

CHARACTERS = list(map(chr, range(sys.maxunicode + 1)))
TABLE = character_table()


def test_letters_are_pythons_where_python_knows_the_character() -> None:
    """Every code point assigned in the running interpreter's Unicode is a letter in both or in neither."""
    assigned = np.array([unicodedata.category(c) != "Cn" for c in CHARACTERS])
    alpha = np.array([c.isalpha() for c in CHARACTERS])
    assert not np.flatnonzero(assigned & (alpha != (TABLE & LETTER > 0))).tolist()


def test_white_space_is_pythons() -> None:
    """What `str.isspace` and `str.strip` take for white space."""
    assert "".join(c for c in CHARACTERS if c.isspace()) == WHITE_SPACE
    assert [c for c in CHARACTERS if TABLE[ord(c)] & SPACE] == list(WHITE_SPACE)


def test_punctuation_is_the_recipes() -> None:
    """Two bits hold the two sets of punctuation."""
    assert {c for c in CHARACTERS if TABLE[ord(c)] & SYMBOL} == PUNCTUATION
    assert {c for c in CHARACTERS if TABLE[ord(c)] & TERMINAL} == TERMINAL_PUNCTUATION


def test_letters_of_a_word() -> None:
    """One letter is enough; digits, marks and lone surrogates are none."""
    assert [word for word in ("3º", "字", "-é-", "", "१२", "\u0301\ud800") if has_letter(word)] == [
        "3º",
        "字",
        "-é-",
    ]
