"""Links: the buckets of each block, and where each comes next."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.dedup.links import by_place, links_of, links_reference

BLOCKS = 5


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, BLOCKS - 1)), max_size=40))
def test_links_are_those_of_the_reference(drawn):
    """Each block has the buckets of the plain loop; a bucket's slots lead from block to block."""
    keys, blocks = ([pair[i] for pair in drawn] for i in (0, 1))
    found = links_of(
        np.array(keys, np.uint64), np.array(blocks, np.int32), np.arange(len(keys), dtype=np.uint32), BLOCKS
    )
    expected = links_reference(keys, blocks, BLOCKS)
    assert found.counts.tolist() == list(map(len, expected))
    members = {}
    for block, row, slot in zip(found.block.tolist(), found.row.tolist(), found.slot.tolist(), strict=True):
        members.setdefault((block, slot), []).append(row)
    after = {}
    for block in range(BLOCKS):
        own = found.in_block == block
        for slot, place in enumerate(
            zip(found.next_block[own].tolist(), found.next_slot[own].tolist(), strict=True)
        ):
            after[block, slot] = place
        here = sorted((members[block, slot], after[block, slot][0]) for slot in range(own.sum()))
        assert here == sorted(expected[block])
    for place, later in after.items():
        if later[0] >= 0:
            assert {keys[row] for row in members[place]} == {keys[row] for row in members[later]}


def test_rows_by_place_stay_in_order():
    """Equal places keep the order of the rows, whatever the number of places."""
    places = np.random.default_rng(1).integers(0, 300, 5000).astype(np.int32)
    for count in (300, 100_000):
        assert by_place(places, count).tolist() == np.argsort(places, kind="stable").tolist()
