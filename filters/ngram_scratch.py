"""Room in which n-grams are counted, and the sieve that most of them do not pass: places that count what falls in."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.kernels import inlined_kernel, kernel
from .byte_vectors import BLOCK
from .hash_kernel import (
    BASE,
    table_capacity,
)

POWERS = 64
MARKS = 20
"""Bits of the number of marks that a processor's caches hold."""


class Scratch(NamedTuple):
    """Room to work in, made once per batch for its largest document: some 26 bytes per word, and its words' bytes.

    Attributes:
        hashes: int64 (words + 1,), hash of a document's words up to each; then keys of n-grams.
        dense: uint8, the bytes of the words without what stands between them, and two blocks more.
        spots: uint32 (words + 1,), where each word begins in `dense`; then how many pieces between spaces come first.
        active: uint32 (words,), the words at which n-grams are looked up.
        spare: uint32 (words,), how often each of these n-grams occurs; or some of these words.
        slots: uint32, the hash table of lines, then of n-grams.
        marks: uint8, the places of n-grams that are sifted; shares its memory with `slots`.
        powers: int64 (64,), BASE to the power of each.
    """

    hashes: NDArray[np.int64]
    dense: NDArray[np.uint8]
    spots: NDArray[np.uint32]
    active: NDArray[np.uint32]
    spare: NDArray[np.uint32]
    slots: NDArray[np.uint32]
    marks: NDArray[np.uint8]
    powers: NDArray[np.int64]


def scratch(words: int, lines: int, bytes_of_words: int) -> Scratch:
    """Room for documents of at most so many words and lines, and so many bytes of words."""
    capacity = max(table_capacity(words), table_capacity(lines), 1 << mark_bits(2 * words) >> 2)
    shared = np.empty(capacity, np.uint32)
    return Scratch(
        np.zeros(words + 1, np.int64),
        np.zeros(bytes_of_words + 2 * BLOCK, np.uint8),
        np.zeros(words + 1, np.uint32),
        np.empty(words, np.uint32),
        np.empty(words, np.uint32),
        shared,
        shared.view(np.uint8),
        powers(),
    )


@cache
def powers() -> NDArray[np.int64]:
    """BASE to the power of each number below 64, modulo 2**64."""
    return np.cumprod(np.concatenate([[1], np.full(POWERS - 1, BASE)]))


@kernel
def mark_bits(count: Any) -> Any:
    """Bits of the number of places for marks: sixteen places for each of `count` keys, or one where memory counts."""
    bits = 6
    while 1 << bits < count or (bits < MARKS and 1 << bits < 16 * count):
        bits += 1
    return bits


@inlined_kernel
def place(key: Any, bits: Any) -> Any:
    """Where a key leaves its mark, by its upper bits: a uint64."""
    return np.uint64(key) >> np.uint64(64 - bits)


@inlined_kernel
def mark(at: Any, marks: NDArray[np.uint8]) -> None:
    """Counts a place up to 255."""
    count = marks[at]
    marks[at] = count + np.uint8(count != 255)


@inlined_kernel
def fitting(n_words: Any, n: Any, n_active: Any, active: NDArray[np.uint32]) -> Any:
    """How many of `active` have n words."""
    while n_active and np.int64(active[n_active - 1]) + n > n_words:
        n_active -= 1
    return n_active
