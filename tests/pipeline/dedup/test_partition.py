"""A pool by disk: files hold what was put into them, and sets are whole components."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.dedup.clusters import Signatures, find_stars, without_copies
from polysift.pipeline.dedup.partition import (
    Shape,
    edges_of,
    read_edges,
    read_exact_edges,
    read_range,
    read_set,
    sets_of_components,
    shape,
    write_bands,
    write_edges,
    write_sets,
)
from polysift.pipeline.storage import Folder

BANDS, HASHES = 4, 32


def signatures(count, seed):
    """Documents of a few patterns, some copies, in a few buckets; keys spread over all ranges."""
    generator = np.random.default_rng(seed)
    patterns = generator.integers(0, 4, (6, HASHES), np.uint8)
    texts = generator.integers(0, count, count)
    changed = generator.random((count, HASHES)) < 0.1
    sketches = np.where(changed, 9, patterns[generator.integers(0, 6, count)])[texts].astype(np.uint8)
    keys = generator.integers(0, 2**64, count // 2, np.uint64)[
        generator.integers(0, count // 2, (count, BANDS))
    ]
    signed = (generator.random(count) < 0.9)[texts]
    hashes = np.column_stack([texts, texts]).astype(np.uint64)
    return Signatures(keys[texts], sketches, hashes, signed, np.ones(count, bool))


@pytest.mark.parametrize("verify", [0.7, None])
@pytest.mark.parametrize("seed", range(5))
def test_by_disk_stars_are_those_in_memory(tmp_path, verify, seed):
    """Cut into slices, ranges and sets, and clustered set by set, every document has the same keeper."""
    count, work = 200, Folder(str(tmp_path))
    found, cut = signatures(count, seed), Shape(count, BANDS, 4, 48)
    slices = []
    for start, stop in cut.slices:
        part = Signatures(*(column[start:stop] for column in found))
        bands, chosen, (a, b) = without_copies(part, verify)
        slices.append(f"slice{start}")
        with work.create(slices[-1]) as sink:
            write_bands(sink, cut, bands, chosen + start, (a + start, b + start))
    for partition in range(cut.partitions):
        with work.create(f"edges{partition}") as sink:
            write_edges(sink, *edges_of(*read_range(work, slices, cut, partition)))
    edges = [read_exact_edges(work, name, cut) for name in slices]
    edges += [read_edges(work, f"edges{partition}", cut) for partition in range(cut.partitions)]
    sets = sets_of_components(cut, iter(edges))
    with work.create("sets") as sink:
        write_sets(sink, sets)
    keeper, similarity = np.arange(count), np.ones(count, np.float32)
    for index in range(len(sets.offsets) - 1):
        numbers = read_set(work, "sets", cut, index)
        some = find_stars(Signatures(*(column[numbers] for column in found)), np.arange(len(numbers)), verify)
        keeper[numbers], similarity[numbers] = numbers[some.keeper], some.similarity
    expected = find_stars(found, np.arange(count), verify)
    assert keeper.tolist() == expected.keeper.tolist()
    assert np.array_equal(similarity, expected.similarity)
    assert len(np.unique(keeper)) < count


@given(st.integers(1, 10**10), st.integers(1000, 10**10))
def test_shapes_cover_all_documents_within_memory(documents, memory):
    """Slices follow one another, and none needs more memory than there is."""
    cut = shape(documents, 14, memory)
    if cut is None:
        assert documents * 512 <= max(memory, 512)
    elif documents // cut.slice < 10_000:
        ends = [0, *(stop for _, stop in cut.slices)]
        assert [start for start, _ in cut.slices] == ends[:-1]
        assert ends[-1] == documents
        assert max(stop - start for start, stop in cut.slices) <= max(1, memory // 512)
