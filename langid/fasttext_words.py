"""The sums of the features of a text's new words: those of words of common length many at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import LABEL, Vocabulary, add_ngrams, find_entry
from .fasttext_ngrams import (
    CHARACTERS,
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
)
from .fasttext_table import FEATURES, SPARE
from .fasttext_tokens import BLOCK, LABEL_TOKEN, LONGEST, TOKENS, Tokens, is_label, tokens
from .kernels import borrowing_kernel
from .vectors import LANES, add_row, clear_row

NEAREST = 1 << 14
"""Bytes of the processor's nearest cache that vectors may fill, half of it or less."""

_HIGH_BITS = -0x7F7F7F7F7F7F7F80  # of the eight bytes of an int64


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
        group: those that wait to be added up.
        spare: int64 (SPARE + 1,), the numbers of features of those without a slot; and last, how many these are.
        padded: uint8 (longest word + 2,), a word in angle brackets.
        hashes: int32 (words,), the hashes of a text's words, for word n-grams; else empty.
    """

    text: NDArray[np.uint8]
    tokens: Tokens
    fresh: NDArray[np.int64]
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
    dictionary = vocabulary.names, vocabulary.starts, vocabulary.ends, vocabulary.table, vocabulary.sieve
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
    for i in range(new):
        token = scratch.fresh[i]
        slot, start, length = slots[token], tokens.starts[token], tokens.lengths[token]
        entry = find_entry(dictionary, data, start, start + length, tokens.hashes[token])
        if entry >= words or (entry < 0 and is_label(parts, token)):
            if slot >= 0:
                records[slot, FEATURES] = LABEL
            else:
                slots[token] = LABEL_TOKEN
        elif in_groups and length + 2 <= ROOM:
            bits = parts[token, 0] | parts[token, 1] | parts[token, 2] | parts[token, 3]
            plain = length <= LONGEST and bits & _HIGH_BITS == 0
            if slot < 0 and spare[SPARE] == SPARE:
                features += _add_groups(inputs, table, scratch, totals, text)
            row = slot
            if slot < 0:
                row = table.vectors.shape[0] - SPARE + spare[SPARE]
                spare[SPARE] += 1
            clear_row(table.vectors, row)
            if entry >= 0:
                add_row(table.vectors, row, inputs.matrix, entry)
            if group.filled[CHARACTERS] + length + 2 > ROOM or group.filled[WORD_COUNT] == most:
                _add_group(group, inputs, table, spare)
            add_to_group(group, data, start, length, plain, row, entry >= 0)
        else:
            features += _add_alone(data, start, length, entry, slot, inputs, table, places)
    return features + _add_groups(inputs, table, scratch, totals, text)


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
    minn, kept = max(1, vocabulary.minn), vocabulary.kept
    slots = vectors.shape[0] - SPARE
    if group.filled[WORD_COUNT]:
        find_buckets(group, minn, vocabulary.maxn, vocabulary.bucket, kept)
        add_found(group, kept, vocabulary.before, vocabulary.rows, vocabulary.words, inputs.matrix, vectors)
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
        kept, before, rows = vocabulary.kept, vocabulary.before, vocabulary.rows
        count += add_ngrams(kept, before, rows, limits, matrix, padded, length + 2, (vectors, row))
    if slot >= 0:
        table.records[slot, FEATURES] = count
        count = 0
    return count
