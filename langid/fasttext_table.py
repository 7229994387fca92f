"""A table of words whose features are added up already, since the words of a language come again and again.

A word's features do not depend on its neighbours. The table has sets of four slots; a new word takes the slot of
the one not met for the longest time. A word of the text at hand is never replaced, so that the order of addition,
and with it the last bit of a sum, does not depend on the texts before; a word for which there is no slot is
added for itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .byte_bits import trailing_zeros
from .fasttext_tokens import LONGEST, PARTS
from .kernels import borrowing_kernel, inlined_kernel
from .prefetch import LINE, prefetch
from .row_vectors import add_rows_times
from .vectors import equal_lanes

WAYS = 4

SPARE = 64
"""Vectors for words without a slot."""

NEW = -2
"""The number of features of a word for which they are not added up yet."""

# Positions in a row of `WordTable.records`, after the word's bytes.
COUNT = PARTS
FEATURES = PARTS + 1
RECORD = 8


class WordTable(NamedTuple):
    """Sums of the features of words.

    Attributes:
        sets: uint32 (slots / WAYS, 2 * WAYS): parts of the words' hashes, and the texts they were met in last.
        records: int64 (slots + SPARE, 8), a cache line each: the bytes of the word, zeros after it, how often the text
            at hand has it, its number of features, and nothing; at last those of words that have no slot.
        vectors: float32 (slots + SPARE, dim), the sums.
        met: int64 (slots,), scratch: the slots of a text's words.
        times: float32 (slots,), scratch: how often the text has each.
        texts: int64 (1,), texts read so far.
    """

    sets: NDArray[np.uint32]
    records: NDArray[np.int64]
    vectors: NDArray[np.float32]
    met: NDArray[np.int64]
    times: NDArray[np.float32]
    texts: NDArray[np.int64]


def word_table(dim: int, size: int) -> WordTable:
    """An empty table of about `size` bytes at most; one of 0 bytes keeps nothing."""
    slots = size // (4 * dim + 8 * RECORD + 16)
    slots = 1 << slots.bit_length() - 1 if slots >= WAYS else 0
    rows = slots + SPARE if slots else 0
    return WordTable(
        _lines((slots // WAYS, 2 * WAYS), np.uint32),
        _lines((rows, RECORD), np.int64),
        _lines((rows, dim), np.float32),
        np.zeros(slots, np.int64),
        np.zeros(slots, np.float32),
        np.zeros(1, np.int64),
    )


def _lines(shape: tuple[int, int], kind: Any) -> NDArray[Any]:
    """Zeros that begin where a cache line does."""
    size = shape[0] * shape[1] * np.dtype(kind).itemsize
    data = np.zeros(size + LINE, np.uint8)
    first = -data.ctypes.data % LINE
    lines: NDArray[Any] = data[first : first + size].view(kind).reshape(shape)
    return lines


@borrowing_kernel
def next_text(table: Any) -> Any:
    """Begins another text; when its number no longer fits, all words are forgotten."""
    table.texts[0] += 1
    if table.texts[0] >> 32:
        table.texts[0] = 1
        table.sets[:] = 0
        table.records[:] = 0


@borrowing_kernel
def find_words(tokens: Any, count: Any, table: Any, met: Any, fresh: Any) -> Any:
    """Notes a slot for each word, or -1, and counts the words of each slot.

    How many slots the text has met, and of how many words the features are to be added up; they are in `fresh`.
    """
    sets, records, slots = table.sets, table.records, table.met
    parts, lengths, hashes, found = tokens.parts, tokens.lengths, tokens.hashes, tokens.slots
    text = np.uint32(table.texts[0])
    _guess(sets, records, hashes, found, count)
    new = 0
    for token in range(count):
        slot, added = found[token], True
        if lengths[token] > LONGEST or len(sets) == 0:
            slot = np.int64(-1)
        elif slot < 0 or not _same(records, slot, parts, token):
            slot = _find(sets, records, text, parts, token, hashes[token])
        found[token] = slot
        if slot >= 0:
            age = WAYS + (slot & (WAYS - 1))
            if sets[slot >> 2, age] != text:
                sets[slot >> 2, age] = text
                records[slot, COUNT] = 0
                slots[met] = slot
                met += 1
            records[slot, COUNT] += 1
            added = records[slot, FEATURES] == NEW
            # Once is enough, though the word may come again.
            records[slot, FEATURES] = 0 if added else records[slot, FEATURES]
        fresh[new] = token
        new += added
    return met, new


@borrowing_kernel
def _guess(sets: Any, records: Any, hashes: Any, found: Any, count: Any) -> Any:
    """Notes for each word the slot whose tag fits, or -1; without branches, so that no load waits for another."""
    if len(sets):
        mask = np.uint64(len(sets) - 1)
        for token in range(count):
            row = np.int64(np.uint64(hashes[token]) & mask)
            tags = equal_lanes(sets, row, np.int64(np.uint64(hashes[token]) >> np.uint64(32)))
            slot = row * WAYS + trailing_zeros(tags)
            found[token] = slot if tags else np.int64(-1)
            prefetch(records, slot)


@inlined_kernel
def _same(records: Any, slot: Any, parts: Any, token: Any) -> Any:
    """Whether a slot is a word's."""
    different = np.int64(0)
    for part in range(PARTS):
        different |= records[slot, part] ^ parts[token, part]
    return different == 0


@inlined_kernel
def _find(sets: Any, records: Any, text: Any, parts: Any, token: Any, value: Any) -> Any:
    """The slot of a word, which may be a new one; -1 where the text's own words fill the set."""
    row = np.int64(np.uint64(value) & np.uint64(len(sets) - 1))
    tag = np.uint64(value) >> np.uint64(32)
    tags = equal_lanes(sets, row, np.int64(tag))
    slot = np.int64(-1)
    while tags:
        way = trailing_zeros(tags)
        slot = row * WAYS + way if _same(records, row * WAYS + way, parts, token) else slot
        tags &= tags - np.uint64(1)
    if slot < 0:
        oldest = np.int64(0)
        for way in range(1, WAYS):
            oldest = np.int64(way) if sets[row, WAYS + way] < sets[row, WAYS + oldest] else oldest
        if sets[row, WAYS + oldest] != text:
            slot = row * WAYS + oldest
            sets[row, oldest] = np.uint32(tag)
            records[slot, FEATURES] = NEW
            for part in range(PARTS):
                records[slot, part] = parts[token, part]
    return slot


@borrowing_kernel
def add_met(table: Any, met: Any, totals: Any, text: Any) -> Any:
    """Adds the vectors of the `met` words of the text to its row of `totals`, in the order of their first occurrence.

    Each is taken as often as it was met; how many features these are.
    """
    slots, times, records, vectors = table.met, table.times, table.records, table.vectors
    features, kept = 0, 0
    for i in range(met):
        slot = slots[i]
        prefetch(vectors, slot)
        slots[kept], times[kept] = slot, records[slot, COUNT]
        some = records[slot, FEATURES] > 0
        features += records[slot, FEATURES] * records[slot, COUNT] if some else 0
        kept += some
    add_rows_times(totals, text, vectors, slots, times, kept)
    return features
