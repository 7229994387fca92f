"""The n-grams of words that repeat: kernels (reference: measures.py).

Equal n-grams are found by hash tables of where they stand. Most n-grams of most texts stand once, and are kept out of
the tables by cheaper looks, where a document is short enough for the room that these need:

- n-grams of five words and more, joined without spaces, are at least as long as a window of 16 bytes, or looked up
  anyway. Where the window at a word stands once in the document, so does every n-gram there.
- n-grams of three and four words, joined by spaces, can repeat only where those of one word less do, if no word
  holds a space.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.kernels import kernel
from .hash_kernel import (
    BASE,
    MIX,
    eight_bytes,
    multiply_add,
    n_gram_key,
    power_of,
    reduced,
    slot_of,
    table_capacity,
)

LONGEST_SIFTED = 1 << 18
"""Most words of a document whose n-grams are sifted; in a longer one all are looked up, which needs less room."""
WINDOW = 16
"""Bytes of a window: of ten Latin letters or five Han characters."""
ALL = -1
SPACE = ord(" ")


class Scratch(NamedTuple):
    """Room to work in, made once per batch for its largest document: 21 to 24 bytes per word, and some for sifting.

    Attributes:
        prefixes: int64 (words + 1,), hash of a document's words up to each.
        lengths: int32 (words + 1,), code points in them.
        counts: int32 (words,), how often the n-gram occurs that stood first at each word.
        slots: uint32, the hash table of lines, then those of n-grams.
        dense: uint8, the bytes of the words without what stands between them.
        spots: int32 (words + 1,), where each word begins in `dense`.
        active: int32 (words,), the words at which n-grams are looked up.
        firsts: int32 (words,), where the n-gram at each word stood first.
    """

    prefixes: NDArray[np.int64]
    lengths: NDArray[np.int32]
    counts: NDArray[np.int32]
    slots: NDArray[np.uint32]
    dense: NDArray[np.uint8]
    spots: NDArray[np.int32]
    active: NDArray[np.int32]
    firsts: NDArray[np.int32]


def scratch(words: int, lines: int, sifted_bytes: int) -> Scratch:
    """Room for documents of at most so many words and lines, and so many bytes of words where these are sifted."""
    sifted = min(words, LONGEST_SIFTED)
    return Scratch(
        np.zeros(words + 1, np.int64),
        np.zeros(words + 1, np.int32),
        np.empty(words, np.int32),
        np.empty(max(table_capacity(words), table_capacity(lines)), np.uint32),
        np.zeros(sifted_bytes + WINDOW, np.uint8),
        np.zeros(sifted + 1, np.int32),
        np.empty(sifted, np.int32),
        np.empty(sifted, np.int32),
    )


@kernel
def is_sifted(n_words: int, n_bytes: int) -> bool:
    """Whether n-grams of a document are sifted before they are looked up."""
    return n_words <= LONGEST_SIFTED and n_bytes <= LONGEST_SIFTED * WINDOW


@kernel
def index_bits(count: int) -> int:
    """Bits that the numbers 1 to `count` need."""
    bits = 1
    while count >> bits:
        bits += 1
    return bits


@kernel
def sift_windows(n_words: int, n: int, room: Scratch) -> int:
    """Fills `active` with the words at which an n-gram of n words or more may repeat; returns how many they are.

    Two bits per word in `slots`, at a place of its window's hash: the window has been seen, has been seen twice.
    """
    slots, spots, dense, marks = room.slots, room.spots, room.dense, room.firsts
    slots[: 2 * n_words] = 0
    for i in range(n_words):
        at = int(spots[i])
        key = (eight_bytes(dense, at) * MIX) ^ eight_bytes(dense, at + 8)
        mark = slot_of(key ^ key >> 32, 32 * n_words)
        bit = np.uint32(1 << (mark & 31))
        slots[n_words + (mark >> 5)] |= slots[mark >> 5] & bit
        slots[mark >> 5] |= bit
        marks[i] = mark
    found = 0
    for i in range(n_words - n + 1):
        twice = slots[n_words + (marks[i] >> 5)] >> np.uint32(marks[i] & 31) & np.uint32(1)
        room.active[found] = i
        found += int(twice != 0 or spots[i + n] - spots[i] < WINDOW)
    return found


@kernel
def sift_repeated(n_active: int, total: int, room: Scratch) -> int:
    """Keeps of `active` the first words of n-grams that occur twice; `total` n-grams of one word more can follow."""
    found = 0
    for k in range(n_active):
        at = room.active[k]
        if at < total and room.counts[room.firsts[at]] > 1:
            room.active[found] = at
            found += 1
    return found


@kernel
def add_spaces(n_words: int, powers: NDArray[np.int64], room: Scratch) -> None:
    """Turns hashes of words joined without spaces, in place, into those of words that a space follows each."""
    prefixes, lengths = room.prefixes, room.lengths
    before = prefixes[0]
    for i in range(n_words):
        length = int(lengths[i + 1]) - int(lengths[i])
        word = n_gram_key(before, prefixes[i + 1], length, powers)
        before = prefixes[i + 1]
        spaced = reduced(multiply_add(word, BASE, SPACE + 1))
        prefixes[i + 1] = reduced(multiply_add(prefixes[i], power_of(length + 1, powers), spaced))


@kernel
def same_boundaries(lengths: NDArray[np.int32], first: int, second: int, n: int) -> bool:
    """Whether two n-grams of the same length are cut into words at the same places."""
    i, shift = 1, lengths[second] - lengths[first]
    while i < n and lengths[second + i] - lengths[first + i] == shift:
        i += 1
    return i == n


@kernel
def top_n_gram_chars(
    n_words: int, n: int, gap: int, n_active: int, powers: NDArray[np.int64], room: Scratch
) -> int:
    """Length times count of the most common n-gram, joined by spaces; of several, the first one seen.

    Args:
        n_words: words of the document.
        n: words of an n-gram.
        gap: 1: a space follows each word in `prefixes`. 0: none does, and no word holds one, so that n-grams are
            equal if they are without spaces and their words end at the same places.
        n_active: how many of `active` to look up, or `ALL` words.
        powers: of `power_table`.
        room: with prefixes and lengths filled in; `counts` and `firsts` hold the n-grams found.

    A slot holds 0 or, in its lower bits, 1 + the word at which its n-gram starts; the bits above are those of its
    hash, to tell most others apart without looking at them. One loop without calls that take arrays: numba counts
    references at each, which would take longer than all else.
    """
    total = n_words - n + 1
    if total <= 0:
        return 0
    prefixes, lengths, slots, counts = room.prefixes, room.lengths, room.slots, room.counts
    entries = total if n_active == ALL else n_active
    capacity, bits = table_capacity(entries), index_bits(total)
    slots[:capacity] = 0
    counts[:total] = 1
    top = 0
    for k in range(entries):
        at = k if n_active == ALL else int(room.active[k])
        length = int(lengths[at + n]) - int(lengths[at])
        key = n_gram_key(prefixes[at], prefixes[at + n], length + gap * n, powers)
        tag = key & ((1 << (32 - bits)) - 1)
        slot, first = slot_of(key, capacity), at
        while slots[slot]:
            found = int(slots[slot])
            other = (found & ((1 << bits) - 1)) - 1
            if found >> bits == tag and int(lengths[other + n]) - int(lengths[other]) == length:
                same = key == n_gram_key(prefixes[other], prefixes[other + n], length + gap * n, powers)
                if same and (gap or same_boundaries(lengths, other, at, n)):
                    first = other
                    break
            slot = slot + 1 if slot + 1 < capacity else 0
        if n_active != ALL:
            room.firsts[at] = first
        if first == at:
            slots[slot] = np.uint32(tag << bits | at + 1)
            continue
        counts[first] += 1
        ahead = counts[first] - counts[top]
        top = first if ahead > 0 or (ahead == 0 and first < top) else top
    return (int(lengths[top + n]) - int(lengths[top]) + n - 1) * int(counts[top])


@kernel
def duplicate_n_gram_chars(
    n_words: int, n: int, n_active: int, powers: NDArray[np.int64], room: Scratch
) -> int:
    """Length of the n-grams, joined without spaces, that have been seen before; finding one skips n words.

    Args and slots as in `top_n_gram_chars`.
    """
    total = n_words - n + 1
    if total <= 0:
        return 0
    prefixes, lengths, slots = room.prefixes, room.lengths, room.slots
    entries = total if n_active == ALL else n_active
    capacity, bits = table_capacity(entries), index_bits(total)
    slots[:capacity] = 0
    chars = resume = 0
    for k in range(entries):
        at = k if n_active == ALL else int(room.active[k])
        if at < resume or at >= total:
            continue
        length = int(lengths[at + n]) - int(lengths[at])
        key = n_gram_key(prefixes[at], prefixes[at + n], length, powers)
        tag = key & ((1 << (32 - bits)) - 1)
        slot, first = slot_of(key, capacity), at
        while slots[slot]:
            found = int(slots[slot])
            other = (found & ((1 << bits) - 1)) - 1
            alike = found >> bits == tag and int(lengths[other + n]) - int(lengths[other]) == length
            if alike and key == n_gram_key(prefixes[other], prefixes[other + n], length, powers):
                first = other
                break
            slot = slot + 1 if slot + 1 < capacity else 0
        if first == at:
            slots[slot] = np.uint32(tag << bits | at + 1)
        else:
            chars += length
            resume = at + n
    return chars
