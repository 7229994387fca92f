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

from .byte_bits import lowest, ones
from .fasttext_features import CLOSED, OPENED, marked_row
from .fasttext_table import FEATURES
from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import prefetch, prefetch_row
from .row_vectors import add_row, add_rows, clear_row, copy_row
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

PLACES = ROOM + 4 * LANES
"""Room for the n-grams of one length, and more."""

WORDS = 32
"""Words of a group at most, a power of two."""

NEAREST = 1 << 14
"""Bytes of the processor's nearest cache that the vectors of a group may fill, half of it or less."""

APART = 64
"""Dimensions above which the n-grams of a word are added up before those of the next one."""

AHEAD, BYTES_AHEAD = 16, 1 << 13
"""How many rows before it is added a row is asked for, and how many bytes before it at most."""

# Positions in `Group.filled`.
WORD_COUNT, BYTES = range(2)

_BLANK = 0x20  # what is before and behind a word here, as no byte of it is
_HIGH_BITS = np.uint64(0x8080808080808080)
_BASIS = 2166136261
_PRIME = 16777619


class Group(NamedTuple):
    """Scratch: words of which the n-grams are sought together.

    Attributes:
        text: uint8 (ROOM and more,), the words, with a blank before each and behind the last one.
        characters: uint32 (PLACES,), the same as characters, the bytes of each, the first one lowest.
        inverse: uint32 (1,), of the number of buckets.
        numbers: uint32 (PLACES,), the number of the word that each is of, from 1 on.
        hashes: uint32 (PLACES,), the hashes of the n-grams that begin there, as far as they are made.
        inside: uint64 (PLACES / LANES,), which of them have not come to the end of their word.
        found: uint32 (LENGTHS * PLACES,), the buckets of n-grams that have a row, then these rows.
        owners: uint32 (LENGTHS * PLACES,), the number of the word that each is of; empty where all go to one sum.
        sorted_found, sorted_owners: uint32 (LENGTHS * PLACES,), the same, word by word; or empty.
        places: int64 (WORDS + 1,), where those of each word begin, once they are sorted.
        sums: float32 (WORDS, dim), those of the words, by their numbers; that of the last one comes first.
        features: int64 (WORDS,), how many features each sum has.
        rows: int64 (WORDS,), the row of vectors that each sum goes to.
        filled: int64 (2,), how many words and bytes the group has.
    """

    text: NDArray[np.uint8]
    characters: NDArray[np.uint32]
    inverse: NDArray[np.uint32]
    numbers: NDArray[np.uint32]
    hashes: NDArray[np.uint32]
    inside: NDArray[np.uint64]
    found: NDArray[np.uint32]
    owners: NDArray[np.uint32]
    sorted_found: NDArray[np.uint32]
    sorted_owners: NDArray[np.uint32]
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
        characters=np.zeros(PLACES, np.uint32),
        inverse=np.zeros(1, np.uint32),
        numbers=np.zeros(PLACES, np.uint32),
        hashes=np.zeros(PLACES, np.uint32),
        inside=np.zeros(PLACES // LANES, np.uint64),
        found=np.zeros(size, np.uint32),
        owners=np.zeros(owned, np.uint32),
        sorted_found=np.zeros(owned, np.uint32),
        sorted_owners=np.zeros(owned, np.uint32),
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
    group.features[word] = entry >= 0
    if entry >= 0:
        copy_row(group.sums, word, matrix, entry)
    else:
        clear_row(group.sums, word)


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
        found, owners = group.found, group.owners
        if matrix.shape[1] > APART:
            _sort_by_word(group, count)
            found, owners = group.sorted_found, group.sorted_owners
        _add_found(found, owners, count, matrix, group.sums, group.features)
        for word in range(1, words + 1):
            place = word & (WORDS - 1)
            row = group.rows[place]
            copy_row(vectors, row, group.sums, place)
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
    count = _find_buckets(group, size, longest, vocabulary)
    _find_rows(group.found, count, vocabulary)
    return count


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
    """Lists the n-grams of `size` characters, of at most `longest` bytes each, that have a row; how many."""
    characters, hashes, inside = group.characters, group.hashes, group.inside
    count, words = np.int64(0), np.int64(0)
    for at in range(0, size, LANES):
        inside[at // LANES] = lowest(min(LANES, size - at))
        store_lanes(hashes, at, same_lanes(_BASIS))
        if len(group.owners):
            blanks = equal_flags(load_lanes(characters, at), _BLANK)
            store_lanes(group.numbers, at, numbered_lanes(words, blanks))
            words += ones(blanks)
    for n in range(1, vocabulary.maxn + 1):
        bracket = OPENED if n == 1 else CLOSED
        for at in range(0, size, LANES):
            values, character = load_lanes(hashes, at), load_lanes(characters, at + n - 1)
            blanks = equal_flags(character, _BLANK)
            character = replaced_lanes(character, _BLANK, bracket)
            for k in range(longest):
                values = step_lanes(values, character, k, _PRIME)
            store_lanes(hashes, at, values)
            # No n-gram is longer than its word, and none of one character is a bracket.
            wanted = inside[at // LANES]
            if n == 1:
                wanted &= ~blanks
            else:
                inside[at // LANES] = wanted & ~blanks
            if n >= vocabulary.minn:
                buckets = remainder_lanes(values, vocabulary.bucket, group.inverse)
                if len(vocabulary.marks):
                    wanted = marked_lanes(vocabulary.marks, buckets, wanted)
                compress_lanes(buckets, group.found, count, wanted)
                if len(group.owners):
                    compress_lanes(load_lanes(group.numbers, at), group.owners, count, wanted)
                count += ones(wanted)
    return count


@inlined_kernel
def _find_rows(found: Any, count: Any, vocabulary: Any) -> Any:
    """Puts the rows of the buckets that are found in their place."""
    if len(vocabulary.marks):
        for i in range(count):
            prefetch(vocabulary.before, np.int64(found[i] >> np.uint32(5)))
        for i in range(count):
            found[i] = marked_row(vocabulary, np.uint64(found[i]))
    else:
        for i in range(count):
            found[i] += np.uint32(vocabulary.words)


@inlined_kernel
def _sort_by_word(group: Any, count: Any) -> Any:
    """Sorts the rows that are found by their words; those of one stay in their order."""
    found, owners, place = group.found, group.owners, group.places
    place[:] = 0
    for i in range(count):
        place[(np.int64(owners[i]) & (WORDS - 1)) + 1] += 1
    for number in range(WORDS):
        place[number + 1] += place[number]
    for i in range(count):
        word = np.int64(owners[i]) & (WORDS - 1)
        group.sorted_found[place[word]], group.sorted_owners[place[word]] = found[i], owners[i]
        place[word] += 1


@inlined_kernel
def _add_found(found: Any, owners: Any, count: Any, matrix: Any, sums: Any, features: Any) -> Any:
    """Adds the rows that are found to the sums of their words."""
    ahead = min(AHEAD, max(1, BYTES_AHEAD // (4 * matrix.shape[1])))
    for i in range(min(ahead, count)):
        _ask_for(matrix, np.int64(found[i]))
    for i in range(count):
        if i + ahead < count:
            _ask_for(matrix, np.int64(found[i + ahead]))
        word = np.int64(owners[i]) & (WORDS - 1)
        add_row(sums, word, matrix, np.int64(found[i]))
        features[word] += 1


@inlined_kernel
def _ask_for(matrix: Any, row: Any) -> Any:
    """Asks for a row; the processor foresees by itself how a short one goes on."""
    if matrix.shape[1] > APART:
        prefetch_row(matrix, row)
    else:
        prefetch(matrix, row)
