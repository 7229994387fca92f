"""Runs of Han and Kana to words, as ICU divides them: kernels; `han_kana.divide` is the reference."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.cache import kept_arrays
from ..langid.kernels import borrowing_kernel, decode, from_arrow, kernel, read_only
from ..langid.vectors import trailing_zeros
from .han_kana import KATAKANA, KATAKANA_COSTS, LONGEST, PLAIN, UNKNOWN, WORDS, load_dictionary
from .lexicon import (
    BASE_SHIFT,
    BEGIN_SHIFT,
    FORMAT,
    LOW,
    character_counts,
    double_array,
    fill_edges,
    find_words,
    numbered,
)
from .lexicon_vectors import LANES

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
BLOCK = 256  # characters whose words are looked up together, a power of two


class Trie(NamedTuple):
    """The dictionary.

    Attributes:
        known: int32 (CODES,), what is known of each code point; 0 for those that are not plain.
        entries: uint64, see `lexicon.Lexicon`; the values are the words' costs.
    """

    known: npt.NDArray[np.int32]
    entries: npt.NDArray[np.uint64]


class Scratch(NamedTuple):
    """Room for some runs, the longest one at least, and for the words that begin in a block of their characters.

    Attributes:
        codes: int32, what is known of the characters, a 0 behind each run.
        lengths: uint8, of the best word that ends behind each character; then of the word that begins at each.
        best: int64 (RING,), the best divisions up to the next characters, see `best_words`.
        numbers, followed, found: see `lexicon.find_words`; words are told by their first character in the block.
        words: uint64 (BLOCK,), which words begin at a character: bit k is one of k + 1 characters.
        costs: uint8 (BLOCK, RING), what they cost.
    """

    codes: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.uint8]
    best: Integers
    numbers: Integers
    followed: Integers
    found: Integers
    words: npt.NDArray[np.uint64]
    costs: npt.NDArray[np.uint8]


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
    room = int(lengths.max(initial=0)) // WIDTH + 1 + BLOCK
    scratch = Scratch(
        np.empty(room, np.int32),
        np.empty(room, np.uint8),
        np.empty(RING, np.int64),
        np.empty(BLOCK + LONGEST, np.int64),
        np.empty(BLOCK + LANES, np.int64),
        np.empty(BLOCK * LONGEST + LANES, np.int64),
        np.empty(BLOCK, np.uint64),
        np.empty((BLOCK, RING), np.uint8),
    )
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
    codes, lengths, count, run = scratch.codes, scratch.lengths, 0, 0
    while run < len(cuts):
        first, at_code = run, 0
        run, read = read_runs(data, cuts, run, words.known, codes, plain, counts)
        best_words(read, words, katakana_costs, scratch)
        for i in range(first, run):
            size, counts[i] = counts[i], 0
            if not plain[i]:
                continue
            begin_lengths(lengths, at_code, size)
            before, at, end = count, np.int64(cuts[i, 0]), at_code + np.int64(lengths[at_code])
            for k in range(at_code, at_code + size):
                if k == end:
                    found[count] = at
                    count += 1
                    end += np.int64(lengths[k])
                at += 3 + np.int64(codes[k] & IS_LONG != 0)
            counts[i] = count - before
            at_code += size + 1
    return count


@borrowing_kernel
def read_runs(
    data: Bytes,
    cuts: Spans,
    run: int,
    known: npt.NDArray[np.int32],
    codes: npt.NDArray[np.int32],
    plain: npt.NDArray[np.bool_],
    sizes: Integers,
) -> tuple[int, int]:
    """Reads the characters of a run and of those after it that there is room for.

    Args:
        codes: see `Scratch`; of runs that are plain.
        sizes: how many characters each has, 0 if it is not plain.

    Returns:
        Which run is the next, and how many characters were read, with the 0 behind each run.
    """
    count = 0
    while run < len(cuts) and count + (cuts[run, 1] - cuts[run, 0]) // WIDTH < len(codes):
        size = plain_codes(data, cuts[run, 0], cuts[run, 1], known, codes, count)
        plain[run], sizes[run] = size > 0, size
        if size > 0:
            count += size + 1
            codes[count - 1] = 0
        run += 1
    return run, count


@borrowing_kernel
def begin_lengths(lengths: npt.NDArray[np.uint8], first: int, size: int) -> None:
    """Moves the length of each word of the best division from its end to its beginning."""
    end, following = np.int64(first + size), np.uint8(0)
    while end > first:
        length = lengths[end - 1]
        if end < first + size:
            lengths[end] = following
        following = length
        end -= np.int64(length)
    lengths[first] = following


@borrowing_kernel
def plain_codes(
    data: Bytes, start: int, end: int, known: npt.NDArray[np.int32], codes: npt.NDArray[np.int32], first: int
) -> int:
    """Writes what is known of the characters of a run and returns how many there are, or 0 if one is not plain."""
    at, count = start, first
    while at < end:
        code, width = decode(data, at)
        if code >= len(known) or known[code] == 0:
            return 0
        codes[count] = known[code]
        count += 1
        at += width
    return count - first


@borrowing_kernel
def look_up(first: int, count: int, words: Trie, s: Scratch) -> None:
    """Which words begin at the characters of a block, up to `count` of all, into `words` and `costs`."""
    size = min(BLOCK, count - first)
    for k in range(min(BLOCK + LONGEST, count - first)):
        s.numbers[k] = s.codes[first + k] & NUMBER
    for k in range(np.uint64(size)):
        s.followed[k], s.words[k] = np.int64(k) << BEGIN_SHIFT | np.int64(k), np.uint64(0)
    for k in range(np.uint64(find_words(words.entries, s.numbers, s.followed, size, s.found))):
        word = s.found[k]
        begin = np.uint64(word >> BEGIN_SHIFT & LOW)
        length = np.uint64(word & LOW) - begin
        s.words[begin] |= np.uint64(1) << length
        s.costs[begin, length] = word >> BASE_SHIFT


@borrowing_kernel
def best_words(count: int, words: Trie, katakana_costs: tuple[int, ...], s: Scratch) -> None:
    """Writes the length of the best word that ends behind each of `count` characters of runs.

    Of equal costs the longer word wins, as it begins earlier: the least number of cost, then `LONGEST` minus length.
    """
    codes, best, cost, after_katakana = s.codes, s.best, np.int64(0), False
    for slot in range(RING):
        best[slot] = UNREACHED
    for start in range(np.uint64(count)):
        inside = start & np.uint64(BLOCK - 1)
        if inside == 0:
            look_up(int(start), count, words, s)
        if codes[start] == 0:
            cost, after_katakana = np.int64(0), False
            continue
        begun, place = s.words[inside], start + np.uint64(1) & np.uint64(RING - 1)
        single = np.int64(s.costs[inside, 0]) if begun & np.uint64(1) else np.int64(UNKNOWN)
        done = min(best[place], (cost + single << LENGTH_BITS) + (LONGEST - 1))
        best[place] = UNREACHED
        begun &= ~np.uint64(1)
        while begun != 0:
            longer = np.uint64(trailing_zeros(begun))
            begun &= begun - np.uint64(1)
            reached = (cost + np.int64(s.costs[inside, longer]) << LENGTH_BITS) + (
                LONGEST - 1 - np.int64(longer)
            )
            place = start + longer + np.uint64(1) & np.uint64(RING - 1)
            best[place] = min(best[place], reached)
        if codes[start] & IS_KATAKANA:
            if not after_katakana:
                done = min(done, katakana_run(codes, np.int64(start), count, cost, katakana_costs, best))
            after_katakana = True
        else:
            after_katakana = False
        cost = done >> LENGTH_BITS
        s.lengths[start] = LONGEST - (done & ((1 << LENGTH_BITS) - 1))


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
