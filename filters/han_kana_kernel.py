"""Runs of Han and Kana to words, as ICU divides them: kernels; `han_kana.divide` is the reference.

The dictionary is a trie in two arrays: `roots` for the first characters of words, and a hash table of all ways on.
Three of four look-ups end at the second character, in one place of the table.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, decode, from_arrow, kernel
from .han_kana import KATAKANA, KATAKANA_COSTS, LONGEST, PLAIN, UNKNOWN, load_dictionary
from .hash_kernel import MIX

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]

# A place of the table, from its highest bit: the node, the character that leads on, the node behind it, and the cost
# of the word that ends with it, 0 for none; 0 is an empty place. A root is the last two of these.
COST_BITS, NODE_BITS, CHARACTER_BITS = 8, 18, 18
COST, NODE = (1 << COST_BITS) - 1, (1 << NODE_BITS) - 1
KEY = COST_BITS + NODE_BITS  # a place without these bits is the node and the character
TABLE_BITS = 20
NOT_PLAIN = -1
CODES = PLAIN[-1][1] + 1
RING = 32  # a power of two above LONGEST
UNREACHED = 1 << 62
FIRST_KATAKANA, LAST_KATAKANA = KATAKANA
REST = 3  # bytes of the shortest plain character


class Trie(NamedTuple):
    """The dictionary.

    Attributes:
        roots: int32, by code point: `NOT_PLAIN`, or the first character's node, 0 if no word goes on from it, and
            its cost as a word.
        table: int64 (2 ** TABLE_BITS,), see above.
    """

    roots: npt.NDArray[np.int32]
    table: Integers


class Scratch(NamedTuple):
    """Room for the longest run.

    Attributes:
        codes: int32, its code points.
        lengths: uint8, of the best word that ends behind each character; then of the word that begins at each.
        costs: int64 (RING,), of the best division up to some of the next characters.
    """

    codes: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.uint8]
    costs: Integers


@cache
def trie() -> Trie:
    """The dictionary, built once per process."""
    words = load_dictionary().combine_chunks()
    roots = np.full(CODES, NOT_PLAIN, np.int32)
    for first, last in PLAIN:
        roots[first : last + 1] = UNKNOWN
    table = np.zeros(1 << TABLE_BITS, np.int64)
    fill_trie(from_arrow(words["word"].chunk(0)), words["cost"].to_numpy(), roots, table)
    return Trie(roots, table)


@kernel
def place_of(table: Integers, key: int) -> int:
    """The place of a node and a character, or the empty one where it belongs."""
    place = (key * MIX >> 32) & (len(table) - 1)
    while table[place] != 0 and table[place] >> KEY != key:
        place = (place + 1) & (len(table) - 1)
    return place


@kernel
def fill_trie(words: Strings, costs: Bytes, roots: npt.NDArray[np.int32], table: Integers) -> None:
    """Adds words, in the order of their code points; those that begin with a character that is not plain are left out."""
    path, places, nodes = np.zeros((3, LONGEST + 1), np.int64)
    data, count, before = words.data, 0, 0
    for i in range(len(costs)):
        at, depth, shared = words.offsets[i], 0, True
        root = decode(data, at)[0]
        if root >= len(roots) or roots[root] == NOT_PLAIN:
            before = 0
            continue
        while at < words.offsets[i + 1]:
            code, width = decode(data, at)
            at += width
            shared = shared and depth < before and path[depth] == code
            if not shared:
                path[depth], nodes[depth] = code, 0
                if depth > 0:
                    if nodes[depth - 1] == 0:
                        count += 1
                        nodes[depth - 1] = count
                        if depth == 1:
                            roots[root] |= np.int32(count << COST_BITS)
                        else:
                            table[places[depth - 1]] |= count << COST_BITS
                    key = nodes[depth - 1] << CHARACTER_BITS | code
                    places[depth] = place_of(table, key)
                    table[places[depth]] = key << KEY
            depth += 1
        before = depth
        if depth == 1:
            roots[root] = np.int32((np.int64(roots[root]) & ~COST) | np.int64(costs[i]))
        else:
            table[places[depth - 1]] |= np.int64(costs[i])


def divide_runs(data: Bytes, cuts: Spans, plain: npt.NDArray[np.bool_], counts: Integers) -> Spans:
    """Where runs are divided, as bytes of the text.

    Args:
        data: valid UTF-8.
        cuts: int32 or int64 (runs, 2), where runs begin and end.
        plain: written to: whether a run consists of plain characters; those that do not are not divided.
        counts: int64 (runs,), written to: how many bounds each has.
    """
    lengths = cuts[:, 1] - cuts[:, 0]
    found = np.empty(int(lengths.sum()) // REST, cuts.dtype)
    longest = int(lengths.max(initial=0)) // REST + 1
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
        best_words(codes[:size], words, katakana_costs, lengths, scratch.costs)
        end, length = size, np.uint8(0)
        while end > 0:  # from the end to the beginning, each length to where its word begins
            following, length = length, lengths[end - 1]
            if end < size:
                lengths[end] = following
            end -= np.int64(length)
        before, at, place = count, cuts[i, 0], 0
        step = np.int64(length)
        while place + step < size:
            for k in range(place, place + step):
                at += 3 + (codes[k] > 0xFFFF)
            place += step
            found[count] = at
            count += 1
            step = np.int64(lengths[place])
        counts[i] = count - before
    return count


@kernel
def plain_codes(
    data: Bytes, start: int, end: int, roots: npt.NDArray[np.int32], codes: npt.NDArray[np.int32]
) -> int:
    """Writes the code points of a run and returns how many there are, or 0 if one is not plain."""
    at, count = start, 0
    while at < end:
        code, width = decode(data, at)
        if code >= len(roots) or roots[code] == NOT_PLAIN:
            return 0
        codes[count] = code
        count += 1
        at += width
    return count


@kernel
def best_words(
    codes: npt.NDArray[np.int32],
    words: Trie,
    katakana_costs: tuple[int, ...],
    lengths: npt.NDArray[np.uint8],
    costs: Integers,
) -> None:
    """Writes the length of the best word that ends behind each character of a run."""
    roots, table, size = words.roots, words.table, len(codes)
    costs[:] = UNREACHED
    costs[0] = 0
    katakana_before = False
    for start in range(size):
        cost = costs[start & (RING - 1)]
        costs[start & (RING - 1)] = UNREACHED
        first = np.int64(roots[codes[start]])
        entry = first
        end = start + 1
        while True:
            value = entry & COST
            if value > 0 and cost + value < costs[end & (RING - 1)]:
                costs[end & (RING - 1)] = cost + value
                lengths[end - 1] = end - start
            node = entry >> COST_BITS & NODE
            if node == 0 or end == size:
                break
            entry = table[place_of(table, node << CHARACTER_BITS | np.int64(codes[end]))]
            end += 1
        katakana = FIRST_KATAKANA <= codes[start] <= LAST_KATAKANA
        if katakana and not katakana_before:
            end = start + 1
            while end < size and end < start + LONGEST and FIRST_KATAKANA <= codes[end] <= LAST_KATAKANA:
                end += 1
            run = end - start
            cost += katakana_costs[run if run < len(katakana_costs) else 0]
            if run < LONGEST and cost < costs[end & (RING - 1)]:
                costs[end & (RING - 1)] = cost
                lengths[end - 1] = run
        katakana_before = katakana
