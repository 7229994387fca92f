"""Runs of Han and Kana to words, as ICU divides them: kernels; `han_kana.divide` is the reference."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.cache import kept_arrays
from ..langid.kernels import borrowing_kernel, decode, from_arrow, kernel, read_only
from .han_kana import KATAKANA, KATAKANA_COSTS, LONGEST, PLAIN, UNKNOWN, WORDS, load_dictionary
from .lexicon import (
    BASE_SHIFT,
    FORMAT,
    LOW,
    VALUE_SHIFT,
    character_counts,
    double_array,
    entry_of,
    fill_edges,
    numbered,
)

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]

# What is known of a plain character: its number in the dictionary, 0 for those in no word, and these.
NUMBER, PLAIN_ONE, IS_KATAKANA, IS_LONG = (1 << 16) - 1, 1 << 16, 1 << 17, 1 << 18
CODES = PLAIN[-1][1] + 1
RING = 32  # a power of two above LONGEST
LENGTH_BITS = 5
UNREACHED = 1 << 50
FIRST_KATAKANA, LAST_KATAKANA = KATAKANA
WIDTH = 3  # bytes of the shortest plain character


class Trie(NamedTuple):
    """The dictionary.

    Attributes:
        known: int32 (CODES,), what is known of each code point; 0 for those that are not plain.
        entries: uint64, see `lexicon.Lexicon`; the values are the words' costs.
    """

    known: npt.NDArray[np.int32]
    entries: npt.NDArray[np.uint64]


class Scratch(NamedTuple):
    """Room for the longest run.

    Attributes:
        codes: int32, what is known of its characters.
        lengths: uint8, of the best word that ends behind each character; then of the word that begins at each.
        best: int64 (RING,), the best divisions up to the next characters, see `best_words`.
    """

    codes: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.uint8]
    best: Integers


@cache
def trie() -> Trie:
    """The dictionary."""
    return Trie(*kept_arrays(f"han-kana-{FORMAT}", WORDS.read_bytes(), _trie))


def _trie() -> Trie:
    words = load_dictionary().combine_chunks()
    texts, known = from_arrow(words["word"].chunk(0)), np.zeros(CODES, np.int32)
    for first, last in PLAIN:
        known[first : last + 1] = PLAIN_ONE
    counts = character_counts(texts)[:CODES]
    counts[known == 0] = 0
    numbers = numbered(np.append(counts, np.zeros(0x110000 - CODES, np.int64)))
    known |= numbers[:CODES]
    known[FIRST_KATAKANA : LAST_KATAKANA + 1] |= np.where(
        known[FIRST_KATAKANA : LAST_KATAKANA + 1], IS_KATAKANA, 0
    )
    known[0x10000:] |= np.where(known[0x10000:], IS_LONG, 0)
    edges = np.empty((4, counts.sum()), np.int64)
    costs = words["cost"].to_numpy().astype(np.int64)
    edges = edges[:, : fill_edges(read_only(texts), numbers, costs, edges)]
    return Trie(known, double_array(edges, int(numbers.max())))


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
        size = plain_codes(data, cuts[i, 0], cuts[i, 1], words.known, codes)
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
            at += 3 + np.int64(codes[k] & IS_LONG != 0)
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
    data: Bytes, start: int, end: int, known: npt.NDArray[np.int32], codes: npt.NDArray[np.int32]
) -> int:
    """Writes what is known of the characters of a run and returns how many there are, or 0 if one is not plain."""
    at, count = start, 0
    while at < end:
        code, width = decode(data, at)
        if code >= len(known) or known[code] == 0:
            return 0
        codes[count] = known[code]
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
    entries = words.entries
    for slot in range(RING):
        best[slot] = UNREACHED
    cost, after_katakana = np.int64(0), False
    for start in range(np.uint64(size)):
        entry = entry_of(entries, np.int64(0), np.int64(codes[start] & NUMBER))
        value, base = entry >> VALUE_SHIFT & LOW, entry >> BASE_SHIFT
        place, left = np.uint64(start + np.uint64(1)) & np.uint64(RING - 1), LONGEST - 1
        reached = (cost + (value if value > 0 else UNKNOWN) << LENGTH_BITS) + left
        done = min(best[place], reached)
        best[place] = UNREACHED
        end = np.uint64(start + np.uint64(1))
        if end < np.uint64(size):
            # The second character without branches: whether a word goes on with it is hard to foresee.
            number = np.int64(codes[end] & NUMBER)
            entry = np.int64(entries[base + number])
            entry *= np.int64(entry & LOW == number) & np.int64(base != 0)
            value, base, end, left = (
                entry >> VALUE_SHIFT & LOW,
                entry >> BASE_SHIFT,
                end + np.uint64(1),
                left - 1,
            )
            reached = (cost + value + UNREACHED * np.int64(value == 0) << LENGTH_BITS) + left
            place = end & np.uint64(RING - 1)
            best[place] = min(best[place], reached)
        while base != 0 and end < np.uint64(size):
            entry = entry_of(entries, base, np.int64(codes[end] & NUMBER))
            if entry == 0:
                break
            value, base, end, left = (
                entry >> VALUE_SHIFT & LOW,
                entry >> BASE_SHIFT,
                end + np.uint64(1),
                left - 1,
            )
            reached = (cost + (value if value > 0 else UNREACHED) << LENGTH_BITS) + left
            place = end & np.uint64(RING - 1)
            best[place] = min(best[place], reached)
        if codes[start] & IS_KATAKANA:
            if not after_katakana:
                done = min(done, katakana_run(codes, np.int64(start), size, cost, katakana_costs, best))
            after_katakana = True
        else:
            after_katakana = False
        cost = done >> LENGTH_BITS
        lengths[start] = LONGEST - (done & ((1 << LENGTH_BITS) - 1))


@borrowing_kernel
def katakana_run(
    codes: npt.NDArray[np.int32],
    start: np.int64,
    size: int,
    cost: np.int64,
    katakana_costs: tuple[int, ...],
    best: Integers,
) -> np.int64:
    """Takes a run of Katakana that begins here for a word; what is reached by it if it is a single character."""
    end = start + 1
    while end < size and end < start + LONGEST and codes[end] & IS_KATAKANA:
        end += 1
    run = end - start
    if run >= LONGEST:
        return np.int64(UNREACHED)
    run_cost = katakana_costs[run if run < len(katakana_costs) else 0]
    reached = (cost + run_cost << LENGTH_BITS) + (LONGEST - run)
    if run == 1:
        return reached
    best[end & (RING - 1)] = min(best[end & (RING - 1)], reached)
    return np.int64(UNREACHED)
