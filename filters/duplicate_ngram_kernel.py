"""N-grams of five to ten words that have stood before: kernels (reference: measures.py, design: ngram_kernel.py)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.kernels import borrowing_kernel, inlined_kernel
from .byte_vectors import BLOCK, block_of
from .hash_kernel import (
    MIX,
    SECRETS,
    block_hash,
    eight_bytes,
    folded,
    slot_of,
    span_hash,
    table_capacity,
)
from .ngram_scratch import Scratch, fitting, mark, mark_bits, place


@inlined_kernel
def window_keys(data: NDArray[np.uint8], at: Any, window: Any) -> Any:
    """Hashes of the first half of a window of bytes, and of the whole: of 16, 32 or 64 bytes."""
    if window == 64:
        first = block_hash(block_of(data, at, BLOCK), BLOCK, 0)
        return first, block_hash(block_of(data, at + BLOCK, BLOCK), BLOCK, first)
    eight = eight_bytes(data, at)
    sixteen = folded(eight ^ SECRETS[0], eight_bytes(data, at + 8) ^ SECRETS[1])
    if window == 16:
        return eight * MIX, sixteen
    rest = folded(eight_bytes(data, at + 16) ^ SECRETS[2], eight_bytes(data, at + 24) ^ SECRETS[3])
    return sixteen, sixteen ^ rest


class Dense(NamedTuple):
    """Words without what stands between them: their bytes, and where each begins, as in `Scratch`."""

    data: NDArray[np.uint8]
    spots: NDArray[np.uint32]


@borrowing_kernel
def sift_windows(
    n_words: Any,
    n: Any,
    window: Any,
    n_active: Any,
    dense: Dense,
    active: NDArray[np.uint32],
    marks: NDArray[np.uint8],
) -> Any:
    """Keeps of `active` the words at which n-grams of n words or more may repeat; returns how many they are.

    Args:
        n_words: words of the document.
        n: words of the shortest n-gram.
        window: bytes of the window at a word, or twice those of the one where the n-gram is shorter: 16, 32 or 64.
        n_active: how many of `active` there are.
        dense: the document's words.
        active: of `Scratch`.
        marks: of `Scratch`.
    """
    bits, found = mark_bits(2 * n_active), 0
    marks[: 1 << bits] = 0
    for k in range(n_active):
        half, whole = window_keys(dense.data, np.int64(dense.spots[active[k]]), window)
        mark(place(half, bits), marks)
        mark(place(whole, bits), marks)
    for k in range(n_active):
        i = np.int64(active[k])
        at = np.int64(dense.spots[i])
        length = np.int64(dense.spots[min(n_words, i + n)]) - at
        half, whole = window_keys(dense.data, at, window)
        active[found] = i
        twice = marks[place(whole if length >= window else half, bits)] > 1
        found += int(twice | (length < window >> 1))
    return found


@borrowing_kernel
def sift_dense(
    n: Any,
    n_active: Any,
    dense: Dense,
    active: NDArray[np.uint32],
    keys: NDArray[np.int64],
    spare: NDArray[np.uint32],
    marks: NDArray[np.uint8],
) -> Any:
    """Puts those of `active` at which n-grams joined without spaces may repeat into `spare`, and their keys first."""
    bits, found = mark_bits(n_active), 0
    marks[: 1 << bits] = 0
    for k in range(n_active):
        at = np.int64(active[k])
        key = span_hash(dense.data, np.int64(dense.spots[at]), np.int64(dense.spots[at + n]))
        keys[k] = key
        mark(place(key, bits), marks)
    for k in range(n_active):
        key = keys[k]
        spare[found], keys[found] = active[k], key
        found += int(marks[place(key, bits)] > 1)
    return found


@borrowing_kernel
def duplicate_chars(
    n: Any,
    n_found: Any,
    dense: Dense,
    found: NDArray[np.uint32],
    keys: NDArray[np.int64],
    slots: NDArray[np.uint32],
) -> Any:
    """Length of the n-grams that have been seen before; finding one skips n words.

    Args:
        n: words of an n-gram.
        n_found: how many may repeat.
        dense: the document's words.
        found: their first words.
        keys: their hashes.
        slots: of `Scratch`.
    """
    capacity = table_capacity(n_found)
    slots[:capacity] = 0
    chars = resume = 0
    for k in range(n_found):
        at, key = np.int64(found[k]), keys[k]
        if at < resume:
            continue
        slot = slot_of(key, capacity)
        while slots[slot] and keys[np.int64(slots[slot]) - 1] != key:
            slot = slot + 1 if slot + 1 < capacity else 0
        if slots[slot]:
            chars += span_chars(dense.data, np.int64(dense.spots[at]), np.int64(dense.spots[at + n]))
            resume = at + n
        else:
            slots[slot] = k + 1
    return chars


@inlined_kernel
def span_chars(data: NDArray[np.uint8], begin: Any, end: Any) -> Any:
    """Code points in a span. Up to 32 bytes more are read."""
    chars = 0
    while begin < end:
        chars += block_of(data, begin, min(end - begin, BLOCK))[4]
        begin += BLOCK
    return chars


@borrowing_kernel
def measure_duplicates(n_words: Any, room: Scratch, found: NDArray[np.int64]) -> None:
    """Characters in n-grams of 5 to 10 words, joined without spaces, that have occurred before."""
    dense, active, keys, marks = Dense(room.dense, room.spots), room.active, room.hashes, room.marks
    for i in range(n_words):
        active[i] = i
    n_active, window = n_words, 8
    for n in range(5, 11):
        size = (n + 1) * np.int64(room.spots[n_words])  # a window is about as long as most n-grams
        widest = 64 if size >= 64 * n_words else 32 if size >= 32 * n_words else 16
        if widest > window:
            window = widest
            n_active = sift_windows(n_words, n, window, n_active, dense, active, marks)
        n_active = fitting(n_words, n, n_active, active)
        if n_active < 2:
            return
        repeated = sift_dense(n, n_active, dense, active, keys, room.spare, marks)
        if repeated > 1:
            found[n - 2] = duplicate_chars(n, repeated, dense, room.spare, keys, room.slots)
