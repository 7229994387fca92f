"""Character n-grams of many words at a time, to buckets of a fastText model.

The words of a group stand one after the other, as characters. All n-grams that begin with some character are
hashed in step with those of its neighbours, so that the processor's vector units do eight or more at once; which
of them end within their word is sorted out afterwards. `fasttext_features.add_ngrams` is the plain way to do it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import ones
from .kernels import borrowing_kernel
from .prefetch import prefetch

ROOM = 4096
"""Characters of a group of words, at least one per byte."""

LENGTHS = 6
"""n-grams of more lengths than that are left to the plain way."""

WORDS = 512
"""Words of a group at most."""

AHEAD = 16
"""How many rows before it is added a row is asked for."""

_BASIS = 2166136261
_PRIME = 16777619


class Group(NamedTuple):
    """Scratch: words of which the n-grams are sought together, in angle brackets, as characters one after the other.

    Attributes:
        units: uint32 (4, ROOM), the bytes of each character with their sign extended.
        sizes: uint32 (ROOM,), how many bytes each has.
        owners: int32 (ROOM,), which word of the group it belongs to.
        firsts, lasts: int32 (ROOM,), where its word begins and ends.
        hashes: uint32 (ROOM,), of the n-gram that begins there.
        buckets: uint32 (ROOM,), its bucket.
        kept: uint32 (ROOM,), 1 where it has a row.
        found, places: uint32 and int32 (LENGTHS * ROOM,), the buckets that have one, and where they begin.
        tokens: int64 (WORDS,), which words of the text these are.
        rows: int64 (WORDS,), the row of the table's vectors where a word's features are added up.
        features: int64 (WORDS,), how many there are.
    """

    units: NDArray[np.uint32]
    sizes: NDArray[np.uint32]
    owners: NDArray[np.int32]
    firsts: NDArray[np.int32]
    lasts: NDArray[np.int32]
    hashes: NDArray[np.uint32]
    buckets: NDArray[np.uint32]
    kept: NDArray[np.uint32]
    found: NDArray[np.uint32]
    places: NDArray[np.int32]
    tokens: NDArray[np.int64]
    rows: NDArray[np.int64]
    features: NDArray[np.int64]


def group() -> Group:
    """An empty group."""
    return Group(
        np.zeros((4, ROOM), np.uint32),
        np.zeros(ROOM, np.uint32),
        np.zeros(ROOM, np.int32),
        np.zeros(ROOM, np.int32),
        np.zeros(ROOM, np.int32),
        np.zeros(ROOM, np.uint32),
        np.zeros(ROOM, np.uint32),
        np.zeros(ROOM, np.uint32),
        np.zeros(LENGTHS * ROOM, np.uint32),
        np.zeros(LENGTHS * ROOM, np.int32),
        np.zeros(WORDS, np.int64),
        np.zeros(WORDS, np.int64),
        np.zeros(WORDS, np.int64),
    )


@borrowing_kernel
def add_characters(data: Any, start: Any, end: Any, units: Any, sizes: Any, at: Any) -> Any:
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
def close_word(group: Any, word: Any, first: Any, last: Any) -> Any:
    """Notes that the characters from `first` to `last` are those of a word."""
    owners, firsts, lasts = group.owners[first:last], group.firsts[first:last], group.lasts[first:last]
    for c in range(last - first):
        owners[c], firsts[c], lasts[c] = word, first, last


@borrowing_kernel
def find_buckets(group: Any, count: Any, longest: Any, minn: Any, maxn: Any, bucket: Any, kept: Any) -> Any:
    """Fills `group.found` with the buckets that have a row, of all n-grams of `count` characters; how many there are.

    The longest character has `longest` bytes. The order is that of lengths, then of places.
    """
    inverse = np.uint64((1 << 32) // bucket)
    hashes = group.hashes[:count]
    found = 0
    for c in range(count):
        hashes[c] = np.uint32(_BASIS)
    for n in range(1, min(maxn, count) + 1):
        limit = count - n + 1
        for k in range(longest):
            _step(hashes[:limit], group.units[k, n - 1 : count], group.sizes[n - 1 : count], k)
        if n >= minn:
            buckets, flags = group.buckets[:limit], group.kept[:limit]
            _reduce(hashes[:limit], inverse, np.uint32(bucket), buckets)
            _fit(n, group.firsts[:limit], group.lasts[:limit], flags)
            if len(kept):
                _test(buckets, kept, flags)
            found = _collect(buckets, flags, group.found, group.places, found)
    return found


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
def _fit(n: Any, firsts: Any, lasts: Any, flags: Any) -> Any:
    """Flags the places where an n-gram of `n` characters begins that is within a word, and not a bracket alone."""
    for c in range(len(flags)):
        flags[c] = np.uint32(c + n <= lasts[c])
    if n == 1:
        for c in range(len(flags)):
            flags[c] = np.uint32((c > firsts[c]) & (c + 1 < lasts[c]))


@borrowing_kernel
def _test(buckets: Any, kept: Any, flags: Any) -> Any:
    """Keeps the flags of the buckets that a pruned model has kept."""
    for c in range(len(flags)):
        flags[c] &= kept[buckets[c] >> 5] >> (buckets[c] & 31)


@borrowing_kernel
def _collect(buckets: Any, flags: Any, found: Any, places: Any, count: Any) -> Any:
    for c in range(len(flags)):
        found[count] = buckets[c]
        places[count] = c
        count += flags[c]
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
        vector, row = vectors[targets[owner]], np.int64(found[i])
        for d in range(len(vector)):
            vector[d] += matrix[row, d]
