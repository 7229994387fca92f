"""Words between white space and punctuation, as a kernel; `joined_words.by_punctuation` is the reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..langid.byte_bits import WIDTH, leading_zeros, lowest, ones, trailing_zeros
from ..langid.kernels import Strings, borrowing_kernel, decode, inlined_kernel, kernel
from .mark_kernel import is_digit
from .word_tables import BLANK, NUMBERS, SPACE, TAB, Bytes, Spans, Tables
from .word_vectors import arabic_punctuation_bytes, punctuation_bytes, unknown_bytes

LOOKED_AT = WIDTH + 2
AT_ONCE = 5
NONE, ONE, TWO = np.uint64(0), np.uint64(1), np.uint64(2)
LAST, BEFORE_LAST = np.uint64(WIDTH - 1), np.uint64(WIDTH - 2)


@kernel
def is_punctuation(code: int) -> bool:
    """Whether `words.PUNCTUATION_MARK` matches."""
    if code < 0x80:
        return 0x21 <= code <= 0x2F or 0x3A <= code <= 0x40 or 0x5B <= code <= 0x60 or 0x7B <= code <= 0x7E
    if code < 0x900:
        return code in (0x609, 0x60A, 0x60C, 0x61E, 0x66A, 0x66B, 0x66C, 0x66D, 0x6D4)
    return code in (0x964, 0x965, 0x1C7E, 0x1C7F, 0xAAF0, 0xAAF1) or 0xABEB <= code <= 0xABEF


@inlined_kernel
def number_around(data: Bytes, at: int, first: int, stop: int) -> tuple[int, int]:
    """The digits on both sides of a mark of numbers, spaces and tabs between or not; -1 and -1 if there are none."""
    if data[at] not in (0x2C, 0x2E, 0x2F, 0x3A):
        return -1, -1
    left, right = at - 1, at + 1
    while left > first and data[left] in (TAB, SPACE):
        left -= 1
    while right < stop - 1 and data[right] in (TAB, SPACE):
        right += 1
    if left >= first and right < stop and is_digit(data[left]) and is_digit(data[right]):
        return left, right
    return -1, -1


@borrowing_kernel
def step_by_step(  # noqa: PLR0917
    texts: Strings, i: int, at: int, until: int, style: int, t: Tables, starts: Spans, ends: Spans, count: int
) -> tuple[int, int]:
    """Words of text `i` from where none is open, to the first place from `until` on where none is.

    Returns:
        That place, and how many words there are then.
    """
    data, first, stop = texts.data, texts.offsets[i], texts.offsets[i + 1]
    opened = False
    while at < stop and (opened or at < until):
        code, width = decode(data, at)
        mark = is_punctuation(code)
        if mark and style & NUMBERS:
            left, right = number_around(data, at, first, stop)
            if left >= 0:
                # The number goes on.
                ends[count - 1] = right + 1
                at, opened = right + 1, True
                continue
        if mark:
            starts[count] = at
            ends[count] = at + width
            count, opened = count + 1, False
        elif code in (TAB, SPACE):
            opened = False
        elif t.joining[t.numbers[code]] == BLANK:
            pass  # stays, if something follows before the word ends
        elif opened:
            ends[count - 1] = at + width
        else:
            starts[count] = at
            ends[count] = at + width
            count, opened = count + 1, True
        at += width
    return at, count


@inlined_kernel
def note(bits: np.uint64, at: int, places: Spans, count: int) -> int:
    """Writes down the places of bits, for most blocks without a branch; returns how many places there are then.

    There must be room for `AT_ONCE` more.
    """
    found = int(ones(bits))
    for k in range(AT_ONCE):
        places[count + k] = at + trailing_zeros(bits)
        bits &= bits - ONE
    for k in range(AT_ONCE, found):
        places[count + k] = at + trailing_zeros(bits)
        bits &= bits - ONE
    return count + found


@inlined_kernel
def numbers_in(
    data: Bytes, at: int, marks: np.uint64, beside: np.uint64, first: int, stop: int
) -> tuple[np.uint64, int]:
    """Which of 64 bytes are in numbers that a mark goes on with, but for their ends; and up to where that is known.

    Args:
        marks: punctuation among the bytes.
        beside: what may stand beside a mark of numbers: digits, spaces and tabs, or more.
    """
    inside = NONE
    maybe = marks & (beside << ONE | ONE) & (beside >> ONE | ONE << LAST)
    while maybe != NONE:
        mark = trailing_zeros(maybe)
        maybe &= maybe - ONE
        left, right = number_around(data, at + mark, first, stop)
        if left < 0:
            continue
        if left < at or right >= at + WIDTH:
            return inside, mark
        inside |= lowest(right - at) & ~lowest(left - at)
    return inside, WIDTH


@inlined_kernel
def line_ends_apart(lines: np.uint64, apart: np.uint64, opened: np.uint64) -> tuple[np.uint64, int]:
    """Which line ends among 64 bytes are in no word, as no word goes on behind them; and up to where that is known.

    Args:
        lines: the line ends.
        apart: the other bytes that are in no word.
        opened: whether a word goes on from before the first byte.
    """
    words = ~(apart | lines)
    following = lines & (words << ONE | opened)
    behind = lines + following  # in place of those that follow a word, the first byte behind each run of them
    found = lines & behind
    last = behind & apart
    while last != NONE:
        end = trailing_zeros(last)
        last &= last - ONE
        found |= lowest(end) & ~lowest(WIDTH - leading_zeros(lowest(end) & ~lines))
    return found, WIDTH - leading_zeros(~lines) if behind < following else WIDTH


@inlined_kernel
def marks_and_spaces(data: Bytes, at: int, first: int, stop: int, style: int) -> Any:
    """What 64 bytes of a text are, as far as no other bytes tell.

    Returns:
        Of the text's bytes, a bit each: spaces and what is behind the text, marks of one byte, first bytes of marks of
        two and of three bytes, line ends; and up to where that is known. Numbers have neither spaces nor marks.
    """
    spaces, control, lines, single, digits, threes, arabic, others = punctuation_bytes(data, at)
    inside = lowest(stop - at)
    single, lines, threes = single & inside, lines & inside, threes & inside
    twos, known = NONE, trailing_zeros(control & inside & ~lines)
    if arabic != NONE:
        twos = arabic_punctuation_bytes(data, at) & inside
    if others != NONE:
        known = min(known, trailing_zeros(unknown_bytes(data, at)))
    apart = spaces | ~inside
    if style & NUMBERS:
        numbers, until = numbers_in(data, at, single, digits | spaces | control, first, stop)
        single, apart, known = single & ~numbers, apart & ~numbers, min(known, until)
    return apart, single, twos, threes, lines, known


@borrowing_kernel
def fill_by_punctuation(
    texts: Strings, i: int, style: int, t: Tables, starts: Spans, ends: Spans, count: int
) -> int:
    """The words of text `i`, as `words.by_punctuation` has them; returns how many words there are then.

    Sixty-four bytes at a time: `apart` are those that are in no word. What they do not tell, from `known` on, is
    looked at step by step from the end of the last word before it.
    """
    data, first, stop = texts.data, texts.offsets[i], texts.offsets[i + 1]
    at, begun = first, count
    # Of the bytes before: whether a word goes on, the bytes here of a mark that began there, and where one ends.
    opened = marked = closed = NONE
    while at < stop and at + LOOKED_AT <= len(data):
        apart, single, twos, threes, lines, known = marks_and_spaces(data, at, first, stop, style)
        apart |= marked | single | twos | twos << ONE | threes | threes << ONE | threes << TWO
        loose, until = line_ends_apart(lines, apart, opened)
        apart, known = apart | loose, min(known, until)
        follows = ~apart << ONE | opened
        begins = ~apart & ~follows | single | twos | threes
        lasts = single | twos << ONE | threes << TWO
        finished = apart & follows | lasts << ONE | closed
        if known == WIDTH:
            begun, count = note(begins, at, starts, begun), note(finished, at, ends, count)
            opened = ~apart >> LAST
            marked = (twos | threes) >> LAST | threes >> BEFORE_LAST
            closed = lasts >> LAST | (twos >> LAST | threes >> BEFORE_LAST) << ONE
            at += WIDTH
            continue
        until = at + known + 1
        reached = WIDTH - leading_zeros(apart & lowest(known))
        if reached > 0:
            note(begins & lowest(reached), at, starts, begun)
            count = note(finished & lowest(reached + 1), at, ends, count)
            at += reached
        elif begun > count:
            at = starts[count]
        at, count = step_by_step(texts, i, at, until, style, t, starts, ends, count)
        begun, opened, marked, closed = count, NONE, NONE, NONE
    if begun > count:
        at = starts[count]
    return step_by_step(texts, i, at, stop, style, t, starts, ends, count)[1]
