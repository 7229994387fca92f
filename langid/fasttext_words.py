"""The sums of the features of a text's new words: those of words of common length many at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import LABEL, Vocabulary, add_ngrams, find_entry, same_bytes
from .fasttext_ngrams import (
    LENGTHS,
    ROOM,
    WORDS,
    Group,
    add_characters,
    add_found,
    close_word,
    find_buckets,
    group,
)
from .fasttext_table import FEATURES, NEW, SPARE
from .kernels import borrowing_kernel

TOKENS = 1 << 12
"""Words of a text that are looked at in one go."""

NEAREST = 1 << 14
"""Bytes of the processor's nearest cache that vectors may fill, half of it or less."""

LABEL_TOKEN = -2
"""The slot of a token that is a label and has no slot."""


class Inputs(NamedTuple):
    """What features are looked up in: the vocabulary, and the matrix of their vectors, float32 (rows, dim)."""

    vocabulary: Vocabulary
    matrix: NDArray[np.float32]


class Tokens(NamedTuple):
    """Scratch: the next words of a text.

    Attributes:
        starts, ends: int64 (TOKENS,), where they are in the data.
        hashes: uint32 (TOKENS,), their hashes.
        slots: int64 (TOKENS,), where they are in the table of words; -1 for nowhere, LABEL_TOKEN for a label.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    hashes: NDArray[np.uint32]
    slots: NDArray[np.int64]


class Scratch(NamedTuple):
    """Scratch of a batch.

    Attributes:
        tokens: the next words.
        group: the new ones among them.
        padded: uint8 (longest word + 2,), a word in angle brackets.
        hashes: int32 (words,), the hashes of a text's words, for word n-grams; else empty.
    """

    tokens: Tokens
    group: Group
    padded: NDArray[np.uint8]
    hashes: NDArray[np.int32]


def scratch(longest: int, word_ngrams: bool) -> Scratch:
    """Scratch for texts of at most `longest` bytes."""
    room = min(TOKENS, longest // 2 + 1)
    tokens = Tokens(
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.uint32),
        np.empty(room, np.int64),
    )
    hashes = np.empty(longest // 2 + 2 if word_ngrams else 0, np.int32)
    return Scratch(tokens, group(), np.empty(longest + 2, np.uint8), hashes)


@borrowing_kernel
def add_words(data: Any, count: Any, inputs: Any, table: Any, scratch: Any, total: Any) -> Any:
    """Adds up the features of new words: in their slots, or in `total` where they have none; the number of these."""
    vocabulary, tokens, group, states = inputs.vocabulary, scratch.tokens, scratch.group, table.states
    dictionary = vocabulary.names, vocabulary.starts, vocabulary.ends, vocabulary.table, vocabulary.sieve
    prefix, words = vocabulary.prefix, vocabulary.words
    starts, ends, hashes, slots = tokens.starts, tokens.ends, tokens.hashes, tokens.slots
    in_groups = vocabulary.maxn > 0 and vocabulary.maxn - vocabulary.minn < LENGTHS and len(table.tags) > 0
    # Not more words than have their vectors in the processor's nearest cache.
    most = min(WORDS, max(8, NEAREST // (4 * inputs.matrix.shape[1])))
    features = grouped = characters = spare = 0
    longest = 1
    for token in range(count):
        slot, start, end = slots[token], starts[token], ends[token]
        if slot < 0 or states[slot, FEATURES] == NEW:
            entry = find_entry(dictionary, data, start, end, hashes[token])
            length = end - start
            if entry >= words or (entry < 0 and _begins_with(data, start, length, prefix)):
                if slot >= 0:
                    states[slot, FEATURES] = LABEL
                else:
                    slots[token] = LABEL_TOKEN
            elif in_groups and length + 2 <= ROOM:
                if characters + length + 2 > ROOM or grouped == most or spare == SPARE:
                    features += _add_group(grouped, characters, longest, inputs, table, scratch, total)
                    grouped = characters = spare = 0
                    longest = 1
                row = slot
                if slot >= 0:
                    states[slot, FEATURES] = 0  # once is enough, though the word may come again
                else:
                    row = len(table.tags) + spare
                    spare += 1
                _set_vector(table.vectors[row], inputs.matrix, entry)
                group.tokens[grouped], group.rows[grouped], group.features[grouped] = token, row, entry >= 0
                first = characters
                characters, size = add_characters(data, start, end, group.units, group.sizes, characters)
                close_word(group, grouped, first, characters)
                longest = max(longest, size)
                grouped += 1
            else:
                features += _add_alone(data, start, end, entry, slot, inputs, table, (scratch.padded, total))
    if grouped:
        features += _add_group(grouped, characters, longest, inputs, table, scratch, total)
    return features


@borrowing_kernel
def _begins_with(data: Any, start: Any, length: Any, prefix: Any) -> Any:
    return length >= len(prefix) and same_bytes(data, start, prefix, 0, len(prefix))


@borrowing_kernel
def _set_vector(vector: Any, matrix: Any, entry: Any) -> Any:
    """Sets a vector to the row of a word, to zeros where it has none."""
    for d in range(len(vector)):
        vector[d] = 0
    if entry >= 0:
        for d in range(len(vector)):
            vector[d] += matrix[entry, d]


@borrowing_kernel
def _add_group(
    words: Any, characters: Any, longest: Any, inputs: Any, table: Any, scratch: Any, total: Any
) -> Any:
    """Adds up the features of a group of words; the number of those that have no slot."""
    vocabulary, group = inputs.vocabulary, scratch.group
    minn, kept = max(1, vocabulary.minn), vocabulary.kept
    found = find_buckets(group, characters, longest, minn, vocabulary.maxn, vocabulary.bucket, kept)
    before, rows = vocabulary.before, vocabulary.rows
    add_found(group, found, kept, before, rows, vocabulary.words, inputs.matrix, table.vectors)
    features = 0
    for word in range(words):
        slot = scratch.tokens.slots[group.tokens[word]]
        if slot >= 0:
            table.states[slot, FEATURES] = group.features[word]
        else:
            features += group.features[word]
            for d in range(len(total)):
                total[d] += table.vectors[group.rows[word], d]
    return features


@borrowing_kernel
def _add_alone(
    data: Any, start: Any, end: Any, entry: Any, slot: Any, inputs: Any, table: Any, places: Any
) -> Any:
    """Adds up the features of one word, the plain way; their number if it has no slot."""
    padded, total = places
    vocabulary = inputs.vocabulary
    limits = vocabulary.minn, vocabulary.maxn, vocabulary.bucket, vocabulary.words
    vector = total if slot < 0 else table.vectors[slot]
    count = 0
    if slot >= 0:
        vector[:] = 0
    if entry >= 0:
        count = 1
        for d in range(len(vector)):
            vector[d] += inputs.matrix[entry, d]
    if vocabulary.maxn > 0:
        padded[0] = 0x3C
        for i in range(end - start):
            padded[i + 1] = data[start + i]
        padded[end - start + 1] = 0x3E
        kept, before, rows = vocabulary.kept, vocabulary.before, vocabulary.rows
        count += add_ngrams(kept, before, rows, limits, inputs.matrix, padded, end - start + 2, vector)
    if slot >= 0:
        table.states[slot, FEATURES] = count
        count = 0
    return count
