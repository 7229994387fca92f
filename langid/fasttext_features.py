"""The features of a word in a fastText model: rows of the input matrix for the word itself and for its n-grams.

fastText has no row per n-gram but `bucket` rows, chosen by a hash; a pruned model has kept only some of them.
`word_rows` is the plain reference of what the kernels here add up.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .byte_bits import ones
from .fasttext_matrices import kept_buckets
from .fasttext_model import Layout
from .fasttext_tokens import LONGEST, hash_parts
from .kernels import borrowing_kernel, inlined_kernel
from .row_vectors import add_row
from .vectors import load64

END = b"</s>"
"""The word that fastText puts at the end of a line; it has a row, but no n-grams."""

PREFIX = b"__label__"
"""How labels begin in a text; they are no words."""

LABEL = -1
"""The number of features of a token that is a label."""

OPENED, CLOSED = 0x3C, 0x3E
"""What fastText puts before and behind a word: angle brackets."""

# FNV-1a with 32 bits, except that fastText extends the sign of a byte.
_BASIS = 2166136261
_PRIME = 16777619
_MASK = 0xFFFFFFFF
_NGRAM_FACTOR = 116049371  # of hashes of word n-grams


class Vocabulary(NamedTuple):
    """What finds the rows of words and n-grams.

    Attributes:
        names: uint8 (bytes,), with the names of all dictionary entries in it; words come before labels.
        starts, ends: int64 (entries,), where each name is.
        table: uint64 (power of two,), by hash with linear probing: the hash's upper half and 1 + entry, 32 bits each;
            0 where none is.
        sieve: uint32 (power of two,), a bit for each hash that an entry may have; small enough to stay in the cache.
        words: number of words: the row of word i is i; buckets follow, those of them that are kept.
        bucket: number of buckets.
        minn, maxn: lengths of character n-grams; maxn 0 for none.
        word_ngrams: length of word n-grams; 1 for none.
        marks: uint32 (buckets / 32 + 1,), a bit for each bucket that has a row in a pruned model. Else empty.
        before: uint32 (buckets / 32 + 1,), how many buckets have a row before those of each element of `marks`.
        end_row: the row of the word at the end of a line, -1 where it has none.
        end_hash: its hash in word n-grams (int32).
    """

    names: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    table: NDArray[np.uint64]
    sieve: NDArray[np.uint32]
    words: int
    bucket: int
    minn: int
    maxn: int
    word_ngrams: int
    marks: NDArray[np.uint32]
    before: NDArray[np.uint32]
    end_row: int
    end_hash: int


def vocabulary(layout: Layout) -> Vocabulary:
    """The lookup tables of a model."""
    dictionary, args = layout.dictionary, layout.args
    names = np.asarray(layout.data)
    table = np.zeros(1 << (4 * len(dictionary.starts)).bit_length(), np.uint64)
    sieve = np.zeros(1 << (len(dictionary.starts) // 2).bit_length(), np.uint32)
    room = np.zeros(LONGEST, np.uint8)
    _fill_table(names, dictionary.starts, dictionary.ends, table, sieve, room)
    end = np.frombuffer(END, np.uint8)
    tables = names, dictionary.starts, dictionary.ends, table
    entry = find_entry(tables, end, 0, len(end), _name_hash(end, 0, len(end), room))
    end_row = int(entry) if entry < dictionary.words else -1
    marks, before = _marks(dictionary.pruned, args.bucket)
    return Vocabulary(
        names,
        dictionary.starts,
        dictionary.ends,
        table,
        sieve,
        dictionary.words,
        args.bucket,
        args.minn,
        args.maxn,
        args.word_ngrams,
        marks,
        before,
        end_row,
        int(np.uint32(word_hash(end, 0, len(end))).astype(np.int32)),
    )


def _marks(pruned: NDArray[np.int32] | None, bucket: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    if pruned is None:
        return np.empty(0, np.uint32), np.empty(0, np.uint32)
    bits = np.zeros((bucket // 32 + 1) * 32, np.uint8)
    bits[kept_buckets(pruned, bucket)[0]] = 1
    before = np.cumsum(bits.reshape(-1, 32).sum(1, np.uint32), dtype=np.uint32)
    marks = np.packbits(bits, bitorder="little").view("<u4").astype(np.uint32)
    return marks, np.concatenate([np.zeros(1, np.uint32), before[:-1]])


def word_rows(vocabulary: Vocabulary, word: bytes) -> list[int] | None:
    """The rows of a word, in fastText's order; None for a label. The plain reference of `add_word`."""
    v = vocabulary
    names = [v.names[start:end].tobytes() for start, end in zip(v.starts, v.ends, strict=True)]
    entry = names.index(word) if word in names else -1
    if entry >= v.words or (entry < 0 and word.startswith(PREFIX)):
        return None
    rows = [entry] if entry >= 0 else []
    if word == END or v.maxn <= 0:
        return rows
    padded = b"<" + word + b">"
    begins = [i for i, byte in enumerate(padded) if byte & 0xC0 != 0x80] + [len(padded)]
    for first in range(len(begins) - 1):
        for n in range(max(1, v.minn), min(v.maxn, len(begins) - 1 - first) + 1):
            at_edge = first == 0 or first + n == len(begins) - 1
            if n > 1 or not at_edge:
                rows.append(_plain_row(v, padded[begins[first] : begins[first + n]]))
    return [row for row in rows if row >= 0]


def _plain_row(vocabulary: Vocabulary, ngram: bytes) -> int:
    value = _BASIS
    for byte in ngram:
        value = (value ^ (byte if byte < 0x80 else byte | 0xFFFFFF00)) * _PRIME & _MASK
    v = vocabulary
    return int(bucket_row(v, np.uint64(value % v.bucket)))


@borrowing_kernel
def step(value: Any, byte: Any) -> Any:
    """The hash (uint64) after one more byte (uint8)."""
    extended = np.uint64(byte)
    if extended >= np.uint64(0x80):
        extended |= np.uint64(0xFFFFFF00)
    return ((np.uint64(value) ^ extended) * np.uint64(_PRIME)) & np.uint64(_MASK)


@borrowing_kernel
def first_step() -> Any:
    """The hash of no bytes."""
    return np.uint64(_BASIS)


@borrowing_kernel
def same_bytes(a: Any, start: Any, b: Any, first: Any, length: Any) -> Any:
    """Whether `length` bytes of `a` from `start` on equal those of `b` from `first` on."""
    # Unsigned, for which no index can be meant from the end.
    left, right, i = np.uint64(start), np.uint64(first), np.uint64(0)
    while i < np.uint64(length) and a[left + i] == b[right + i]:
        i += np.uint64(1)
    return i == np.uint64(length)


@borrowing_kernel
def word_hash(data: Any, start: Any, end: Any) -> Any:
    """fastText's hash of some bytes (uint64, 32 bits of it), which its word n-grams are made of."""
    value = first_step()
    for i in range(start, end):
        value = step(value, data[i])
    return value


@borrowing_kernel
def _name_hash(names: Any, start: Any, end: Any, room: Any) -> Any:
    """The hash of the first bytes of a name, as `fasttext_tokens` has it."""
    for i in range(LONGEST):
        room[i] = names[start + i] if i < end - start else 0
    return hash_parts(load64(room, 0), load64(room, 8), load64(room, 16), load64(room, 24))


@borrowing_kernel
def _fill_table(names: Any, starts: Any, ends: Any, table: Any, sieve: Any, room: Any) -> Any:
    """Puts all entries into the table; of two with the same name, the later one, as in fastText."""
    for entry in range(len(starts)):
        value = _name_hash(names, starts[entry], ends[entry], room)
        slot = _find_slot(names, starts, ends, table, names, starts[entry], ends[entry], value)
        bit = value >> np.uint64(20)
        sieve[np.int64(bit >> np.uint64(5)) & (len(sieve) - 1)] |= np.uint32(1) << np.uint32(
            bit & np.uint64(31)
        )
        table[slot] = (value >> np.uint64(32) << np.uint64(32)) | np.uint64(entry + 1)


@borrowing_kernel
def _find_slot(
    names: Any, starts: Any, ends: Any, table: Any, data: Any, start: Any, end: Any, value: Any
) -> Any:
    """Where a word with that hash is in the table, or could be put."""
    mask = np.uint64(len(table) - 1)
    slot = np.uint64(value) & mask
    searching = table[slot] != 0
    while searching:
        if table[slot] >> np.uint64(32) == np.uint64(value) >> np.uint64(32):
            entry = np.int64(table[slot] & np.uint64(0xFFFFFFFF)) - 1
            length = ends[entry] - starts[entry]
            searching = length != end - start or not same_bytes(names, starts[entry], data, start, length)
        if searching:
            slot = (slot + np.uint64(1)) & mask
            searching = table[slot] != 0
    return slot


@borrowing_kernel
def find_entry(dictionary: Any, data: Any, start: Any, end: Any, value: Any) -> Any:
    """A word's entry in the dictionary, -1 if it has none; `dictionary` is the first four members of Vocabulary."""
    names, starts, ends, table = dictionary
    slot = _find_slot(names, starts, ends, table, data, start, end, value)
    return np.int64(table[slot] & np.uint64(0xFFFFFFFF)) - 1


@inlined_kernel
def may_be_entry(sieve: Any, value: Any) -> Any:
    """Whether a word with that hash may be in the dictionary."""
    bit = np.uint64(value) >> np.uint64(20)
    marks = np.uint64(sieve[np.int64(bit >> np.uint64(5)) & (len(sieve) - 1)])
    return np.int64((marks >> (bit & np.uint64(31))) & np.uint64(1))


@inlined_kernel
def marked_row(vocabulary: Any, bucket: Any) -> Any:
    """The row (uint32) of a bucket (uint64) that has one in a pruned model."""
    place, bit = bucket >> np.uint64(5), bucket & np.uint64(31)
    below = np.uint64(vocabulary.marks[place]) & ((np.uint64(1) << bit) - np.uint64(1))
    return np.uint32(vocabulary.words) + vocabulary.before[place] + np.uint32(ones(below))


@borrowing_kernel
def bucket_row(vocabulary: Any, bucket: Any) -> Any:
    """The row of a bucket (uint64), -1 where a pruned model has none."""
    row = vocabulary.words + np.int64(bucket)
    if len(vocabulary.marks):
        marks, bit = np.uint64(vocabulary.marks[bucket >> np.uint64(5)]), bucket & np.uint64(31)
        row = np.int64(marked_row(vocabulary, bucket)) if (marks >> bit) & np.uint64(1) else np.int64(-1)
    return row


@borrowing_kernel
def add_ngrams(vocabulary: Any, matrix: Any, padded: Any, size: Any, vectors: Any, target: Any) -> Any:
    """Adds the n-grams of a word in angle brackets, `padded[:size]`, to a row of vectors; their number."""
    features = 0
    minn, maxn, buckets = vocabulary.minn, vocabulary.maxn, vocabulary.bucket
    for first in range(size):
        value = first_step()
        at, n = first, 1
        if padded[first] & 0xC0 == 0x80:
            n = maxn + 1  # no character begins here
        while at < size and n <= maxn:
            value = step(value, padded[at])
            at += 1
            while at < size and padded[at] & 0xC0 == 0x80:
                value = step(value, padded[at])
                at += 1
            if n >= minn and (n > 1 or (first > 0 and at < size)):
                row = bucket_row(vocabulary, value % np.uint64(buckets))
                if row >= 0:
                    add_row(vectors, target, matrix, row)
                    features += 1
            n += 1
    return features


@borrowing_kernel
def add_word_ngrams(vocabulary: Any, matrix: Any, hashes: Any, count: Any, totals: Any, text: Any) -> Any:
    """Adds the n-grams of `count` words with these hashes (int32) to a row of `totals`; their number."""
    buckets, longest = np.uint64(vocabulary.bucket), vocabulary.word_ngrams
    features = 0
    for first in range(count):
        value = np.uint64(np.int64(hashes[first]))
        for i in range(first + 1, min(count, first + longest)):
            value = value * np.uint64(_NGRAM_FACTOR) + np.uint64(np.int64(hashes[i]))
            row = bucket_row(vocabulary, value % buckets)
            if row >= 0:
                add_row(totals, text, matrix, row)
                features += 1
    return features
