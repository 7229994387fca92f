"""Documents with equal keys: sorted together, then numbered or joined. Kernels beside their NumPy references.

Keys are hashes, and only their equality matters. So documents are not sorted by key: they are dealt out by a few
bits of a product of the key, and only those dealt to the same place are compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import kernel

FEW = 64  # documents in one place up to which insertion beats a merge sort
IN_A_PLACE = 16  # documents dealt to one place, about
MIXER = (
    0x9E3779B97F4A7C15  # 2**64 / golden ratio, odd: the high bits of the product depend on all bits of a key
)
MOST_BITS = (
    20  # places: more of them miss the cache (10 M keys: 0.55 s; 22 bits 0.83 s, NumPy's stable sort 1.3 s)
)


class Grouped(NamedTuple):
    """Documents with equal keys stand together, in their given order.

    Attributes:
        keys: uint64 (documents,).
        rows: int64 (documents,), the place of each in the input.
    """

    keys: NDArray[np.uint64]
    rows: NDArray[np.int64]


def grouped_reference(keys: NDArray[np.uint64]) -> Grouped:
    """What `grouped` gives, but for the order of the groups."""
    rows = np.argsort(keys, kind="stable")
    return Grouped(keys[rows], rows)


def grouped(keys: NDArray[np.uint64]) -> Grouped:
    """Brings equal keys together; each group keeps the order of the input.

    Args:
        keys: uint64 (documents,), of which few or many may be equal; the order of the groups is that of a hash.

    >>> grouped(np.array([7, 3, 7], np.uint64)).rows.tolist() in ([0, 2, 1], [1, 0, 2])
    True
    """
    bits = min(MOST_BITS, max(1, (len(keys) // IN_A_PLACE).bit_length()))
    keys, rows = _dealt(np.ascontiguousarray(keys), np.uint64(64 - bits), 1 << bits)
    return Grouped(keys, rows)


@kernel
def _dealt(
    keys: NDArray[np.uint64], shift: np.uint64, places: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    ends = np.zeros(places + 1, np.int64)
    for key in keys:
        ends[np.int64((key * np.uint64(MIXER)) >> shift) + 1] += 1
    for place in range(places):
        ends[place + 1] += ends[place]
    found = np.empty_like(keys)
    rows = np.empty(len(keys), np.int64)
    for row in range(len(keys)):
        dealt_to = np.int64((keys[row] * np.uint64(MIXER)) >> shift)
        found[ends[dealt_to]] = keys[row]
        rows[ends[dealt_to]] = row
        ends[dealt_to] += 1
    start = np.int64(0)
    for place in range(places):
        _sort_stably(found[start : ends[place]], rows[start : ends[place]])
        start = ends[place]
    return found, rows


@kernel
def _sort_stably(keys: NDArray[np.uint64], rows: NDArray[np.int64]) -> None:
    """Sorts both by key, in place; a long run of one key, as of a page crawled a million times, is left at once."""
    if len(keys) > FEW:
        same = True
        for key in keys:
            same &= key == keys[0]
        if same:
            return
        order = np.argsort(keys, kind="mergesort")
        keys[:] = keys[order]
        rows[:] = rows[order]
        return
    for i in range(1, len(keys)):
        key, row, j = keys[i], rows[i], i
        while j > 0 and keys[j - 1] > key:
            keys[j], rows[j] = keys[j - 1], rows[j - 1]
            j -= 1
        keys[j], rows[j] = key, row


def joined_reference(keys: NDArray[np.uint64]) -> tuple[set[tuple[int, int]], int]:
    """The pairs (first, later) of rows with equal keys, and how many keys have such."""
    pairs, first, repeated = set(), dict[int, int](), set()
    for row, key in enumerate(keys.tolist()):
        if first.setdefault(key, row) != row:
            pairs.add((first[key], row))
            repeated.add(key)
    return pairs, len(repeated)


@kernel
def joined(keys: NDArray[np.uint64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of rows (first of its group, each later one) of what `grouped` gives."""
    count = 0
    for i in range(1, len(keys)):
        count += keys[i] == keys[i - 1]
    first, later = np.empty(count, np.int64), np.empty(count, np.int64)
    at, head = 0, 0
    for i in range(1, len(keys)):
        if keys[i] != keys[i - 1]:
            head = i
            continue
        first[at], later[at] = rows[head], rows[i]
        at += 1
    return first, later


@kernel
def number_buckets(
    keys: NDArray[np.uint64], rows: NDArray[np.int64], buckets: NDArray[np.int32], first: int
) -> int:
    """Numbers the groups of at least two documents that `grouped` gives.

    Args:
        keys: uint64 (documents,), equal ones together.
        rows: int64 (documents,).
        buckets: int32 (documents,); written: the number of each row's bucket, -1 where it is alone.
        first: number of the first bucket.

    Returns:
        the number after the last bucket's.
    """
    number = first
    start = 0
    for i in range(1, len(keys) + 1):
        if i < len(keys) and keys[i] == keys[start]:
            continue
        if i - start == 1:
            buckets[rows[start]] = -1
        else:
            for j in range(start, i):
                buckets[rows[j]] = number
            number += 1
        start = i
    return number
