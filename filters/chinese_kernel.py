"""The words of `chinese`, as numba kernels."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, Words, borrowing_kernel, kernel
from ..langid.unicode_data import blank_kinds, word_break_table
from .chinese import BEFORE, BEGIN, END, FIRST, LAST, MIDDLE, NAME, SINGLE, START, emissions, total
from .lexicon import BASE_SHIFT, LOW, VALUE_SHIFT, Lexicon, entry_of, lexicon
from .listed_words import Room, read_characters, room_for

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

HYPHEN, PLUS, HASH, AMPERSAND, FULL_STOP, UNDERSCORE, PERCENT = map(ord, "-+#&._%")
MOVES = tuple(move for moves in BEFORE for _, move in moves)
"""The logarithms of `BEFORE`, one after the other."""
MARKS = (HYPHEN, PLUS, HASH, AMPERSAND, FULL_STOP, UNDERSCORE, PERCENT)


@kernel
def is_han(code: int) -> bool:
    return FIRST <= code <= LAST


@kernel
def is_latin(code: int) -> bool:
    return 0x30 <= code <= 0x39 or 0x41 <= code <= 0x5A or 0x61 <= code <= 0x7A


@borrowing_kernel
def best_ends(
    numbers: Integers, first: int, stop: int, of: Lexicon, logarithm: float, best: Floats, ends: Integers
) -> None:
    """For each character of a block where the word ends that the best way from it begins with.

    Args:
        numbers: int32 (characters,), those of a text, see `Lexicon`.
        first, stop: the block.
        of: the list of words.
        logarithm: see `chinese.total`.
        best: float64 (characters + 1,), scratch, from 0 on for each block, as `ends`: short blocks touch little.
        ends: int32 (characters,), written to.
    """
    entries, values = of.entries, of.values
    best[stop - first] = 0.0
    for at in range(stop - 1, first - 1, -1):
        base, end = np.int64(0), at
        found, score = at + 1, 0.0 - logarithm + best[at + 1 - first]
        some = False
        while end < stop:
            entry = entry_of(entries, base, np.int64(numbers[end]))
            end += 1
            value, base = entry >> VALUE_SHIFT & LOW, entry >> BASE_SHIFT
            if value > 0:
                other = values[value] - logarithm + best[end - first]
                if not some or other >= score:
                    score, found, some = other, end, True
            if base == 0:
                break
        best[at - first], ends[at - first] = score, found


@borrowing_kernel
def is_word(numbers: Integers, first: int, stop: int, of: Lexicon) -> bool:
    base = entry = np.int64(0)
    for at in range(first, stop):
        if at > first and base == 0:
            return False
        entry = entry_of(of.entries, base, np.int64(numbers[at]))
        base = entry >> BASE_SHIFT
    return entry >> VALUE_SHIFT & LOW > 0


@borrowing_kernel
def likely_ends(
    codes: Integers, first: int, stop: int, emitted: Floats, ways: Bytes, word_ends: Bytes
) -> None:
    """Where words end among Han characters, by Viterbi's algorithm.

    Args:
        emitted: float64 (characters, 4), see `chinese.emissions`.
        ways: uint8 (characters,), scratch, from 0 on: for each state a bit, whether the second of `BEFORE` is before.
        word_ends: uint8 (characters,), 1 where a word ends behind a character; written to.
    """
    row = codes[first] - FIRST
    begin, end = START[BEGIN] + emitted[row, BEGIN], START[END] + emitted[row, END]
    middle, single = START[MIDDLE] + emitted[row, MIDDLE], START[SINGLE] + emitted[row, SINGLE]
    for at in range(first + 1, stop):
        row = codes[at] - FIRST
        to_begin, to_end, to_middle, to_single = (
            emitted[row, 0],
            emitted[row, 1],
            emitted[row, 2],
            emitted[row, 3],
        )
        a, b = end + MOVES[0] + to_begin, single + MOVES[1] + to_begin
        c, d = begin + MOVES[2] + to_end, middle + MOVES[3] + to_end
        e, f = begin + MOVES[4] + to_middle, middle + MOVES[5] + to_middle
        g, h = end + MOVES[6] + to_single, single + MOVES[7] + to_single
        ways[at - first] = (b >= a) + 2 * (d >= c) + 4 * (f >= e) + 8 * (h >= g)
        begin, end, middle, single = max(a, b), max(c, d), max(e, f), max(g, h)
    state = SINGLE if single >= end else END
    for at in range(stop - 1, first - 1, -1):
        word_ends[at] = state in (END, SINGLE)
        second = ways[at - first] >> state & 1
        ahead = (END, SINGLE) if state in (BEGIN, SINGLE) else (BEGIN, MIDDLE)
        state = ahead[second]


@borrowing_kernel
def latin_ends(codes: Integers, first: int, stop: int, word_ends: Bytes) -> None:
    """Where words end among letters, digits and marks of ASCII, as `chinese.LATIN` divides them."""
    at = first
    while at < stop:
        if is_latin(codes[at]):
            while at < stop and is_latin(codes[at]):
                at += 1
            if at + 1 < stop and codes[at] == FULL_STOP and 0x30 <= codes[at + 1] <= 0x39:
                at += 1
                while at < stop and 0x30 <= codes[at] <= 0x39:
                    at += 1
            if at < stop and codes[at] == PERCENT:
                at += 1
        else:
            while at < stop and not is_latin(codes[at]):
                at += 1
        word_ends[at - 1] = 1


@borrowing_kernel
def divide_singles(
    codes: Integers,
    numbers: Integers,
    first: int,
    stop: int,
    of: Lexicon,
    emitted: Floats,
    ways: Bytes,
    word_ends: Bytes,
) -> None:
    """Words of characters that the list leaves single, as `chinese._divided` has them."""
    if stop <= first + 1 or is_word(numbers, first, stop, of):
        for at in range(first, stop):
            word_ends[at] = 1
        return
    for at in range(first, stop):
        word_ends[at] = 0
    at = first
    while at < stop:
        start, han = at, is_han(codes[at])
        while at < stop and is_han(codes[at]) == han:
            at += 1
        if han:
            likely_ends(codes, start, at, emitted, ways, word_ends)
        else:
            latin_ends(codes, start, at, word_ends)


@borrowing_kernel
def divide_block(  # noqa: PLR0917
    codes: Integers,
    numbers: Integers,
    first: int,
    stop: int,
    of: Lexicon,
    emitted: Floats,
    ends: Integers,
    ways: Bytes,
    word_ends: Bytes,
) -> None:
    at = single = first
    while at < stop:
        end = ends[at - first]
        if end > at + 1:
            divide_singles(codes, numbers, single, at, of, emitted, ways, word_ends)
            for inner in range(at, end - 1):
                word_ends[inner] = 0
            word_ends[end - 1] = 1
            single = end
        at = end
    divide_singles(codes, numbers, single, stop, of, emitted, ways, word_ends)


@kernel
def fill_chinese(  # noqa: PLR0917
    texts: Strings,
    rows: Integers,
    of: Lexicon,
    logarithm: float,
    emitted: Floats,
    numbers: Bytes,
    blank: npt.NDArray[np.bool_],
    best: Floats,
    chosen: Integers,
    ways: Bytes,
    room: Room,
) -> None:
    """The words of texts; `best`, `chosen` and `ways` are scratch of the length of the longest text."""
    codes, characters, word_ends = room.codes, room.numbers, room.word_ends
    count = 0
    for i, row in enumerate(rows):
        size = read_characters(texts, row, of, room)
        at = 0
        while at < size:
            first = at
            while at < size and (is_han(codes[at]) or is_latin(codes[at]) or codes[at] in MARKS):
                at += 1
            if at == first:
                word_ends[at] = 1
                at += 1
            else:
                best_ends(characters, first, at, of, logarithm, best, chosen)
                divide_block(codes, characters, first, at, of, emitted, chosen, ways, word_ends)
        first = 0
        for at in range(size):
            if word_ends[at]:
                if at > first or not blank[numbers[codes[at]]]:
                    room.starts[count], room.ends[count] = room.places[first], room.places[at + 1]
                    count += 1
                first = at + 1
        room.offsets[i + 1] = count


@cache
def _emitted() -> Floats:
    return np.ascontiguousarray(emissions().T)


def chinese_words_batch(texts: Strings, rows: Integers) -> Words:
    """The words of some texts; equal to those of `chinese.chinese_words` that are not white space.

    Args:
        texts: valid UTF-8.
        rows: int64 (rows,), which of them.
    """
    room = room_for(texts, rows)
    longest = len(room.codes)
    scratch = np.empty(longest), np.empty(longest, np.int32), np.empty(longest, np.uint8)
    known = lexicon(NAME), total(), _emitted(), word_break_table().numbers, blank_kinds()
    fill_chinese(texts, rows, *known, *scratch, room)
    return room.words(texts)
