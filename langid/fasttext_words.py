"""The sums of the features of a text's new words: those of words of common length many at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import LABEL, Vocabulary, add_ngrams, find_entry, may_be_entry
from .fasttext_ngrams import (
    LENGTHS,
    ROOM,
    WORD_COUNT,
    WORDS,
    Group,
    add_found,
    add_to_group,
    empty_group,
    find_buckets,
    group,
    place_in_group,
)
from .fasttext_table import FEATURES, SPARE
from .fasttext_tokens import BLOCK, LABEL_TOKEN, LONGEST, PARTS, TOKENS, Tokens, is_label, tokens
from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import prefetch
from .row_vectors import add_row, clear_row
from .vectors import LANES, ones

NEAREST = 1 << 14
"""Bytes of the processor's nearest cache that vectors may fill, half of it or less."""

APART = 64
"""Dimensions above which the words of a group share no block of characters."""

_HIGH = 0x8080808080808080  # the high bits of eight bytes
_HIGH_BITS = _HIGH - (1 << 64)  # as an int64


class Inputs(NamedTuple):
    """What features are looked up in: the vocabulary, and the matrix of their vectors, float32 (rows, dim)."""

    vocabulary: Vocabulary
    matrix: NDArray[np.float32]


class Scratch(NamedTuple):
    """Scratch of a batch.

    Attributes:
        text: uint8 (longest text + 2 * BLOCK,), the text at hand.
        tokens: its next words.
        fresh: int64 (TOKENS + BLOCK + 1,), the new ones among them.
        known: int64 (TOKENS + BLOCK + 1,), whether each of these may be in the dictionary.
        group: those that wait to be added up.
        spare: int64 (SPARE + 1,), the numbers of features of those without a slot; and last, how many these are.
        padded: uint8 (longest word + 2,), a word in angle brackets.
        hashes: int32 (words,), the hashes of a text's words, for word n-grams; else empty.
    """

    text: NDArray[np.uint8]
    tokens: Tokens
    fresh: NDArray[np.int64]
    known: NDArray[np.int64]
    group: Group
    spare: NDArray[np.int64]
    padded: NDArray[np.uint8]
    hashes: NDArray[np.int32]


def scratch(longest: int, word_ngrams: bool) -> Scratch:
    """Scratch for texts of at most `longest` bytes."""
    hashes = np.empty(longest // 2 + 2 if word_ngrams else 0, np.int32)
    return Scratch(
        np.empty(longest + 2 * BLOCK, np.uint8),
        tokens(),
        np.empty(TOKENS + BLOCK + 1, np.int64),
        np.empty(TOKENS + BLOCK + 1, np.int64),
        group(),
        np.zeros(SPARE + 1, np.int64),
        np.empty(longest + 2, np.uint8),
        hashes,
    )


@borrowing_kernel
def add_words(new: Any, inputs: Any, table: Any, scratch: Any, totals: Any, text: Any) -> Any:
    """Adds up the features of `new` words: in their slots, or in a row of `totals` where they have none.

    The number of features of these.
    """
    vocabulary, tokens, records, data = inputs.vocabulary, scratch.tokens, table.records, scratch.text
    dictionary = vocabulary.names, vocabulary.starts, vocabulary.ends, vocabulary.table
    features = 0
    words, parts, slots = vocabulary.words, tokens.parts, tokens.slots
    in_groups = (
        0 < vocabulary.maxn <= 2 * LANES
        and vocabulary.maxn - vocabulary.minn < LENGTHS
        and len(table.sets) > 0
    )
    group, spare, places = scratch.group, scratch.spare, (scratch.padded, totals, text)
    # Not more words than have their vectors in the processor's nearest cache.
    most = min(WORDS, max(8, NEAREST // (4 * inputs.matrix.shape[1])))
    _sieve(scratch.fresh, new, tokens.hashes, vocabulary.sieve, vocabulary.table, scratch.known)
    for i in range(new):
        token = scratch.fresh[i]
        slot, start, length = slots[token], tokens.starts[token], tokens.lengths[token]
        entry = np.int64(-1)
        if scratch.known[i]:
            entry = find_entry(dictionary, data, start, start + length, tokens.hashes[token])
        if entry >= words or (entry < 0 and is_label(parts, token)):
            if slot >= 0:
                records[slot, FEATURES] = LABEL
            else:
                slots[token] = LABEL_TOKEN
        elif in_groups and length + 2 <= ROOM:
            bits = parts[token, 0] | parts[token, 1] | parts[token, 2] | parts[token, 3]
            plain = length <= LONGEST and bits & _HIGH_BITS == 0
            characters = length + 2 - (0 if plain or length > LONGEST else _continuing(parts, token))
            if slot < 0 and spare[SPARE] == SPARE:
                features += _add_groups(inputs, table, scratch, totals, text)
            row = slot
            if slot < 0:
                row = table.vectors.shape[0] - SPARE + spare[SPARE]
                spare[SPARE] += 1
            clear_row(table.vectors, row)
            if entry >= 0:
                add_row(table.vectors, row, inputs.matrix, entry)
            first = place_in_group(group, characters, most, inputs.matrix.shape[1] > APART)
            if first < 0:
                _add_group(group, inputs, table, spare)
                first = np.int64(0)
            add_to_group(group, data, start, length, plain, first, row, entry >= 0)
        else:
            features += _add_alone(data, start, length, entry, slot, inputs, table, places)
    return features + _add_groups(inputs, table, scratch, totals, text)


@borrowing_kernel
def _sieve(fresh: Any, new: Any, hashes: Any, sieve: Any, table: Any, known: Any) -> Any:
    """Notes which new words may be in the dictionary, and asks for their places in its table."""
    mask = np.uint64(len(table) - 1)
    for i in range(new):
        known[i] = may_be_entry(sieve, hashes[fresh[i]])
    for i in range(new):
        if known[i]:
            prefetch(table, np.int64(hashes[fresh[i]] & mask))


@inlined_kernel
def _continuing(parts: Any, token: Any) -> Any:
    """How many bytes of a word go on with a character."""
    count = np.int64(0)
    for part in range(PARTS):
        bits = np.uint64(parts[token, part])
        count += ones(bits & ~(bits << np.uint64(1)) & np.uint64(_HIGH))
    return count


@borrowing_kernel
def _add_groups(inputs: Any, table: Any, scratch: Any, totals: Any, text: Any) -> Any:
    """Adds up the features of all words that wait; the number of those without a slot, in the text's order."""
    spare, features = scratch.spare, 0
    _add_group(scratch.group, inputs, table, spare)
    for i in range(spare[SPARE]):
        features += spare[i]
        add_row(totals, text, table.vectors, table.vectors.shape[0] - SPARE + i)
    spare[SPARE] = 0
    return features


@borrowing_kernel
def _add_group(group: Any, inputs: Any, table: Any, spare: Any) -> Any:
    """Adds up the features of a group of words, and notes how many each has."""
    vocabulary, vectors = inputs.vocabulary, table.vectors
    minn, slots = max(1, vocabulary.minn), vectors.shape[0] - SPARE
    if group.filled[WORD_COUNT]:
        count = find_buckets(group, minn, vocabulary.maxn, vocabulary.bucket, vocabulary.kept)
        add_found(group, count, vocabulary.marks, vocabulary.words, inputs.matrix, vectors)
        for word in range(group.filled[WORD_COUNT]):
            row = group.rows[word]
            if row < slots:
                table.records[row, FEATURES] = group.features[word]
            else:
                spare[row - slots] = group.features[word]
        empty_group(group)


@borrowing_kernel
def _add_alone(
    data: Any, start: Any, length: Any, entry: Any, slot: Any, inputs: Any, table: Any, places: Any
) -> Any:
    """Adds up the features of one word, the plain way; their number if it has no slot."""
    padded, totals, text = places
    vocabulary, matrix = inputs.vocabulary, inputs.matrix
    limits = vocabulary.minn, vocabulary.maxn, vocabulary.bucket, vocabulary.words
    vectors, row = (totals, text) if slot < 0 else (table.vectors, slot)
    count = 0
    if slot >= 0:
        clear_row(vectors, row)
    if entry >= 0:
        count = 1
        add_row(vectors, row, matrix, entry)
    if vocabulary.maxn > 0:
        padded[0] = 0x3C
        for i in range(length):
            padded[i + 1] = data[start + i]
        padded[length + 1] = 0x3E
        count += add_ngrams(vocabulary.marks, limits, matrix, padded, length + 2, (vectors, row))
    if slot >= 0:
        table.records[slot, FEATURES] = count
        count = 0
    return count
