"""Measures of characters and lines (reference: measures.py).

Characters are counted 64 bytes at a time. Three kinds of lines end differently, see `measures.Lines`; of a text in
which only newlines end lines, one pass from newline to newline tells all, a line's own questions being asked at its
two ends. Any other text is passed over once more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.byte_bits import lowest, ones, trailing_zeros
from ..langid.kernels import borrowing_kernel, decode, inlined_kernel, kernel
from .byte_vectors import places_of, signs_in
from .characters import SPACE, TERMINAL
from .hash_kernel import MIX, SECRETS, eight_bytes, folded, slot_of, table_capacity

NEWLINE, RETURN, DOT, DASH, HASH = ord("\n"), ord("\r"), ord("."), ord("-"), ord("#")
BULLETS, ELLIPSIS = (ord("•"), DASH), ord("…")

ONES = 0x0101_0101_0101_0101
SIGNS = 0x8080_8080_8080_8080 - (1 << 64)
LEADS = 0xC2C2_C2C2_C2C2_C2C2 - (1 << 64)  # 0xE2 differs from 0xC2 in one bit

PLAIN, BREAK, LEAD_C2, LEAD_E2 = range(4)
"""What a byte may begin: nothing, a line break, U+0085, and one of U+2028 and U+2029."""


def byte_kinds() -> NDArray[np.uint8]:
    """The kind of each byte: uint8 (256,)."""
    kinds = np.full(256, PLAIN, np.uint8)
    kinds[[ord(c) for c in "\n\r\v\f\x1c\x1d\x1e"]] = BREAK
    kinds[[0xC2, 0xE2]] = LEAD_C2, LEAD_E2
    return kinds


class Signs(NamedTuple):
    """Counts of a text: code points, newlines, number signs, ellipses; and if it has line breaks but newlines."""

    chars: int
    newlines: int
    hashes: int
    ellipses: int
    broken: bool


@borrowing_kernel
def count_signs(data: NDArray[np.uint8], begin: Any, end: Any) -> Signs:
    """Counts of a span; its last bytes are looked at one by one where the array ends soon after them."""
    chars = newlines = hashes = ellipses = 0
    breaks = np.uint64(0)
    at: Any = begin
    resume: Any = begin  # behind three full stops, which are an ellipsis once
    while at < end and at + 66 <= len(data):
        signs, inside = signs_in(data, at), lowest(end - at)
        chars += ones(signs[0] & inside)
        newlines += ones(signs[1] & inside)
        hashes += ones(signs[2] & inside)
        breaks |= signs[3] & inside
        ellipses += ones(signs[4] & inside)
        dots = signs[5] & lowest(max(0, end - 2 - at))
        while dots:
            place = at + trailing_zeros(dots)
            if place >= resume:
                ellipses, resume = ellipses + 1, place + 3
            dots &= dots - np.uint64(1)
        at += 64
    broken = breaks != 0
    for place in range(at, end):
        byte, left = data[place], end - place
        chars += int(byte & 0xC0 != 0x80)
        newlines += int(byte == NEWLINE)
        hashes += int(byte == HASH)
        broken |= (0x0B <= byte <= RETURN) | (0x1C <= byte <= 0x1E)
        if byte == 0xC2:
            broken |= data[place + 1] == 0x85
        elif byte == 0xE2 and data[place + 1] == 0x80:
            ellipses += int(data[place + 2] == 0xA6)
            broken |= (data[place + 2] == 0xA8) | (data[place + 2] == 0xA9)
        elif byte == DOT and place >= resume and left > 2 and data[place + 1] == DOT == data[place + 2]:
            ellipses, resume = ellipses + 1, place + 3
    return Signs(chars, newlines, hashes, ellipses, broken)


@kernel
def has_zero(eight: int) -> bool:
    """Whether one of eight bytes is 0."""
    return (eight - ONES) & ~eight & SIGNS != 0


@kernel
def is_plain(eight: int) -> bool:
    """Whether none of eight bytes is of a kind but `PLAIN`; all below 0x20 are taken for line breaks."""
    controls = (eight - 0x20 * ONES) & ~eight & SIGNS
    lead = (eight & ~(0x20 * ONES)) ^ LEADS
    return not (controls or has_zero(lead))


@inlined_kernel
def next_newline(data: NDArray[np.uint8], at: Any, end: Any) -> Any:
    """Where the next newline is from `at` on, `end` where there is none."""
    while at < end and at + 64 <= len(data):
        newlines = places_of(data, at, NEWLINE)
        if newlines:
            return min(at + trailing_zeros(newlines), end)
        at += 64
    while at < end and data[at] != NEWLINE:
        at += 1
    return min(at, end)


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


@inlined_kernel
def hash_bytes(data: NDArray[np.uint8], begin: Any, end: Any) -> Any:
    """A hash of a span of bytes, sixteen at a time; the last ones may be among those before."""
    length = end - begin
    key = length * MIX
    if length >= 16:
        while begin + 16 < end:
            key = folded(
                eight_bytes(data, begin) ^ SECRETS[0] ^ key, eight_bytes(data, begin + 8) ^ SECRETS[1]
            )
            begin += 16
        return folded(eight_bytes(data, end - 16) ^ SECRETS[0] ^ key, eight_bytes(data, end - 8) ^ SECRETS[1])
    if length >= 8:
        return folded(eight_bytes(data, begin) ^ SECRETS[0] ^ key, eight_bytes(data, end - 8) ^ SECRETS[1])
    few = np.int64(0)
    for at in range(begin, end):
        few = few << 8 | np.int64(data[at])
    return folded(few ^ SECRETS[0] ^ key, SECRETS[1])


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


@inlined_kernel
def is_repeated_line(
    data: NDArray[np.uint8], text: tuple[Any, Any], begin: Any, end: Any, slots: NDArray[np.uint32]
) -> Any:
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


@borrowing_kernel
def measure_lines(
    data: NDArray[np.uint8],
    begin: Any,
    end: Any,
    newlines: Any,
    characters: NDArray[np.uint8],
    slots: NDArray[np.uint32],
) -> Any:
    """Lines between newlines: the first five measures of `measures.Lines`, in their order.

    Then how many have a bullet, and end in an ellipsis.

    Args:
        data: bytes of texts.
        begin: where the text begins.
        end: where it ends.
        newlines: how many it has.
        characters: `character_table()`.
        slots: room for `table_capacity(newlines + 1)`.
    """
    if begin == end:
        return 1, 0, 0, 0, 0, 0, 0
    table = slots[: table_capacity(newlines + 1)]
    table[:] = 0
    # Between runs of newlines no line is empty, but for one before and one after all.
    empty = int(data[begin] == NEWLINE) + int(data[end - 1] == NEWLINE)
    lines, duplicates = empty, empty // 2
    nonblank = terminal = duplicate_chars = bullets = trailing = 0
    line: Any = begin
    while line <= end:
        at = next_newline(data, line, end)
        if line < at:
            lines += 1
            repeated = is_repeated_line(data, (begin, end), line, at, table)
            duplicates += int(repeated)
            first = first_character(data, line, at, characters)
            if first >= 0:
                nonblank += 1
                bullets += int(first in BULLETS)
                last = character_before(data, at)[0]
                terminal += int(characters[last] & TERMINAL != 0)
                if last in (DOT, ELLIPSIS) or characters[last] & SPACE:
                    trailing += int(ends_in_ellipsis(data, line, at, characters))
                if repeated:
                    duplicate_chars += count_signs(data, line, at).chars
        line = at + 1
    return lines, duplicates, nonblank, terminal, duplicate_chars, bullets, trailing


@kernel
def measure_split_lines(
    data: NDArray[np.uint8], begin: int, end: int, kinds: NDArray[np.uint8], characters: NDArray[np.uint8]
) -> tuple[int, int, int]:
    """The lines of `str.splitlines`: all, with a bullet, ending in an ellipsis."""
    lines = bullets = trailing = 0
    line = begin
    at = looked = begin
    while at <= end:
        if at >= looked and at + 8 <= end:
            if is_plain(eight_bytes(data, at)):
                at += 8
                continue
            looked = at + 8
        kind = BREAK if at == end else int(kinds[data[at]])
        size = 1
        if kind == LEAD_C2:
            size = 2
            kind = BREAK if data[at + 1] == 0x85 else PLAIN
        elif kind == LEAD_E2:
            size = 3
            if data[at + 1] == 0x80:
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
    return lines, bullets, trailing
