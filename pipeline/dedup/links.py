"""Which documents of a giant set share a band key, block by block of the order of preference.

In each block that a bucket has documents in it has a slot there, and the slot says in which slot of which later block
the bucket comes next. So what is known of a bucket goes from block to block by place, and no key is looked up again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import kernel
from .buckets import grouped

BYTES_PER_LINK = 96  # of a range: keys, blocks and rows as read and as grouped, links


class Links(NamedTuple):
    """Buckets of at least two documents.

    Attributes:
        block: int32 (links,), of each document in a bucket.
        row: uint32 (links,), of the document in its block.
        slot: int32 (links,), of the bucket in that block.
        in_block: int32 (slots,), the block that each slot is in; a block's slots are 0.. in this order.
        next_block: int32 (slots,), the next block that has documents in the bucket, -1 where there is none.
        next_slot: int32 (slots,), the bucket's slot there.
        counts: int64 (blocks,), slots of each block.
    """

    block: NDArray[np.int32]
    row: NDArray[np.uint32]
    slot: NDArray[np.int32]
    in_block: NDArray[np.int32]
    next_block: NDArray[np.int32]
    next_slot: NDArray[np.int32]
    counts: NDArray[np.int64]


def links_reference(keys: list[int], blocks: list[int], count: int) -> list[list[tuple[list[int], int]]]:
    """For each block its buckets of at least two documents, in any order: (documents there, next block or -1).

    >>> links_reference([7, 3, 7, 7], [0, 0, 2, 2], 3)
    [[([0], 2)], [], [([2, 3], -1)]]
    """
    found: list[list[tuple[list[int], int]]] = [[] for _ in range(count)]
    for key in set(keys):
        rows = [row for row, own in enumerate(keys) if own == key]
        here = sorted({blocks[row] for row in rows}) if len(rows) > 1 else []
        for block, after in zip(here, [*here[1:], -1], strict=False):
            found[block].append(([row for row in rows if blocks[row] == block], after))
    return found


def links_of(
    keys: NDArray[np.uint64], blocks: NDArray[np.int32], rows: NDArray[np.uint32], count: int
) -> Links:
    """The links of some documents.

    Args:
        keys: uint64 (documents,), of one band.
        blocks: int32 (documents,), the block of each.
        rows: uint32 (documents,), its row there.
        count: of blocks.
    """
    order = by_place(blocks, count)
    blocks, rows = blocks[order], rows[order]
    found = grouped(keys[order])  # each group in the order of the blocks
    return Links(*_links(found.keys, found.rows, blocks, rows, count))


def by_place(places: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Rows by place, from 0 to `count` - 1, each place's in their order."""
    # NumPy's stable sort is a radix sort for up to 16 bits.
    return np.argsort(places.astype(np.min_scalar_type(count)), kind="stable")


@kernel
def _links(
    keys: NDArray[np.uint64],
    documents: NDArray[np.int64],
    blocks: NDArray[np.int32],
    rows: NDArray[np.uint32],
    count: int,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.uint32],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.int64],
]:
    links, slots = _sizes(keys, documents, blocks)
    block, row, slot = np.empty(links, np.int32), np.empty(links, np.uint32), np.empty(links, np.int32)
    in_block = np.empty(slots, np.int32)
    next_block, next_slot = np.full(slots, -1, np.int32), np.full(slots, -1, np.int32)
    counts = np.zeros(count, np.int64)
    at, made = 0, 0
    for i in range(len(keys)):
        first = i == 0 or keys[i] != keys[i - 1]
        if first and (i + 1 == len(keys) or keys[i + 1] != keys[i]):
            continue
        here = blocks[documents[i]]
        if first or here != block[at - 1]:
            in_block[made] = here
            if not first:
                next_block[made - 1], next_slot[made - 1] = here, counts[here]
            counts[here] += 1
            made += 1
        block[at], row[at], slot[at] = here, rows[documents[i]], counts[here] - 1
        at += 1
    return block, row, slot, in_block, next_block, next_slot, counts


@kernel
def _sizes(
    keys: NDArray[np.uint64], documents: NDArray[np.int64], blocks: NDArray[np.int32]
) -> tuple[int, int]:
    """Numbers of links and slots."""
    links, slots = 0, 0
    for i in range(len(keys)):
        first = i == 0 or keys[i] != keys[i - 1]
        if first and (i + 1 == len(keys) or keys[i + 1] != keys[i]):
            continue
        links += 1
        slots += first or blocks[documents[i]] != blocks[documents[i - 1]]
    return links, slots
