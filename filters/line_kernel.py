"""Measures of characters and lines: one pass over the bytes of a text (reference: measures.py).

Three kinds of lines end differently, see `measures.Lines`. The pass stops only at bytes that can end one or
stand in an ellipsis; a line's own questions are asked at its two ends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..langid.kernels import decode, kernel
from .characters import SPACE, TERMINAL
from .hash_kernel import MIX, eight_bytes, slot_of, table_capacity

NEWLINE, RETURN, DOT, DASH, HASH = ord("\n"), ord("\r"), ord("."), ord("-"), ord("#")
BULLETS, ELLIPSIS = (ord("•"), DASH), ord("…")

ONES = 0x0101_0101_0101_0101
SIGNS = 0x8080_8080_8080_8080 - (1 << 64)
LEADS = 0xC2C2_C2C2_C2C2_C2C2 - (1 << 64)  # 0xE2 differs from 0xC2 in one bit

PLAIN, BREAK, FULL_STOP, LEAD_C2, LEAD_E2 = range(5)
"""What a byte may begin: nothing, a line break, an ellipsis, U+0085, and one of U+2026, U+2028 and U+2029."""


def byte_kinds() -> NDArray[np.uint8]:
    """The kind of each byte: uint8 (256,)."""
    kinds = np.full(256, PLAIN, np.uint8)
    kinds[[ord(c) for c in "\n\r\v\f\x1c\x1d\x1e"]] = BREAK
    kinds[[DOT, 0xC2, 0xE2]] = FULL_STOP, LEAD_C2, LEAD_E2
    return kinds


@kernel
def count_bytes(data: NDArray[np.uint8], begin: int, end: int) -> tuple[int, int, int]:
    """Code points, newlines and number signs in a span."""
    chars = newlines = hashes = 0
    for byte in data[begin:end]:
        chars += (byte & 0xC0) != 0x80
        newlines += byte == NEWLINE
        hashes += byte == HASH
    return chars, newlines, hashes


@kernel
def has_zero(eight: int) -> bool:
    """Whether one of eight bytes is 0."""
    return (eight - ONES) & ~eight & SIGNS != 0


@kernel
def is_plain(eight: int) -> bool:
    """Whether none of eight bytes is of a kind but `PLAIN`; all below 0x20 are taken for line breaks."""
    controls = (eight - 0x20 * ONES) & ~eight & SIGNS
    lead = (eight & ~(0x20 * ONES)) ^ LEADS
    return not (controls or has_zero(eight ^ DOT * ONES) or has_zero(lead))


@kernel
def next_newline(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Where the next newline is from `at` on, `end` where there is none."""
    while at + 8 <= end and not has_zero(eight_bytes(data, at) ^ NEWLINE * ONES):
        at += 8
    while at < end and data[at] != NEWLINE:
        at += 1
    return at


@kernel
def first_character(data: NDArray[np.uint8], begin: int, end: int, characters: NDArray[np.uint8]) -> int:
    """The code point of a span's first character that is not white space, -1 where there is none."""
    while begin < end:
        code_point, size = decode(data, begin)
        if not characters[code_point] & SPACE:
            return code_point
        begin += size
    return -1


@kernel
def character_before(data: NDArray[np.uint8], end: int) -> tuple[int, int]:
    """The code point that ends at byte `end`, and where it begins."""
    begin = end - 1
    while data[begin] & 0xC0 == 0x80:
        begin -= 1
    return decode(data, begin)[0], begin


@kernel
def ends_in_ellipsis(data: NDArray[np.uint8], begin: int, end: int, characters: NDArray[np.uint8]) -> bool:
    """Whether a span, stripped at its end of white space, ends with three full stops or an ellipsis."""
    while begin < end:
        code_point, start = character_before(data, end)
        if code_point == ELLIPSIS:
            return True
        if code_point == DOT:
            return end - begin >= 3 and data[end - 2] == DOT and data[end - 3] == DOT
        if not characters[code_point] & SPACE:
            return False
        end = start
    return False


@kernel
def hash_bytes(data: NDArray[np.uint8], begin: int, end: int) -> int:
    """A hash of a span of bytes, eight at a time."""
    mixed = end - begin
    while begin + 8 <= end:
        mixed = (mixed ^ eight_bytes(data, begin)) * MIX
        mixed ^= mixed >> 32
        begin += 8
    for byte in data[begin:end]:
        mixed = (mixed ^ int(byte)) * MIX
    return mixed ^ mixed >> 32


@kernel
def same_bytes(data: NDArray[np.uint8], first: int, second: int, length: int) -> bool:
    """Whether two spans of the same length hold the same bytes."""
    at = 0
    while at + 8 <= length:
        if eight_bytes(data, first + at) != eight_bytes(data, second + at):
            return False
        at += 8
    while at < length:
        if data[first + at] != data[second + at]:
            return False
        at += 1
    return True


@kernel
def is_repeated_line(
    data: NDArray[np.uint8], text: tuple[int, int], begin: int, end: int, slots: NDArray[np.uint32]
) -> bool:
    """Whether the same line came before in a text; if not, it is put into the table: 1 + where it begins."""
    length, slot = end - begin, slot_of(hash_bytes(data, begin, end), len(slots))
    while slots[slot]:
        other = text[0] + int(slots[slot]) - 1
        if same_bytes(data, other, begin, length):
            after = other + length
            if after == text[1] or data[after] == NEWLINE:
                return True
        slot = slot + 1 if slot + 1 < len(slots) else 0
    slots[slot] = np.uint32(begin - text[0] + 1)
    return False


@kernel
def measure_lines(
    data: NDArray[np.uint8],
    begin: int,
    end: int,
    newlines: int,
    characters: NDArray[np.uint8],
    slots: NDArray[np.uint32],
) -> tuple[int, int, int, int, int]:
    """Lines between newlines: the first five measures of `measures.Lines`, in their order.

    Args:
        data: bytes of texts.
        begin: where the text begins.
        end: where it ends.
        newlines: how many it has.
        characters: `character_table()`.
        slots: room for `table_capacity(newlines + 1)`.
    """
    if begin == end:
        return 1, 0, 0, 0, 0
    table = slots[: table_capacity(newlines + 1)]
    table[:] = 0
    # Between runs of newlines no line is empty, but for one before and one after all.
    empty = int(data[begin] == NEWLINE) + int(data[end - 1] == NEWLINE)
    lines, duplicates = empty, empty // 2
    nonblank = terminal = duplicate_chars = 0
    line = begin
    while line <= end:
        at = next_newline(data, line, end)
        if line < at:
            lines += 1
            repeated = is_repeated_line(data, (begin, end), line, at, table)
            duplicates += repeated
            if first_character(data, line, at, characters) >= 0:
                nonblank += 1
                terminal += characters[character_before(data, at)[0]] & TERMINAL != 0
                if repeated:
                    duplicate_chars += count_bytes(data, line, at)[0]
        line = at + 1
    return lines, duplicates, nonblank, terminal, duplicate_chars


@kernel
def measure_split_lines(
    data: NDArray[np.uint8], begin: int, end: int, kinds: NDArray[np.uint8], characters: NDArray[np.uint8]
) -> tuple[int, int, int, int]:
    """Number of ellipses, and the lines of `str.splitlines`: all, with a bullet, ending in an ellipsis."""
    ellipses = lines = bullets = trailing = 0
    line, dots, after_dot = begin, 0, -1
    at = looked = begin
    while at <= end:
        if at >= looked and at + 8 <= end:
            if is_plain(eight_bytes(data, at)):
                at += 8
                continue
            looked = at + 8
        kind = BREAK if at == end else int(kinds[data[at]])
        size = 1
        if kind == FULL_STOP:
            dots = dots + 1 if after_dot == at and dots < 3 else 1
            ellipses += dots == 3
            after_dot = at + 1
        elif kind == LEAD_C2:
            size = 2
            kind = BREAK if data[at + 1] == 0x85 else PLAIN
        elif kind == LEAD_E2:
            size = 3
            if data[at + 1] == 0x80:
                ellipses += data[at + 2] == 0xA6
                kind = BREAK if data[at + 2] == 0xA8 or data[at + 2] == 0xA9 else PLAIN
        if kind == BREAK:
            # \r\n is one end, not two; what follows the last end is a line only if it holds something.
            half = begin < at < end and data[at] == NEWLINE and data[at - 1] == RETURN
            if not half and (at < end or line < end):
                lines += 1
                first = first_character(data, line, at, characters)
                bullets += first in BULLETS
                trailing += ends_in_ellipsis(data, line, at, characters)
            line = at + size
        at += size
    return ellipses, lines, bullets, trailing
