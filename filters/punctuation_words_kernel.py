"""Words between white space and punctuation, as a kernel; `joined_words.by_punctuation` is the reference."""

from __future__ import annotations

from ..langid.kernels import Strings, borrowing_kernel, decode, kernel
from .mark_kernel import is_digit
from .word_tables import BLANK, NUMBERS, SPACE, TAB, Spans, Tables


@kernel
def is_punctuation(code: int) -> bool:
    """Whether `words.PUNCTUATION_MARK` matches."""
    if code < 0x80:
        return 0x21 <= code <= 0x2F or 0x3A <= code <= 0x40 or 0x5B <= code <= 0x60 or 0x7B <= code <= 0x7E
    if code < 0x900:
        return code in (0x609, 0x60A, 0x60C, 0x61E, 0x66A, 0x66B, 0x66C, 0x66D, 0x6D4)
    return code in (0x964, 0x965, 0x1C7E, 0x1C7F, 0xAAF0, 0xAAF1) or 0xABEB <= code <= 0xABEF


@borrowing_kernel
def fill_by_punctuation(
    texts: Strings, i: int, style: int, t: Tables, starts: Spans, ends: Spans, count: int
) -> int:
    """The words of text `i`, as `words.by_punctuation` has them; returns how many words there are then."""
    data, at, stop = texts.data, texts.offsets[i], texts.offsets[i + 1]
    first = at
    opened = False
    while at < stop:
        code, width = decode(data, at)
        mark = is_punctuation(code)
        if mark and style & NUMBERS and code in (0x2C, 0x2E, 0x2F, 0x3A):
            left, right = at - 1, at + 1
            while left > first and data[left] in (TAB, SPACE):
                left -= 1
            while right < stop - 1 and data[right] in (TAB, SPACE):
                right += 1
            if left >= first and right < stop and is_digit(data[left]) and is_digit(data[right]):
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
    return count
