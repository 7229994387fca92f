"""Character n-grams of many words at a time, to buckets of a fastText model.

The words of a group stand one after the other, as characters. All n-grams that begin with some character are
hashed in step with those of its neighbours, so that the processor's vector units do eight or more at once; which
of them end within their word is sorted out afterwards. `fasttext_features.add_ngrams` is the plain way to do it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import ones
from .kernels import borrowing_kernel

ROOM = 4096
"""Characters of a group of words, at least one per byte."""

LENGTHS = 6
"""n-grams of more lengths than that are left to the plain way."""

WORDS = 512

_BASIS = 2166136261
_PRIME = 16777619


class Group(NamedTuple):
    """Scratch: words of which the n-grams are sought together, in angle brackets, as characters one after the other.

    Attributes:
        units: uint32 (4, ROOM), the bytes of each character with their sign extended.
        sizes: uint32 (ROOM,), how many bytes each has.
        hashes: uint32 (ROOM,), of the n-gram that begins there.
        buckets: uint32 (LENGTHS, ROOM), of the n-grams that begin there, by length.
        found: uint32 (LENGTHS * ROOM,), the buckets that have a row.
        begins: int64 (WORDS + 1,), where each word begins among the characters.
        ends: int64 (WORDS,), where each word's buckets end in `found`.
        tokens: int64 (WORDS,), which words of the text these are.
        entries: int64 (WORDS,), their entries in the dictionary, or -1.
    """

    units: NDArray[np.uint32]
    sizes: NDArray[np.uint32]
    hashes: NDArray[np.uint32]
    buckets: NDArray[np.uint32]
    found: NDArray[np.uint32]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    tokens: NDArray[np.int64]
    entries: NDArray[np.int64]


def group() -> Group:
    """An empty group."""
    return Group(
        np.zeros((4, ROOM), np.uint32),
        np.zeros(ROOM, np.uint32),
        np.zeros(ROOM, np.uint32),
        np.zeros((LENGTHS, ROOM), np.uint32),
        np.zeros(LENGTHS * ROOM, np.uint32),
        np.zeros(WORDS + 1, np.int64),
        np.zeros(WORDS, np.int64),
        np.zeros(WORDS, np.int64),
        np.zeros(WORDS, np.int64),
    )


@borrowing_kernel
def add_characters(data, start, end, units, sizes, at):  # type: ignore[no-untyped-def]
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
def hash_ngrams(group, count, longest, minn, maxn, bucket):  # type: ignore[no-untyped-def]
    """Fills `group.buckets` for all n-grams of `count` characters, the longest of which has `longest` bytes."""
    inverse = np.uint64((1 << 32) // bucket)
    buckets = np.uint32(bucket)
    hashes = group.hashes[:count]
    for c in range(count):
        hashes[c] = np.uint32(_BASIS)
    for n in range(1, min(maxn, count) + 1):
        limit = count - n + 1
        for k in range(longest):
            _step(hashes[:limit], group.units[k, n - 1 : count], group.sizes[n - 1 : count], k)
        if n >= minn:
            _reduce(hashes[:limit], inverse, buckets, group.buckets[n - minn, :limit])


@borrowing_kernel
def _step(hashes, units, sizes, k):  # type: ignore[no-untyped-def]
    """Takes the byte `k` of each character into the hash, where there is one."""
    for c in range(len(hashes)):
        value = np.uint32(hashes[c] ^ units[c]) * np.uint32(_PRIME)
        hashes[c] = np.uint32(value) if sizes[c] > k else hashes[c]


@borrowing_kernel
def _reduce(hashes, inverse, bucket, buckets):  # type: ignore[no-untyped-def]
    """Remainders of hashes; by a quotient that is at most one too small."""
    for c in range(len(hashes)):
        quotient = (np.uint64(hashes[c]) * inverse) >> np.uint64(32)
        rest = np.uint32(hashes[c] - np.uint32(quotient) * bucket)
        buckets[c] = min(rest, np.uint32(rest - bucket))


@borrowing_kernel
def keep_buckets(group, words, kept, minn, maxn):  # type: ignore[no-untyped-def]
    """Fills `group.found` with the buckets of `words` words that have a row, in fastText's order."""
    buckets, found, begins, ends = group.buckets, group.found, group.begins, group.ends
    pruned = len(kept) > 0
    count = 0
    for word in range(words):
        first, last = begins[word], begins[word + 1]
        for c in range(first, last):
            for length in range(maxn - minn + 1):
                bucket = buckets[length, c]
                n = minn + length
                fits = (c + n <= last) & ((n > 1) | ((c > first) & (c + 1 < last)))
                if pruned:
                    bits = kept[bucket >> 6] >> np.uint64(bucket & 63)
                    fits &= (bits & np.uint64(1)) != 0
                found[count] = bucket
                count += fits
        ends[word] = count


@borrowing_kernel
def add_found(found, begin, end, kept, before, rows, words, matrix, total):  # type: ignore[no-untyped-def]
    """Adds the rows of buckets that have one to a vector."""
    pruned = len(kept) > 0
    for i in range(begin, end):
        bucket = np.int64(found[i])
        row = words + bucket
        if pruned:
            bits = kept[bucket >> 6] >> np.uint64(bucket & 63)
            row = np.int64(rows[before[(bucket >> 6) + 1] - ones(bits)])
        for d in range(len(total)):
            total[d] += matrix[row, d]
