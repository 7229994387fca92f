"""Segments that ICU divides: each different one once, with what it would say of each alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters import dictionary_words
from polysift.filters.dictionary_words import Divided
from polysift.filters.word_break_rules import icu_breaker

SEGMENTS = st.lists(
    st.sampled_from(
        [
            *("日本語", "日本語です", "天气好", "ภาษาไทย", "ภาษา", "カナ", "ភាសាខ្មែរ", "字", "𠀀字𠀁天气"),
            *("ｶﾅ", "か\u3099な", "〱\u0e31", "ー㐀", "〱ー㐀", "ﾞ㐀"),
        ]
    )
)


def laid_out(segments: list[str], gap: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The segments with a gap before each, and where they begin and end."""
    pieces = [segment.encode() for segment in segments]
    ends = np.cumsum([len(gap) + len(piece) for piece in pieces], dtype=np.int32)
    starts = ends - np.array([len(piece) for piece in pieces], np.int32)
    data = np.frombuffer(b"".join(gap + piece for piece in pieces), np.uint8)
    return data, np.stack([starts, ends], axis=1) if pieces else np.empty((0, 2), np.int32)


def by_icu(segments: list[str], cuts: np.ndarray) -> list[int]:
    """Bounds inside of the segments, each divided alone."""
    found: list[int] = []
    for segment, (start, _) in zip(segments, cuts.tolist(), strict=True):
        lengths = [len(part.encode()) for part in icu_breaker(segment)]
        found += [start + end for end in np.cumsum(lengths)[:-1].tolist()]
    return found


@given(SEGMENTS, SEGMENTS)
def test_bounds_are_those_of_each_segment_alone(first: list[str], second: list[str]) -> None:
    """Whatever stands beside a segment, and however often it has been seen, here or in texts before."""
    divided = Divided()
    for segments, gap in ((first, b"a "), (second, b"")):
        data, cuts = laid_out(segments, gap)
        assert divided.bounds(data, cuts).tolist() == by_icu(segments, cuts)


def test_icu_sees_each_segment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of repeated segments, also across texts, one is handed on; of Han and Kana those that need a normal form."""
    seen: list[str] = []

    def breaker(text: str) -> object:
        seen.append(text)
        return icu_breaker(text)

    monkeypatch.setattr(dictionary_words, "icu_breaker", breaker)
    divided = Divided()
    divided.bounds(*laid_out(["ﾆﾎﾝ語です"] * 3 + ["ภาษา", "天气好"], b" "))
    divided.bounds(*laid_out(["ภาษา", "ภาษาไทย", "日本語です"], b""))
    assert sorted("".join(seen).split()) == sorted(["ภาษา", "ภาษาไทย", "ﾆﾎﾝ語です"])
