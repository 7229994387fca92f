from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.kernels import from_arrow
from polysift.langid.scripts import script_counts, script_shares, text_script, writing_shares

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


SCRIPTS = ("Arab", "Beng", "Cyrl", "Deva", "Goth", "Hang", "Hani", "Hira", "Kana", "Latn", "Syrc", "Thai")
SHARED = "।،ー、\u0301\u064b·"


def reference_shares(text: str) -> dict[str, float]:
    """The definition, character by character, with the properties of the regex module."""
    own = {script: regex.compile(rf"\p{{Script={script}}}") for script in SCRIPTS}
    used = {script: regex.compile(rf"\p{{Script_Extensions={script}}}") for script in SCRIPTS}
    first = Counter(script for c in text for script in SCRIPTS if own[script].match(c))
    counts = Counter(first)
    for c in text:
        users = [script for script in SCRIPTS if used[script].match(c) and first[script]]
        if users and not any(pattern.match(c) for pattern in own.values()):
            counts[max(users, key=lambda script: first[script])] += 1
    kana = counts.pop("Hira", 0) + counts.pop("Kana", 0)
    if kana:
        japanese = kana + counts["Hani"]
        counts["Jpan"], counts["Hani"] = (japanese, 0) if kana >= 0.1 * japanese else (kana, counts["Hani"])
    total = counts.total()
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {script: count / total for script, count in ranked if count}


@pytest.mark.parametrize(("text", "script"), CASES)
def test_script_of_a_text(text: str, script: str) -> None:
    """The script with the most characters; ties go to the first in the alphabet."""
    assert text_script(text) == script


@given(st.text(alphabet="".join(ALPHABETS.values()) + SHARED + "0 .-🙂\0\ud800", max_size=60))
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


@given(st.lists(st.text(alphabet="".join(ALPHABETS.values()) + SHARED + " 1", max_size=30), max_size=8))
def test_texts_of_a_batch_do_not_mix(texts: list[str]) -> None:
    """A text's counts are the same alone and in a batch."""
    found = script_counts(from_arrow(pa.array(texts, pa.string())))
    for text, counts in zip(texts, found.counts, strict=True):
        shares = {code: n / counts.sum() for code, n in zip(found.codes, counts, strict=True) if n}
        assert shares == script_shares(text)


@pytest.mark.parametrize(
    ("text", "writing"),
    [
        ("我们的图书馆", "Hans"),
        ("我們的圖書館", "Hant"),
        ("人口", "Hani"),
        ("大韓民國의 歷史", "Kore"),
        ("안녕하세요", "Kore"),
        ("東京へ行く", "Jpan"),
        ("विकि।", "Deva"),
    ],
)
def test_writing_systems(text: str, writing: str) -> None:
    """Simplified and traditional Chinese, Korean and Japanese are told apart."""
    (shares,) = writing_shares(script_counts(from_arrow(pa.array([text]))))
    assert next(iter(shares)) == writing
