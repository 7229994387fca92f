from __future__ import annotations

from unicodedata import category

import numpy as np
import pytest
import regex
from polysift.langid.unicode_data import script_table, word_break_table

SCRIPTS = [
    "Arab",
    "Beng",
    "Cyrl",
    "Deva",
    "Ethi",
    "Grek",
    "Hang",
    "Hani",
    "Hira",
    "Kana",
    "Latn",
    "Mymr",
    "Thai",
]
EVERYTHING = "".join(map(chr, range(0x110000)))


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_those_of_the_regex_module(script: str) -> None:
    """Every character that the installed regex module gives to a script has it here too."""
    table = script_table()
    number = table.codes.index(script)
    runs = [match.span() for match in regex.finditer(rf"\p{{Script={script}}}+", EVERYTHING)]
    assert runs
    assert all((table.numbers[start:end] == number).all() for start, end in runs)


def test_the_table_covers_every_code_point() -> None:
    """One byte per code point, read-only, with Zyyy for what belongs to no script."""
    table = script_table()
    assert table.numbers.shape == (0x110000,)
    assert table.numbers.dtype == np.uint8
    assert not table.numbers.flags.writeable
    assert table.codes[0] == "Zyyy"
    assert int(table.numbers.max()) == len(table.codes) - 1
    assert len(set(table.codes)) == len(table.codes) == 176


@pytest.mark.parametrize(
    "character", ["0", " ", ".", "\0", "\n", "́", "ー", "🙂", "，", "\ud800", "\U0010ffff"]
)
def test_common_and_unassigned_characters_have_no_script(character: str) -> None:
    """Digits, punctuation, marks that follow any letter, emoji, surrogates and unassigned code points."""
    table = script_table()
    assert table.codes[table.numbers[ord(character)]] == "Zyyy"


def test_word_break_classes_are_those_of_the_regex_module() -> None:
    """Characters that ICU's Unicode version knows have the Word_Break class that the regex module gives them."""
    table = word_break_table()
    classes = np.array([kind.word_break for kind in table.kinds])[table.numbers]
    for name in ("Hebrew_Letter", "MidNumLet", "MidLetter", "ZWJ", "Regional_Indicator", "WSegSpace"):
        codes = [match.start() for match in regex.finditer(rf"\p{{WB={name}}}", EVERYTHING)]
        assert codes
        assert (classes[[code for code in codes if category(chr(code)) != "Cn"]] == name).all()


def test_blanks_are_pythons_white_space_and_the_zero_width_space() -> None:
    """What is stripped from words is what `str.strip` strips, and U+200B."""
    table = word_break_table()
    blank = np.array([kind.joining == "blank" for kind in table.kinds])[table.numbers]
    assert np.flatnonzero(blank).tolist() == [c for c in range(0x110000) if chr(c).isspace() or c == 0x200B]
