"""Character n-grams of many words at a time, to buckets of a fastText model, and to the rows of these.

Words stand one after the other, parted by blanks, as characters, whose n-grams are hashed 16 at a time, in the
processor's vector registers; those that have a row are listed before any row is added, so that the processor waits for
memory as seldom as can be. The n-grams of a word are added by length, then by place, whatever its neighbours are.
`fasttext_features.add_ngrams` is the plain way.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import marked_row
from .fasttext_table import FEATURES
from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import prefetch
from .row_vectors import add_row, add_rows, clear_row
from .vectors import (
    CHUNK,
    LANES,
    byte_lanes,
    compress_lanes,
    copy_chunk,
    equal_flags,
    load64,
    load_lanes,
    marked_lanes,
    numbered_lanes,
    ones,
    remainder_lanes,
    replaced_lanes,
    same_lanes,
    split_lanes,
    step_lanes,
    store_lanes,
)

ROOM = 4096
"""Bytes of a group of words."""

LONGEST_WORD = ROOM - 2
"""Bytes of the longest word that a group has room for."""

LENGTHS = 6
"""n-grams of more lengths than that are left to the plain way."""

PLACES = ROOM + LANES
"""Room for the n-grams of one length."""

WORDS = 32
"""Words of a group at most, a power of two."""

NEAREST = 1 << 14
"""Bytes of the processor's nearest cache that the vectors of a group may fill, half of it or less."""

APART = 64
"""Dimensions above which the n-grams of a word are added up before those of the next one."""

AHEAD = 16
"""How many rows before it is added a row is asked for."""

# Positions in `Group.filled`.
WORD_COUNT, BYTES = range(2)

# What is before and behind a word, as no byte of it is; and what fastText has there.
_BLANK, _OPENED, _CLOSED = 0x20, 0x3C, 0x3E
_HIGH_BITS = np.uint64(0x8080808080808080)
_BASIS = 2166136261
_PRIME = 16777619


class Group(NamedTuple):
    """Scratch: words of which the n-grams are sought together.

    Attributes:
        text: uint8 (ROOM and more,), the words, with a blank before each and behind the last one.
        characters: uint32 (ROOM and more,), the same as characters, the bytes of each, the first one lowest.
        inverse: uint32 (1,), of the number of buckets.
        buckets: uint32 (LENGTHS * PLACES,), those of the n-grams that have a row, length by length.
        owners: uint32 (LENGTHS * PLACES,), the number of the word that each is of, from 1 on; empty where all words are
            added to one sum.
        counts: int64 (LENGTHS,), how many there are of each length.
        found: uint32 (LENGTHS * PLACES,), the rows of all n-grams.
        targets: uint32 (LENGTHS * PLACES,), the number of the word that each is of; or empty.
        places: int64 (WORDS + 1,), where those of each word begin, once they are sorted.
        sums: float32 (WORDS, dim), those of the words, by their numbers; that of the last one comes first.
        features: int64 (WORDS,), how many features each sum has.
        rows: int64 (WORDS,), the row of vectors that each sum goes to.
        filled: int64 (2,), how many words and bytes the group has.
    """

    text: NDArray[np.uint8]
    characters: NDArray[np.uint32]
    inverse: NDArray[np.uint32]
    buckets: NDArray[np.uint32]
    owners: NDArray[np.uint32]
    counts: NDArray[np.int64]
    found: NDArray[np.uint32]
    targets: NDArray[np.uint32]
    places: NDArray[np.int64]
    sums: NDArray[np.float32]
    features: NDArray[np.int64]
    rows: NDArray[np.int64]
    filled: NDArray[np.int64]


def group(dim: int, apart: bool = True) -> Group:
    """An empty group of words whose vectors have `dim` numbers; with their sums apart, or all added to one."""
    size = LENGTHS * PLACES
    owned = size if apart else 0
    return Group(
        text=np.full(ROOM + 2 * CHUNK, _BLANK, np.uint8),
        characters=np.zeros(ROOM + 4 * LANES, np.uint32),
        inverse=np.zeros(1, np.uint32),
        buckets=np.zeros(size, np.uint32),
        owners=np.zeros(owned, np.uint32),
        counts=np.zeros(LENGTHS, np.int64),
        found=np.zeros(size, np.uint32),
        targets=np.zeros(owned, np.uint32),
        places=np.zeros(WORDS + 1, np.int64),
        sums=np.zeros((WORDS, dim), np.float32),
        features=np.zeros(WORDS, np.int64),
        rows=np.zeros(WORDS, np.int64),
        filled=np.array([0, 1]),
    )


@inlined_kernel
def in_groups(minn: Any, maxn: Any) -> Any:
    """Whether n-grams of these lengths can be sought here."""
    return 0 < maxn <= 2 * LANES and maxn - minn < LENGTHS


@inlined_kernel
def has_room(group: Any, length: Any) -> Any:
    """Whether a word of so many bytes still fits into a group."""
    return group.filled[BYTES] + length < ROOM


@inlined_kernel
def append_word(group: Any, text: Any, start: Any, length: Any) -> Any:
    """Puts the bytes of a word into a group."""
    first = group.filled[BYTES]
    for piece in range(0, length, CHUNK):
        copy_chunk(group.text, first + piece, text, start + piece)
    # Twice, since what is left behind the last word could go on with a character.
    group.text[first + length] = group.text[first + length + 1] = _BLANK
    group.filled[BYTES] = first + length + 1
    group.filled[WORD_COUNT] += 1


@inlined_kernel
def add_to_group(group: Any, places: Any, text: Any, start: Any, length: Any, entry: Any, row: Any) -> Any:
    """Puts a word into a group; before that, adds up the group if it has no room left.

    Args:
        places: vocabulary, matrix, vectors and records, see `add_group`.
        length: in bytes, at most `LONGEST_WORD`.
        entry: the word's row in the matrix, -1 where it has none.
        row: that of vectors and records.
    """
    filled, matrix = group.filled, places[1]
    # Not more words than have their vectors in the processor's nearest cache.
    most = min(WORDS, max(8, NEAREST // (4 * matrix.shape[1])))
    if not has_room(group, length) or filled[WORD_COUNT] == most:
        add_group(group, places)
    append_word(group, text, start, length)
    word = filled[WORD_COUNT] & (WORDS - 1)
    group.rows[word] = row
    prefetch(places[2], row)
    group.features[word] = 0
    clear_row(group.sums, word)
    if entry >= 0:
        add_row(group.sums, word, matrix, entry)
        group.features[word] = 1


@borrowing_kernel
def add_group(group: Any, places: Any) -> Any:
    """Sums of the group's words to their rows of vectors, and how many features they have to the records; empties it.

    Args:
        places: vocabulary, matrix, vectors and records.
    """
    vocabulary, matrix, vectors, records = places
    words = group.filled[WORD_COUNT]
    if words > 0:
        count = _find(group, vocabulary)
        if matrix.shape[1] > APART:
            _sort_by_word(group, count)
        _add_found(group, count, matrix)
        for word in range(1, words + 1):
            place = word & (WORDS - 1)
            row = group.rows[place]
            clear_row(vectors, row)
            add_row(vectors, row, group.sums, place)
            records[row, FEATURES] = group.features[place]
    _empty(group)


@borrowing_kernel
def add_group_to(group: Any, vocabulary: Any, matrix: Any, totals: Any, text: Any) -> Any:
    """Adds all n-grams of the group's words to one row of `totals`; how many; empties the group."""
    count, found = np.int64(0), group.found
    if group.filled[WORD_COUNT] > 0:
        count = _find(group, vocabulary)
        for i in range(count):
            prefetch(matrix, np.int64(found[i]))
        add_rows(totals, text, matrix, found, count)
        _empty(group)
    return count


@inlined_kernel
def _empty(group: Any) -> Any:
    group.filled[WORD_COUNT], group.filled[BYTES] = 0, 1


@inlined_kernel
def _find(group: Any, vocabulary: Any) -> Any:
    """Lists the rows of the n-grams of a group's words; how many."""
    group.inverse[0] = ((1 << 32) - 1) // max(1, vocabulary.bucket)
    size, longest = _split(group.text, group.filled[BYTES], group.characters)
    _find_buckets(group, size, longest, vocabulary)
    return _find_rows(group, vocabulary)


@inlined_kernel
def _split(text: Any, size: Any, characters: Any) -> Any:
    """The characters of a text that ends with a blank: how many but for that one, and the bytes of the longest one."""
    bits = np.uint64(0)
    for at in range(0, size, 8):
        bits |= load64(text, at)
    count, longest = np.int64(0), np.int64(1)
    if bits & _HIGH_BITS:
        for at in range(0, size, LANES):
            taken = split_lanes(text, at, size - at, characters, count)
            count += taken & 0xFF
            longest = max(longest, taken >> 8)
    else:
        for at in range(0, size, LANES):
            store_lanes(characters, at, byte_lanes(text, at))
        count = size
    return count - 1, longest


@borrowing_kernel
def _find_buckets(group: Any, size: Any, longest: Any, vocabulary: Any) -> Any:
    """Lists the n-grams of `size` characters, of at most `longest` bytes each, that have a row."""
    characters, minn, maxn = group.characters, vocabulary.minn, vocabulary.maxn
    group.counts[:] = 0
    words = np.int64(0)
    for at in range(0, size, LANES):
        values = same_lanes(_BASIS)
        # Which n-grams are not longer than their words; those of one character are no brackets.
        inside = (np.uint64(1) << np.uint64(min(LANES, size - at))) - np.uint64(1)
        blanks = equal_flags(load_lanes(characters, at), _BLANK)
        owners = numbered_lanes(words, blanks)
        words += ones(blanks)
        wanted = inside & ~blanks
        for n in range(1, maxn + 1):
            character = load_lanes(characters, at + n - 1)
            bracket = _OPENED if n == 1 else _CLOSED
            brackets = replaced_lanes(character, _BLANK, bracket)
            for k in range(longest):
                values = step_lanes(values, brackets, k, _PRIME)
            if n >= minn:
                _keep(group, n - minn, values, owners, wanted, vocabulary)
            wanted = inside
            inside = inside & ~equal_flags(load_lanes(characters, at + n), _BLANK)


@inlined_kernel
def _keep(group: Any, length: Any, hashes: Any, owners: Any, wanted: Any, vocabulary: Any) -> Any:
    """Lists those `wanted` of 16 n-grams of a length that have a row."""
    at = length * PLACES + group.counts[length]
    buckets = remainder_lanes(hashes, vocabulary.bucket, group.inverse)
    if len(vocabulary.marks):
        wanted = marked_lanes(vocabulary.marks, buckets, wanted)
    compress_lanes(buckets, group.buckets, at, wanted)
    if len(group.owners):
        compress_lanes(owners, group.owners, at, wanted)
    group.counts[length] += ones(wanted)


@inlined_kernel
def _find_rows(group: Any, vocabulary: Any) -> Any:
    """Lists the rows of all n-grams that have one; how many."""
    found, targets = group.found, group.targets
    count = np.int64(0)
    for length in range(LENGTHS):
        buckets = group.buckets[length * PLACES : (length + 1) * PLACES]
        if len(vocabulary.marks):
            for i in range(group.counts[length]):
                prefetch(vocabulary.before, np.int64(buckets[i] >> np.uint32(5)))
    for length in range(LENGTHS):
        buckets = group.buckets[length * PLACES : (length + 1) * PLACES]
        if len(vocabulary.marks):
            for i in range(group.counts[length]):
                found[count + i] = marked_row(vocabulary, np.uint64(buckets[i]))
        else:
            for i in range(group.counts[length]):
                found[count + i] = buckets[i] + np.uint32(vocabulary.words)
        if len(group.owners):
            owners = group.owners[length * PLACES : (length + 1) * PLACES]
            for i in range(group.counts[length]):
                targets[count + i] = owners[i]
        count += group.counts[length]
    return count


@inlined_kernel
def _sort_by_word(group: Any, count: Any) -> Any:
    """Sorts the rows that are found by their words; those of one stay in their order."""
    found, targets, place = group.found, group.targets, group.places
    rows, words = group.buckets, group.owners
    place[:] = 0
    for i in range(count):
        rows[i], words[i] = found[i], targets[i]
        place[(np.int64(targets[i]) & (WORDS - 1)) + 1] += 1
    for number in range(WORDS):
        place[number + 1] += place[number]
    for i in range(count):
        word = np.int64(words[i]) & (WORDS - 1)
        found[place[word]], targets[place[word]] = rows[i], words[i]
        place[word] += 1


@inlined_kernel
def _add_found(group: Any, count: Any, matrix: Any) -> Any:
    """Adds the rows that are found to the sums of their words."""
    found, targets, sums, features = group.found, group.targets, group.sums, group.features
    for i in range(min(AHEAD, count)):
        prefetch(matrix, np.int64(found[i]))
    for i in range(count):
        if i + AHEAD < count:
            prefetch(matrix, np.int64(found[i + AHEAD]))
        word = np.int64(targets[i]) & (WORDS - 1)
        add_row(sums, word, matrix, np.int64(found[i]))
        features[word] += 1
