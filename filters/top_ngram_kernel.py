"""The most common n-grams of two to four words: kernels (reference: measures.py, design: ngram_kernel.py)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.kernels import Words, borrowing_kernel, inlined_kernel
from .byte_vectors import BLOCK, block_of
from .hash_kernel import (
    BASE,
    MIX,
    block_hash,
    power_of,
    slot_of,
    span_hash,
    table_capacity,
)
from .ngram_scratch import POWERS, Scratch, fitting, mark, mark_bits, place

SPACE = ord(" ")


class Spaced(NamedTuple):
    """What hashes of n-grams joined by spaces are made from.

    Attributes:
        hashes: int64 (words + 1,), of the words or pieces up to each word.
        pieces: uint32 (words + 1,), how many pieces these are, where words hold spaces.
        powers: int64 (64,), BASE to the power of each.
    """

    hashes: NDArray[np.int64]
    pieces: NDArray[np.uint32]
    powers: NDArray[np.int64]


@inlined_kernel
def spaced_key(at: Any, n: Any, power: Any, of: Spaced) -> Any:
    """The hash of the n words from `at` on, joined by spaces; power is that of n, or 0 where words hold spaces."""
    if power == 0:
        count = np.int64(of.pieces[at + n]) - np.int64(of.pieces[at])
        power = of.powers[count] if count < POWERS else power_of(count)
    return of.hashes[at + n] - of.hashes[at] * power


@borrowing_kernel
def sift_spaced(
    total: Any, n: Any, power: Any, of: Spaced, active: NDArray[np.uint32], marks: NDArray[np.uint8]
) -> Any:
    """Fills `active` with those of `total` words at which n-grams joined by spaces may repeat; how many they are."""
    bits, found = mark_bits(total), 0
    marks[: 1 << bits] = 0
    for at in range(total):
        mark(place(spaced_key(at, n, power, of), bits), marks)
    for at in range(total):
        active[found] = at
        found += int(marks[place(spaced_key(at, n, power, of), bits)] > 1)
    return found


@borrowing_kernel
def sift_active(
    n_active: Any, n: Any, power: Any, of: Spaced, active: NDArray[np.uint32], marks: NDArray[np.uint8]
) -> Any:
    """Keeps of `active` what may repeat; returns how many they are, the first at the fullest place, and its mark."""
    bits, found = mark_bits(n_active), 0
    top: Any = 0
    most: Any = np.uint8(1)
    marks[: 1 << bits] = 0
    for k in range(n_active):
        mark(place(spaced_key(np.int64(active[k]), n, power, of) * MIX, bits), marks)
    for k in range(n_active):
        at = np.int64(active[k])
        count = marks[place(spaced_key(at, n, power, of) * MIX, bits)]
        if count > most:
            top, most = at, count
        active[found] = at
        found += int(count > 1)
    return found, top, np.int64(most)


@borrowing_kernel
def occurrences(at: Any, n_active: Any, n: Any, power: Any, of: Spaced, active: NDArray[np.uint32]) -> Any:
    """How often an n-gram stands at `active`."""
    key, count = spaced_key(at, n, power, of), 0
    for k in range(n_active):
        count += int(spaced_key(np.int64(active[k]), n, power, of) == key)
    return count


@borrowing_kernel
def most_common(
    n_active: Any,
    n: Any,
    power: Any,
    of: Spaced,
    active: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    slots: NDArray[np.uint32],
) -> Any:
    """Where the most common n-gram at `active` stands first, and how often it occurs; of several, the first one."""
    capacity = table_capacity(n_active)
    slots[:capacity] = 0
    for k in range(n_active):
        key = spaced_key(np.int64(active[k]), n, power, of)
        slot, first, counts[k] = slot_of(key, capacity), k, 0
        while slots[slot]:
            other: Any = np.int64(slots[slot]) - 1
            if spaced_key(np.int64(active[other]), n, power, of) == key:
                first = other
                break
            slot = slot + 1 if slot + 1 < capacity else 0
        if first == k:
            slots[slot] = k + 1
        counts[first] += np.uint32(1)
    top: Any = 0
    for k in range(n_active):
        top = k if counts[k] > counts[top] else top
    return np.int64(active[top]), np.int64(counts[top])


@borrowing_kernel
def chars_of(words: Words, first: Any, n: Any) -> Any:
    """Code points in n words."""
    chars = 0
    for word in range(first, first + n):
        for at in range(words.starts[word], words.ends[word]):
            chars += words.data[at] & 0xC0 != 0x80
    return chars


@borrowing_kernel
def measure_top(
    words: Words, first: Any, n_words: Any, spaced: bool, room: Scratch, found: NDArray[np.int64]
) -> None:
    """Length times count of the most common n-gram of 2, 3 and 4 words, joined by spaces; of several, the first."""
    of, active, marks = Spaced(room.hashes, room.spots, room.powers), room.active, room.marks
    n_active: Any = 0
    for n in range(2, min(4, n_words) + 1):
        power = np.int64(0) if spaced else room.powers[n]
        if spaced or n == 2:
            n_active = sift_spaced(n_words - n + 1, n, power, of, active, marks)
        n_active = fitting(n_words, n, n_active, active)
        n_active, at, count = sift_active(n_active, n, power, of, active, marks)
        if count == 255 or (count > 1 and occurrences(at, n_active, n, power, of, active) != count):
            at, count = most_common(n_active, n, power, of, active, room.spare, room.slots)
        found[n - 2] = (chars_of(words, first + (at if count > 1 else 0), n) + n - 1) * count


@borrowing_kernel
def hash_pieces(
    n_words: Any, hashes: NDArray[np.int64], spots: NDArray[np.uint32], dense: NDArray[np.uint8]
) -> None:
    """Fills `hashes` with those of the pieces between spaces up to each word, and `spots` with how many they are."""
    begin: Any = 0
    pieces = hashes[0] = 0
    for i in range(n_words):
        end, key = np.int64(spots[i + 1]), hashes[i]
        spots[i] = pieces
        block = block_of(dense, begin, min(end - begin, BLOCK))
        if end - begin <= BLOCK and not block[5]:
            key, pieces = key * BASE + block_hash(block, end - begin, 0), pieces + 1
        else:
            for at in range(begin, end + 1):
                if at == end or dense[at] == SPACE:
                    key, pieces = key * BASE + span_hash(dense, begin, at), pieces + 1
                    begin = at + 1
        hashes[i + 1] = key
        begin = end
    spots[n_words] = pieces
