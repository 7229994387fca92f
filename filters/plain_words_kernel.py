"""Words of letters between spaces, as most are: many bytes at a time, in place of the rules of word_kernel.py."""

from __future__ import annotations

import numpy as np

from ..langid.byte_bits import WIDTH, lowest, trailing_zeros
from ..langid.kernels import borrowing_kernel, decode
from .word_tables import (
    BEGINS,
    COMMA,
    DELETE,
    FULL_STOP,
    GOES_ON,
    LOWER_A,
    NEWLINE,
    SPACE,
    STOPPED,
    STOPS,
    Bytes,
    Spans,
)
from .word_vectors import high_bytes, letter_bytes


@borrowing_kernel
def letters_known(data: Bytes, at: int, end: int, plain: Bytes) -> int:
    """What is known of the last of some characters, see `Tables.plain`; 0 if they are not a word."""
    needed, known = BEGINS, 0
    while at < end:
        code, width = decode(data, at)
        known = int(plain[code])
        if not known & needed:
            return 0
        needed, at = GOES_ON, at + width
    return known


@borrowing_kernel
def fill_plain_words(  # noqa: PLR0912
    data: Bytes, at: int, stop: int, style: int, plain: Bytes, starts: Spans, ends: Spans, count: int
) -> tuple[int, int]:
    """Words of letters from here on, each with a space or line end behind it, or a comma or full stop and then that.

    Args:
        at: where a word may begin, or a space stands.
        stop: where the text ends.
        style: not `SEGMENTS`, nor one of those that are not divided by ICU's rules.
        plain: see `Tables`.
        starts, ends: see `Words`; written to.
        count: how many words there are.

    Returns:
        Where the rules go on, and how many words there are then.
    """
    begin = block = at
    letters = high = np.uint64(0)
    loaded = False
    while True:
        begin += data[begin] == SPACE
        if not loaded or begin - block >= WIDTH:
            if begin + WIDTH > len(data):
                break
            block, loaded = begin, True
            letters, high = letter_bytes(data, begin), high_bytes(data, begin)
        shift = np.uint64(begin - block)
        length = trailing_zeros(~(letters >> shift))
        end = begin + length
        if end - block >= WIDTH:
            if begin == block:
                break
            loaded = False
            continue
        after = end
        if after < stop and data[end] in (COMMA, FULL_STOP):
            after += 1
        if length == 0 or after >= stop or data[after] not in (SPACE, NEWLINE):
            break
        if (high >> shift) & lowest(length) != 0:
            known = letters_known(data, begin, end, plain)
            if known == 0:
                break
            stopped = known & STOPPED != 0
        else:
            stopped = length > 1 and data[end - 1] >= LOWER_A
        if after > end and data[end] == FULL_STOP and (not stopped or style & STOPS):
            break
        starts[count], ends[count] = begin, end
        count += 1
        if after > end:
            starts[count], ends[count] = end, after
            count += 1
        at = begin = after
        if data[after] == NEWLINE or after + 1 >= stop:
            break
    if data[at] == SPACE and at + 1 < stop and SPACE < data[at + 1] < DELETE:
        at += 1
    return at, count
