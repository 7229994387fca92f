"""Formatting only where it could change something: a kernel says which steps may concern which document.

The kernel looks for what each step of formatting.py must find to change a text; finding it is no promise that
the step does. So `format_batch` equals `format_text` on every document, and clean text is read once and not
turned into a Python string.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..langid.byte_bits import trailing_zeros
from ..langid.kernels import Strings, decode, from_arrow, inlined_kernel, kernel, read_only
from .byte_vectors import places_beside_text
from .formatting import (
    ATOM,
    FormattingOptions,
    format_text,
    repair,
    replace_emails,
    replace_ip_addresses,
    replace_table_lines,
)
from .mojibake import ASTRAL, Mojibake, mojibake_tables

FTFY, EMAILS, IP_ADDRESSES, TABLE_LINES = 1, 2, 4, 8
"""Bits of what the kernel says of a document: the steps that could change it."""

BAR, SPACE, DOT, AT, AMPERSAND, NEWLINE = map(ord, "| .@&\n")
HASH, SEMICOLON, HYPHEN, BRACKET, DELETE, ZERO = map(ord, "#;-[\x7f0")
LINE_ENDS = "\x85\u2028\u2029"
"""Line ends beyond ASCII."""

ENTITY_MAX = 24
"""Letters and digits of the longest entity that ftfy looks for."""

PLAIN, CONTROL, LINE_END, BAR_BYTE, DOT_BYTE, AT_BYTE, AMPERSAND_BYTE, FOREIGN = range(8)
"""Kinds of bytes at which something must be looked at; the last are first bytes of characters beyond ASCII."""

DIGIT, ALPHANUMERIC, ATOM_BYTE = 8, 16, 32
"""Bits beside the kind: what may stand in numbers, names, and local parts of e-mail addresses."""


@cache
def byte_table() -> NDArray[np.uint8]:
    """Kind and bits of each byte: uint8 (256,)."""
    table = np.zeros(256, np.uint8)
    beginnings = [chr(code_point) for code_point in np.flatnonzero(mojibake_tables().begins)]
    table[[character.encode(errors="surrogatepass")[0] for character in [*beginnings, *LINE_ENDS]]] = FOREIGN
    table[[0xF0 + plane for plane in range(5)]] = FOREIGN
    table[:0x20] = CONTROL
    table[DELETE] = CONTROL
    table[[ord(c) for c in "\r\f"]] = LINE_END
    table[[ord(c) for c in "\t\n"]] = PLAIN
    table[[BAR, DOT, AT, AMPERSAND]] = BAR_BYTE, DOT_BYTE, AT_BYTE, AMPERSAND_BYTE
    alphanumeric = [byte for byte in range(0x80) if chr(byte).isalnum()]
    table[alphanumeric] |= ALPHANUMERIC
    table[[byte for byte in alphanumeric if chr(byte).isdigit()]] |= DIGIT
    table[[ord(c) for c in ATOM]] |= ATOM_BYTE
    return table


def format_batch(texts: pa.Array, options: FormattingOptions) -> pa.Array:
    """The texts as they are exported, in an array of the same type; the same array where none changes.

    Args:
        texts: string or large_string without nulls.
        options: which steps to take.

    >>> format_batch(pa.array(["clean", "schÃ¶n", "8.8.8.8"]), FormattingOptions()).to_pylist()
    ['clean', 'schön', '22.214.171.124']
    """
    steps = steps_needed(texts) & wanted(options)
    rows = np.flatnonzero(steps)
    if not len(rows):
        return texts
    changing = texts.take(pa.array(rows)).to_pylist()
    formatted = [
        _format(text, options, step) for text, step in zip(changing, steps[rows].tolist(), strict=True)
    ]
    return pc.replace_with_mask(texts, pa.array(steps != 0), pa.array(formatted, texts.type))


def wanted(options: FormattingOptions) -> int:
    """The bits of the steps to take.

    >>> wanted(FormattingOptions(ftfy=False))
    14
    """
    pii = EMAILS | IP_ADDRESSES
    return FTFY * options.ftfy | pii * options.pii | TABLE_LINES * options.table_lines


def _format(text: str, options: FormattingOptions, steps: int) -> str:
    """The text with `steps` taken; with all later ones, too, once ftfy has changed it."""
    if steps & FTFY:
        repaired = repair(text)
        if repaired != text:
            return format_text(repaired, options._replace(ftfy=False))
    # What replaces an e-mail address is no part of an IP address; what replaces either is no table line, and ends none.
    if steps & EMAILS:
        text = replace_emails(text)
    if steps & IP_ADDRESSES:
        text = replace_ip_addresses(text)
    return replace_table_lines(text) if steps & TABLE_LINES else text


def steps_needed(texts: pa.Array) -> NDArray[np.uint8]:
    """Which steps could change each text: uint8 (texts,), bits `FTFY`, `EMAILS`, `IP_ADDRESSES`, `TABLE_LINES`.

    >>> steps_needed(pa.array(["Ça va « bien » ?", "a@b.de", "x\\n| |", "R&eacute;"])).tolist()
    [0, 2, 8, 1]
    """
    strings, mojibake = read_only(from_arrow(texts)), read_only(mojibake_tables())
    needed = np.zeros(len(texts), np.uint8)
    _steps_needed(strings, mojibake, read_only(byte_table()), needed)
    return needed


@kernel
def _is_entity(data: NDArray[np.uint8], at: int, end: int, table: NDArray[np.uint8]) -> bool:
    """Whether an HTML entity begins at the ampersand `at`: letters and digits, perhaps after #, then a semicolon."""
    at += 1
    if at < end and data[at] == HASH:
        at += 1
    last = min(end, at + ENTITY_MAX + 1)
    begin = at
    while at < last and table[data[at]] & ALPHANUMERIC:
        at += 1
    return bool(begin < at < last and data[at] == SEMICOLON)


@kernel
def _is_email(data: NDArray[np.uint8], begin: int, at: int, end: int, table: NDArray[np.uint8]) -> bool:
    """Whether the @ at `at` may be that of an address: an atom before it, after it a dotted name or a bracket."""
    if at == begin or at + 1 >= end or not table[data[at - 1]] & ATOM_BYTE:
        return False
    at += 1
    if data[at] == BRACKET:
        return True
    if not table[data[at]] & ALPHANUMERIC:
        return False
    while at < end and (table[data[at]] & ALPHANUMERIC or data[at] == HYPHEN):
        at += 1
    named = data[at - 1] != HYPHEN and at + 1 < end and data[at] == DOT
    return bool(named and table[data[at + 1]] & ALPHANUMERIC)


@kernel
def _is_ip_address(data: NDArray[np.uint8], begin: int, at: int, end: int, table: NDArray[np.uint8]) -> bool:
    """Whether the full stop at `at` may be the first of a public address: `formatting.IP_ADDRESS` finds it, and it is
    not of a range that no Python takes for public."""
    if at == begin or not table[data[at - 1]] & DIGIT:
        return False
    dot, second, third, found = at, -1, -1, False
    for _ in range(2):
        second, third = third, _octet(data, dot + 1, end, table)
        if third < 0:
            return False
        dot += 1 + _digits(data, dot + 1, end, table)
        if dot >= end or data[dot] != DOT:
            return False
    if dot + 1 >= end or not table[data[dot + 1]] & DIGIT:
        return False
    # It begins with as many digits before the first stop as make a number below 256; with fewer where a match before
    # it, which ends behind a stop, may have taken the others.
    first, power, public = 0, 1, False
    before = 1
    while at - before >= begin and table[data[at - before]] & DIGIT:
        if before <= 3:
            first += power * (int(data[at - before]) - ZERO)
            power *= 10
            if first < 256:
                public = not _is_private(first, second)
                found |= public
        before += 1
    shared = at - before >= begin and data[at - before] == DOT
    return found if shared else public


@kernel
def _digits(data: NDArray[np.uint8], at: int, end: int, table: NDArray[np.uint8]) -> int:
    """How many digits begin at `at`, up to four."""
    count = 0
    while count < 4 and at + count < end and table[data[at + count]] & DIGIT:
        count += 1
    return count


@kernel
def _octet(data: NDArray[np.uint8], at: int, end: int, table: NDArray[np.uint8]) -> int:
    """The number of up to three digits at `at`, at most 255; -1 where there is none."""
    count, number = _digits(data, at, end, table), 0
    for i in range(count):
        number = 10 * number + int(data[at + i]) - ZERO
    return number if 1 <= count <= 3 and number < 256 else -1


@kernel
def _is_private(first: int, second: int) -> bool:
    """Whether addresses that begin so are of networks, loops or the future, not of the public (RFC 6890)."""
    if first in (0, 10, 127) or first >= 240:
        return True
    return (
        (first == 172 and 16 <= second < 32)
        or (first == 192 and second == 168)
        or (first == 169 and second == 254)
    )


@kernel
def _is_table_line(data: NDArray[np.uint8], begin: int, at: int, end: int) -> bool:
    """Whether the bar at `at` is the first of a line made only of bars and spaces."""
    before = at
    while before > begin and data[before - 1] == SPACE:
        before -= 1
    if before > begin and data[before - 1] != NEWLINE:
        return False
    while at < end and (data[at] == BAR or data[at] == SPACE):
        at += 1
    return bool(at == end or data[at] == NEWLINE)


@kernel
def _ascii_step(data: NDArray[np.uint8], begin: int, at: int, end: int, table: NDArray[np.uint8]) -> int:
    """The step that the ASCII byte at `at` asks for, 0 where none."""
    kind = table[data[at]] & 7
    if kind == CONTROL:
        return FTFY | TABLE_LINES  # some of them end lines, too
    if kind == LINE_END:
        return TABLE_LINES
    if kind == BAR_BYTE:
        return TABLE_LINES if _is_table_line(data, begin, at, end) else 0
    if kind == DOT_BYTE:
        return IP_ADDRESSES if _is_ip_address(data, begin, at, end, table) else 0
    if kind == AT_BYTE:
        return EMAILS if _is_email(data, begin, at, end, table) else 0
    return FTFY if _is_entity(data, at, end, table) else 0


@inlined_kernel
def _next_place(data: NDArray[np.uint8], at: int, end: int, table: NDArray[np.uint8]) -> int:
    """The first byte from `at` on that is not plain; `end` where there is none."""
    while at + 64 <= len(data) and at < end:
        places = places_beside_text(data, at)
        if places:
            at += trailing_zeros(places)
            break
        at += 64
    while at < end and table[data[at]] & 7 == PLAIN:
        at += 1
    return min(at, end)


@kernel
def _steps_needed(
    texts: Strings, mojibake: Mojibake, table: NDArray[np.uint8], needed: NDArray[np.uint8]
) -> None:
    """Fills `needed`; see `steps_needed`."""
    data, words = texts.data, len(mojibake.starts)
    live = np.zeros(words, np.int64)
    for i in range(len(needed)):
        begin, end = texts.offsets[i], texts.offsets[i + 1]
        steps, any_live = 0, np.int64(0)
        live[:] = 0
        if end > begin and data[end - 1] == NEWLINE:
            steps = TABLE_LINES
        at = _next_place(data, begin, end, table)
        while at < end:
            code_point, size = int(data[at]), 1
            if code_point < 0x80:
                if table[code_point] & 7:
                    steps |= _ascii_step(data, begin, at, end, table)
                if any_live == 0:  # nothing that ftfy looks for begins with an ASCII character
                    at = _next_place(data, at + 1, end, table)
                    continue
            else:
                code_point, size = decode(data, at)
                if code_point == 0x85 or 0x2028 <= code_point <= 0x2029:  # LINE_ENDS
                    steps |= TABLE_LINES
            group, any_live = mojibake.classes[min(code_point, ASTRAL)], np.int64(0)
            for word in range(words):
                live[word] = (live[word] << 1 | mojibake.starts[word]) & mojibake.masks[word, group]
                any_live |= live[word]
                if live[word] & mojibake.accepts[word]:
                    steps |= FTFY
            at += size
            if any_live == 0 and at < end and table[data[at]] & 7 == PLAIN:
                at = _next_place(data, at, end, table)
        needed[i] = steps
