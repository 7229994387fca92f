from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.pipeline.dedup.clusters import cluster, connected

bands_of_small_keys = st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), max_size=40)


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
@given(bands_of_small_keys)
def test_clusters_are_connected_components(rows):
    """Documents are together exactly when shared bands connect them; the first stands for all."""
    bands = np.array(rows, dtype=np.uint64).reshape(-1, 3)
    found = cluster(bands, np.ones(len(rows), bool), np.zeros(len(rows), np.int64))
    expected = components(rows)
    assert found.cluster.tolist() == [min(members) for members in expected]
    assert found.size.tolist() == [len(members) for members in expected]
    assert found.keeper.tolist() == found.cluster.tolist()


def test_unsigned_documents_stand_alone():
    """A document without a signature, or below its language_score threshold, is in no cluster."""
    bands = np.zeros((4, 2), np.uint64)
    found = cluster(bands, np.array([True, False, True, False]), np.zeros(4, np.int64))
    assert found.cluster.tolist() == [0, 1, 0, 3]
    assert found.size.tolist() == [2, 1, 2, 1]


def test_the_longest_can_be_kept():
    """With keep: longest the longest member stands for the cluster, the first of equally long ones."""
    bands = np.array([[1], [1], [1], [2]], np.uint64)
    found = cluster(bands, np.ones(4, bool), np.array([3, 9, 9, 1]), keep="longest")
    assert found.keeper.tolist() == [1, 1, 1, 3]
    assert found.cluster.tolist() == [0, 0, 0, 3]


def test_verified_edges_only():
    """With verify, documents that share a band but not their sketch stay apart."""
    bands = np.array([[1], [1], [1]], np.uint64)
    sketches = np.zeros((3, 8), np.uint8)
    sketches[1] = 200
    found = cluster(bands, np.ones(3, bool), np.zeros(3, np.int64), "first", sketches, 0.7)
    assert found.cluster.tolist() == [0, 1, 0]


def test_no_documents():
    """An empty language has no clusters."""
    found = cluster(np.empty((0, 14), np.uint64), np.empty(0, bool), np.empty(0, np.int64))
    assert [len(column) for column in found] == [0, 0, 0]


def test_a_long_chain_is_one_component():
    """A chain of a thousand pairs in the worst order is found whole."""
    a = np.arange(999, 0, -1)
    assert set(connected(1000, iter([(a - 1, a)])).tolist()) == {0}
