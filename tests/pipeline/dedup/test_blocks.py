"""Blocks of documents, one after the other: the clusters are those of all documents at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.pipeline.dedup.blocks import Block, cluster_block
from polysift.pipeline.dedup.clusters import bucket_numbers
from polysift.pipeline.dedup.stars import stars_reference

HASHES = 16
THRESHOLD = 0.7


@st.composite
def documents(draw):
    """Sketches that differ from a few patterns in some bytes, and few keys of each band."""
    count = draw(st.integers(1, 40))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    sketches = generator.integers(0, 3, (3, HASHES), np.uint8)[generator.integers(0, 3, count)]
    changed = generator.random((count, HASHES)) < draw(st.sampled_from([0.0, 0.1, 0.3, 0.6]))
    sketches = np.where(changed, generator.integers(10, 255, (count, HASHES)), sketches).astype(np.uint8)
    bands = generator.integers(0, draw(st.integers(1, 12)), (count, 3)).astype(np.uint64)
    exact = generator.random((count, count))
    return bands, sketches, np.maximum(exact, exact.T)


def in_blocks(bands, sketches, jaccard, most, cuts):
    """Keeper and similarity of each document, with numbers that are not those of the rows."""
    numbers = 1000 - 3 * np.arange(len(bands))
    keepers, found = [], []
    for start, stop in pairwise(cuts):
        block = Block(numbers[start:stop], bands[start:stop], sketches[start:stop])
        asked = None if jaccard is None else lambda a, b: jaccard((1000 - a) // 3, (1000 - b) // 3)
        one, kept = cluster_block(block, keepers, THRESHOLD, asked, most)
        keepers.append(kept)
        found.append(one)
    keeper = np.concatenate([one.keeper for one in found])
    return (1000 - keeper) // 3, np.concatenate([one.similarity for one in found])


@settings(max_examples=300)
@given(documents(), st.booleans(), st.sampled_from([1, 2, 3, 64]), st.integers(1, 20))
def test_wherever_blocks_are_cut_the_clusters_are_those_of_the_reference(drawn, with_texts, most, size):
    """Keepers and similarities equal the plain loop's, whatever shingles say near the threshold, and however few
    keepers of a bucket are compared.
    """
    bands, sketches, exact = drawn
    asked = (lambda a, b: exact[a, b]) if with_texts else None
    expected = stars_reference(bucket_numbers(bands, np.arange(len(bands))), sketches, THRESHOLD, asked, most)
    cuts = [*range(0, len(bands), size), len(bands)]
    keeper, similarity = in_blocks(bands, sketches, asked, most, cuts)
    assert keeper.tolist() == expected.keeper.tolist()
    assert np.allclose(similarity, expected.similarity)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_one_bucket_of_many_keepers(size):
    """Of a bucket of different documents only the first 64 are compared, over all blocks together."""
    generator = np.random.default_rng(1)
    sketches = generator.integers(0, 256, (100, 112), np.uint8)
    sketches[90] = sketches[63]
    sketches[91] = sketches[64]
    bands = np.zeros((100, 1), np.uint64)
    keeper, _ = in_blocks(bands, sketches, None, 64, [*range(0, 100, size), 100])
    assert [row for row in range(100) if keeper[row] != row] == [90]
    assert keeper[90] == 63
