"""Exact similarities: the kernel against sets, and reading that stays within its memory."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.kernels import from_arrow
from polysift.pipeline.dedup.jaccard import (
    ShingleJaccard,
    jaccard,
    jaccard_reference,
    shingle_sets,
    shingle_sets_reference,
)
from polysift.pipeline.dedup.texts import of_lists

TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join), min_size=1, max_size=8)
NGRAM = 2
# Characters that are what they are to every version of Unicode: the reference lowers case by Python's.
KNOWN = st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\U0001171e")


def sets_of(texts, ngram=NGRAM, normalise="recipe"):
    return shingle_sets(from_arrow(pa.array(texts, pa.string())), of_lists(str.split), ngram, normalise)


def expected(texts, a, b):
    sets = shingle_sets_reference(texts, str.split, NGRAM)
    return [jaccard_reference(sets[i], sets[j]) for i, j in zip(a, b, strict=True)]


@given(st.lists(st.text(KNOWN, max_size=40), max_size=5), st.integers(1, 6))
def test_sets_are_those_of_the_reference(texts, ngram):
    """The kernel and the plain loop find the same shingles, however text is simplified."""
    for normalise in ("recipe", "unicode"):
        hashes, offsets = sets_of(texts, ngram, normalise)
        found = [hashes[a:b].tolist() for a, b in pairwise(offsets)]
        assert found == list(map(sorted, shingle_sets_reference(texts, str.split, ngram, normalise)))


@given(TEXTS, st.data())
def test_similarity_is_shared_by_all_shingles(texts, data):
    """The kernel equals the definition on sets, empty ones too."""
    pairs = data.draw(st.lists(st.tuples(*[st.integers(0, len(texts) - 1)] * 2), max_size=20))
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    sets = sets_of(texts)
    assert jaccard(*sets, a, b).tolist() == expected(texts, a, b)


@given(TEXTS, st.data(), st.sampled_from([1, 5, 20, 1000]))
def test_any_memory_gives_the_same_similarities(texts, data, held):
    """However few shingles may be held, and however often it is asked, answers are the same."""
    read = []

    def reader(numbers):
        assert (np.diff(numbers) > 0).all()
        read.extend(numbers.tolist())
        for number in numbers.tolist():
            yield sets_of([texts[number]])

    similar = ShingleJaccard(reader, held)
    for _ in range(3):
        pairs = data.draw(st.lists(st.tuples(*[st.integers(0, len(texts) - 1)] * 2), max_size=10))
        a, b = np.array(pairs, np.int64).reshape(-1, 2).T
        assert similar(a, b).tolist() == expected(texts, a, b)
    if held == 1000:
        assert len(read) == len(set(read))


def test_shingles_are_those_of_the_simplified_text():
    """Case, numbers and punctuation make no difference, as in signatures."""
    sets = sets_of(["Um dois 3 quatro.", "um DOIS, 77 quatro"], 3)
    assert jaccard(*sets, np.array([0]), np.array([1])).tolist() == [1.0]


def test_a_failing_reader_is_no_answer():
    """What cannot be read raises, it is not taken as different."""

    def reader(numbers):
        raise OSError("gone")
        yield

    with pytest.raises(OSError, match="gone"):
        ShingleJaccard(reader)(np.array([0]), np.array([1]))
