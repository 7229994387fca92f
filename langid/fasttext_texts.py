"""Texts to the vectors that a fastText model's labels are scored by: the average of the features of their words.

A word's features do not depend on its neighbours, so their sum is kept for words that come again: in a table of
sets of four words, where a new word takes the place of the one not met for the longest time. A word of the
text at hand is never replaced, so that the order of addition, and with it the last bit of a sum, does not
depend on the texts before; a word for which there is no place is added at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import (
    LABEL,
    Vocabulary,
    add_ngrams,
    add_word_ngrams,
    find_slot,
    first_step,
    same_bytes,
    step,
)
from .fasttext_ngrams import LENGTHS, ROOM, WORDS, add_characters, add_found, group, hash_ngrams, keep_buckets
from .kernels import Strings, borrowing_kernel

WAYS = 4
LONGEST = 32
"""Bytes of the longest word that is kept; longer ones seldom come again."""

TOKENS = 1 << 12
"""Words of a text that are looked at in one go."""

NEW = -2
"""The number of features of a word for which they are not added up yet."""

LABEL_TOKEN = -2

# Positions in `WordTable.states`.
_TEXT = 0
_COUNT = 1
_FEATURES = 2


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


class WordTable(NamedTuple):
    """Sums of the features of words.

    Attributes:
        tags: uint64 (slots,), hash and length of the word in each slot; 0 where none is.
        words: uint8 (slots * LONGEST,), its bytes.
        states: int64 (slots, 3): the text in which it was met last, how often there, its number of features.
        vectors: float32 (slots, dim), the sums.
        met: int64 (slots,), scratch: the slots of a text's words.
        texts: int64 (1,), texts read so far.
    """

    tags: NDArray[np.uint64]
    words: NDArray[np.uint8]
    states: NDArray[np.int64]
    vectors: NDArray[np.float32]
    met: NDArray[np.int64]
    texts: NDArray[np.int64]


def word_table(dim: int, size: int) -> WordTable:
    """An empty table of at most `size` bytes; one of 0 bytes keeps nothing."""
    slots = size // (4 * dim + LONGEST + 40)
    slots = 1 << slots.bit_length() - 1 if slots >= WAYS else 0
    return WordTable(
        np.zeros(slots, np.uint64),
        np.zeros(slots * LONGEST, np.uint8),
        np.zeros((slots, 3), np.int64),
        np.zeros((slots, dim), np.float32),
        np.zeros(slots, np.int64),
        np.zeros(1, np.int64),
    )


def text_vectors(
    texts: Strings, vocabulary: Vocabulary, matrix: NDArray[np.float32], table: WordTable
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each text, the average of its features (texts, dim), and how many there are.

    White space parts words, of which a line break is one; "</s>" ends a text.
    """
    count = len(texts.offsets) - 1
    longest = int(np.diff(texts.offsets).max(initial=len(vocabulary.end)))
    room = min(TOKENS, longest // 2 + 1)
    tokens = Tokens(*np.empty((2, room), np.int64), np.empty(room, np.uint32), np.empty(room, np.int64))
    padded = np.empty(longest + 2, np.uint8)
    hashes = np.empty(longest // 2 + 2 if vocabulary.word_ngrams > 1 else 0, np.int32)
    vectors = np.zeros((count, matrix.shape[1]), np.float32)
    features = np.zeros(count, np.int64)
    data = texts.data.view()
    data.flags.writeable = False  # one type of array, so that one compiled kernel is enough
    _text_vectors(
        data, texts.offsets, vocabulary, matrix, table, tokens, group(), padded, hashes, vectors, features
    )
    return vectors, features


@borrowing_kernel
def _text_vectors(data, offsets, vocabulary, matrix, table, tokens, group, padded, hashes, vectors, features):  # type: ignore[no-untyped-def]
    for text in range(len(offsets) - 1):
        table.texts[0] += 1
        total = vectors[text]
        found = _add_text(
            data,
            offsets[text],
            offsets[text + 1],
            vocabulary,
            matrix,
            table,
            tokens,
            group,
            padded,
            hashes,
            total,
        )
        features[text] = found
        if found > 0:
            scale = np.float32(1.0 / found)
            for d in range(len(total)):
                total[d] *= scale


@borrowing_kernel
def _add_text(data, at, end, vocabulary, matrix, table, tokens, group, padded, hashes, total):  # type: ignore[no-untyped-def]
    """Adds a text's features to the vector `total`; their number."""
    features, words, met = 0, 0, 0
    while at < end:
        count, at = _split(data, at, end, vocabulary.end, tokens.starts, tokens.ends, tokens.hashes)
        met = _find_words(data, tokens, count, table, met)
        features += _add_words(data, tokens, count, vocabulary, matrix, table, group, padded, total)
        if len(hashes):
            words = _keep_hashes(tokens, count, table.states, hashes, words)
    features += _add_met(table.met, met, table.states, table.vectors, total)
    if vocabulary.end_row >= 0:
        features += 1
        for d in range(len(total)):
            total[d] += matrix[vocabulary.end_row, d]
    if len(hashes):
        hashes[words] = vocabulary.end_hash
        features += add_word_ngrams(vocabulary, matrix, hashes, words + 1, total)
    return features


@borrowing_kernel
def _split(data, at, end, last, starts, ends, hashes):  # type: ignore[no-untyped-def]
    """The next words of a text, as many as there is room for, and where the rest begins; "</s>" ends a text."""
    count = 0
    while at < end and count < len(starts):
        if _is_space(data[at]):
            at += 1
        else:
            first, value = at, first_step()
            while at < end and not _is_space(data[at]):
                value = step(value, data[at])
                at += 1
            starts[count], ends[count], hashes[count] = first, at, value
            count += 1
            if at - first == len(last) and same_bytes(data, first, last, 0, len(last)):
                count -= 1
                at = end
    return count, at


@borrowing_kernel
def _is_space(byte: int) -> bool:
    """What parts words in fastText: blank, line breaks, tabulators, form feed and the zero byte."""
    return byte <= 0x20 and (byte == 0x20 or 9 <= byte <= 13 or byte == 0)


@borrowing_kernel
def _find_words(data, tokens, count, table, met):  # type: ignore[no-untyped-def]
    """Notes a slot for each word, or -1, and counts the words of each slot; how many slots the text has met."""
    tags, words, states, slots = table.tags, table.words, table.states, table.met
    starts, ends, hashes, found = tokens.starts, tokens.ends, tokens.hashes, tokens.slots
    text = table.texts[0]
    for token in range(count):
        found[token] = -1
        length = ends[token] - starts[token]
        if length <= LONGEST and len(tags):
            slot = _find(tags, words, states, text, data, starts[token], length, hashes[token])
            found[token] = slot
            if slot >= 0:
                if states[slot, _TEXT] != text:
                    states[slot, _TEXT] = text
                    states[slot, _COUNT] = 0
                    slots[met] = slot
                    met += 1
                states[slot, _COUNT] += 1
    return met


@borrowing_kernel
def _find(tags, words, states, text, data, start, length, value):  # type: ignore[no-untyped-def]
    """The slot of a word, which may be a new one; -1 where the text's own words fill the set."""
    tag = np.uint64(value) | np.uint64(length) << np.uint64(32)
    first = (np.int64(value) * WAYS) & (len(tags) - 1)
    slot = first
    while slot < first + WAYS and not (
        tags[slot] == tag and same_bytes(words, slot * LONGEST, data, start, length)
    ):
        slot += 1
    if slot == first + WAYS:
        slot = first
        for other in range(first + 1, first + WAYS):
            if states[other, _TEXT] < states[slot, _TEXT]:
                slot = other
        if states[slot, _TEXT] == text:
            slot = np.int64(-1)
        else:
            tags[slot] = tag
            states[slot, _FEATURES] = NEW
            for i in range(length):
                words[slot * LONGEST + i] = data[start + i]
    return slot


@borrowing_kernel
def _add_words(data, tokens, count, vocabulary, matrix, table, group, padded, total):  # type: ignore[no-untyped-def]
    """Adds up the features of new words: in their slots, or in `total` where they have none; the number of these."""
    names, name_starts, name_ends = vocabulary.names, vocabulary.starts, vocabulary.ends
    entries, prefix, words = vocabulary.table, vocabulary.prefix, vocabulary.words
    starts, ends, hashes, slots, states = (
        tokens.starts,
        tokens.ends,
        tokens.hashes,
        tokens.slots,
        table.states,
    )
    in_groups = vocabulary.maxn > 0 and vocabulary.maxn - vocabulary.minn < LENGTHS and len(table.tags) > 0
    features = grouped = characters = 0
    longest = 1
    for token in range(count):
        slot, start, end = slots[token], starts[token], ends[token]
        if slot < 0 or states[slot, _FEATURES] == NEW:
            entry = np.int64(
                entries[find_slot(names, name_starts, name_ends, entries, data, start, end, hashes[token])]
            )
            length = end - start
            if entry >= words or (
                entry < 0 and length >= len(prefix) and same_bytes(data, start, prefix, 0, len(prefix))
            ):
                if slot >= 0:
                    states[slot, _FEATURES] = LABEL
                else:
                    slots[token] = LABEL_TOKEN
            elif in_groups and length + 2 <= ROOM:
                if characters + length + 2 > ROOM or grouped == WORDS:
                    features += _add_group(
                        group, grouped, characters, longest, vocabulary, matrix, table, slots, total
                    )
                    grouped = characters = 0
                    longest = 1
                group.tokens[grouped], group.entries[grouped] = token, entry
                characters, size = add_characters(data, start, end, group.units, group.sizes, characters)
                longest = max(longest, size)
                grouped += 1
                group.begins[grouped] = characters
            else:
                features += _add_alone(
                    data, start, end, entry, slot, vocabulary, matrix, table, padded, total
                )
    return features + _add_group(group, grouped, characters, longest, vocabulary, matrix, table, slots, total)


@borrowing_kernel
def _add_group(group, words, characters, longest, vocabulary, matrix, table, slots, total):  # type: ignore[no-untyped-def]
    """Adds up the features of a group of words; the number of those that have no slot."""
    minn, maxn, kept = max(1, vocabulary.minn), vocabulary.maxn, vocabulary.kept
    before, rows = vocabulary.before, vocabulary.rows
    hash_ngrams(group, characters, longest, minn, maxn, vocabulary.bucket)
    keep_buckets(group, words, kept, minn, maxn)
    features = begin = 0
    for word in range(words):
        slot, entry, end = slots[group.tokens[word]], group.entries[word], group.ends[word]
        vector = total if slot < 0 else table.vectors[slot]
        if slot >= 0:
            vector[:] = 0
        if entry >= 0:
            for d in range(len(vector)):
                vector[d] += matrix[entry, d]
        add_found(group.found, begin, end, kept, before, rows, vocabulary.words, matrix, vector)
        count = end - begin + (entry >= 0)
        begin = end
        if slot >= 0:
            table.states[slot, _FEATURES] = count
        else:
            features += count
    return features


@borrowing_kernel
def _add_alone(data, start, end, entry, slot, vocabulary, matrix, table, padded, total):  # type: ignore[no-untyped-def]
    """Adds up the features of one word, the plain way; their number if it has no slot."""
    limits = vocabulary.minn, vocabulary.maxn, vocabulary.bucket, vocabulary.words
    vector = total if slot < 0 else table.vectors[slot]
    if slot >= 0:
        vector[:] = 0
    count = 0
    if entry >= 0:
        count = 1
        for d in range(len(vector)):
            vector[d] += matrix[entry, d]
    if vocabulary.maxn > 0:
        padded[0] = 0x3C
        for i in range(end - start):
            padded[i + 1] = data[start + i]
        padded[end - start + 1] = 0x3E
        kept, before, rows = vocabulary.kept, vocabulary.before, vocabulary.rows
        count += add_ngrams(kept, before, rows, limits, matrix, padded, end - start + 2, vector)
    if slot >= 0:
        table.states[slot, _FEATURES] = count
        count = 0
    return count


@borrowing_kernel
def _keep_hashes(tokens, count, states, hashes, words):  # type: ignore[no-untyped-def]
    """Appends the hashes of the words that are no labels; how many there are now."""
    for token in range(count):
        slot = tokens.slots[token]
        if slot == -1 or (slot >= 0 and states[slot, _FEATURES] != LABEL):
            hashes[words] = np.int32(tokens.hashes[token])
            words += 1
    return words


@borrowing_kernel
def _add_met(slots, met, states, vectors, total):  # type: ignore[no-untyped-def]
    """Adds the vectors of the text's words, in the order of their first occurrence, as often as each was met."""
    features = 0
    for i in range(met):
        slot = slots[i]
        if states[slot, _FEATURES] > 0:
            features += states[slot, _FEATURES] * states[slot, _COUNT]
            count = np.float32(states[slot, _COUNT])
            for d in range(len(total)):
                total[d] += count * vectors[slot, d]
    return features
