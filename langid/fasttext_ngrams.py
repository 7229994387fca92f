"""Character n-grams of many words at a time, to buckets of a fastText model, and to the rows of these.

Words stand one after the other, as characters, whose n-grams are hashed 16 at a time, in the processor's vector
registers; a sieve that stays in its nearest cache leaves few of those without a row, and these are told apart before
any row is added, so that the processor waits for memory as seldom as can be. The n-grams of a word are added by
length, then by place, whatever its neighbours are. `fasttext_features.add_ngrams` is the plain way.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_table import FEATURES
from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import prefetch
from .row_vectors import add_row
from .vectors import (
    LANES,
    byte_lanes,
    compress_lanes,
    count_down_lanes,
    fitting_lanes,
    load_lanes,
    marked_lanes,
    ones,
    remainder_lanes,
    same_lanes,
    split_lanes,
    step_lanes,
    store_lanes,
)

ROOM = 1024
"""Characters of a group of words, at least one per byte."""

LONGEST_WORD = ROOM - 2 - LANES
"""Bytes of the longest word that a group has room for."""

LENGTHS = 6
"""n-grams of more lengths than that are left to the plain way."""

WORDS = 32
"""Words of a group at most."""

NEAREST = 1 << 14
"""Bytes of the processor's nearest cache that the vectors of a group may fill, half of it or less."""

APART = 64
"""Dimensions above which the n-grams of a word are added up before those of the next one."""

AHEAD = 16
"""How many rows before it is added a row is asked for."""

# Positions in `Group.filled`.
WORD_COUNT, CHARACTERS, SPANS, LONGEST_CHARACTER = range(4)

FIRST = 1 << 16
"""Added to `Group.left` at the first character of a word."""

_BASIS = 2166136261
_PRIME = 16777619


class Group(NamedTuple):
    """Scratch: words of which the n-grams are sought together, in angle brackets, as characters one after the other.

    Attributes:
        characters: uint32 (ROOM and more,), the bytes of each character, the first one lowest.
        left: int32 (ROOM and more,), how many characters the word has from each one on; 0 or less between words.
        owners: uint32 (ROOM and more,), the row of vectors that each character's word is added up in.
        hashes: uint32 (ROOM and more,), the hashes of the n-grams that begin there, as far as they are made.
        spans: int64 (WORDS,), where words begin that are not added up with those before.
        inverse: uint32 (1,), of the number of buckets.
        found: uint32 (n-grams,), the buckets found, then their rows.
        targets: uint32 (n-grams,), the row of vectors that each is added to.
        filled: int64 (4,), how many words, characters and spans the group has; bytes of the longest character.
    """

    characters: NDArray[np.uint32]
    left: NDArray[np.int32]
    owners: NDArray[np.uint32]
    hashes: NDArray[np.uint32]
    spans: NDArray[np.int64]
    inverse: NDArray[np.uint32]
    found: NDArray[np.uint32]
    targets: NDArray[np.uint32]
    filled: NDArray[np.int64]


def group() -> Group:
    """An empty group."""
    room, most = ROOM + 4 * LANES, (ROOM + LANES) * LENGTHS + LANES
    return Group(
        np.zeros(room, np.uint32),
        np.zeros(room, np.int32),
        np.zeros(room, np.uint32),
        np.zeros(room, np.uint32),
        np.zeros(WORDS + 1, np.int64),
        np.zeros(1, np.uint32),
        np.zeros(most, np.uint32),
        np.zeros(most, np.uint32),
        np.array([0, 0, 0, 1]),
    )


@inlined_kernel
def in_groups(minn: Any, maxn: Any) -> Any:
    """Whether n-grams of these lengths can be sought here."""
    return 0 < maxn <= 2 * LANES and maxn - minn < LENGTHS


@inlined_kernel
def add_to_group(group: Any, places: Any, text: Any, start: Any, length: Any, plain: Any, row: Any) -> Any:
    """Puts a word, `plain` where it is ASCII, into a group; before that, adds up the group if it has no room left.

    Args:
        places: vocabulary, matrix, vectors and records, see `add_group`.
        length: in bytes, at most `LONGEST_WORD`.
    """
    filled, characters, dim = group.filled, group.characters, places[1].shape[1]
    # Not more words than have their vectors in the processor's nearest cache.
    most = min(WORDS, max(8, NEAREST // (4 * dim)))
    if filled[CHARACTERS] + length > LONGEST_WORD or filled[WORD_COUNT] == most:
        add_group(group, places)
    first = filled[CHARACTERS]
    if dim > APART or first == 0:
        first = (first + LANES - 1) & -LANES
        group.spans[filled[SPANS]] = first
        filled[SPANS] += 1
    characters[first] = 0x3C
    at = first + 1
    for piece in range(0, length, LANES):
        if plain:
            store_lanes(characters, at, byte_lanes(text, start + piece))
            at += min(length - piece, LANES)
        else:
            taken = split_lanes(text, start + piece, length - piece, characters, at)
            at += taken & 0xFF
            filled[LONGEST_CHARACTER] = max(filled[LONGEST_CHARACTER], taken >> 8)
    characters[at] = 0x3E
    last = at + 1
    # One vector more, since the last one of a span may end behind the word.
    for at in range(first, last + LANES, LANES):
        store_lanes(group.left, at, count_down_lanes(last - at))
        store_lanes(group.owners, at, same_lanes(row))
    group.left[first] |= FIRST
    filled[WORD_COUNT] += 1
    filled[CHARACTERS] = last


@borrowing_kernel
def add_group(group: Any, places: Any) -> Any:
    """Adds the n-grams of the group's words to their rows of vectors, counts them in the records, and empties it.

    Args:
        places: vocabulary, matrix, vectors and records.
    """
    filled = group.filled
    vocabulary, matrix, vectors, records = places
    group.spans[filled[SPANS]] = filled[CHARACTERS]
    group.inverse[0] = ((1 << 32) - 1) // max(1, vocabulary.bucket)
    count = np.int64(0)
    for span in range(filled[SPANS]):
        count = _find_buckets(group, span, count, vocabulary)
    count = _rows(group.found, group.targets, count, vocabulary.marks, vocabulary.words)
    _add_found(group.found, group.targets, count, matrix, vectors, records)
    filled[:] = 0
    filled[LONGEST_CHARACTER] = 1


@borrowing_kernel
def _find_buckets(group: Any, span: Any, count: Any, vocabulary: Any) -> Any:
    """Appends the n-grams of a span's words that may have a row to the `count` that are found; how many there are."""
    sieve, characters, hashes = vocabulary.kept, group.characters, group.hashes
    first, last, longest = group.spans[span], group.spans[span + 1], group.filled[LONGEST_CHARACTER]
    for at in range(first, last, LANES):
        store_lanes(hashes, at, same_lanes(_BASIS))
    for n in range(1, vocabulary.maxn + 1):
        for at in range(first, last, LANES):
            values, character = load_lanes(hashes, at), load_lanes(characters, at + n - 1)
            for k in range(longest):
                values = step_lanes(values, character, k, _PRIME)
            store_lanes(hashes, at, values)
            if n >= vocabulary.minn:
                buckets = remainder_lanes(values, vocabulary.bucket, group.inverse)
                fits = fitting_lanes(load_lanes(group.left, at), n)
                if len(sieve):
                    fits = marked_lanes(sieve, buckets, fits, len(sieve) - 1)
                compress_lanes(buckets, group.found, count, fits)
                compress_lanes(load_lanes(group.owners, at), group.targets, count, fits)
                count += ones(fits)
    return count


@inlined_kernel
def _add_found(found: Any, targets: Any, count: Any, matrix: Any, vectors: Any, records: Any) -> Any:
    """Adds the rows that are found to their targets."""
    for i in range(min(AHEAD, count)):
        prefetch(matrix, np.int64(found[i]))
    for i in range(count):
        if i + AHEAD < count:
            prefetch(matrix, np.int64(found[i + AHEAD]))
        row = np.int64(targets[i])
        add_row(vectors, row, matrix, np.int64(found[i]))
        records[row, FEATURES] += 1


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
