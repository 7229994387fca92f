"""The sums of the features of a text's new words: those of words of common length many at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import CLOSED, LABEL, OPENED, Vocabulary, add_ngrams, find_entry, may_be_entry
from .fasttext_ngrams import LONGEST_WORD, Group, add_group, add_to_group, group, in_groups
from .fasttext_sums import Sums
from .fasttext_table import FEATURES, SPARE
from .fasttext_tokens import BLOCK, LABEL_TOKEN, TOKENS, Tokens, is_label, tokens
from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import prefetch
from .row_vectors import add_row, clear_row, copy_row


class Inputs(NamedTuple):
    """What features are looked up in.

    Attributes:
        vocabulary: what finds their rows.
        matrix: float32 (rows, dim), their vectors.
        sums: those of words of the dictionary.
        direct: whether words are added up without a table, see `fasttext_direct`.
    """

    vocabulary: Vocabulary
    matrix: NDArray[np.float32]
    sums: Sums
    direct: bool = False


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


def scratch(longest: int, inputs: Inputs) -> Scratch:
    """Scratch for texts of at most `longest` bytes."""
    hashes = np.empty(longest // 2 + 2 if inputs.vocabulary.word_ngrams > 1 else 0, np.int32)
    return Scratch(
        np.empty(longest + 2 * BLOCK, np.uint8),
        tokens(),
        np.empty(TOKENS + BLOCK + 1, np.int64),
        np.empty(TOKENS + BLOCK + 1, np.int64),
        group(inputs.matrix.shape[1], apart=not inputs.direct),
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
            if not _take_sum(inputs.sums, table, row, entry):
                add_to_group(group, waiting, data, start, length, entry, row)
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
def _take_sum(sums: Any, table: Any, row: Any, entry: Any) -> Any:
    """Whether a word's sum is kept; if so, it becomes the word's row of the table."""
    kept = 0 <= entry < len(sums.features) and sums.features[entry] > 0
    if kept:
        copy_row(table.vectors, row, sums.vectors, entry)
        table.records[row, FEATURES] = sums.features[entry]
    return kept


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
    vectors, row = (totals, text) if slot < 0 else (table.vectors, slot)
    count = 0
    if slot >= 0:
        clear_row(vectors, row)
    if entry >= 0:
        count = 1
        add_row(vectors, row, inputs.matrix, entry)
    if inputs.vocabulary.maxn > 0:
        count += add_long_word(data, start, length, inputs, padded, vectors, row)
    if slot >= 0:
        table.records[slot, FEATURES] = count
        count = 0
    return count


@borrowing_kernel
def add_long_word(
    data: Any, start: Any, length: Any, inputs: Any, padded: Any, vectors: Any, row: Any
) -> Any:
    """Adds the n-grams of one word to a row of vectors, the plain way; how many."""
    padded[0] = OPENED
    for i in range(length):
        padded[i + 1] = data[start + i]
    padded[length + 1] = CLOSED
    return add_ngrams(inputs.vocabulary, inputs.matrix, padded, length + 2, vectors, row)
