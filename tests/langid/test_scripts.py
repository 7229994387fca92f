from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.scripts import BLOCK, script_shares, text_script

CASES = json.loads((Path(__file__).parents[1] / "cases" / "scripts.json").read_text(encoding="utf-8"))
ALPHABETS = {
    "Latn": "aé",
    "Cyrl": "яѣ",
    "Hani": "漢字",
    "Hang": "한",
    "Thai": "ไท",
    "Goth": "𐌲",
    "Jpan": "あア",
}


def reference_shares(text: str) -> dict[str, float]:
    """The definition, character by character, with the scripts of the regex module."""
    tests = {"Hira": "Jpan", "Kana": "Jpan"} | {script: script for script in ALPHABETS if script != "Jpan"}
    patterns = {regex.compile(rf"\p{{Script={unicode}}}"): script for unicode, script in tests.items()}
    counts = Counter(script for c in text for pattern, script in patterns.items() if pattern.match(c))
    japanese = counts["Jpan"] + counts["Hani"]
    if counts["Jpan"] and counts["Jpan"] >= 0.1 * japanese:
        counts["Jpan"], counts["Hani"] = japanese, 0
    total = counts.total()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {script: count / total for script, count in ranked if count}


@pytest.mark.parametrize(("text", "script"), CASES)
def test_script_of_a_text(text: str, script: str) -> None:
    """The script with the most characters; ties go to the first in the alphabet."""
    assert text_script(text) == script


@given(st.text(alphabet="".join(ALPHABETS.values()) + "0 .-́🙂\0\ud800", max_size=60))
def test_shares_equal_their_definition(text: str) -> None:
    """Shares and their order are those of a plain count, also with surrogates and NUL characters."""
    assert list(script_shares(text).items()) == list(reference_shares(text).items())
    assert text_script(text) == next(iter(reference_shares(text)), "Zyyy")


@given(st.text())
def test_shares_of_any_text(text: str) -> None:
    """Shares are positive, sum to 1 and come largest first."""
    shares = list(script_shares(text).values())
    assert shares == sorted(shares, reverse=True)
    assert all(share > 0 for share in shares)
    assert sum(shares) == pytest.approx(1) or not shares


def test_texts_longer_than_a_block() -> None:
    """The whole text counts, not only its beginning."""
    text = "a" * BLOCK + "я" * (BLOCK + 1) + " " * BLOCK
    assert text_script(text) == "Cyrl"
    assert script_shares(text)["Latn"] == BLOCK / (2 * BLOCK + 1)
