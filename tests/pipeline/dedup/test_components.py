"""Union-find against the definition of connected components."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.dedup.components import components, components_reference, flatten, number_type, unite

EDGES = st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60)


@given(EDGES, st.sampled_from([np.uint32, np.int64]))
def test_components_are_those_of_the_reference(edges, kind):
    """Every document has the lowest number that its edges lead to, with numbers of either size."""
    a, b = np.array(edges, kind).reshape(-1, 2).T
    expected = components_reference(40, a.astype(np.int64), b.astype(np.int64))
    assert components(40, a, b).tolist() == expected.tolist()
    parents = np.arange(40, dtype=kind)
    unite(parents, a, b)
    flatten(parents)
    assert parents.dtype == kind
    assert parents.tolist() == expected.tolist()


@pytest.mark.parametrize("step", [1, -1])
def test_a_long_chain_is_one_component(step):
    """A chain of a hundred thousand pairs is found whole, in the best order and in the worst."""
    a = np.arange(1, 100_000)[::step]
    assert set(components(100_000, a - 1, a).tolist()) == {0}


def test_numbers_take_four_bytes_as_long_as_they_can():
    """4 bytes a document below 2**32 documents, 8 above."""
    assert number_type(2**32 - 1).itemsize == 4
    assert number_type(2**32).itemsize == 8
