"""Stop words as hash tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from polysift.filters.measure_kernel import columns, measure_batch
from polysift.filters.stop_word_kernel import stop_words_of
from polysift.langid.errors import PolysiftError
from polysift.langid.kernels import from_arrow, words_from_lists


def test_bits_of_64_stop_words_are_kept():
    """The 64th stop word sets the highest bit of a uint64; a 65th is refused."""
    words = [f"w{i}" for i in range(64)]
    texts = from_arrow(pa.array(["w0 w63"]))
    measured = measure_batch(
        texts, words_from_lists([["w0", "w63"]]), np.zeros(1, np.int32), stop_words_of([words])
    )
    mask = columns(measured)["stop_word_mask"]
    assert (mask.dtype, mask.tolist()) == (np.uint64, [1 | 1 << 63])
    with pytest.raises(PolysiftError, match="found 65 of one language, allowed: 64"):
        stop_words_of([[*words, "w64"]])


def test_languages_do_not_share_their_words():
    """The same word has the bits of its own language, and none where the language is not known or has no list."""
    words = words_from_lists([["de", "la"]] * 4)
    stop_words = stop_words_of([["de", "o"], ["la", "de", "de"], []])
    texts = from_arrow(pa.array(["de la"] * 4))
    measured = measure_batch(texts, words, np.array([0, 1, 2, -1], np.int32), stop_words)
    assert columns(measured)["stop_word_mask"].tolist() == [0b1, 0b111, 0, 0]


def test_no_languages():
    """A batch without a known language has a table without words."""
    stop_words = stop_words_of([])
    assert stop_words.slots.tolist() == [[64] * 1024]
    texts = from_arrow(pa.array(["de la"]))
    measured = measure_batch(texts, words_from_lists([["de", "la"]]), np.array([-1], np.int32), stop_words)
    assert columns(measured)["stop_word_mask"].tolist() == [0]


def test_no_two_words_share_a_slot():
    """Each word of many languages is found at the first look."""
    languages = [[f"{chr(97 + i % 26)}{i}-{j}" for j in range(64)] for i in range(50)]
    slots = stop_words_of(languages).slots
    assert all(sorted(row[row < 64]) == list(range(64)) for row in slots)
