"""Character n-grams of many words at a time, to buckets of a fastText model.

Words stand one after the other, as characters. All n-grams that begin with one of 16 characters are hashed in
step, in the processor's vector registers; which of them have a row is found for all words before any row is added,
so that the processor waits for memory as seldom as can be. `fasttext_features.add_ngrams` is the plain way to do it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import prefetch
from .vectors import (
    LANES,
    add_row,
    fill_lanes,
    marked_lanes,
    ones,
    remainder_lanes,
    step_lanes,
    trailing_zeros,
    widen_lanes,
)

ROOM = 1024
"""Characters of a group of words, at least one per byte."""

LENGTHS = 6
"""n-grams of more lengths than that are left to the plain way."""

TOGETHER = 64 // LANES
"""Lengths of which the flags of LANES characters fit into 64 bits."""

WORDS = 64
"""Words of a group at most."""

AHEAD = 16
"""How many rows before it is added a row is asked for."""

# Positions in `Group.filled`.
WORD_COUNT = 0
CHARACTERS = 1

# Positions in a row of `Group.spans`.
_FIRST, _LAST, _SIZE = 0, 1, 2

_BASIS = 2166136261
_PRIME = 16777619


class Group(NamedTuple):
    """Scratch: words of which the n-grams are sought together, in angle brackets, as characters one after the other.

    Attributes:
        units: uint32 (4, ROOM and more), the bytes of each character with their sign extended; 0 for none.
        spans: int64 (WORDS, 3), where a word begins and ends, and how many bytes its longest character has.
        hashes: uint32 (LANES,), scratch.
        inverse: uint32 (1,), of the number of buckets.
        buckets: uint32 (blocks * LENGTHS * LANES,), those of n-grams, for each LANES characters; by length.
        lanes: uint64 (blocks, 2), which of these have a row, a bit each; those of TOGETHER lengths, and of others.
        counts: int64 (WORDS,), how many blocks of LANES characters a word has.
        found: int64 (blocks * LENGTHS * LANES,), the buckets that have a row, then the rows.
        targets: int64 (blocks * LENGTHS * LANES,), to which row of the table's vectors each is added.
        rows: int64 (WORDS,), the row of the table's vectors where a word's features are added up.
        features: int64 (WORDS,), how many there are.
        filled: int64 (2,), how many words and characters the group has.
    """

    units: NDArray[np.uint32]
    spans: NDArray[np.int64]
    hashes: NDArray[np.uint32]
    inverse: NDArray[np.uint32]
    buckets: NDArray[np.uint32]
    lanes: NDArray[np.uint64]
    counts: NDArray[np.int64]
    found: NDArray[np.int64]
    targets: NDArray[np.int64]
    rows: NDArray[np.int64]
    features: NDArray[np.int64]
    filled: NDArray[np.int64]


def group() -> Group:
    """An empty group."""
    blocks = ROOM // LANES + WORDS  # each word begins one of its own
    return Group(
        np.zeros((4, ROOM + 4 * LANES), np.uint32),
        np.zeros((WORDS, 3), np.int64),
        np.zeros(LANES, np.uint32),
        np.zeros(1, np.uint32),
        np.zeros(blocks * LENGTHS * LANES, np.uint32),
        np.zeros((blocks, 2), np.uint64),
        np.zeros(WORDS, np.int64),
        np.zeros(blocks * LENGTHS * LANES, np.int64),
        np.zeros(blocks * LENGTHS * LANES, np.int64),
        np.zeros(WORDS, np.int64),
        np.zeros(WORDS, np.int64),
        np.zeros(2, np.int64),
    )


@borrowing_kernel
def add_to_group(group: Any, text: Any, start: Any, length: Any, plain: Any, row: Any, features: Any) -> Any:
    """Appends a word, `plain` where it is ASCII of at most 2 * LANES bytes; it has so many features without n-grams."""
    filled, units = group.filled, group.units
    word, first = filled[WORD_COUNT], filled[CHARACTERS]
    last, size = first + length + 2, 1
    if plain:
        characters = units[0]
        characters[first] = 0x3C
        widen_lanes(text, start, characters, first + 1)
        if length > LANES:
            widen_lanes(text, start + LANES, characters, first + 1 + LANES)
        characters[last - 1] = 0x3E
    else:
        last, size = _add_characters(text, start, start + length, units, first)
    group.spans[word, _FIRST], group.spans[word, _LAST], group.spans[word, _SIZE] = first, last, size
    group.rows[word], group.features[word] = row, features
    filled[WORD_COUNT], filled[CHARACTERS] = word + 1, last


@borrowing_kernel
def empty_group(group: Any) -> Any:
    """Makes room for other words."""
    group.filled[WORD_COUNT], group.filled[CHARACTERS] = 0, 0


@borrowing_kernel
def _add_characters(data: Any, start: Any, end: Any, units: Any, at: Any) -> Any:
    """Appends a word in angle brackets to the characters of a group; where they end now, and the longest's bytes."""
    for k in range(1, 4):
        following = units[k]
        for c in range(at, at + end - start + 2, LANES):
            fill_lanes(following, c, 0)
    units[0, at] = 0x3C
    # Unsigned, for which no index can be meant from the end.
    place, longest, size, one = np.uint64(at), np.uint64(0), np.uint64(0), np.uint64(1)
    for i in range(np.uint64(start), np.uint64(end)):
        byte = np.uint32(np.int8(data[i]))
        begins = byte & np.uint32(0xC0) != np.uint32(0x80)
        place += np.uint64(begins)
        size = np.uint64(0) if begins else min(size + one, np.uint64(3))
        units[size, place] = byte
        longest = max(longest, size)
    place += one
    units[0, place] = 0x3E
    return np.int64(place + one), np.int64(longest + one)


@borrowing_kernel
def find_buckets(group: Any, minn: Any, maxn: Any, bucket: Any, kept: Any) -> Any:
    """Finds which n-grams of all words have a row."""
    element = 0
    group.inverse[0] = ((1 << 32) - 1) // bucket
    for word in range(group.filled[WORD_COUNT]):
        first, last, size = group.spans[word, _FIRST], group.spans[word, _LAST], group.spans[word, _SIZE]
        before = element
        for at in range(first, last, LANES):
            short = long = np.uint64(0)
            fill_lanes(group.hashes, 0, _BASIS)
            for n in range(1, maxn + 1):
                for k in range(size):
                    step_lanes(group.hashes, group.units, k, at + n - 1, _PRIME)
                if n >= minn:
                    fits = _fitting(n, at - first, last - at)
                    place = (element * LENGTHS + n - minn) * LANES
                    remainder_lanes(group.hashes, bucket, group.inverse, group.buckets, place)
                    if len(kept):
                        fits = marked_lanes(kept, group.buckets, place, fits)
                    if n - minn < TOGETHER:
                        short |= fits << np.uint64((n - minn) * LANES)
                    else:
                        long |= fits << np.uint64((n - minn - TOGETHER) * LANES)
            group.lanes[element, 0], group.lanes[element, 1] = short, long
            element += 1
        group.counts[word] = element - before


@inlined_kernel
def _fitting(n: Any, before: Any, left: Any) -> Any:
    """Which n-grams that begin with one of LANES characters end within the word, and are no brackets alone.

    There are `before` characters of the word before these, and `left` from the first one on.
    """
    count = min(left - n + 1 - (n == 1), LANES)
    fits = (np.uint64(1) << np.uint64(max(count, 0))) - np.uint64(1)
    return fits & ~np.uint64(n == 1 and before == 0)


@borrowing_kernel
def add_found(group: Any, kept: Any, before: Any, rows: Any, words: Any, matrix: Any, vectors: Any) -> Any:
    """Adds the rows of the n-grams found to the vectors of their words."""
    found, pruned = group.found, len(kept) > 0
    count = _collect(group, before, pruned)
    if pruned:
        for i in range(count):
            bucket = found[i]
            following = ones(np.uint64(kept[bucket >> 5] >> (bucket & 31)))
            found[i] = before[(bucket >> 5) + 1] - following
            prefetch(rows, found[i])
    for i in range(count):
        found[i] = rows[found[i]] if pruned else words + found[i]
        if i < AHEAD:
            prefetch(matrix, found[i])
    for i in range(count):
        if i + AHEAD < count:
            prefetch(matrix, found[i + AHEAD])
        add_row(vectors, group.targets[i], matrix, found[i])


@borrowing_kernel
def _collect(group: Any, before: Any, pruned: Any) -> Any:
    """Writes the buckets that have a row to `found`, and the rows they are added to to `targets`; how many."""
    element = count = 0
    for word in range(group.filled[WORD_COUNT]):
        begin, target = count, group.rows[word]
        for _ in range(group.counts[word]):
            for half in range(2):
                lanes, first = group.lanes[element, half], (element * LENGTHS + half * TOGETHER) * LANES
                while lanes:
                    bucket = np.int64(group.buckets[first + trailing_zeros(lanes)])
                    if pruned:
                        prefetch(before, (bucket >> 5) + 1)
                    group.found[count], group.targets[count] = bucket, target
                    count += 1
                    lanes &= lanes - np.uint64(1)
            element += 1
        group.features[word] += count - begin
    return count
