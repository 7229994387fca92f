"""A table of words whose features are added up already, since the words of a language come again and again.

A word's features do not depend on its neighbours. The table has sets of four slots; a new word takes the slot of
the one not met for the longest time. A word of the text at hand is never replaced, so that the order of addition,
and with it the last bit of a sum, does not depend on the texts before; a word for which there is no slot is
added at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import same_bytes
from .kernels import borrowing_kernel
from .prefetch import prefetch

WAYS = 4
LONGEST = 32
"""Bytes of the longest word that is kept; longer ones seldom come again."""

SPARE = 64
"""Vectors for words without a slot."""

NEW = -2
"""The number of features of a word for which they are not added up yet."""

# Positions in `WordTable.states`.
TEXT = 0
COUNT = 1
FEATURES = 2


class WordTable(NamedTuple):
    """Sums of the features of words.

    Attributes:
        tags: uint64 (slots,), hash and length of the word in each slot; 0 where none is.
        words: uint8 (slots * LONGEST,), its bytes.
        states: int64 (slots, 3): the text in which it was met last, how often there, its number of features.
        vectors: float32 (slots + SPARE, dim), the sums; and those of words that have no slot.
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
    """An empty table of about `size` bytes at most; one of 0 bytes keeps nothing."""
    slots = size // (4 * dim + LONGEST + 40)
    slots = 1 << slots.bit_length() - 1 if slots >= WAYS else 0
    return WordTable(
        np.zeros(slots, np.uint64),
        np.zeros(slots * LONGEST, np.uint8),
        np.zeros((slots, 3), np.int64),
        np.zeros((slots + SPARE if slots else 0, dim), np.float32),
        np.zeros(slots, np.int64),
        np.zeros(1, np.int64),
    )


@borrowing_kernel
def find_words(data: Any, tokens: Any, count: Any, table: Any, met: Any) -> Any:
    """Notes a slot for each word, or -1, and counts the words of each slot; how many slots the text has met."""
    tags, words, states, slots = table.tags, table.words, table.states, table.met
    starts, ends, hashes, found = tokens.starts, tokens.ends, tokens.hashes, tokens.slots
    text = table.texts[0]
    _guess(tags, words, states, starts, ends, hashes, found, count)
    for token in range(count):
        start, length, slot = starts[token], ends[token] - starts[token], found[token]
        tag = np.uint64(hashes[token]) | np.uint64(length) << np.uint64(32)
        if length > LONGEST or len(tags) == 0:
            slot = -1
        elif tags[slot] != tag or not same_bytes(words, slot * LONGEST, data, start, length):
            slot = _find(tags, words, states, text, data, start, length, hashes[token])
        found[token] = slot
        if slot >= 0:
            if states[slot, TEXT] != text:
                states[slot, TEXT] = text
                states[slot, COUNT] = 0
                slots[met] = slot
                met += 1
            states[slot, COUNT] += 1
    return met


@borrowing_kernel
def _guess(
    tags: Any, words: Any, states: Any, starts: Any, ends: Any, hashes: Any, found: Any, count: Any
) -> Any:
    """Notes for each word the slot whose tag fits, if one does; without branches, so that no load waits for another."""
    if len(tags):
        mask = np.uint64(len(tags) - 1)
        for token in range(count):
            tag = np.uint64(hashes[token]) | np.uint64(ends[token] - starts[token]) << np.uint64(32)
            first = (np.uint64(hashes[token]) * np.uint64(WAYS)) & mask
            way = np.uint64(0)
            for i in range(1, WAYS):
                way = np.uint64(i) if tags[first + np.uint64(i)] == tag else way
            found[token] = np.int64(first + way)
            prefetch(states, np.int64(first))
            prefetch(words, np.int64(first + way) * LONGEST)


@borrowing_kernel
def _find(
    tags: Any, words: Any, states: Any, text: Any, data: Any, start: Any, length: Any, value: Any
) -> Any:
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
            if states[other, TEXT] < states[slot, TEXT]:
                slot = other
        if states[slot, TEXT] == text:
            slot = np.int64(-1)
        else:
            tags[slot] = tag
            states[slot, FEATURES] = NEW
            for i in range(length):
                words[slot * LONGEST + i] = data[start + i]
    return slot


@borrowing_kernel
def add_met(slots: Any, met: Any, states: Any, vectors: Any, total: Any) -> Any:
    """Adds the vectors of the text's words, in the order of their first occurrence, as often as each was met."""
    features = 0
    for i in range(met):
        prefetch(vectors, slots[i])
    for i in range(met):
        slot = slots[i]
        if states[slot, FEATURES] > 0:
            features += states[slot, FEATURES] * states[slot, COUNT]
            count = np.float32(states[slot, COUNT])
            for d in range(len(total)):
                total[d] += count * vectors[slot, d]
    return features
