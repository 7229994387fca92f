"""The sums of the features of a text's new words: those of words of common length many at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import LABEL, Vocabulary, add_ngrams, find_entry, may_be_entry
from .fasttext_ngrams import LONGEST_WORD, Group, add_group, add_to_group, group, in_groups
from .fasttext_sums import Sums
from .fasttext_table import FEATURES, SPARE
from .fasttext_tokens import BLOCK, LABEL_TOKEN, LONGEST, TOKENS, Tokens, is_label, tokens
from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import prefetch
from .row_vectors import add_row, clear_row

_HIGH_BITS = 0x8080808080808080 - (1 << 64)  # those of eight bytes, as an int64


class Inputs(NamedTuple):
    """What features are looked up in: the vocabulary, the matrix of their vectors, float32 (rows, dim), and sums."""

    vocabulary: Vocabulary
    matrix: NDArray[np.float32]
    sums: Sums


class Scratch(NamedTuple):
    """Scratch of a batch.

    Attributes:
        text: uint8 (longest text + 2 * BLOCK,), the text at hand.
        tokens: its next words.
        fresh: int64 (TOKENS + BLOCK + 1,), the new ones among them.
        known: int64 (TOKENS + BLOCK + 1,), whether each of these may be in the dictionary.
        group: those that wait to be added up.
        spare: int64 (1,), how many of the words that wait have no slot.
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
        np.zeros(1, np.int64),
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
    grouped = in_groups(vocabulary.minn, vocabulary.maxn) and len(table.sets) > 0
    group, spare, places = scratch.group, scratch.spare, (scratch.padded, totals, text)
    waiting = vocabulary, inputs.matrix, table.vectors, records
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
        elif grouped and length <= LONGEST_WORD:
            if slot < 0 and spare[0] == SPARE:
                features += _add_spare(inputs, table, scratch, totals, text)
            row = slot
            if slot < 0:
                row = len(records) - SPARE + spare[0]
                spare[0] += 1
            if _begin(inputs, table, row, entry):
                bits = parts[token, 0] | parts[token, 1] | parts[token, 2] | parts[token, 3]
                plain = length <= LONGEST and bits & _HIGH_BITS == 0
                add_to_group(group, waiting, data, start, length, plain, row)
        else:
            features += _add_alone(data, start, length, entry, slot, inputs, table, places)
    return features + _add_spare(inputs, table, scratch, totals, text)


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
def _begin(inputs: Any, table: Any, row: Any, entry: Any) -> Any:
    """Begins the sum of a word with what its dictionary entry has; whether its n-grams are still to be added."""
    vectors, records, sums = table.vectors, table.records, inputs.sums
    clear_row(vectors, row)
    records[row, FEATURES] = 0
    summed = 0 <= entry < len(sums.features) and sums.features[entry] > 0
    if summed:
        add_row(vectors, row, sums.vectors, entry)
        records[row, FEATURES] = sums.features[entry]
    elif entry >= 0:
        add_row(vectors, row, inputs.matrix, entry)
        records[row, FEATURES] = 1
    return not summed


@borrowing_kernel
def _add_spare(inputs: Any, table: Any, scratch: Any, totals: Any, text: Any) -> Any:
    """Adds up the features of all words that wait; the number of those without a slot, in the text's order."""
    spare, features, vectors, records = scratch.spare, 0, table.vectors, table.records
    add_group(scratch.group, (inputs.vocabulary, inputs.matrix, vectors, records))
    for row in range(len(records) - SPARE, len(records) - SPARE + spare[0]):
        features += records[row, FEATURES]
        add_row(totals, text, vectors, row)
    spare[0] = 0
    return features


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
