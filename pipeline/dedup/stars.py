"""Verified clusters as stars: a document belongs to a keeper that it is similar to itself, never through a third.

Documents are taken in the order of preference. One joins the first keeper that shares a bucket with it and is
similar to it; where there is none, it becomes a keeper. Similar means: the sketches say so clearly, or, within two
standard errors of the threshold, the shingles themselves do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import kernel
from .minhash import similarity as similarity_of

# Keepers of one bucket that a document is compared with: bounds the work in a bucket of a million pages of one
# template, whose documents are all keepers. Copies of a page also meet in buckets of their own.
MOST_KEEPERS = 64
STANDARD_ERRORS = 2.0
CHANCE = 1 / 256  # minima of different shingles agree in their lowest byte


class Stars(NamedTuple):
    """Which document stands for each.

    Attributes:
        keeper: int64 (documents,), row of the document's keeper, itself for a keeper.
        similarity: float32 (documents,), Jaccard similarity to the keeper: as the sketches estimate it, exact
            where that is near the threshold, 1 for a keeper.
    """

    keeper: NDArray[np.int64]
    similarity: NDArray[np.float32]


# Exact Jaccard similarity of pairs of documents, float array (pairs,); NaN where the estimate is to decide.
Jaccard = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]


def bounds(threshold: float, hashes: int) -> tuple[int, int]:
    """Numbers of equal sketch bytes below which a pair is not similar, and from which on it surely is.

    Between them the estimate of the similarity is within two standard errors of the threshold; each of `hashes`
    bytes agrees with probability p = J + (1 - J) / 256, so their number has the deviation sqrt(p (1 - p) hashes).

    >>> bounds(0.7, 112)
    (68, 89)
    """
    p = threshold + (1 - threshold) * CHANCE
    spread = STANDARD_ERRORS * math.sqrt(p * (1 - p) * hashes)
    return math.floor(p * hashes - spread), math.ceil(p * hashes + spread)


def stars_reference(
    buckets: NDArray[np.int32],
    sketches: NDArray[np.uint8],
    threshold: float,
    jaccard: Callable[[int, int], float] | None = None,
    most: int = MOST_KEEPERS,
) -> Stars:
    """What `stars` gives, as a plain loop."""
    count, hashes = sketches.shape
    low, high = bounds(threshold, hashes)
    members: dict[int, list[int]] = {}
    keeper, similarity = np.arange(count), np.ones(count, np.float32)
    for row in range(count):
        own = [bucket for bucket in buckets[row].tolist() if bucket >= 0]
        for other in sorted({other for bucket in own for other in members.get(bucket, ())}):
            equal = int((sketches[row] == sketches[other]).sum())
            near = jaccard is not None and low <= equal < high
            similar = jaccard(other, row) if jaccard and near else estimate(equal, hashes)
            if similar >= threshold:
                keeper[row], similarity[row] = other, similar
                break
        else:
            for bucket in own:
                if len(members.setdefault(bucket, [])) < most:
                    members[bucket].append(row)
    return Stars(keeper, similarity)


def estimate(equal: int, hashes: int) -> float:
    """The similarity that a number of equal sketch bytes stands for; see `minhash.similarity`.

    >>> estimate(112, 112), round(estimate(56, 112), 3), estimate(0, 112)
    (1.0, 0.498, 0.0)
    """
    return min(1.0, max(0.0, (equal / hashes - CHANCE) / (1 - CHANCE)))


def stars(
    buckets: NDArray[np.int32],
    sketches: NDArray[np.uint8],
    threshold: float,
    jaccard: Jaccard | None = None,
    most: int = MOST_KEEPERS,
    held: NDArray[np.int32] | None = None,
) -> Stars:
    """Verified clusters.

    Args:
        buckets: int32 (documents, bands), rows in the order of preference: numbers of the buckets that a document
            is in, -1 where it is alone; a number is of one band only.
        sketches: uint8 (documents, hashes).
        threshold: least similarity of a document to its keeper.
        jaccard: exact similarity of pairs (lower rows, higher rows), asked where the estimate does not decide;
            None: the estimate decides.
        most: keepers of a bucket that documents are compared with.
        held: int32 (buckets,), how many it has already that are not among these documents; None: none.
    """
    count = len(sketches)
    limits = limits_of(threshold, sketches.shape[1], jaccard)
    held = no_keepers(buckets) if held is None else held
    pairs, values = np.empty(0, np.int64), np.empty(0, np.float64)
    while True:
        keeper, similarity, asked = _stars(buckets, sketches, limits, (pairs, values), most, held.copy())
        if not len(asked) or jaccard is None:
            return Stars(keeper, similarity)
        # A pair that was not known was taken as estimated. Once it is known the documents behind it may fare
        # otherwise and ask for others, until nothing is asked for: then all was decided as defined.
        asked = np.unique(asked)
        first, later = asked % count, asked // count
        found = known_or(jaccard(first, later), similarity_of(sketches[first], sketches[later]))
        order = np.argsort(np.r_[pairs, asked], kind="stable")
        pairs, values = np.r_[pairs, asked][order], np.r_[values, found][order]


def known_or(found: NDArray[np.float64], estimated: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(found), estimated, found)


Limits = tuple[int, int, float]


def limits_of(threshold: float, hashes: int, jaccard: Any) -> Limits:
    """Numbers of equal bytes between which shingles decide (none without `jaccard`), and the threshold."""
    return (*(bounds(threshold, hashes) if jaccard else (0, 0)), threshold)


def no_keepers(buckets: NDArray[np.int32]) -> NDArray[np.int32]:
    """How many keepers each bucket has at first."""
    return np.zeros(int(buckets.max(initial=-1)) + 1, np.int32)


@kernel
def _stars(
    buckets: NDArray[np.int32],
    sketches: NDArray[np.uint8],
    limits: Limits,
    known: tuple[NDArray[np.int64], NDArray[np.float64]],
    most: int,
    held: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """One pass; pairs are row * documents + keeper: (those known, ascending; their similarity), those asked for."""
    count, bands = buckets.shape
    chains = chains_of(buckets, held)
    first, after = chains[0], chains[3]
    keeper, similarity = np.empty(count, np.int64), np.ones(count, np.float32)
    seen = np.full(count, -1, np.int64)
    near = np.empty(bands * most, np.int64)  # keepers whose similarity is to be asked for
    asked, n_asked = np.empty(1024, np.int64), 0
    for row in range(count):
        best, best_similarity, n_near = row, 1.0, 0
        for band in range(bands):
            other: Any = np.int64(first[buckets[row, band]]) if buckets[row, band] >= 0 else -1
            while 0 <= other < best:
                if seen[other] != row:
                    seen[other] = row
                    equal = equal_bytes(sketches[row], sketches[other])
                    found, unknown = judged(equal, sketches.shape[1], row * count + other, limits, known)
                    if unknown:
                        near[n_near] = other
                        n_near += 1
                    if found >= limits[2]:
                        best, best_similarity = other, found
                other = np.int64(after[other, band])
        while n_asked + n_near > len(asked):
            asked = np.concatenate((asked, asked))
        for i in range(n_near):
            asked[n_asked] = row * count + near[i]
            n_asked += near[i] <= best
        keeper[row], similarity[row] = best, best_similarity
        if best == row:
            _hold(buckets[row], row, most, chains)
    return keeper, similarity, asked[:n_asked]


@kernel
def judged(
    equal: int,
    hashes: int,
    pair: int,
    limits: Limits,
    known: tuple[NDArray[np.int64], NDArray[np.float64]],
) -> tuple[float, bool]:
    """The similarity of a pair, and whether only its shingles tell whether that reaches the threshold."""
    estimated = min(1.0, max(0.0, (equal / hashes - CHANCE) / (1 - CHANCE)))
    if equal < limits[0] or equal >= limits[1]:
        return estimated, False
    at = np.searchsorted(known[0], pair)
    if at < len(known[0]) and known[0][at] == pair:
        return known[1][at], False
    return estimated, True


Chains = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


@kernel
def chains_of(buckets: NDArray[np.int32], held: NDArray[np.int32]) -> Chains:
    """Keepers of each bucket: the first, the last, how many; and the one after (row, band)."""
    none = np.full(len(held), -1, np.int32)
    return none, none.copy(), held, np.full(buckets.shape, -1, np.int32)


@kernel
def equal_bytes(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
    equal = 0
    for i in range(len(a)):
        equal += a[i] == b[i]
    return equal


@kernel
def _hold(own: NDArray[np.int32], row: int, most: int, chains: Chains) -> None:
    """Puts a new keeper into its buckets."""
    for band in range(len(own)):
        if own[band] >= 0 and chains[2][own[band]] < most:
            link(own[band], band, row, chains)


@kernel
def link(bucket: int, band: int, row: int, chains: Chains) -> None:
    """Puts a keeper at the end of a bucket."""
    first, last, held, after = chains
    if first[bucket] < 0:
        first[bucket] = row
    else:
        after[last[bucket], band] = row
    last[bucket] = row
    held[bucket] += 1
