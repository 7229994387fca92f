"""The units of Vietnamese: syllables, numbers, addresses and marks, which spaces or nothing stand between.

As pyvi has them: abbreviations with their full stop, some runs of marks, addresses, decimal numbers, then any other
mark alone and any other run of letters, digits and underscores. `syllables` is the reference of `read_syllables`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, borrowing_kernel, decode, kernel

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Spans = npt.NDArray[np.integer[Any]]  # int32 or int64, by `span_type`

UNIT = re.compile(
    r"[A-ZĐ]+\.|Tp\.|Mrs?\.|Ms\.|Dr\.|ThS\.|==>|->|\.\.\.|>>|\w+://\S+"
    r"|[a-zA-Z0-9_.+-]+@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+|\d+(?:[.,_]\d+)+|[^\w\s]|\w+"
)
SHORT = ("Tp.", "Mr.", "Mrs.", "Ms.", "Dr.", "ThS.", "==>", "->", "...", ">>")
FULL_STOP, COLON, SLASH, AT, HYPHEN, PLUS, UNDERSCORE, COMMA, STROKE_D = 46, 58, 47, 64, 45, 43, 95, 44, 0x110
EQUAL, GREATER = 61, 62
WORD, UPPER, LOWER, DECIMAL, DIGIT, WHITE, TITLE, PUNCTUATION = (1 << bit for bit in range(8))
"""What is known of a character, as Python has it; TITLE is one that begins a title word."""
LOWERED = 0x2000
"""From here on no character has a small form that is looked for."""
IS_UPPER, IS_TITLE, IS_NUMBER = 1, 2, 4
"""The class of a unit, see `class_of`."""
GOES_ON = (FULL_STOP, COLON, AT, HYPHEN, PLUS)
"""What may stand behind letters and be of one unit with them: see `UNIT`."""
BEGINS_LONGER = (EQUAL, HYPHEN, GREATER, FULL_STOP, PLUS)
"""Marks that units of several characters begin with."""
ANY = 0
GOLDEN = 0x9E3779B97F4A7C15


class Letters(NamedTuple):
    """Attributes:
    flags: uint8 (0x110000,), what is known of each character.
    small: int64 (LOWERED,), the small form of a character, if that is a single one, else itself.
    short: uint8 (texts, 5), `SHORT`, zeros behind each.
    """

    flags: Bytes
    small: Integers
    short: Bytes


@cache
def letters() -> Letters:
    characters = np.arange(0x110000, dtype=np.uint32).view("U1")
    known = (
        np.char.isalnum(characters),
        np.char.isupper(characters),
        np.char.islower(characters),
        np.char.isdecimal(characters),
        np.char.isdigit(characters),
        np.char.isspace(characters),
        np.char.istitle(characters),
    )
    flags = np.zeros(len(characters), np.uint8)
    for bit, of in enumerate(known):
        flags |= of.astype(np.uint8) << np.uint8(bit)
    for code in b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~":
        flags[code] |= PUNCTUATION
    flags[UNDERSCORE] |= WORD
    small = [ord(low) if len(low := chr(code).lower()) == 1 else code for code in range(LOWERED)]
    short = np.array([list(text.encode().ljust(5, b"\0")) for text in SHORT], np.uint8)
    return Letters(flags, np.array(small), short)


def syllables(text: str) -> list[tuple[int, int]]:
    """Where units begin and end, in characters.

    >>> [("TP.HCM: 3,5 km")[a:b] for a, b in syllables("TP.HCM: 3,5 km")]
    ['TP.', 'HCM', ':', '3,5', 'km']
    """
    return [found.span() for found in UNIT.finditer(text)]


def small(unit: str) -> str:
    """The small letters of a unit."""
    return "".join(chr(letters().small[ord(c)]) if ord(c) < LOWERED else c for c in unit)


def class_of(unit: str) -> int:
    """Whether a unit is in capitals, is a title, is a number: sums of `IS_UPPER`, `IS_TITLE` and `IS_NUMBER`."""
    return IS_UPPER * unit.isupper() + IS_TITLE * unit.istitle() + IS_NUMBER * unit.isdigit()


def kept_apart(before: str, unit: str) -> bool:
    """Whether a unit begins a word whatever else is known: beside marks and numbers, and where capitals begin."""
    flags = letters().flags
    marks = any(len(one) == 1 and flags[ord(one)] & PUNCTUATION for one in (before, unit))
    title = unit[0].istitle() and not before[0].istitle()
    return bool(marks or before[0].isdigit() or unit[0].isdigit() or title)


@kernel
def class_flags(known: int, cased: bool, flags: int) -> int:
    """What is known of a unit, after one more character.

    Args:
        known: bits of what was ruled out: 1 capitals, 2 title, 4 number; 8 once there was a letter with case.
        cased: whether the character before has case.
        flags: of the character.
    """
    upper, lower = flags & (UPPER | TITLE) != 0, flags & LOWER != 0
    if lower or (flags & TITLE and not flags & UPPER):
        known |= IS_UPPER
    if (upper and cased) or (lower and not cased):
        known |= IS_TITLE
    if not flags & DIGIT:
        known |= IS_NUMBER
    return known | 8 if upper or lower else known


@borrowing_kernel
def run(data: Bytes, at: int, stop: int, flags: Bytes, kind: int) -> int:
    """Where a run of characters of a kind ends."""
    while at < stop:
        code, width = decode(data, at)
        if not flags[code] & kind:
            return at
        at += width
    return at


@borrowing_kernel
def short_end(data: Bytes, at: int, stop: int, short: Bytes, first: int, last: int) -> int:
    """Where one of some texts ends that stands here, or `at`."""
    for row in range(first, last):
        length = 0
        while length < 5 and short[row, length] != 0:
            length += 1
        found = at + length <= stop
        for byte in range(length):
            found = found and data[at + byte] == short[row, byte]
        if found:
            return at + length
    return at


@kernel
def is_address(byte: int, inner: bool) -> bool:
    letter = 0x61 <= byte | 0x20 <= 0x7A or 0x30 <= byte <= 0x39 or byte == HYPHEN
    return letter or (inner and byte in (UNDERSCORE, FULL_STOP, PLUS))


@borrowing_kernel
def address_end(data: Bytes, at: int, stop: int) -> int:
    """Where an e-mail address ends, or `at`."""
    first, found = at, at
    while at < stop and is_address(data[at], True):
        at += 1
    if at in (first, stop) or data[at] != AT:
        return first
    parts, label = 0, at + 1
    at += 1
    while True:
        while at < stop and is_address(data[at], False):
            at += 1
        if at == label:
            return found
        if parts > 0:
            found = at
        if at == stop or data[at] != FULL_STOP:
            return found
        at, parts = at + 1, parts + 1
        label = at


@borrowing_kernel
def number_end(data: Bytes, at: int, stop: int, flags: Bytes) -> int:
    """Where a decimal number with a mark inside ends, or `at`."""
    first, found = at, at
    at = run(data, at, stop, flags, DECIMAL)
    if at == first:
        return first
    while at < stop and data[at] in (FULL_STOP, COMMA, UNDERSCORE):
        end = run(data, at + 1, stop, flags, DECIMAL)
        if end == at + 1:
            break
        at = found = end
    return found


@borrowing_kernel
def unit_end(data: Bytes, at: int, stop: int, flags: Bytes, short: Bytes) -> int:
    """Where the unit ends that begins here, with no white space."""
    end = at
    while end < stop and (0x41 <= data[end] <= 0x5A or (data[end] == 0xC4 and data[end + 1] == 0x90)):
        end += 1 + (data[end] == 0xC4)
    if end > at and end < stop and data[end] == FULL_STOP:
        return end + 1
    end = short_end(data, at, stop, short, 0, len(short))
    if end > at:
        return end
    end = run(data, at, stop, flags, WORD)
    if at < end and end + 3 < stop and data[end] == COLON and data[end + 1] == SLASH == data[end + 2]:
        code, width = decode(data, end + 3)
        if not flags[code] & WHITE:
            at = end + 3
            while at < stop:
                code, width = decode(data, at)
                if flags[code] & WHITE:
                    break
                at += width
            return at
    for other in (address_end(data, at, stop), number_end(data, at, stop, flags)):
        if other > at:
            return other
    return end if end > at else at + decode(data, at)[1]


@borrowing_kernel
def class_bits(data: Bytes, at: int, end: int, flags: Bytes) -> int:
    """The class of a unit, see `class_of`."""
    known, cased = 0, False
    while at < end:
        code, width = decode(data, at)
        known = class_flags(known, cased, flags[code])
        cased = flags[code] & (UPPER | LOWER | TITLE) != 0
        at += width
    ruled_out = known & 7 if known & 8 != 0 else known & 7 | IS_UPPER | IS_TITLE
    return 7 & ~ruled_out


@borrowing_kernel
def read_unit(
    data: Bytes, at: int, stop: int, flags: Bytes, small: Integers, kind: int
) -> tuple[int, np.uint64, int]:
    """Where characters of a kind end (`ANY`: `stop`), the hash of their small forms, and what is known of any."""
    found, seen = np.uint64(GOLDEN), 0
    while at < stop:
        code, width = decode(data, at)
        known = int(flags[code])
        if kind != ANY and not known & kind:
            break
        seen |= known
        if code < LOWERED:
            code = small[code]
        found = (found ^ np.uint64(code)) * np.uint64(GOLDEN)
        found ^= found >> np.uint64(29)
        at += width
    return at, found, seen


@borrowing_kernel
def without_blank(data: Bytes, start: int, end: int, numbers: Bytes, blank: npt.NDArray[np.bool_]) -> int:
    """Where a unit ends without white space at its end; its start, if there is nothing else."""
    while end > start:
        back = end - 1
        while data[back] & 0xC0 == 0x80:
            back -= 1
        if not blank[numbers[decode(data, back)[0]]]:
            break
        end = back
    return end


@kernel
def read_syllables(  # noqa: PLR0917
    texts: Strings,
    rows: Integers,
    flags: Bytes,
    small: Integers,
    short: Bytes,
    numbers: Bytes,
    blank: npt.NDArray[np.bool_],
    starts: Spans,
    ends: Spans,
    codes: Hashes,
    classes: Hashes,
    apart: Bytes,
    offsets: Integers,
) -> None:
    """Units as `syllables` has them.

    Nearly all are letters with nothing behind them that could belong to the unit, or single marks.

    Args:
        texts, rows: which texts.
        flags, small, short: see `Letters`.
        numbers, blank: the kind of each code point, and whether such a kind is white space to `Words`.
        starts, ends: where units begin and end, less such white space at the end, of which some units consist.
        codes: see `boundary_model.code_of`.
        classes: uint64 (units,), see `class_of`.
        apart: uint8 (units,), 1 where `kept_apart` holds.
        offsets: int64 (rows + 1,), where the units of each text begin.
    """
    data, count = texts.data, 0
    for i in range(len(rows)):
        at, stop, edge = texts.offsets[rows[i]], texts.offsets[rows[i] + 1], 0
        while at < stop:
            code, width = decode(data, at)
            first = int(flags[code])
            if first & WHITE:
                at += width
                continue
            starts[count], end = at, at + width
            longer = code in BEGINS_LONGER
            if first & WORD:
                end, found, seen = read_unit(data, at, stop, flags, small, WORD)
                longer = first & DECIMAL != 0 or (end < stop and data[end] in GOES_ON)
            if longer:
                end = unit_end(data, at, stop, flags, short)
            if longer or not first & WORD:
                _, found, seen = read_unit(data, at, end, flags, small, ANY)
            codes[count] = found
            classes[count] = 0
            if seen & (UPPER | TITLE | DIGIT):
                classes[count] = np.uint64(class_bits(data, at, end, flags))
            here = first & (DIGIT | TITLE | PUNCTUATION)
            if at + width < end:
                here &= DIGIT | TITLE
            marks, title = (here | edge) & (DIGIT | PUNCTUATION), here & TITLE and not edge & TITLE
            apart[count] = marks != 0 or title != 0
            ends[count] = end
            if longer or not first & WORD:
                ends[count] = without_blank(data, at, end, numbers, blank)
            count, edge, at = count + 1, here, end
        offsets[i + 1] = count
