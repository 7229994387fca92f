from __future__ import annotations

import numpy as np
import pytest
import regex
from polysift.langid.unicode_data import script_table

SCRIPTS = ["Arab", "Armn", "Beng", "Cher", "Cyrl", "Deva", "Ethi", "Geor", "Grek", "Gujr", "Guru", "Hang"]
SCRIPTS += ["Hani", "Hebr", "Hira", "Kana", "Khmr", "Knda", "Laoo", "Latn", "Mlym", "Mong", "Mymr", "Nkoo"]
SCRIPTS += ["Ogam", "Olck", "Orya", "Runr", "Sinh", "Syrc", "Taml", "Telu", "Tfng", "Thaa", "Thai", "Tibt"]


def characters(script: str) -> set[str]:
    table = script_table()
    points = np.flatnonzero(table.numbers == table.codes.index(script))
    return {chr(point) for point in points}


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_those_of_the_regex_module(script: str) -> None:
    """Every character that the installed regex module gives to a script has it here too."""
    everything = "".join(map(chr, range(0x110000)))
    assert set(regex.findall(rf"\p{{Script={script}}}", everything)) <= characters(script)


def test_the_table_covers_every_code_point() -> None:
    """One byte per code point, read-only, with Zyyy for what belongs to no script."""
    table = script_table()
    assert table.numbers.shape == (0x110000,)
    assert table.numbers.dtype == np.uint8
    assert not table.numbers.flags.writeable
    assert table.codes[0] == "Zyyy"
    assert int(table.numbers.max()) == len(table.codes) - 1
    assert len(set(table.codes)) == len(table.codes) == 176


@pytest.mark.parametrize("character", ["0", " ", ".", "\0", "\n", "́", "ー", "🙂", "，", "\ud800", "\U0010ffff"])
def test_common_and_unassigned_characters_have_no_script(character: str) -> None:
    """Digits, punctuation, marks that follow any letter, emoji, surrogates and unassigned code points."""
    table = script_table()
    assert table.codes[table.numbers[ord(character)]] == "Zyyy"
