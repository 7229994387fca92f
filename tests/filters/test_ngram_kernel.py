"""N-grams that repeat, with the looks that keep most of them from being looked up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters import measure_kernel
from polysift.filters.byte_vectors import BLOCK
from polysift.filters.characters import character_table
from polysift.filters.hash_kernel import BASE, power_of
from polysift.filters.measures import measure
from polysift.filters.ngram_kernel import measure_n_grams
from polysift.filters.ngram_scratch import mark_bits, scratch
from polysift.filters.stop_word_kernel import stop_words_of
from polysift.filters.top_ngram_kernel import Spaced, most_common
from polysift.langid.kernels import read_only, words_from_lists

PIECES = [
    "a",
    "b",
    "ab",
    "repetition",
    "n-gramas",
    "字",
    "漢字",
    "ภาษา",
    "🙂",
    "có thể",
    "có",
    "thể",
    "  ",
    "x" * 33,
]
PHRASES = st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12), min_size=1, max_size=4)
NONE = stop_words_of([[]])


def n_grams(words: list[str]) -> list[int]:
    spans, found = read_only(words_from_lists([words])), np.zeros(9, np.int64)
    room = scratch(len(words), 1, sum(len(word.encode()) for word in words))
    room.dense[:], room.spots[:], room.marks[:] = 0xFF, 1 << 31, 0xFF  # what an earlier document left
    spaced = measure_kernel._measure_words(spans, 0, -1, NONE, character_table(), room)[4]
    measure_n_grams(spans, 0, len(words), spaced, room, found)
    return found.tolist()


@given(PHRASES, st.lists(st.integers(0, 3), max_size=30))
def test_sifting_changes_nothing(phrases, order):
    """Phrases that come again in any order: the n-grams of the reference, with words that hold spaces and without."""
    words = [word for i in order for word in phrases[i % len(phrases)]]
    assert n_grams(words) == list(measure("", words, ())[14:23])
    words = [word for word in words if " " not in word]
    assert n_grams(words) == list(measure("", words, ())[14:23])


def test_n_grams_cut_otherwise_are_kept_apart_by_spaces():
    """Joined without spaces they repeat, with spaces they do not."""
    words = ["ba", "a", "b", "ab", "x", "b", "aa", "ba", "b"]
    assert n_grams(words) == list(measure("", words, ())[14:23])


def test_more_repetitions_than_a_mark_counts():
    """An n-gram that stands a thousand times, and another one that stands as often, but later."""
    words = ["b", *["a", "c"] * 1000, "b", *["é", "d"] * 1000]
    assert n_grams(words) == list(measure("", words, ())[14:23])


@given(st.lists(st.integers(0, 3), min_size=2, max_size=50))
def test_the_most_common_is_found_where_marks_do_not_tell(words):
    """The table gives the first of the most common pairs, and how often it stands."""
    hashes = [0]
    for word in words:
        hashes.append((hashes[-1] * BASE + word + 1) % (1 << 64))
    pairs = list(pairwise(words))
    room, count = scratch(len(words), 1, 0), len(pairs)
    of = Spaced(np.array(hashes, np.uint64).view(np.int64), room.spots, room.powers)
    active = np.arange(count, dtype=np.uint32)
    top = max(range(count), key=lambda i: (pairs.count(pairs[i]), -i))
    expected = (top, pairs.count(pairs[top]))
    assert most_common(count, 2, power_of(2), of, active, room.spare, room.slots) == expected


def test_marks_fit_into_the_room_of_slots():
    """Tables of marks never reach beyond the memory that they share, and take a few bytes for a word of long texts."""
    for words in (0, 1, 2, 3, 1000, 32_769, 70_000, 1 << 20):
        room = scratch(words, 1, 0)
        assert len(room.marks) >= 1 << mark_bits(2 * words)
        assert len(room.dense) >= 2 * BLOCK
    assert len(room.marks) <= 6 * words
