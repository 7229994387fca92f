"""Texts and words as arrays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.kernels import decode, from_arrow, to_arrow, words_from_lists

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.none() | TEXT), st.integers(0, 3), st.sampled_from([pa.string(), pa.large_string()]))
def test_strings_go_to_arrays_and_back(texts, skipped, kind):
    """Any Arrow strings, sliced or not, survive; a null becomes an empty text."""
    array = pa.array(texts, kind)[skipped:]
    assert to_arrow(from_arrow(array)).to_pylist() == [text or "" for text in texts[skipped:]]


@given(st.lists(st.lists(TEXT.filter(bool))))
def test_words_keep_their_texts_and_order(lists):
    """Spans give back the words of each text."""
    words = words_from_lists(lists)
    data = words.data.tobytes()
    spans = [data[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    bounds = zip(words.offsets[:-1], words.offsets[1:], strict=True)
    assert [spans[start:stop] for start, stop in bounds] == lists


@pytest.mark.parametrize(
    "character", ["\0", "a", "\x7f", "\x80", "é", "\u07ff", "\u0800", "ไ", "\uffff", "𐀀", "🙂", "\U0010ffff"]
)
def test_decode_reads_what_python_writes(character):
    """The first and last code points of every length decode to themselves."""
    encoded = character.encode()
    assert decode(np.frombuffer(encoded, np.uint8), 0) == (ord(character), len(encoded))
