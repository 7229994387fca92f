"""The n-grams of words that repeat: kernels (reference: measures.py).

Most n-grams of most texts stand once, and are never looked up. They are sifted: each counts one up at a place that its
hash gives in a table of bytes, and only those whose place has more than one go on. That takes no branch, so that a
processor has nothing to guess.

- The hash of an n-gram joined by spaces follows from hashes of its words. Those of three and four words can repeat
  only where those of one word less do, if no word holds a space. A place counts at least as many as each n-gram there:
  the first one at the fullest place is the most common one if it fills the place alone. If not, all are looked up.
- N-grams of five words and more are joined without spaces, and repeat also where words are cut otherwise. Where the
  window of some bytes at a word stands once in the document, so does every n-gram there that is as long. The others'
  bytes are hashed.

What is called for each n-gram is inlined, and what is called for a document is given the arrays that it needs and no
more: handing over those of a named tuple takes longer than all else. Places are unsigned, for numba to index arrays
without asking for the sign.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.kernels import Words, borrowing_kernel, inlined_kernel, kernel
from .byte_vectors import BLOCK, block_of
from .hash_kernel import (
    BASE,
    MIX,
    SECRETS,
    block_hash,
    eight_bytes,
    folded,
    power_of,
    slot_of,
    span_hash,
    table_capacity,
)

SPACE = ord(" ")
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


@inlined_kernel
def fitting(n_words: Any, n: Any, n_active: Any, active: NDArray[np.uint32]) -> Any:
    """How many of `active` have n words."""
    while n_active and np.int64(active[n_active - 1]) + n > n_words:
        n_active -= 1
    return n_active


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


@kernel
def measure_n_grams(
    words: Words, first: int, n_words: int, spaced: bool, room: Scratch, found: NDArray[np.int64]
) -> None:
    """The measures of `measures.NGrams` of a document.

    Args:
        words: of all documents.
        first: the document's first one.
        n_words: how many it has.
        spaced: whether one of them holds a space.
        room: with hashes, dense and spots filled in.
        found: int64 (9,), zeros; the measures.
    """
    if spaced:  # hashes of pieces are for words that hold spaces, and take the place of what else is there
        measure_duplicates(n_words, room, found)
        hash_pieces(n_words, room.hashes, room.spots, room.dense)
        measure_top(words, first, n_words, True, room, found)
    else:
        measure_top(words, first, n_words, False, room, found)
        measure_duplicates(n_words, room, found)
