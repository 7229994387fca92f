"""Character n-grams of many words at a time, to buckets of a fastText model.

The words of a group stand one after the other, as characters. All n-grams that begin with some character are
hashed in step with those of its neighbours, so that the processor's vector units do eight or more at once; which
of them end within their word is sorted out afterwards. `fasttext_features.add_ngrams` is the plain way to do it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import borrowing_kernel
from .prefetch import prefetch
from .vectors import (
    LANES,
    add_row,
    at_least_lanes,
    count_down_lanes,
    fill_lanes,
    marked_lanes,
    ones,
    trailing_zeros,
    widen_lanes,
)

ROOM = 4096
"""Characters of a group of words, at least one per byte."""

LENGTHS = 6
"""n-grams of more lengths than that are left to the plain way."""

WORDS = 512
"""Words of a group at most."""

AHEAD = 16
"""How many rows before it is added a row is asked for."""

# Positions in `Group.filled`.
WORD_COUNT = 0
CHARACTERS = 1
LONGEST_SIZE = 2

_BASIS = 2166136261
_PRIME = 16777619


class Group(NamedTuple):
    """Scratch: words of which the n-grams are sought together, in angle brackets, as characters one after the other.

    All arrays of characters have room for LANES more.

    Attributes:
        units: uint32 (4, ROOM), the bytes of each character with their sign extended.
        sizes: uint32 (ROOM,), how many bytes each has.
        owners: int32 (ROOM,), which word of the group it belongs to.
        left: int32 (ROOM,), how many characters of its word there are from it on.
        inner: int32 (ROOM,), scratch: 1 where it is no bracket.
        hashes: uint32 (ROOM,), of the n-gram that begins there.
        buckets: uint32 (ROOM,), its bucket.
        found, places: uint32 and int32 (LENGTHS * ROOM,), the buckets that have a row, and where they begin.
        rows: int64 (WORDS,), the row of the table's vectors where a word's features are added up.
        features: int64 (WORDS,), how many there are.
        filled: int64 (3,), how many words and characters the group has, and the bytes of its longest character.
    """

    units: NDArray[np.uint32]
    sizes: NDArray[np.uint32]
    owners: NDArray[np.int32]
    left: NDArray[np.int32]
    inner: NDArray[np.int32]
    hashes: NDArray[np.uint32]
    buckets: NDArray[np.uint32]
    found: NDArray[np.uint32]
    places: NDArray[np.int32]
    rows: NDArray[np.int64]
    features: NDArray[np.int64]
    filled: NDArray[np.int64]


def group() -> Group:
    """An empty group."""
    room = ROOM + 4 * LANES
    return Group(
        np.zeros((4, room), np.uint32),
        np.zeros(room, np.uint32),
        np.zeros(room, np.int32),
        np.zeros(room, np.int32),
        np.zeros(room, np.int32),
        np.zeros(room, np.uint32),
        np.zeros(room, np.uint32),
        np.zeros(LENGTHS * room, np.uint32),
        np.zeros(LENGTHS * room, np.int32),
        np.zeros(WORDS, np.int64),
        np.zeros(WORDS, np.int64),
        np.array([0, 0, 1]),
    )


@borrowing_kernel
def add_to_group(group: Any, text: Any, start: Any, length: Any, plain: Any, row: Any, features: Any) -> Any:
    """Appends a word, `plain` where it is ASCII of at most 2 * LANES bytes; it has so many features without n-grams."""
    filled = group.filled
    word, first = filled[WORD_COUNT], filled[CHARACTERS]
    group.rows[word], group.features[word] = row, features
    last = first + length + 2
    if plain:
        units = group.units[0]
        units[first] = 0x3C
        widen_lanes(text, start, units, first + 1)
        if length > LANES:
            widen_lanes(text, start + LANES, units, first + 1 + LANES)
        units[last - 1] = 0x3E
    else:
        last, size = _add_characters(text, start, start + length, group.units, group.sizes, first)
        filled[LONGEST_SIZE] = max(filled[LONGEST_SIZE], size)
    for c in range(first, last, LANES):
        fill_lanes(group.owners, c, word)
        count_down_lanes(group.left, c, last - c)
    filled[WORD_COUNT], filled[CHARACTERS] = word + 1, last


@borrowing_kernel
def empty_group(group: Any) -> Any:
    """Makes room for other words."""
    group.filled[WORD_COUNT], group.filled[CHARACTERS], group.filled[LONGEST_SIZE] = 0, 0, 1


@borrowing_kernel
def _add_characters(data: Any, start: Any, end: Any, units: Any, sizes: Any, at: Any) -> Any:
    """Appends a word in angle brackets to the characters of a group; where they end now, and the longest's bytes."""
    units[0, at] = 0x3C
    sizes[at] = 1
    longest = size = 0
    for i in range(start, end):
        byte = np.int64(data[i])
        begins = byte & 0xC0 != 0x80
        at += begins
        size = 0 if begins else min(size + 1, 3)
        units[size, at] = np.uint32(byte | (0xFFFFFF00 * (byte >> 7)))
        sizes[at] = size + 1
        longest = max(longest, size)
    at += 1
    units[0, at] = 0x3E
    sizes[at] = 1
    return at + 1, longest + 1


@borrowing_kernel
def find_buckets(group: Any, plain: Any, minn: Any, maxn: Any, bucket: Any, kept: Any) -> Any:
    """Fills `group.found` with the buckets that have a row, of all n-grams of a group; how many there are.

    A group is `plain` if all its words are. The order is that of lengths, then of places.
    """
    inverse = np.uint64((1 << 32) // bucket)
    count = group.filled[CHARACTERS]
    hashes = group.hashes[:count]
    fill_lanes(group.left, count, 0)
    found = 0
    for c in range(count):
        hashes[c] = np.uint32(_BASIS)
    for n in range(1, min(maxn, count) + 1):
        limit = count - n + 1
        if plain:
            _step_all(hashes[:limit], group.units[0, n - 1 : count])
        else:
            for k in range(group.filled[LONGEST_SIZE]):
                _step(hashes[:limit], group.units[k, n - 1 : count], group.sizes[n - 1 : count], k)
        if n >= minn:
            _reduce(hashes[:limit], inverse, np.uint32(bucket), group.buckets[:limit])
            fits = group.left
            if n == 1:
                fits = group.inner
                _fit_single(group.left, count, fits)
            found = _collect(group.buckets, fits, n, limit, kept, group.found, group.places, found)
    return found


@borrowing_kernel
def _step_all(hashes: Any, units: Any) -> Any:
    """Takes the only byte of each character into the hash."""
    for c in range(len(hashes)):
        hashes[c] = np.uint32(hashes[c] ^ units[c]) * np.uint32(_PRIME)


@borrowing_kernel
def _step(hashes: Any, units: Any, sizes: Any, k: Any) -> Any:
    """Takes the byte `k` of each character into the hash, where there is one."""
    for c in range(len(hashes)):
        value = np.uint32(hashes[c] ^ units[c]) * np.uint32(_PRIME)
        hashes[c] = np.uint32(value) if sizes[c] > k else hashes[c]


@borrowing_kernel
def _reduce(hashes: Any, inverse: Any, bucket: Any, buckets: Any) -> Any:
    """Remainders of hashes; by a quotient that is at most one too small."""
    for c in range(len(hashes)):
        quotient = (np.uint64(hashes[c]) * inverse) >> np.uint64(32)
        rest = np.uint32(hashes[c] - np.uint32(quotient) * bucket)
        buckets[c] = min(rest, np.uint32(rest - bucket))


@borrowing_kernel
def _fit_single(left: Any, count: Any, inner: Any) -> Any:
    """Flags the characters that are no brackets."""
    before = np.int32(1)
    for c in range(count):
        inner[c] = np.int32((before > 1) & (left[c] > 1))
        before = left[c]
    fill_lanes(inner, count, 0)


@borrowing_kernel
def _collect(
    buckets: Any, fits: Any, n: Any, limit: Any, kept: Any, found: Any, places: Any, count: Any
) -> Any:
    """Appends the buckets that have a row of n-grams within their words; how many there are now."""
    pruned = len(kept) > 0
    for c in range(0, limit, LANES):
        lanes = at_least_lanes(fits, c, n)
        if pruned:
            lanes = marked_lanes(kept, buckets, c, lanes)
        while lanes:
            place = c + trailing_zeros(lanes)
            found[count] = buckets[place]
            places[count] = place
            count += 1
            lanes &= lanes - np.uint64(1)
    return count


@borrowing_kernel
def add_found(
    group: Any, count: Any, kept: Any, before: Any, rows: Any, words: Any, matrix: Any, vectors: Any
) -> Any:
    """Adds the rows of the buckets found to the vectors of the words that they belong to."""
    found, places, owners, targets, features = (
        group.found,
        group.places,
        group.owners,
        group.rows,
        group.features,
    )
    pruned = len(kept) > 0
    for i in range(count):
        bucket = np.int64(found[i])
        row = words + bucket
        if pruned:
            following = ones(np.uint64(kept[bucket >> 5] >> (bucket & 31)))
            row = np.int64(rows[before[(bucket >> 5) + 1] - following])
        found[i] = row
        if i < AHEAD:
            prefetch(matrix, row)
    for i in range(count):
        if i + AHEAD < count:
            prefetch(matrix, np.int64(found[i + AHEAD]))
        owner = owners[places[i]]
        features[owner] += 1
        add_row(vectors, targets[owner], matrix, np.int64(found[i]))
