"""Documents with equal keys come together: kernels against their references."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.dedup.buckets import (
    MIXER,
    grouped,
    grouped_reference,
    joined,
    joined_reference,
    number_buckets,
)

KEYS = st.lists(st.integers(0, 8) | st.integers(0, 2**64 - 1), max_size=300)
SMALL = st.lists(st.integers(0, 8), max_size=200)


def groups(found):
    """The rows of each key, in order."""
    rows = {}
    for key, row in zip(found.keys.tolist(), found.rows.tolist(), strict=True):
        rows.setdefault(key, []).append(row)
    return rows


@given(KEYS | SMALL)
def test_groups_are_those_of_a_stable_sort(keys):
    """The kernel and NumPy's stable sort find the same groups, each in the order of the input and in one piece."""
    keys = np.array(keys, np.uint64)
    found = grouped(keys)
    assert groups(found) == groups(grouped_reference(keys))
    assert np.array_equal(keys[found.rows], found.keys)
    assert (found.keys[1:] != found.keys[:-1]).sum() + bool(len(keys)) == len(np.unique(keys))


@pytest.mark.parametrize("alternating", [False, True])
def test_many_equal_keys_are_grouped_at_once(alternating):
    """A hundred thousand copies, alone or with another key that is dealt to the same place, take no quadratic time."""
    inverse = pow(MIXER, -1, 2**64)
    other = (5 * inverse) % 2**64  # its product with MIXER is 5: high bits as those of 0
    keys = np.zeros(100_000, np.uint64)
    keys[::2] = other if alternating else 0
    assert groups(grouped(keys)) == groups(grouped_reference(keys))


@given(SMALL)
def test_pairs_start_at_the_first_of_a_group(keys):
    """Each later document of a group is paired with its first, and each group has one number of its own."""
    keys = np.array(keys, np.uint64)
    pairs, repeated = joined_reference(keys)
    first, later = joined(*grouped(keys))
    assert set(zip(first.tolist(), later.tolist(), strict=True)) == pairs
    assert len(first) == len(pairs)
    buckets = np.empty(len(keys), np.int32)
    assert number_buckets(*grouped(keys), buckets, 7) == 7 + repeated
    assert {int(buckets[a]) == int(buckets[b]) for a, b in pairs} <= {True}
    assert set(buckets.tolist()) - {-1} == set(range(7, 7 + repeated))
    assert (buckets == -1).sum() == len(keys) - len({row for pair in pairs for row in pair})
