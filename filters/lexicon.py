"""Word lists for kernels: a trie as a double array, so that all words at a place are one walk.

A node's children stand in one array, each behind the node's base by its character's number. An entry holds that number,
which only a child of the right node has there, as no two nodes have one base.

A file in filters/data/lexicons holds one list; tools/make_lexicons.py writes them, NOTICE names the sources.
"""

from __future__ import annotations

import math
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ..langid.byte_bits import trailing_zeros
from ..langid.cache import kept_arrays
from ..langid.kernels import Strings, borrowing_kernel, decode, from_arrow, inlined_kernel, kernel, read_only
from .lexicon_vectors import LANES, follow_lanes

Integers = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
FOLDER = Path(__file__).parent / "data" / "lexicons"
FORMAT = 1
"""Part of the name of a file with such arrays (langid/cache.py); to be raised when what is in it changes."""

LOW = 0xFFFF
VALUE_SHIFT, BASE_SHIFT = 16, 32
BEGIN_SHIFT = 16
"""See `find_words`."""


class Lexicon(NamedTuple):
    """Attributes:
    numbers: uint16 (0x110000,), the number of each character, from 1 on; 0 for those in no word.
    entries: uint64 (slots,), see `entry_of`; those of single characters begin at 0.
    values: float64 (values + 1,): of a word the logarithm of how frequent it is, at least 0; the first is of none.
    """

    numbers: npt.NDArray[np.uint16]
    entries: Bits
    values: npt.NDArray[np.float64]


@cache
def word_list(name: str) -> dict[str, float]:
    """The words of a list, with the logarithms of their frequencies, which are 0 where none are known."""
    words, logarithms = _listed(name)
    return dict(zip(words.to_pylist(), logarithms.tolist(), strict=True))


@cache
def lexicon(name: str) -> Lexicon:
    """A list as the kernels have it."""
    file = (FOLDER / f"{name}.parquet").read_bytes()
    return Lexicon(*kept_arrays(f"lexicon-{FORMAT}", file, partial(_lexicon, name)))


def _lexicon(name: str) -> Lexicon:
    words, logarithms = _listed(name)
    texts = from_arrow(words)
    counts = character_counts(texts)
    numbers = numbered(counts)
    values, places = np.unique(logarithms, return_inverse=True)
    edges = np.empty((4, counts.sum()), np.int64)
    edges = edges[:, : fill_edges(read_only(texts), numbers, places + 1, edges)]
    return Lexicon(numbers, double_array(edges, int(numbers.max())), np.concatenate([[0.0], values]))


def character_counts(texts: Strings) -> Integers:
    """How often each character stands in texts: int64 (0x110000,)."""
    counts = np.zeros(0x110000, np.int64)
    count_characters(read_only(texts), counts)
    return counts


def numbered(counts: Integers) -> npt.NDArray[np.uint16]:
    """Numbers for characters that are there, from 1 on, the smallest for the most frequent: see `Lexicon`."""
    numbers, known = np.zeros(len(counts), np.uint16), np.flatnonzero(counts)
    numbers[known[np.argsort(-counts[known], kind="stable")]] = np.arange(1, len(known) + 1)
    return numbers


def double_array(edges: Integers, most: int) -> Bits:
    """The trie of some edges (see `fill_edges`) of characters whose numbers are at most `most`."""
    edges = edges[:, np.argsort(edges[0] << VALUE_SHIFT | edges[1])]
    firsts = np.searchsorted(edges[0], np.arange(edges.shape[1] + 2))
    children = np.diff(firsts)
    order = np.argsort(-children, kind="stable")
    order = order[(children[order] > 0) & (order > 0)]  # the root is at 0 already
    # A bit for each slot that is free, and for each that is no base yet; all slots fit however badly they do.
    free = np.zeros((2, (2 * edges.shape[1] + 4 * most) // 64 + 8), np.uint64)
    free[:] = ~np.uint64(0)
    free[:, 0] -= np.uint64(1)
    bases = np.zeros(len(children), np.int64)
    place_children(order, firsts, edges[1].copy(), free, bases)
    slots = bases[edges[0]] + edges[1]
    entries = np.zeros(slots.max(initial=0) + most + 1, np.uint64)
    entries[slots] = edges[1] | edges[3] << VALUE_SHIFT | bases[edges[2]] << BASE_SHIFT
    return entries


def _listed(name: str) -> tuple[pa.Array, npt.NDArray[np.float64]]:
    """Words, and the logarithms of their frequencies as `math.log` has them."""
    table = pq.read_table(FOLDER / f"{name}.parquet").combine_chunks()
    words = table["word"].chunk(0)
    if "frequency" not in table.column_names:
        return words, np.zeros(len(words))
    counts, places = np.unique(table["frequency"].to_numpy(), return_inverse=True)
    return words, np.array([math.log(count) for count in counts.tolist()])[places]


@inlined_kernel
def entry_of(entries: Bits, base: np.int64, number: np.int64) -> np.int64:
    """What is known of a text with one more character; 0 if no word begins with it.

    Args:
        entries: see `Lexicon`.
        base: that of the text, 0 if it is empty.
        number: of the character.

    Returns:
        The number, what stands at `VALUE_SHIFT` for the word's place among the values, 0 if the text is no word, and
        from `BASE_SHIFT` on its base, 0 if no word goes on.
    """
    entry = np.int64(entries[base + number])
    return entry if entry & LOW == number else np.int64(0)


@borrowing_kernel
def find_words(entries: Bits, known: Integers, followed: Integers, size: int, found: Integers) -> int:
    """All words that begin at some places of a text, followed together, character by character.

    So the processor need not wait for one look-up to begin with the next, nor guess where words end.

    Args:
        entries: see `Lexicon`.
        known: int64 (characters + 1,), the characters' numbers in the lower 16 bits; 0 behind the last one.
        followed: int64 (`LANES` more than are followed,): for each place, which is below 2 ** 16, the place, and at
            `BEGIN_SHIFT` what it is told by, below 2 ** 16 too; written to.
        size: how many are followed.
        found: int64, `LANES` more than there are words: the place of a word's last character, at `BEGIN_SHIFT`
            what is told by, and at `BASE_SHIFT` the word's place among the values.

    Returns:
        How many words there are; shorter ones come first.
    """
    count = 0
    while size > 0:
        kept = 0
        for at in range(0, size, LANES):
            both = follow_lanes(entries, known, followed, at, size, kept, found, count)
            kept, count = kept + (both & 0xFF), count + (both >> 8)
        size = kept
    return count


@kernel
def count_characters(texts: Strings, counts: Integers) -> None:
    at = texts.offsets[0]
    while at < texts.offsets[-1]:
        code, width = decode(texts.data, at)
        counts[code] += 1
        at += width


@kernel
def fill_edges(words: Strings, numbers: npt.NDArray[np.uint16], values: Integers, edges: Integers) -> int:
    """The ways on in the trie of words, which are in the order of their bytes; not of those with characters of none.

    Args:
        words, numbers: see `Lexicon`; the numbers in an unsigned type.
        values: int64 (words,), from 1 on.
        edges: int64 (4, any), written to: a node, a character's number, the node behind it, its value or 0. The root
            is 0, the others are numbered in this order.

    Returns:
        How many edges there are.
    """
    data, count, longest = words.data, 0, 0
    for i in range(len(values)):
        longest = max(longest, words.offsets[i + 1] - words.offsets[i])
    path, nodes = np.zeros(longest + 1, np.int64), np.zeros(longest + 1, np.int64)
    before = 0
    for i in range(len(values)):
        at, depth, shared = words.offsets[i], 0, True
        while at < words.offsets[i + 1]:
            code, width = decode(data, at)
            at += width
            if numbers[code] == 0:
                at = words.offsets[i + 1] + 1
                break
            shared = shared and depth < before and path[depth] == code
            if not shared:
                edges[0, count], edges[1, count] = nodes[depth], numbers[code]
                count += 1
                edges[2, count - 1], edges[3, count - 1] = count, 0
                path[depth], nodes[depth + 1] = code, count
            depth += 1
        if at == words.offsets[i + 1]:
            edges[3, nodes[depth] - 1] = values[i]
        before = depth
    return count


@kernel
def place_children(order: Integers, firsts: Integers, numbers: Integers, free: Bits, bases: Integers) -> None:
    """Finds a base for each node: where all of its children have free places.

    Args:
        order: int64 (any,), the nodes with children but the root, those with most first.
        firsts: int64 (nodes + 1,), where the children of each node begin in `numbers`.
        numbers: int64 (edges,), ascending for each node.
        free: uint64 (2, any), a bit for each slot: whether it is free, and whether it is no base; written to.
        bases: int64 (nodes,), written to.
    """
    slots, unbased = free
    for child in range(firsts[0], firsts[1]):
        take(slots, numbers[child])
    before = word = 0
    for node in order:
        first, last = firsts[node], firsts[node + 1]
        # Where one of about as many children did not fit, another hardly will.
        if 2 * (last - first) <= before or before == 0:
            before, word = last - first, 0
        fits = fitting(slots, unbased, numbers, first, last, word)
        while fits == 0:
            word += 1
            fits = fitting(slots, unbased, numbers, first, last, word)
        bases[node] = 64 * word + trailing_zeros(fits)
        take(unbased, bases[node])
        for child in range(first, last):
            take(slots, bases[node] + numbers[child])


@borrowing_kernel
def fitting(slots: Bits, unbased: Bits, numbers: Integers, first: int, last: int, word: int) -> np.uint64:
    """Which of 64 bases have free places for all children of a node, a bit each."""
    fits = unbased[word]
    for child in range(first, last):
        place, shift = word + (numbers[child] >> 6), np.uint64(numbers[child] & 63)
        above = slots[place + 1] << (np.uint64(63) - shift) << np.uint64(1)
        fits &= slots[place] >> shift | above
        if fits == 0:
            break
    return fits


@borrowing_kernel
def take(bits: Bits, place: int) -> None:
    bits[place >> 6] &= ~(np.uint64(1) << np.uint64(place & 63))
