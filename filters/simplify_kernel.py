"""Simplified text (see simplify.py), as a kernel: one look-up per code point, one pass over the bytes.

Equal to `simplify_text`, and so to datatrove, for every code point that the running Python knows, but for two on
Pythons whose Unicode is older than their change: U+0295 (a letter without case now, which matters to a sigma beside
it) and U+1171E (a spacing mark of Ahom now).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..langid.kernels import Strings, decode, kernel, read_only
from .simplify import Mode
from .simplify_tables import (
    CASED,
    DIGIT,
    FOUR,
    IGNORABLE,
    JAMO,
    KIND,
    LONG,
    SIGMA,
    SPACE,
    STARTER,
    SYLLABLE,
    SimplifyTables,
    simplify_tables,
)

GROWTH = 3  # bytes at most that one byte becomes: Hangul syllables and musical symbols; guarded by a test
SPACE_BYTE, ZERO_BYTE = 0x20, 0x30
FINAL_SIGMA, SMALL_SIGMA = 0x3C2, 0x3C3


def simplify(texts: Strings, mode: Mode = "recipe") -> Strings:
    """Texts as they are compared.

    Args:
        texts: the texts as they came.
        mode: 'recipe' or 'unicode', see simplify.py.

    Returns:
        as many texts, in memory of their own.

    >>> import pyarrow as pa
    >>> from polysift.langid.kernels import from_arrow, to_arrow
    >>> to_arrow(simplify(from_arrow(pa.array(["Ação, 3,14!", "ΟΔΟΣ", "ที่นี่"])))).to_pylist()
    ['acao 0', 'οδος', 'ทน']
    """
    size = int(texts.offsets[-1] - texts.offsets[0])
    out = np.empty(GROWTH * size + 3, np.uint8)  # pages that nothing is written to take no memory
    offsets = _simplify(*read_only(texts), simplify_tables(mode), out)
    return Strings(out[: offsets[-1]], offsets)


@kernel
def _simplify(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], tables: SimplifyTables, out: NDArray[np.uint8]
) -> NDArray[np.int64]:
    ends = np.zeros_like(offsets)
    for i in range(len(offsets) - 1):
        begin = ends[i]
        end = _simplify_text(data, offsets[i], offsets[i + 1], tables, out, begin)
        while end > begin and out[end - 1] == SPACE_BYTE:
            end -= 1
        ends[i + 1] = end
    return ends


@kernel
def _simplify_text(
    data: NDArray[np.uint8], start: int, end: int, tables: SimplifyTables, out: NDArray[np.uint8], begin: int
) -> int:
    """Writes a text from `out[begin]` on, maybe with spaces behind it; returns where it ends."""
    at, floor, at_space, i = begin, begin, False, start
    while i < end:
        point, size = decode(data, i)
        entry = tables.entries[point]
        kind = entry & KIND
        if kind in (1, SPACE):  # without a branch on which: it would be taken at the end of each word
            out[at] = entry >> 8 & 0xFF
            at += not (kind == SPACE and (at_space or at == begin))
            at_space = kind == SPACE
            i += size
            continue
        at_space = False
        if kind < FOUR:
            out[at] = entry >> 8 & 0xFF
            out[at + 1] = entry >> 16 & 0xFF
            out[at + 2] = entry >> 24
            at += kind
        elif kind == DIGIT:
            out[at] = ZERO_BYTE
            at += 1
            i = _number_end(data, i + size, end, tables.entries)
            continue
        elif kind == STARTER:
            floor = at
        elif kind == SIGMA:
            final = _is_final(data, start, i, end, tables.entries)
            at = _write(FINAL_SIGMA if final else SMALL_SIGMA, out, at)
        elif kind == SYLLABLE:
            at = _decompose(point, out, at)
        elif kind == JAMO:
            at = _compose(point, out, at, begin)
        elif kind == FOUR:
            at = _copy(data, i, i + size, out, at)
        else:
            row = int(entry >> 8)
            first, last = tables.long_offsets[row], tables.long_offsets[row + 1]
            if kind == LONG:
                at = _copy(tables.long, first, last, out, at)
            else:
                at = _insert(tables.long, first, last, tables.classes, out, at, floor)
        i += size
    return at


@kernel
def _copy(data: NDArray[np.uint8], start: int, end: int, out: NDArray[np.uint8], at: int) -> int:
    for i in range(start, end):
        out[at] = data[i]
        at += 1
    return at


@kernel
def _write(point: int, out: NDArray[np.uint8], at: int) -> int:
    """Writes a code point from U+0080 to U+FFFF."""
    if point < 0x800:
        out[at] = 0xC0 | point >> 6
        out[at + 1] = 0x80 | point & 0x3F
        return at + 2
    _write_three(point, out, at)
    return at + 3


@kernel
def _write_three(point: int, out: NDArray[np.uint8], at: int) -> None:
    """Writes a code point from U+0800 to U+FFFF."""
    out[at] = 0xE0 | point >> 12
    out[at + 1] = 0x80 | point >> 6 & 0x3F
    out[at + 2] = 0x80 | point & 0x3F


@kernel
def _before(data: NDArray[np.uint8], at: int) -> int:
    """Where the code point that ends at `at` begins."""
    at -= 1
    while data[at] & 0xC0 == 0x80:
        at -= 1
    return at


@kernel
def _number_end(data: NDArray[np.uint8], i: int, end: int, entries: NDArray[np.uint32]) -> int:
    """Where the number ends whose first digit ends at `i`: digits, and a separator before more digits."""
    i = _digits_end(data, i, end, entries)
    if i < end:
        point, size = decode(data, i)
        if point in (0x2E, 0x2C, 0x60C, 0x66B, 0x2396, 0x2397, 0x2398):
            more = _digits_end(data, i + size, end, entries)
            if more > i + size:
                return more
    return i


@kernel
def _digits_end(data: NDArray[np.uint8], i: int, end: int, entries: NDArray[np.uint32]) -> int:
    while i < end:
        point, size = decode(data, i)
        if entries[point] & KIND != DIGIT:
            break
        i += size
    return i


@kernel
def _is_final(data: NDArray[np.uint8], start: int, i: int, end: int, entries: NDArray[np.uint32]) -> bool:
    """Whether the sigma at `i` ends a word: a letter with case before it, none after it, past ignorable ones."""
    before, found = i, False
    while before > start and not found:
        before = _before(data, before)
        entry = entries[decode(data, before)[0]]
        if entry & IGNORABLE == 0:
            if entry & CASED == 0:
                return False
            found = True
    after = i + 2
    while found and after < end:
        point, size = decode(data, after)
        if entries[point] & IGNORABLE == 0:
            return bool(entries[point] & CASED == 0)
        after += size
    return found


@kernel
def _decompose(point: int, out: NDArray[np.uint8], at: int) -> int:
    """Writes the jamo of a Hangul syllable (formula of the Unicode Standard, section 3.12)."""
    index = point - 0xAC00
    final = index % 28
    _write_three(0x1100 + index // 588, out, at)
    _write_three(0x1161 + index % 588 // 28, out, at + 3)
    # Without a branch: where there is no final consonant, what comes next is written over it.
    _write_three(0x11A7 + final, out, at + 6)
    return at + 6 + 3 * int(final != 0)


@kernel
def _compose(point: int, out: NDArray[np.uint8], at: int, begin: int) -> int:
    """Writes a vowel or a final consonant, into the syllable before it where it belongs to that one."""
    if at > begin:
        place = _before(out, at)
        before = decode(out, place)[0]
        if point < 0x11A8:
            if 0x1100 <= before <= 0x1112:
                return _write(0xAC00 + ((before - 0x1100) * 21 + point - 0x1161) * 28, out, place)
        elif 0xAC00 <= before <= 0xD7A3 and (before - 0xAC00) % 28 == 0:
            return _write(before + point - 0x11A7, out, place)
    return _write(point, out, at)


@kernel
def _insert(
    data: NDArray[np.uint8],
    first: int,
    last: int,
    classes: NDArray[np.uint8],
    out: NDArray[np.uint8],
    at: int,
    floor: int,
) -> int:
    """Writes code points, each before those marks behind `floor` that have a higher combining class."""
    while first < last:
        point, size = decode(data, first)
        place = at
        while classes[point] and place > floor:
            before = _before(out, place)
            if classes[decode(out, before)[0]] <= classes[point]:
                break
            place = before
        for i in range(at - 1, place - 1, -1):
            out[i + size] = out[i]
        _copy(data, first, first + size, out, place)
        first, at = first + size, at + size
    return at
