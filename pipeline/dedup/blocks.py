"""Verified clusters of more documents than fit in memory, a block at a time in the order of preference.

What a document becomes depends only on the keepers before it that its buckets hold, at most 64 of each. So a block is
first compared with the keepers that its buckets hold from the blocks before (mail.py), and then within itself; the
result is that of `stars` over all documents, wherever the blocks are cut. A bucket's keepers come to those blocks alone
that have documents in it, so the work grows with the number of documents, not of pairs of blocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import kernel
from .mail import Held
from .stars import (
    MOST_KEEPERS,
    Jaccard,
    Limits,
    Stars,
    equal_bytes,
    estimate,
    judged,
    known_or,
    limits_of,
    stars,
)

PENDING = 8  # pairs near the threshold, per document of a block, that wait to be asked for together


class Block(NamedTuple):
    """Documents of a block, in the order of preference.

    Attributes:
        numbers: int64 (documents,), in the pool.
        sketches: uint8 (documents, hashes).
        buckets: int32 (documents, bands), slot of the bucket in this block, -1 where a document is alone in it.
        slots: how many slots there are.
    """

    numbers: NDArray[np.int64]
    sketches: NDArray[np.uint8]
    buckets: NDArray[np.int32]
    slots: int


class Kept:
    """The keepers found so far, in the order of preference, numbered 0.. .

    Args:
        numbers: int64 (documents,), room for as many as there are documents: their numbers in the pool.
        sketches: uint8 (documents, hashes), likewise.
    """

    def __init__(self, numbers: NDArray[np.int64], sketches: NDArray[np.uint8]) -> None:
        self.numbers, self.sketches, self.count = numbers, sketches, 0

    def add(self, numbers: NDArray[np.int64], sketches: NDArray[np.uint8]) -> None:
        new = slice(self.count, self.count + len(numbers))
        self.numbers[new], self.sketches[new] = numbers, sketches
        self.count = new.stop


def cluster_block(
    block: Block,
    before: Iterable[Held],
    kept: Kept,
    threshold: float,
    jaccard: Jaccard | None = None,
    most: int = MOST_KEEPERS,
    known: Stars | None = None,
) -> tuple[Stars, Held]:
    """What each document of a block becomes.

    Args:
        block: the documents.
        before: what their buckets hold from the blocks before, in the order of the keepers, none in two parts.
        kept: the keepers of the blocks before; those of this block are added.
        threshold: least similarity of a document to its keeper.
        jaccard: exact similarity of pairs of documents, by number (keepers, documents); None: the estimate decides.
        most: keepers of a bucket that documents are compared with.
        known: what the documents become, where that was found before; nothing is compared then.

    Returns:
        for each document its keeper, as numbered in `kept`, and the similarity to it; and what the buckets hold of
        these documents.
    """
    earlier = _Earlier(block, kept, limits_of(threshold, block.sketches.shape[1], jaccard), jaccard)
    held = np.zeros(block.slots, np.int32)
    for part in before:
        if known is None:
            earlier.compare(part)
        held += np.bincount(part.slots, minlength=block.slots).astype(np.int32)
    found = known or earlier.and_within(held, threshold, most)
    keeps = new_keepers(found.keeper, kept.count)
    new = Held(*_held(block.buckets[keeps], held, kept.count, most))
    kept.add(block.numbers[keeps], block.sketches[keeps])
    return found, new


def new_keepers(keeper: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Which documents of a block are keepers themselves: those with whom a number comes up that is new.

    Args:
        keeper: int64 (documents,), the keeper of each, as numbered over all blocks.
        count: of the keepers of the blocks before.

    >>> new_keepers(np.array([3, 7, 7, 8, 0, 7]), 7)
    array([False,  True, False,  True, False, False])
    """
    return np.diff(np.maximum.accumulate(np.r_[count - 1, keeper])) > 0


class _Earlier:
    """Comparison of a block with keepers of the blocks before it, some after the other.

    Attributes:
        keeper: int64 (documents,), the first similar one, -1 where there is none.
        similarity: float32 (documents,), to it.
    """

    def __init__(self, block: Block, kept: Kept, limits: Limits, jaccard: Jaccard | None) -> None:
        self.block, self.kept, self.limits, self.jaccard = block, kept, limits, jaccard
        count = len(block.numbers)
        self.keeper, self.similarity = np.full(count, -1), np.ones(count, np.float32)
        # Rows, keepers, equal bytes.
        self.pending: list[tuple[NDArray[np.int64], ...]] = []

    def compare(self, held: Held) -> None:
        keepers, places = np.unique(held.keepers, return_inverse=True)
        rows = np.flatnonzero(self.keeper < 0)
        if not len(rows) or not len(keepers):
            return
        sketches = (np.ascontiguousarray(self.kept.sketches[keepers]), self.block.sketches)
        lists = _lists(held.slots, places.astype(np.int32), self.block.slots)
        best, similarity, near = _against(self.block.buckets, rows, sketches, lists, self.limits)
        found = best >= 0
        self.keeper[rows[found]] = keepers[best[found]]
        self.similarity[rows[found]] = similarity[found]
        self.pending.append((near[:, 0], keepers[near[:, 1]], near[:, 2]))
        if sum(len(of[0]) for of in self.pending) > PENDING * len(self.keeper):
            self.ask()

    def ask(self) -> None:
        """Pairs near the threshold: they come before the keeper that a document has by now, if it has one."""
        rows, keepers, equal = (
            np.concatenate([np.empty(0, np.int64), *(of[i] for of in self.pending)]) for i in range(3)
        )
        self.pending = []
        if self.jaccard is None or not len(rows):
            return
        hashes = self.block.sketches.shape[1]
        estimated = np.array([estimate(count, hashes) for count in range(hashes + 1)])[equal]
        values = known_or(self.jaccard(self.kept.numbers[keepers], self.block.numbers[rows]), estimated)
        similar = np.flatnonzero(values >= self.limits[2])
        of, first = np.unique(rows[similar], return_index=True)
        self.keeper[of] = keepers[similar[first]]
        self.similarity[of] = values[similar[first]]

    def and_within(self, held: NDArray[np.int32], threshold: float, most: int) -> Stars:
        """What the documents become, now that all keepers before them are known: the rest compared with one another.

        Args:
            held: int32 (slots,), how many keepers of the blocks before each bucket has.
        """
        self.ask()
        rest = np.flatnonzero(self.keeper < 0)
        numbers, jaccard = self.block.numbers[rest], self.jaccard
        asked = None if jaccard is None else lambda a, b: jaccard(numbers[a], numbers[b])
        found = stars(self.block.buckets[rest], self.block.sketches[rest], threshold, asked, most, held)
        keeps = found.keeper == np.arange(len(rest))
        own = self.kept.count - 1 + np.cumsum(keeps)  # the keeper's number, where it is one
        self.keeper[rest], self.similarity[rest] = own[found.keeper], found.similarity
        return Stars(self.keeper, self.similarity)


@kernel
def _lists(
    slots: NDArray[np.int32], keepers: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Keepers by slot, each slot's in their order; and where each of `count` slots begins, with the end of the last."""
    starts = np.zeros(count + 2, np.int64)
    for slot in slots:
        starts[slot + 2] += 1
    for slot in range(count):
        starts[slot + 2] += starts[slot + 1]
    found = np.empty_like(keepers)
    for i in range(len(slots)):
        found[starts[slots[i] + 1]] = keepers[i]
        starts[slots[i] + 1] += 1
    return starts[:-1], found


@kernel
def _against(
    buckets: NDArray[np.int32],
    rows: NDArray[np.int64],
    sketches: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    lists: tuple[NDArray[np.int64], NDArray[np.int32]],
    limits: Limits,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Compares documents with keepers.

    Args:
        buckets: int32 (documents, bands).
        rows: int64 (rows,), the documents to compare.
        sketches: of keepers, of documents.
        lists: see `_lists`.
        limits: see `stars.limits_of`.

    Returns:
        for each row the first keeper that is similar by its sketch, or -1; the similarity; pairs (document, keeper,
        equal bytes) that come before it and are near the threshold, in order.
    """
    starts, held = lists
    best, similarity = np.full(len(rows), -1), np.ones(len(rows), np.float32)
    seen = np.full(len(sketches[0]), -1, np.int64)
    near, count = np.empty((1024, 3), np.int64), 0
    unknown = (np.empty(0, np.int64), np.empty(0, np.float64))
    for i in range(len(rows)):
        row, until, start = rows[i], np.int64(len(sketches[0])), count
        for band in range(buckets.shape[1]):
            slot = np.int64(buckets[row, band])
            if slot < 0:
                continue
            for at in range(starts[slot], starts[slot + 1]):
                other = np.int64(held[at])
                if other >= until:
                    break
                if seen[other] == row:
                    continue
                seen[other] = row
                equal = equal_bytes(sketches[1][row], sketches[0][other])
                found, asked = judged(equal, sketches[0].shape[1], 0, limits, unknown)
                if asked:
                    if count == len(near):
                        near = np.concatenate((near, near))
                    near[count, 0], near[count, 1], near[count, 2] = row, other, equal
                    count += 1
                elif found >= limits[2]:
                    until = other
                    best[i], similarity[i] = other, found
        count = _keep_until(near, start, count, until)
    return best, similarity, near[:count]


@kernel
def _keep_until(near: NDArray[np.int64], start: int, stop: int, until: Any) -> int:
    """Leaves pairs whose keeper comes before `until`, by keeper; returns where they end."""
    own = near[start:stop][np.argsort(near[start:stop, 1])]
    for i in range(len(own)):
        if own[i, 1] < until:
            near[start] = own[i]
            start += 1
    return start


@kernel
def _held(
    buckets: NDArray[np.int32], held: NDArray[np.int32], first: int, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Keepers, numbered from `first` on, and the slots in which each is one of the first `most`; counts into `held`."""
    keepers, slots = np.empty(buckets.size, np.int64), np.empty(buckets.size, np.int32)
    count = 0
    for row in range(len(buckets)):
        for slot in buckets[row]:
            if slot >= 0 and held[slot] < most:
                held[slot] += 1
                keepers[count], slots[count] = first + row, slot
                count += 1
    return keepers[:count].copy(), slots[:count].copy()
