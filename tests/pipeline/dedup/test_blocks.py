"""Blocks of documents, one after the other: the clusters are those of all documents at once."""

from __future__ import annotations

import os
from itertools import pairwise
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.pipeline.dedup.blocks import Block, Kept, cluster_block
from polysift.pipeline.dedup.clusters import bucket_numbers
from polysift.pipeline.dedup.links import links_of
from polysift.pipeline.dedup.mail import Mail
from polysift.pipeline.dedup.stars import stars_reference
from polysift.pipeline.storage import Folder

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


def in_blocks(folder, bands, sketches, jaccard, most, cuts):
    """Keeper and similarity of each document, with numbers that are not those of the rows."""
    numbers = 1000 - 3 * np.arange(len(bands))
    asked = None if jaccard is None else lambda a, b: jaccard((1000 - a) // 3, (1000 - b) // 3)
    kept, mail = Kept(np.empty_like(numbers), np.empty_like(sketches)), Mail(Folder(str(folder)), len(cuts))
    found = []
    for block, (start, stop) in enumerate(pairwise(cuts)):
        buckets, after = linked(bands, cuts, block)
        documents = Block(numbers[start:stop], sketches[start:stop], buckets, len(after[0]))
        parts = list(mail.read(block, 5))
        for part in parts:
            mail.send(part, *after)
        one, new = cluster_block(documents, parts, kept, THRESHOLD, asked, most)
        mail.send(new, *after)
        mail.remove(block)
        found.append(one)
    assert not os.listdir(folder)
    keeper = kept.numbers[np.concatenate([one.keeper for one in found])]
    return (1000 - keeper) // 3, np.concatenate([one.similarity for one in found])


def linked(bands, cuts, block):
    """The buckets of a block's documents, as slots; and where each slot comes next."""
    blocks = (np.searchsorted(cuts, np.arange(len(bands)), side="right") - 1).astype(np.int32)
    rows = (np.arange(len(bands)) - np.array(cuts)[blocks]).astype(np.uint32)
    every = [links_of(column.copy(), blocks, rows, len(cuts)) for column in bands.T]
    buckets = np.full((cuts[block + 1] - cuts[block], len(every)), -1, np.int32)
    starts, after = np.zeros(len(cuts), np.int64), []
    for band, links in enumerate(every):
        here = links.block == block
        buckets[links.row[here], band] = links.slot[here] + starts[block]
        own = links.in_block == block
        after.append((links.next_block[own], links.next_slot[own] + starts[links.next_block[own]]))
        starts += links.counts
    return buckets, [np.concatenate(of).astype(np.int32) for of in zip(*after, strict=True)]


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
    with TemporaryDirectory() as folder:
        keeper, similarity = in_blocks(folder, bands, sketches, asked, most, cuts)
    assert keeper.tolist() == expected.keeper.tolist()
    assert np.allclose(similarity, expected.similarity)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_one_bucket_of_many_keepers(size, tmp_path):
    """Of a bucket of different documents only the first 64 are compared, over all blocks together."""
    generator = np.random.default_rng(1)
    sketches = generator.integers(0, 256, (100, 112), np.uint8)
    sketches[90] = sketches[63]
    sketches[91] = sketches[64]
    bands = np.zeros((100, 1), np.uint64)
    keeper, _ = in_blocks(tmp_path, bands, sketches, None, 64, [*range(0, 100, size), 100])
    assert [row for row in range(100) if keeper[row] != row] == [90]
    assert keeper[90] == 63
