"""Clusters in memory: transitive ones as datatrove's, verified ones as stars, exact duplicates first."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.pipeline.dedup.clusters import Signatures, exact_hashes, find_stars, of_keepers

BANDS_OF_SMALL_KEYS = st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), max_size=40)


def documents(bands, sketches=None, hashes=None, signed=None):
    """Signatures of documents, all signed and of different texts unless said."""
    count = len(bands)
    numbers = np.arange(count, dtype=np.uint64)
    return Signatures(
        np.array(bands, np.uint64).reshape(count, -1 if count else 3),
        np.zeros((count, 112), np.uint8) if sketches is None else sketches,
        np.column_stack([numbers, numbers]) if hashes is None else np.array(hashes, np.uint64),
        np.ones(count, bool) if signed is None else np.array(signed),
        np.ones(count, bool),
    )


def components(rows):
    """Clusters by definition: documents connected through equal keys in the same band, as sets."""
    sets = [{i} for i in range(len(rows))]
    for i, a in enumerate(rows):
        for j, b in enumerate(rows[:i]):
            if any(x == y for x, y in zip(a, b, strict=True)):
                union = sets[i] | sets[j]
                for member in union:
                    sets[member] = union
    return sets


@settings(max_examples=200)
@given(BANDS_OF_SMALL_KEYS)
def test_without_verification_clusters_are_connected_components(rows):
    """Documents are together exactly when shared bands connect them; the first stands for all."""
    found = of_keepers(*find_stars(documents(rows), np.arange(len(rows)), None))
    expected = components(rows)
    assert found.cluster.tolist() == [min(members) for members in expected]
    assert found.size.tolist() == [len(members) for members in expected]
    assert found.keeper.tolist() == found.cluster.tolist()


@given(BANDS_OF_SMALL_KEYS.filter(bool), st.randoms())
def test_the_preferred_document_of_a_component_is_kept(rows, random):
    """Whatever the order of preference, clusters are the same and the first in that order is kept."""
    order = list(range(len(rows)))
    random.shuffle(order)
    found = of_keepers(*find_stars(documents(rows), np.array(order), None))
    expected = components(rows)
    assert found.cluster.tolist() == [min(members) for members in expected]
    assert found.keeper.tolist() == [min(members, key=order.index) for members in expected]


def test_unsigned_documents_stand_alone_in_datatroves_clusters():
    """Without verification a document without a signature is in no cluster, even a copy."""
    bands = np.zeros((4, 2), np.uint64)
    signatures = documents(bands, hashes=np.zeros((4, 2)), signed=[True, False, True, False])
    found = of_keepers(*find_stars(signatures, np.arange(4), None))
    assert found.cluster.tolist() == [0, 1, 0, 3]
    assert found.size.tolist() == [2, 1, 2, 1]


def test_copies_too_short_to_sign_are_duplicates_when_verified():
    """With verification the same short text twice is a duplicate."""
    bands = np.zeros((4, 2), np.uint64)
    hashes = np.array([[5, 5], [6, 6], [7, 7], [6, 6]])
    found = find_stars(documents(bands, hashes=hashes, signed=[False] * 4), np.arange(4), 0.7)
    assert found.keeper.tolist() == [0, 1, 2, 1]
    assert found.similarity.tolist() == [1, 1, 1, 1]


def test_hashes_that_agree_in_half_are_different():
    """128 bits are compared, not 64."""
    hashes = np.array([[5, 1], [5, 2], [5, 1]])
    bands = np.arange(6).reshape(3, 2)
    assert find_stars(documents(bands, hashes=hashes), np.arange(3), 0.7).keeper.tolist() == [0, 1, 0]


def test_verified_edges_only():
    """With verification documents that share a band but not their sketch stay apart."""
    sketches = np.zeros((3, 112), np.uint8)
    sketches[1] = 200
    found = of_keepers(*find_stars(documents([[1], [1], [1]], sketches), np.arange(3), 0.7))
    assert found.cluster.tolist() == [0, 1, 0]


def test_exact_copies_follow_the_one_of_them_that_was_compared():
    """Copies of a document similar to another one have its keeper, and its similarity to that."""
    sketches = np.zeros((3, 112), np.uint8)
    sketches[1:, :10] = 9
    bands, hashes = [[1], [1], [1]], [[1, 1], [2, 2], [2, 2]]
    found = find_stars(documents(bands, sketches, hashes), np.array([1, 0, 2]), 0.7)
    assert found.keeper.tolist() == [1, 1, 1]
    assert found.similarity[1] == found.similarity[2] == 1
    assert 0.9 < found.similarity[0] < 0.92


def test_short_texts_are_hashed_as_given():
    """A text without a signature has its own hash, any other that of the simplified text."""
    text, simplified = np.array([[1, 1], [2, 2]], np.uint64), np.array([[8, 8], [9, 9]], np.uint64)
    assert exact_hashes(text, simplified, np.array([True, False])).tolist() == [[8, 8], [2, 2]]


def test_no_documents():
    """An empty language has no clusters."""
    found = find_stars(documents(np.empty((0, 14))), np.empty(0, np.int64), 0.7)
    assert [len(column) for column in of_keepers(*found)] == [0, 0, 0, 0]
