"""What the kernel of words asks about marks beside and inside of segments."""

from __future__ import annotations

import numpy as np

from ..langid.kernels import borrowing_kernel, decode, kernel
from .word_tables import (
    ABBREVIATIONS,
    APOSTROPHE,
    BLANK,
    BRACKET,
    BRACKETS,
    CAPITAL,
    CASELESS,
    COLON,
    COLONS,
    COMPOUNDS,
    COUNTS,
    DIGIT,
    DIVIDER,
    EDGE,
    EDGE_DIVIDER,
    ELISION,
    FULL_STOP,
    HYPHEN,
    JOINER,
    LETTER,
    LOWER_A,
    LOWER_W,
    LOWER_Z,
    OPERATOR,
    PLACED_APART,
    QUOTE,
    RANGES,
    SENTENCES,
    SLASHES,
    STOP,
    STOP_LETTER,
    Bytes,
    Tables,
)


@kernel
def is_digit(byte: int) -> bool:
    return 0x30 <= byte <= 0x39


@kernel
def is_letter(joining: int) -> bool:
    return LETTER <= joining <= STOP_LETTER


@kernel
def divides(tail: int, before: int, after: int, style: int) -> bool:
    """Whether a joiner stands apart from the words on both of its sides."""
    divider = tail == DIVIDER and not style & SLASHES
    counts = tail == HYPHEN and style & COUNTS
    if before == DIGIT:
        between = tail == OPERATOR or (tail == HYPHEN and not style & RANGES)
        return (after == DIGIT and between) or ((divider or counts) and is_letter(after))
    if not is_letter(before):
        return False
    if not is_letter(after):
        return after == DIGIT and counts
    return divider or (tail == HYPHEN and not style & COMPOUNDS)


@borrowing_kernel
def inner_cut(data: Bytes, start: int, end: int, t: Tables, style: int) -> int:  # noqa: PLR0911
    """Where a segment is first divided at a mark between letters, as by `words._parts`; or `end`."""
    if end > start + 4 and data[start + 3] == FULL_STOP and is_www(data, start):
        return end
    at, previous = start, np.int64(JOINER)
    while at < end:
        code, width = decode(data, at)
        after = at + width
        if after < end and is_letter(previous) and code in (FULL_STOP, COLON, APOSTROPHE, QUOTE):
            kind = t.numbers[decode(data, after)[0]]
            following = np.int64(t.joining[kind])
            if is_letter(following) and not t.attached[kind]:
                if code == FULL_STOP:
                    small = previous in (LETTER, CASELESS) and following in (CASELESS, CAPITAL)
                    if style & SENTENCES and small:
                        return at
                    single = style & ABBREVIATIONS and previous == CASELESS == following
                    if single and is_single(data, after, end, t):
                        return at
                elif code == COLON:
                    if style & COLONS:
                        return at
                elif style & ELISION:
                    return after
                elif code == QUOTE and style & BRACKETS:
                    return at
        previous = np.int64(t.joining[t.numbers[code]])
        at = after
    return end


@borrowing_kernel
def is_single(data: Bytes, at: int, end: int, t: Tables) -> bool:
    """Whether no letter stands behind the one at `at`."""
    at += decode(data, at)[1]
    while at < end:
        code, width = decode(data, at)
        if not t.ignored[t.numbers[code]]:
            return code == FULL_STOP
        at += width
    return True


@borrowing_kernel
def unit_start(data: Bytes, start: int, end: int, stop: int, t: Tables) -> int:
    """Where the unit behind a number begins that a segment ends with, as by `words._unit`; `end` if there is none."""
    if end < stop and t.joining[t.numbers[decode(data, end)[0]]] not in (
        BLANK, PLACED_APART, STOP, EDGE, BRACKET, EDGE_DIVIDER
    ):  # fmt: skip
        return end
    at, name, shift = end, np.int64(0), 0
    while at > start and shift <= 44:
        back = at - 1
        while data[back] & 0xC0 == 0x80:
            back -= 1
        code = decode(data, back)[0]
        if 0x30 <= code <= 0x39:
            place = np.searchsorted(t.units, name)
            return at if place < len(t.units) and t.units[place] == name else end
        if code >= 1 << 11:
            return end
        name |= np.int64(code) << shift
        shift += 11
        at = back
    return end


@borrowing_kernel
def is_tsheg(data: Bytes, start: int, end: int) -> bool:
    """Whether a segment is one of `words.TSHEGS`."""
    if end != start + 3 or data[start] != 0xE0 or data[start + 1] != 0xBC:
        return False
    return data[start + 2] in (0x8B, 0x8C)


@borrowing_kernel
def is_www(data: Bytes, at: int) -> bool:
    return data[at] == data[at + 1] == data[at + 2] == LOWER_W


@borrowing_kernel
def keeps_stop(data: Bytes, start: int, back: int, end: int, t: Tables) -> bool:
    """Whether a full stop stays with a segment, as by `words._keeps_stop`; its last base character is at `back`."""
    if end > start + 2 and (data[end - 2] == 0xCC or (data[end - 2] == 0xCD and data[end - 1] < 0xB0)):
        return True
    if t.joining[t.numbers[decode(data, back)[0]]] != CAPITAL:
        return end == start + 1 and LOWER_A <= data[start] <= LOWER_Z
    if back == start:
        return True
    previous = back - 1
    while data[previous] & 0xC0 == 0x80:
        previous -= 1
    return t.joining[t.numbers[decode(data, previous)[0]]] != CAPITAL
