"""N-grams with and without the looks that keep most of them from being looked up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from polysift.filters import measure_kernel
from polysift.filters.hash_kernel import power_table
from polysift.filters.measures import measure
from polysift.filters.ngram_kernel import measure_n_grams, scratch
from polysift.filters.stop_word_kernel import stop_words_of
from polysift.langid.kernels import read_only, words_from_lists

PIECES = ["a", "b", "ab", "repetition", "n-gramas", "字", "漢字", "ภาษา", "🙂", "có thể", "có", "thể"]
PHRASES = st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12), min_size=1, max_size=4)
NONE = stop_words_of([[]])
POWERS = read_only(power_table())


def n_grams(words: list[str], sifted: bool) -> list[int]:
    spans = read_only(words_from_lists([words]))
    room = scratch(len(words), 1, sum(len(word.encode()) for word in words))
    spaced = measure_kernel._measure_words(spans, 0, -1, NONE, measure_kernel.tables(), room, sifted)[4]
    return list(measure_n_grams(len(words), sifted, spaced, POWERS, room))


@given(PHRASES, st.lists(st.integers(0, 3), max_size=30))
def test_sifting_changes_nothing(phrases, order):
    """Phrases that come again in any order: the same n-grams, sifted or all looked up, and those of the reference."""
    words = [word for i in order for word in phrases[i % len(phrases)]]
    expected = list(measure("", words, ())[14:23])
    assert n_grams(words, True) == expected
    assert n_grams(words, False) == expected


def test_n_grams_cut_otherwise_are_kept_apart_by_spaces():
    """Joined without spaces they repeat, with spaces they do not."""
    words = ["ba", "a", "b", "ab", "x", "b", "aa", "ba", "b"]
    assert n_grams(words, True) == n_grams(words, False) == list(measure("", words, ())[14:23])
