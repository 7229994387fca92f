"""The reference for runs of Han and Kana against ICU, and the dictionary against the one inside of ICU."""

from __future__ import annotations

import importlib.util
import unicodedata
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from polysift.filters.han_kana import PLAIN, dictionary, divide, is_plain
from polysift.filters.word_break_rules import icu_breaker

TOOL = Path(__file__).parents[2] / "tools" / "make_cjk_dictionary.py"
EVERY = [chr(code) for first, last in PLAIN for code in range(first, last + 1)]


@given(st.text(st.sampled_from(EVERY) | st.sampled_from("アイスの日本人ー々"), min_size=1))
@example("ー㐀")
@example("ア" * 19)
@example("ア" * 20 + "字")
@example("アイスクリーム" * 4)
@example("𠀀字𠁀天气")
@example("ヽヾゝゞ々〇ー")
def test_runs_are_divided_as_by_icu(run: str) -> None:
    """Any characters, and what is special: long runs of Katakana, four bytes, marks that repeat."""
    assert divide(run) == list(icu_breaker(run))


def test_every_plain_character_is_divided_as_by_icu() -> None:
    """Alone and between others, as its own normal form; ICU gets them as lines of one text."""
    runs = [f"日{one}カ{one}" for one in EVERY]
    by_icu = "\0".join(icu_breaker("\n".join(runs))).split("\0\n\0")
    assert by_icu == ["\0".join(divide(run)) for run in runs]
    assert all(unicodedata.is_normalized("NFKC", one) for one in EVERY)


def test_what_needs_a_normal_form_or_another_engine_is_not_plain() -> None:
    """Compatibility ideographs, Kana of half width, ligatures of Kana, voice marks, everything else."""
    for other in "\uf900ｶゟヿ㌀か\u3099・一a 한ไ、":
        assert is_plain(f"日{other}本") == (other in "か一")


def test_the_dictionary_is_that_of_icu() -> None:
    """All words and costs are those of the installed ICU; where it comes with others, make them anew."""
    spec = importlib.util.spec_from_file_location("make_cjk_dictionary", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    found = {"".join(map(chr, word)): cost for word, cost in tool.words_of(tool.trie())}
    assert found == dictionary()
    assert list(dictionary()) == sorted(found)
    assert min(found.values()) > 0
