"""Character n-grams of many words at a time, to buckets of a fastText model, and to the rows of these.

Words stand one after the other, as characters, in blocks of 16. All n-grams that begin in a block are hashed in step,
in the processor's vector registers; a sieve that stays in its nearest cache leaves few of those without a row, and
these are told apart before any row is added, so that the processor waits for memory as seldom as can be. A word
of up to 16 characters is never in two blocks, and a longer one begins its own, so that the order of a word's
n-grams does not depend on its neighbours: by length, then by place. `fasttext_features.add_ngrams` is the plain way.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import prefetch
from .row_vectors import add_row
from .vectors import (
    LANES,
    compress_lanes,
    count_down_lanes,
    fill_lanes,
    fitting_lanes,
    marked_lanes,
    ones,
    remainder_lanes,
    split_lanes,
    step_lanes,
    widen_lanes,
)

ROOM = 1024
"""Characters of a group of words, at least one per byte."""

LENGTHS = 6
"""n-grams of more lengths than that are left to the plain way."""

WORDS = 64
"""Words of a group at most."""

AHEAD = 16
"""How many rows before it is added a row is asked for."""

# Positions in `Group.filled`.
WORD_COUNT = 0
CHARACTERS = 1

FIRST = 1 << 16
"""Added to `Group.left` at the first character of a word."""

_BASIS = 2166136261
_PRIME = 16777619


class Group(NamedTuple):
    """Scratch: words of which the n-grams are sought together, in angle brackets, as characters one after the other.

    Attributes:
        units: uint32 (4, ROOM and more), the bytes of each character with their sign extended; 0 for none.
        left: int32 (ROOM and more,), how many characters the word has from each one on; 0 or less between words.
        owners: uint32 (ROOM and more,), the number of the word that each character belongs to.
        sizes: int64 (blocks,), how many bytes the longest character of each block has.
        hashes, rests: uint32 (LANES,), scratch.
        inverse: uint32 (1,), of the number of buckets.
        found: uint32 (n-grams,), the buckets found, then their rows.
        targets: uint32 (n-grams,), the number of the word that each belongs to.
        rows: int64 (WORDS,), the row of the table's vectors where a word's features are added up.
        features: int64 (WORDS,), how many there are.
        filled: int64 (2,), how many words and characters the group has.
    """

    units: NDArray[np.uint32]
    left: NDArray[np.int32]
    owners: NDArray[np.uint32]
    sizes: NDArray[np.int64]
    hashes: NDArray[np.uint32]
    rests: NDArray[np.uint32]
    inverse: NDArray[np.uint32]
    found: NDArray[np.uint32]
    targets: NDArray[np.uint32]
    rows: NDArray[np.int64]
    features: NDArray[np.int64]
    filled: NDArray[np.int64]


def group() -> Group:
    """An empty group."""
    room, most = ROOM + 4 * LANES, (ROOM + LANES) * LENGTHS + LANES
    return Group(
        np.zeros((4, room), np.uint32),
        np.zeros(room, np.int32),
        np.zeros(room, np.uint32),
        np.zeros(room // LANES, np.int64),
        np.zeros(LANES, np.uint32),
        np.zeros(LANES, np.uint32),
        np.zeros(1, np.uint32),
        np.zeros(most, np.uint32),
        np.zeros(most, np.uint32),
        np.zeros(WORDS, np.int64),
        np.zeros(WORDS, np.int64),
        np.zeros(2, np.int64),
    )


@inlined_kernel
def place_in_group(group: Any, characters: Any, most: Any, apart: Any) -> Any:
    """Where a word of so many characters, angle brackets among them, is to begin; -1 where it has no room.

    Words stand `apart`, each in blocks of its own, where their rows are long: one is then added up after the other.
    """
    first = group.filled[CHARACTERS]
    if apart or first % LANES + characters > LANES:
        first = (first + LANES - 1) & -LANES
    if first + characters > ROOM or group.filled[WORD_COUNT] == most:
        first = np.int64(-1)
    return first


@inlined_kernel
def add_to_group(
    group: Any, text: Any, start: Any, length: Any, plain: Any, first: Any, row: Any, features: Any
) -> Any:
    """Puts a word into its place, `plain` where it is ASCII; it has so many features without n-grams."""
    units, word = group.units, group.filled[WORD_COUNT]
    at, size = first + 1, np.int64(1)
    for k in range(1, 4):
        fill_lanes(units[k], first, 0)
    for piece in range(0, length, LANES):
        if plain:
            widen_lanes(text, start + piece, units[0], at)
            for k in range(1, 4):
                fill_lanes(units[k], at, 0)
            at += min(length - piece, LANES)
        else:
            taken = split_lanes(text, start + piece, length - piece, units, at)
            at += taken & 0xFF
            size = max(size, taken >> 8)
    units[0, first], units[0, at] = 0x3C, 0x3E
    units[1, at], units[2, at], units[3, at] = 0, 0, 0
    last = at + 1
    for at in range(first, last, LANES):
        count_down_lanes(group.left, at, last - at)
        fill_lanes(group.owners, at, word)
    group.left[first] |= FIRST
    for block in range(first // LANES, (last + LANES - 1) // LANES):
        group.sizes[block] = max(group.sizes[block] if block * LANES < first else 1, size)
    group.rows[word], group.features[word] = row, features
    group.filled[WORD_COUNT], group.filled[CHARACTERS] = word + 1, last


@borrowing_kernel
def empty_group(group: Any) -> Any:
    """Makes room for other words."""
    group.filled[WORD_COUNT], group.filled[CHARACTERS] = 0, 0


@borrowing_kernel
def find_buckets(group: Any, minn: Any, maxn: Any, bucket: Any, sieve: Any) -> Any:
    """Finds the n-grams of all words that may have a row; how many there are."""
    count = 0
    group.inverse[0] = ((1 << 32) - 1) // bucket
    for at in range(0, group.filled[CHARACTERS], LANES):
        size = group.sizes[at // LANES]
        fill_lanes(group.hashes, 0, _BASIS)
        for n in range(1, maxn + 1):
            for k in range(size):
                step_lanes(group.hashes, group.units, k, at + n - 1, _PRIME)
            if n >= minn:
                remainder_lanes(group.hashes, bucket, group.inverse, group.rests, 0)
                fits = fitting_lanes(group.left, at, n)
                if len(sieve):
                    fits = marked_lanes(sieve, group.rests, 0, fits, len(sieve) - 1)
                compress_lanes(group.rests, 0, group.found, count, fits)
                compress_lanes(group.owners, at, group.targets, count, fits)
                count += ones(fits)
    return count


@borrowing_kernel
def add_found(group: Any, count: Any, marks: Any, words: Any, matrix: Any, vectors: Any) -> Any:
    """Adds the rows of the n-grams found to the vectors of their words."""
    found, targets = group.found, group.targets
    count = _rows(found, targets, count, marks, words)
    for i in range(min(AHEAD, count)):
        prefetch(matrix, np.int64(found[i]))
    for i in range(count):
        if i + AHEAD < count:
            prefetch(matrix, np.int64(found[i + AHEAD]))
        word = targets[i]
        add_row(vectors, group.rows[word], matrix, np.int64(found[i]))
        group.features[word] += 1


@inlined_kernel
def _rows(found: Any, targets: Any, count: Any, marks: Any, words: Any) -> Any:
    """Leaves those of the buckets that have a row, and puts it in their place; how many."""
    kept = np.int64(0)
    if len(marks):
        for i in range(count):
            prefetch(marks, np.int64(found[i] >> np.uint32(5)))
        for i in range(count):
            bucket = np.uint64(found[i])
            mark, bit = marks[bucket >> np.uint64(5)], bucket & np.uint64(31)
            below = mark & ((np.uint64(1) << bit) - np.uint64(1))
            found[kept] = np.uint32(np.uint64(words) + (mark >> np.uint64(32)) + np.uint64(ones(below)))
            targets[kept] = targets[i]
            kept += np.int64((mark >> bit) & np.uint64(1))
    else:
        for i in range(count):
            found[i] += np.uint32(words)
        kept = count
    return kept
