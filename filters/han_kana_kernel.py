"""Runs of Han and Kana to words, as ICU divides them: kernels; `han_kana.divide` is the reference."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, borrowing_kernel, decode, from_arrow, inlined_kernel, kernel
from .han_kana import KATAKANA, KATAKANA_COSTS, LONGEST, PLAIN, UNKNOWN, WORDS, load_dictionary
from .hash_kernel import MIX

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]

# What is known of a prefix of words, from its highest bit: where its children stand in the table, the logarithm of
# how many places they have, 0 if no word goes on, and the cost of the word that it is itself, 0 for none.
COST_BITS, SIZE_BITS, CHILDREN_BITS = 8, 4, 20
COST, SIZE, CHILDREN = (1 << COST_BITS) - 1, (1 << SIZE_BITS) - 1, (1 << CHILDREN_BITS) - 1
CHARACTER = COST_BITS + SIZE_BITS + CHILDREN_BITS  # in the table its last character stands above them
HASH_SHIFT = 40
ROOM = 1.25  # places of the table for each child, before they are rounded up to a power of two
CODES = PLAIN[-1][1] + 1
RING = 32  # a power of two above LONGEST
LENGTH_BITS = 5
UNREACHED = 1 << 50
FIRST_KATAKANA, LAST_KATAKANA = KATAKANA
WIDTH = 3  # bytes of the shortest plain character


class Trie(NamedTuple):
    """The dictionary.

    Attributes:
        roots: uint32, what is known of each code point as the beginning of words; 0 for those that are not plain.
        table: int64, what is known of longer prefixes, under their last character: a hash table for each prefix
            that words go on from. A look-up that fails, as most do, so stays among a few places.
    """

    roots: npt.NDArray[np.uint32]
    table: Integers


class Scratch(NamedTuple):
    """Room for the longest run.

    Attributes:
        codes: int32, its code points.
        lengths: uint8, of the best word that ends behind each character; then of the word that begins at each.
        best: int64 (RING,), the best divisions up to the next characters, see `best_words`.
    """

    codes: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.uint8]
    best: Integers


@cache
def trie() -> Trie:
    """The dictionary, built once per process."""
    words = load_dictionary().combine_chunks()
    roots = np.zeros(CODES, np.uint32)
    for first, last in PLAIN:
        roots[first : last + 1] = UNKNOWN
    edges = np.empty((4, len(words["word"].chunk(0).buffers()[2]) // WIDTH), np.int64)
    texts = from_arrow(words["word"].chunk(0))
    edges = edges[:, : fill_edges(texts, words["cost"].to_numpy(), roots, edges)]
    return made_trie(roots, edges)


def made_trie(roots: npt.NDArray[np.uint32], edges: Integers) -> Trie:
    """The trie of some edges (see `fill_edges`)."""
    children = np.bincount(edges[0])
    sizes = np.where(children, np.ceil(np.log2(np.floor(children * ROOM) + 1)), 0).astype(np.int64)
    places = np.where(children, 1 << sizes, 0)
    starts = np.cumsum(places) - places
    if starts[-1] > CHILDREN or sizes.max() > SIZE:
        raise ValueError(
            f"{WORDS.name}: {starts[-1]} places, {sizes.max()} bits; up to {CHILDREN}, {SIZE} fit"
        )
    known = starts << (SIZE_BITS + COST_BITS) | sizes << COST_BITS
    table = np.zeros(places.sum(), np.int64)
    fill_table(edges, known, roots, table)
    return Trie(roots, table)


@inlined_kernel
def place_of(table: Integers, known: np.int64, code: np.int64) -> np.int64:
    """The place of a prefix and a character behind it, or the empty one where it belongs."""
    start = known >> (SIZE_BITS + COST_BITS) & CHILDREN
    last = (1 << (known >> COST_BITS & SIZE)) - 1
    at = (code * MIX >> HASH_SHIFT) & last
    while table[start + at] != 0 and table[start + at] >> CHARACTER != code:
        at = (at + 1) & last
    return start + at


@kernel
def fill_edges(words: Strings, costs: Bytes, roots: npt.NDArray[np.uint32], edges: Integers) -> int:
    """The ways on in the trie of words, which are in the order of their code points.

    Args:
        words, costs: those that do not begin with a plain character are left out.
        roots: gets the costs of single characters.
        edges: int64 (4, any), written to: the prefix before the last character, that character, the prefix with it,
            its cost as a word. Prefixes of one character have their code points as numbers, longer ones others from
            `len(roots)` on.

    Returns:
        How many edges there are.
    """
    path, nodes = np.zeros((2, LONGEST + 1), np.int64)
    data, count, before = words.data, 0, 0
    for i in range(len(costs)):
        at, depth, shared = words.offsets[i], 0, True
        root = decode(data, at)[0]
        if root >= len(roots) or roots[root] == 0:
            before = 0
            continue
        while at < words.offsets[i + 1]:
            code, width = decode(data, at)
            at += width
            shared = shared and depth < before and path[depth] == code
            if depth == 0:
                nodes[0] = code
            elif not shared:
                nodes[depth] = len(roots) + count
                edges[0, count], edges[1, count] = nodes[depth - 1], code
                edges[2, count], edges[3, count] = nodes[depth], 0
                count += 1
            path[depth] = code
            depth += 1
        before = depth
        if depth == 1:
            roots[root] = costs[i]
        else:
            edges[3, nodes[depth - 1] - len(roots)] = costs[i]
    return count


@kernel
def fill_table(edges: Integers, known: Integers, roots: npt.NDArray[np.uint32], table: Integers) -> None:
    """Puts edges into the table.

    Args:
        edges: see `fill_edges`.
        known: int64, where the children of each prefix stand, by number; those of the last ones may be missing.
    """
    for code in range(len(roots)):
        if roots[code] > 0:
            roots[code] |= np.uint32(known[code])
    for i in range(edges.shape[1]):
        code, node = edges[1, i], edges[2, i]
        entry = code << CHARACTER | edges[3, i]
        if node < len(known):
            entry |= known[node]
        table[place_of(table, known[edges[0, i]], code)] = entry


def divide_runs(data: Bytes, cuts: Spans, plain: npt.NDArray[np.bool_], counts: Integers) -> Spans:
    """Where runs are divided, as bytes of the text.

    Args:
        data: valid UTF-8.
        cuts: int32 or int64 (runs, 2), where runs begin and end.
        plain: written to: whether a run consists of plain characters; those that do not are not divided.
        counts: int64 (runs,), written to: how many bounds each has.
    """
    lengths = cuts[:, 1] - cuts[:, 0]
    found = np.empty(int(lengths.sum()) // WIDTH, cuts.dtype)
    longest = int(lengths.max(initial=0)) // WIDTH + 1
    scratch = Scratch(np.empty(longest, np.int32), np.empty(longest, np.uint8), np.empty(RING, np.int64))
    return found[: fill_bounds(data, cuts, trie(), KATAKANA_COSTS, scratch, plain, counts, found)]


@kernel
def fill_bounds(
    data: Bytes,
    cuts: Spans,
    words: Trie,
    katakana_costs: tuple[int, ...],
    scratch: Scratch,
    plain: npt.NDArray[np.bool_],
    counts: Integers,
    found: Spans,
) -> int:
    """See `divide_runs`; returns how many bounds were found."""
    codes, lengths, count = scratch.codes, scratch.lengths, 0
    for i in range(len(cuts)):
        size = plain_codes(data, cuts[i, 0], cuts[i, 1], words.roots, codes)
        plain[i], counts[i] = size > 0, 0
        if size <= 1:
            continue
        best_words(codes, size, words, katakana_costs, lengths, scratch.best)
        begin_lengths(lengths, size)
        before, at, end = count, np.int64(cuts[i, 0]), np.int64(lengths[0])
        for k in range(size):
            if k == end:
                found[count] = at
                count += 1
                end += np.int64(lengths[k])
            at += 3 + (codes[k] > 0xFFFF)
        counts[i] = count - before
    return count


@borrowing_kernel
def begin_lengths(lengths: npt.NDArray[np.uint8], size: int) -> None:
    """Moves the length of each word of the best division from its end to its beginning."""
    end, following = np.int64(size), np.uint8(0)
    while end > 0:
        length = lengths[end - 1]
        if end < size:
            lengths[end] = following
        following = length
        end -= np.int64(length)
    lengths[0] = following


@borrowing_kernel
def plain_codes(
    data: Bytes, start: int, end: int, roots: npt.NDArray[np.uint32], codes: npt.NDArray[np.int32]
) -> int:
    """Writes the code points of a run and returns how many there are, or 0 if one is not plain."""
    at, count = start, 0
    while at < end:
        code, width = decode(data, at)
        if code >= len(roots) or roots[code] == 0:
            return 0
        codes[count] = code
        count += 1
        at += width
    return count


@borrowing_kernel
def best_words(
    codes: npt.NDArray[np.int32],
    size: int,
    words: Trie,
    katakana_costs: tuple[int, ...],
    lengths: npt.NDArray[np.uint8],
    best: Integers,
) -> None:
    """Writes the length of the best word that ends behind each of `size` characters of a run.

    Of equal costs the longer word wins, as it begins earlier: the least number of cost, then `LONGEST` minus length.
    """
    roots, table = words.roots, words.table
    best[:] = UNREACHED
    cost = np.int64(0)
    for start in range(size):
        code = np.int64(codes[start])
        known, end = np.int64(roots[code]), start + 1
        while True:
            value = known & COST
            reached = (cost + (value if value > 0 else UNREACHED) << LENGTH_BITS) + (LONGEST - (end - start))
            best[end & (RING - 1)] = min(best[end & (RING - 1)], reached)
            if known >> COST_BITS & SIZE == 0 or end == size:
                break
            known = table[place_of(table, known, np.int64(codes[end]))]
            end += 1
        after_katakana = start > 0 and FIRST_KATAKANA <= codes[start - 1] <= LAST_KATAKANA
        if FIRST_KATAKANA <= code <= LAST_KATAKANA and not after_katakana:
            end = start + 1
            while end < size and end < start + LONGEST and FIRST_KATAKANA <= codes[end] <= LAST_KATAKANA:
                end += 1
            run = end - start
            if run < LONGEST:
                run_cost = katakana_costs[run if run < len(katakana_costs) else 0]
                reached = (cost + run_cost << LENGTH_BITS) + (LONGEST - run)
                best[end & (RING - 1)] = min(best[end & (RING - 1)], reached)
        done = best[(start + 1) & (RING - 1)]
        best[(start + 1) & (RING - 1)] = UNREACHED
        cost = done >> LENGTH_BITS
        lengths[start] = LONGEST - (done & ((1 << LENGTH_BITS) - 1))
