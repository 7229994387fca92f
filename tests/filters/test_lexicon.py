"""Word lists as tries in double arrays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.lexicon import (
    BASE_SHIFT,
    LOW,
    VALUE_SHIFT,
    Lexicon,
    character_counts,
    double_array,
    entry_of,
    fill_edges,
    lexicon,
    numbered,
    word_list,
)
from polysift.langid.kernels import from_arrow, read_only


def value_of(of: Lexicon, text: str) -> float | None:
    """What a list says of a text; None if it is no word of it."""
    base, entry = 0, 0
    for at, character in enumerate(text):
        if at and base == 0:
            return None
        entry = entry_of.py_func(of.entries, base, int(of.numbers[ord(character)]))
        base = int(entry) >> BASE_SHIFT
    value = int(entry) >> VALUE_SHIFT & LOW
    return float(of.values[value]) if value else None


@pytest.mark.parametrize("name", ["chinese", "thai"])
def test_a_shipped_list_has_its_words_and_no_others(name: str) -> None:
    """Words have their weights; beginnings of words, and words with a character more, are words only if listed."""
    words, of = word_list(name), lexicon(name)
    for word in list(words)[::101]:
        for text in (word, word[:-1], word + word[0], word[1:], word + "€"):
            assert value_of(of, text) == words.get(text)


@given(st.sets(st.text(st.sampled_from("abcdeน字𠀀"), min_size=1, max_size=6), min_size=1))
def test_any_list(listed: set[str]) -> None:
    """Each word leads to its own number, and what is no word to none; so do words with a character of no number."""
    words = sorted(listed)
    texts = from_arrow(pa.array(words))
    counts = character_counts(texts)
    counts[ord("e")] = 0
    numbers = numbered(counts)
    edges = np.empty((4, int(character_counts(texts).sum())), np.int64)
    edges = edges[:, : fill_edges(read_only(texts), numbers, np.arange(1, len(words) + 1), edges)]
    of = Lexicon(numbers, double_array(edges, int(numbers.max())), np.arange(len(words) + 1.0))
    for text in {*words, *(word[1:] for word in words), *(word[::-1] for word in words)} - {""}:
        expected = words.index(text) + 1 if text in listed and "e" not in text else None
        assert value_of(of, text) == expected
