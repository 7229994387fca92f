"""The n-grams of words that repeat: kernels (reference: measures.py).

Most n-grams of most texts stand once. Cheaper looks keep them from being looked up, in documents short enough for the
room that these need:

- n-grams of five words and more, joined without spaces, are at least as long as a window of some bytes, or looked up
  anyway. Where the window at a word stands once in the document, so does every n-gram there.
- n-grams of three and four words, joined by spaces, can repeat only where those of one word less do, if no word
  holds a space.

Each step is a short loop over arrays, and none calls a function with arrays for an n-gram: numba counts references to
them at each call, which would take longer than all else.
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
WINDOW = 32
"""Bytes of the longest window: twenty Latin letters, ten Han characters."""
CUT = 843_752_800_710_057_761
"""62 random bits, so that the places of cuts do not mix with the characters of a hash."""
ALL = -1
SPACE = ord(" ")


class Scratch(NamedTuple):
    """Room to work in, made once per batch for its largest document: 30 bytes per word, and some for sifting.

    Attributes:
        prefixes: int64 (words + 1,), hash of a document's words up to each.
        lengths: int32 (words + 1,), code points in them.
        keys: int64 (words,), hashes of the n-grams that are looked up.
        firsts: int32 (words,), for each of these the first one that is equal.
        slots: uint32, the hash table of lines, then of n-grams, then how often each first one occurs.
        dense: uint8, the bytes of the words without what stands between them.
        spots: int32 (words + 1,), where each word begins in `dense`.
        active: int32 (words,), the words at which n-grams are looked up.
    """

    prefixes: NDArray[np.int64]
    lengths: NDArray[np.int32]
    keys: NDArray[np.int64]
    firsts: NDArray[np.int32]
    slots: NDArray[np.uint32]
    dense: NDArray[np.uint8]
    spots: NDArray[np.int32]
    active: NDArray[np.int32]


def scratch(words: int, lines: int, sifted_bytes: int) -> Scratch:
    """Room for documents of at most so many words and lines, and so many bytes of words where these are sifted."""
    sifted = min(words, LONGEST_SIFTED)
    return Scratch(
        np.zeros(words + 1, np.int64),
        np.zeros(words + 1, np.int32),
        np.empty(words, np.int64),
        np.empty(words, np.int32),
        np.empty(max(table_capacity(words), table_capacity(lines)), np.uint32),
        np.zeros(sifted_bytes + WINDOW, np.uint8),
        np.zeros(sifted + 1, np.int32),
        np.empty(sifted, np.int32),
    )


@kernel
def is_sifted(n_words: int, n_bytes: int) -> bool:
    """Whether n-grams of a document are sifted before they are looked up."""
    return n_words <= LONGEST_SIFTED and n_bytes <= LONGEST_SIFTED * 16


@kernel
def every_word(n_words: int, room: Scratch) -> int:
    """Fills `active` with all words; returns how many they are."""
    for i in range(n_words):
        room.active[i] = i
    return n_words


@kernel
def sift_windows(n_words: int, n: int, window: int, n_active: int, room: Scratch) -> int:
    """Keeps of `active` the words at which n-grams of n words or more may repeat; returns how many they are.

    Two bits in `slots`, at a place of the window's hash: it has been seen, it has been seen twice.

    Args:
        n_words: words of the document.
        n: words of the shortest n-gram.
        window: bytes of the window at a word, a multiple of 8.
        n_active: how many of `active` there are.
        room: with `dense` and `spots` filled in.
    """
    slots, spots, dense, marks, active = room.slots, room.spots, room.dense, room.firsts, room.active
    slots[: 2 * n_active] = 0
    for k in range(n_active):
        at, key = int(spots[active[k]]), 0
        for part in range(0, window, 8):
            key = (key ^ eight_bytes(dense, at + part)) * MIX
            key ^= key >> 32
        mark = slot_of(key, 32 * n_active)
        bit = np.uint32(1 << (mark & 31))
        slots[n_active + (mark >> 5)] |= slots[mark >> 5] & bit
        slots[mark >> 5] |= bit
        marks[k] = mark
    found = 0
    for k in range(n_active):
        i = active[k]
        twice = slots[n_active + (marks[k] >> 5)] >> np.uint32(marks[k] & 31) & np.uint32(1)
        short = spots[min(n_words, i + n)] - spots[i] < window
        active[found] = i
        found += int(twice != 0 or short)
    return found


@kernel
def sift_repeated(n_active: int, room: Scratch) -> int:
    """Keeps of `active` the first words of n-grams that `count_firsts` found more than once."""
    found = 0
    for k in range(n_active):
        room.active[found] = room.active[k]
        found += int(room.slots[room.firsts[k]] > 1)
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
def fill_keys(
    n_words: int, n: int, gap: int, cut: bool, n_active: int, powers: NDArray[np.int64], room: Scratch
) -> int:
    """Fills `keys` with the hashes of n-grams; returns how many they are.

    Args:
        n_words: words of the document.
        n: words of an n-gram.
        gap: 1 where a space follows each word in `prefixes`, else 0.
        cut: whether n-grams differ if their words end at different places.
        n_active: how many of `active` to look up, or `ALL` words.
        powers: of `power_table`.
        room: with prefixes and lengths filled in.
    """
    prefixes, lengths, keys = room.prefixes, room.lengths, room.keys
    total, entries = max(0, n_words - n + 1), n_words if n_active == ALL else n_active
    for k in range(entries):
        at = k if n_active == ALL else int(room.active[k])
        if at >= total:
            return k
        length = int(lengths[at + n]) - int(lengths[at])
        key = n_gram_key(prefixes[at], prefixes[at + n], length + gap * n, powers) + length * MIX
        if cut:
            for i in range(1, n):
                key = (key + (int(lengths[at + i]) - int(lengths[at])) * CUT) * MIX
        keys[k] = key
    return entries


@kernel
def find_firsts(entries: int, room: Scratch) -> int:
    """Fills `firsts` with the first of the `keys` equal to each, which may be itself; returns how many are not."""
    keys, firsts, slots = room.keys, room.firsts, room.slots
    capacity = table_capacity(entries)
    slots[:capacity] = 0
    repeated = 0
    for k in range(entries):
        key = keys[k]
        slot = slot_of(key, capacity)
        while slots[slot] and keys[slots[slot] - 1] != key:
            slot = slot + 1 if slot + 1 < capacity else 0
        if slots[slot]:
            firsts[k] = slots[slot] - 1
            repeated += 1
        else:
            slots[slot] = k + 1
            firsts[k] = k
    return repeated


@kernel
def top_n_gram_chars(n_words: int, n: int, entries: int, n_active: int, room: Scratch) -> int:
    """Length times count of the most common n-gram, joined by spaces; of several, the first one seen.

    Leaves in `slots` how often each first n-gram occurs.
    """
    if n_words < n:
        return 0
    repeated, counts, top = find_firsts(entries, room), room.slots, 0
    counts[:entries] = 0
    for k in range(entries):
        counts[room.firsts[k]] += 1
    for k in range(entries):
        top = k if counts[k] > counts[top] else top
    if not repeated:
        return int(room.lengths[n]) + n - 1
    at = top if n_active == ALL else int(room.active[top])
    return (int(room.lengths[at + n]) - int(room.lengths[at]) + n - 1) * int(counts[top])


@kernel
def duplicate_n_gram_chars(n: int, entries: int, n_active: int, room: Scratch) -> int:
    """Length of the n-grams, joined without spaces, that have been seen before; finding one skips n words."""
    if not find_firsts(entries, room):
        return 0
    seen, chars, resume = room.slots, 0, 0
    seen[:entries] = 0
    for k in range(entries):
        at = k if n_active == ALL else int(room.active[k])
        if at < resume:
            continue
        if seen[room.firsts[k]]:
            chars += int(room.lengths[at + n]) - int(room.lengths[at])
            resume = at + n
        seen[room.firsts[k]] = 1
    return chars


@kernel
def measure_n_grams(
    n_words: int, sifted: bool, spaced: bool, powers: NDArray[np.int64], room: Scratch
) -> tuple[int, int, int, int, int, int, int, int, int]:
    """The measures of `measures.NGrams` of the document whose words are in `room`.

    Args:
        n_words: its words.
        sifted: whether `dense` and `spots` are filled in, too.
        spaced: whether a word holds a space.
        powers: of `power_table`.
        room: with prefixes and lengths filled in.
    """
    active = sift_windows(n_words, 5, 16, every_word(n_words, room), room) if sifted else ALL
    five = _duplicates(n_words, 5, active, powers, room)
    six = _duplicates(n_words, 6, active, powers, room)
    if sifted:
        active = sift_windows(n_words, 7, WINDOW, active, room)
    seven = _duplicates(n_words, 7, active, powers, room)
    eight = _duplicates(n_words, 8, active, powers, room)
    nine = _duplicates(n_words, 9, active, powers, room)
    ten = _duplicates(n_words, 10, active, powers, room)
    if spaced:
        add_spaces(n_words, powers, room)
    active = every_word(n_words, room) if sifted and not spaced else ALL
    two, active = _top(n_words, 2, spaced, active, powers, room)
    three, active = _top(n_words, 3, spaced, active, powers, room)
    four, active = _top(n_words, 4, spaced, active, powers, room)
    return two, three, four, five, six, seven, eight, nine, ten


@kernel
def _duplicates(n_words: int, n: int, n_active: int, powers: NDArray[np.int64], room: Scratch) -> int:
    entries = fill_keys(n_words, n, 0, False, n_active, powers, room)
    return duplicate_n_gram_chars(n, entries, n_active, room)


@kernel
def _top(
    n_words: int, n: int, spaced: bool, n_active: int, powers: NDArray[np.int64], room: Scratch
) -> tuple[int, int]:
    """Also how many of `active` are left for n-grams of one word more."""
    entries = fill_keys(n_words, n, int(spaced), not spaced, n_active, powers, room)
    chars = top_n_gram_chars(n_words, n, entries, n_active, room)
    return chars, ALL if n_active == ALL else sift_repeated(entries, room)
