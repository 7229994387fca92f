"""Verified clusters of more documents than fit in memory, a block at a time in the order of preference.

What a document becomes depends only on the keepers before it. So a block is first compared with the keepers of each
block before it, as they were left on disk, and then within itself; the result is that of `stars` over all documents,
wherever the blocks are cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import kernel
from .clusters import bucket_numbers
from .stars import (
    MOST_KEEPERS,
    Chains,
    Jaccard,
    Limits,
    Stars,
    chains_of,
    equal_bytes,
    estimate,
    judged,
    known_or,
    limits_of,
    link,
    no_keepers,
    stars,
)

PENDING = 8  # pairs near the threshold, per document of a block, that wait to be asked for together


class Keepers(NamedTuple):
    """Keepers of a block, in the order of preference.

    Attributes:
        numbers: int64 (keepers,), of the documents.
        bands: uint64 (keepers, bands).
        sketches: uint8 (keepers, hashes).
        holds: bool (keepers, bands): later documents of the bucket are compared with it.
    """

    numbers: NDArray[np.int64]
    bands: NDArray[np.uint64]
    sketches: NDArray[np.uint8]
    holds: NDArray[np.bool_]


class Block(NamedTuple):
    """Documents of a block, in the order of preference; see `Keepers`."""

    numbers: NDArray[np.int64]
    bands: NDArray[np.uint64]
    sketches: NDArray[np.uint8]


def cluster_block(
    block: Block,
    before: Iterable[Keepers],
    threshold: float,
    jaccard: Jaccard | None = None,
    most: int = MOST_KEEPERS,
) -> tuple[Stars, Keepers]:
    """What each document of a block becomes.

    Args:
        block: the documents.
        before: keepers of the blocks before it, in order.
        threshold: least similarity of a document to its keeper.
        jaccard: exact similarity of pairs of documents, by number (keepers, documents); None: the estimate decides.
        most: keepers of a bucket that documents are compared with.

    Returns:
        for each document the number of its keeper and the similarity to it; and the keepers of this block.
    """
    earlier = _Earlier(block, limits_of(threshold, block.sketches.shape[1], jaccard), jaccard)
    for keepers in before:
        earlier.compare(keepers)
    earlier.ask()
    rest = np.flatnonzero(earlier.keeper < 0)
    bands, sketches, numbers = block.bands[rest], block.sketches[rest], block.numbers[rest]
    buckets = bucket_numbers(bands, np.arange(len(rest)))
    counts = earlier.counts[rest]
    held = no_keepers(buckets)
    held[buckets[buckets >= 0]] = counts[buckets >= 0]  # the same for all documents of a bucket
    asked = None if jaccard is None else lambda a, b: jaccard(numbers[a], numbers[b])
    found = stars(buckets, sketches, threshold, asked, most, held)
    keeper, similarity = earlier.keeper, earlier.similarity
    keeper[rest], similarity[rest] = numbers[found.keeper], found.similarity
    keeps = found.keeper == np.arange(len(rest))
    holds = _holds(buckets, keeps, counts, held, most)
    return Stars(keeper, similarity), Keepers(numbers[keeps], bands[keeps], sketches[keeps], holds[keeps])


class _Earlier:
    """Comparison of a block with the keepers of the blocks before it, one block after the other.

    Attributes:
        keeper: int64 (documents,), number of the first similar one, -1 where there is none.
        similarity: float32 (documents,), to it.
        counts: uint8 (documents, bands), keepers that the document's bucket has, as far as documents without a
            keeper are concerned.
    """

    def __init__(self, block: Block, limits: Limits, jaccard: Jaccard | None) -> None:
        self.block, self.limits, self.jaccard = block, limits, jaccard
        count = len(block.numbers)
        self.keeper, self.similarity = np.full(count, -1), np.ones(count, np.float32)
        self.counts = np.zeros(block.bands.shape, np.uint8)
        # Rows, numbers of keepers, equal bytes.
        self.pending: list[tuple[NDArray[np.int64], ...]] = []

    def compare(self, keepers: Keepers) -> None:
        rows = np.flatnonzero(self.keeper < 0)
        if not len(rows) or not len(keepers.numbers):
            return
        bands = np.concatenate([keepers.bands, self.block.bands[rows]])
        buckets = bucket_numbers(bands, np.arange(len(bands)))
        counts = self.counts[rows]
        chains = chains_of(buckets, no_keepers(buckets))
        sketches = (keepers.sketches, self.block.sketches[rows])
        best, similarity, near = _against(buckets, sketches, keepers.holds, counts, chains, self.limits)
        self.counts[rows] = counts
        found = best >= 0
        self.keeper[rows[found]] = keepers.numbers[best[found]]
        self.similarity[rows[found]] = similarity[found]
        self.pending.append((rows[near[:, 0]], keepers.numbers[near[:, 1]], near[:, 2]))
        if sum(len(of[0]) for of in self.pending) > PENDING * len(self.keeper):
            self.ask()

    def ask(self) -> None:
        """Pairs near the threshold: they come before the keeper that a document has by now, if it has one."""
        rows, numbers, equal = (
            np.concatenate([np.empty(0, np.int64), *(of[i] for of in self.pending)]) for i in range(3)
        )
        self.pending = []
        if self.jaccard is None or not len(rows):
            return
        hashes = self.block.sketches.shape[1]
        estimated = np.array([estimate(count, hashes) for count in range(hashes + 1)])[equal]
        values = known_or(self.jaccard(numbers, self.block.numbers[rows]), estimated)
        similar = np.flatnonzero(values >= self.limits[2])
        of, first = np.unique(rows[similar], return_index=True)
        self.keeper[of] = numbers[similar[first]]
        self.similarity[of] = values[similar[first]]


@kernel
def _against(
    buckets: NDArray[np.int32],
    sketches: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    holds: NDArray[np.bool_],
    counts: NDArray[np.uint8],
    chains: Chains,
    limits: Limits,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Compares documents with keepers.

    Args:
        buckets: int32 (keepers + documents, bands).
        sketches: of keepers, of documents.
        holds: bool (keepers, bands).
        counts: uint8 (documents, bands); keepers of the buckets are added to it.
        chains: of these buckets, empty.
        limits: see `stars.limits_of`.

    Returns:
        the first keeper that is similar by its sketch, or -1; the similarity; pairs (document, keeper, equal bytes)
        that come before it and are near the threshold, in order.
    """
    keepers, bands = holds.shape
    first, held, after = chains[0], chains[2], chains[3]
    _link_all(buckets, holds, chains)
    documents = len(counts)
    best, similarity = np.full(documents, -1), np.ones(documents, np.float32)
    seen = np.full(keepers, -1, np.int64)
    near, count = np.empty((1024, 3), np.int64), 0
    unknown = (np.empty(0, np.int64), np.empty(0, np.float64))
    for row in range(documents):
        until, start = np.int64(keepers), count
        for band in range(bands):
            bucket = np.int64(buckets[keepers + row, band])
            if bucket < 0:
                continue
            counts[row, band] += np.uint8(held[bucket])
            other = np.int64(first[bucket])
            while 0 <= other < until:
                if seen[other] != row:
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
                        best[row], similarity[row] = other, found
                other = np.int64(after[other, band])
        count = _keep_until(near, start, count, until)
    return best, similarity, near[:count]


@kernel
def _link_all(buckets: NDArray[np.int32], holds: NDArray[np.bool_], chains: Chains) -> None:
    for keeper in range(holds.shape[0]):
        for band in range(holds.shape[1]):
            if holds[keeper, band] and buckets[keeper, band] >= 0:
                link(buckets[keeper, band], band, keeper, chains)


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
def _holds(
    buckets: NDArray[np.int32],
    keeps: NDArray[np.bool_],
    counts: NDArray[np.uint8],
    held: NDArray[np.int32],
    most: int,
) -> NDArray[np.bool_]:
    """In which buckets each keeper is one of the first `most`, those of blocks before (held, counts) included."""
    found = np.zeros(buckets.shape, np.bool_)
    held = held.copy()
    for row in range(len(keeps)):
        for band in range(buckets.shape[1] if keeps[row] else 0):
            bucket = buckets[row, band]
            if bucket < 0:  # alone in it among the documents of this block
                found[row, band] = counts[row, band] < most
            elif held[bucket] < most:
                found[row, band] = True
                held[bucket] += 1
    return found
