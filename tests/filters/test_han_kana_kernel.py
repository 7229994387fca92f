"""The kernel for runs of Han and Kana against its reference."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from polysift.filters.han_kana import PLAIN, dictionary, divide, is_plain
from polysift.filters.han_kana_kernel import divide_runs
from polysift.filters.word_break_rules import icu_breaker

WORDS = st.sampled_from([word for word in dictionary() if is_plain(word)])
CHARACTERS = st.one_of(*(st.characters(min_codepoint=first, max_codepoint=last) for first, last in PLAIN))
KATAKANA = st.text(
    st.characters(min_codepoint=0x30A1, max_codepoint=0x30FA) | st.just("ー"), min_size=1, max_size=25
)
MARKS = st.text(st.sampled_from("々ゝゞヽヾー〇"), min_size=1, max_size=3)
BEGUN = WORDS.map(lambda word: word[:-1] or word)
"""Most of a word, so that the next piece must go on elsewhere."""
RUNS = st.lists(st.one_of(WORDS, BEGUN, CHARACTERS, KATAKANA, MARKS), max_size=15).map("".join)
SEGMENTS = st.lists(
    RUNS | st.sampled_from(["日本・", "a", "é日", "\uf900", "ｶﾅ", "か\u3099", "ไทย", "日本語𝒜", "カナ_"])
)


def divided(segments: list[str], type_: type[np.integer]) -> list[list[str] | None]:
    """The words of segments that are laid out one after the other; None for those that are left to ICU."""
    pieces = [segment.encode() for segment in segments]
    data = np.frombuffer(b"".join(pieces), np.uint8)
    ends = np.cumsum([len(piece) for piece in pieces], dtype=type_)
    cuts = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1).astype(type_)
    plain, counts = np.zeros(len(cuts), np.bool_), np.zeros(len(cuts), np.int64)
    bounds = divide_runs(data, cuts, plain, counts)
    assert bounds.dtype == type_
    assert len(bounds) == counts.sum()
    inner = np.split(bounds, np.cumsum(counts)[:-1])
    places = [[start, *some.tolist(), end] for (start, end), some in zip(cuts.tolist(), inner, strict=True)]
    words = [[data[a:b].tobytes().decode() for a, b in pairwise(some)] for some in places]
    return [found if known else None for found, known in zip(words, plain, strict=True)]


@given(SEGMENTS.map(lambda segments: [segment for segment in segments if segment]).filter(bool))
@example(["字"])
@example(["日本語です", "a", "ア" * 25, "𠀀字𠁀天气", "日本・", "ー㐀"])
def test_kernel_equals_reference_and_icu(segments: list[str]) -> None:
    """Any segments beside each other are divided as by the reference and ICU; those not plain are left as they are.

    Words of the dictionary and beginnings of such, rare ideographs, runs of Katakana, marks that repeat.
    """
    expected = [divide(segment) if is_plain(segment) else None for segment in segments]
    assert divided(segments, np.int32) == expected
    for segment, words in zip(segments, expected, strict=True):
        assert words is None or words == list(icu_breaker(segment))


@pytest.mark.parametrize("type_", [np.int32, np.int64])
def test_a_very_long_run(type_: type[np.integer]) -> None:
    """Of fifty thousand characters: what is kept of each is the same from beginning to end."""
    run = "今日は良い天気です𠀀ー" * 4_000
    (found,) = divided([run], type_)
    assert found == divide(run)


def test_no_segments() -> None:
    """Nothing is divided into nothing."""
    plain, counts = np.zeros(0, np.bool_), np.zeros(0, np.int64)
    assert not len(divide_runs(np.zeros(0, np.uint8), np.zeros((0, 2), np.int32), plain, counts))
