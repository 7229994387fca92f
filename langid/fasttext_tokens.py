"""Texts to words, 64 bytes at a time, and words to hashes, eight bytes at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .byte_bits import spaces, trailing_zeros
from .kernels import borrowing_kernel
from .prefetch import prefetch
from .vectors import load64

BLOCK = 64
"""Bytes looked at in one go, and room to be left behind a text."""

TOKENS = 256
"""Words of a text that are looked at in one go: their bytes stay in the processor's nearest cache."""

LONGEST = 32
"""Bytes of the longest word that is kept whole; longer ones seldom come again."""

PARTS = LONGEST // 8
"""Numbers that hold the bytes of a word."""

LABEL_TOKEN = -2
"""The slot of a token that is a label and has no slot."""

_BLANK = 0x20
_END = int.from_bytes(b"</s>", "little")
_LABEL, _LABEL_END = int.from_bytes(b"__label_", "little"), ord("_")
_FACTOR_A, _FACTOR_B, _FACTOR_C = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9


class Tokens(NamedTuple):
    """Scratch: the next words of a text.

    Attributes:
        starts, ends, lengths: int64 (TOKENS + BLOCK,), where they are in the data.
        parts: int64 (TOKENS + BLOCK, PARTS), their first bytes, zeros after the end.
        hashes: uint64 (TOKENS + BLOCK,), their hashes.
        slots: int64 (TOKENS + BLOCK,), where they are in the table of words; -1 for nowhere, LABEL_TOKEN for a label.
        mask: uint8 (2 * LONGEST,), bits set in the first half.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lengths: NDArray[np.int64]
    parts: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    slots: NDArray[np.int64]
    mask: NDArray[np.uint8]


def tokens() -> Tokens:
    """Room for the next words."""
    room = TOKENS + BLOCK
    return Tokens(
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty((room, PARTS), np.int64),
        np.empty(room, np.uint64),
        np.empty(room, np.int64),
        np.repeat(np.array([0xFF, 0], np.uint8), LONGEST),
    )


@borrowing_kernel
def copy_text(data: Any, start: Any, end: Any, text: Any) -> Any:
    """Copies a text to where it can be read beyond its end; its length."""
    count = end - start
    source, target, rest = data[start:end], text[:count], text[count : count + 2 * BLOCK]
    for i in range(count):
        target[i] = source[i]
    for i in range(2 * BLOCK):
        rest[i] = _BLANK
    return count


@borrowing_kernel
def next_tokens(text: Any, at: Any, end: Any, tokens: Any, sets: Any) -> Any:
    """The next words of a text, and where the rest begins; "</s>" ends a text.

    The words' rows of `sets`, their hashes' remainders, are asked for.
    """
    count, at = _split(text, at, end, tokens.starts, tokens.ends)
    last = _take_parts(text, count, tokens, sets)
    return last, at if last == count else end


@borrowing_kernel
def _split(text: Any, at: Any, end: Any, starts: Any, ends: Any) -> Any:
    """Where words begin and end, as many as there is room for, and where the rest begins, at the start of a word."""
    begun = ended = 0
    before = np.uint64(1)  # whether the byte before parts words
    while at < end and begun <= TOKENS:
        found = spaces(text, at)
        shifted = (found << np.uint64(1)) | before
        first, last = ~found & shifted, found & ~shifted
        before = found >> np.uint64(63)
        while first:
            starts[begun] = at + trailing_zeros(first)
            begun += 1
            first &= first - np.uint64(1)
        while last:
            ends[ended] = at + trailing_zeros(last)
            ended += 1
            last &= last - np.uint64(1)
        at += BLOCK
    if begun > ended and at >= end:
        ends[ended] = end
        ended += 1
    elif begun > ended:
        at = starts[ended]  # the next call's first one; there are many before it
    return ended, at


@borrowing_kernel
def _take_parts(text: Any, count: Any, tokens: Any, sets: Any) -> Any:
    """The bytes and hashes of the words up to the end of the text, and how many there are; asks for their sets."""
    parts, mask, starts, ends = tokens.parts, tokens.mask, tokens.starts, tokens.ends
    last = count
    most = np.uint64(max(len(sets), 1) - 1)
    for token in range(count):
        start, length = starts[token], ends[token] - starts[token]
        cut = LONGEST - min(length, LONGEST)
        a = load64(text, start) & load64(mask, cut)
        b = load64(text, start + 8) & load64(mask, cut + 8)
        c = load64(text, start + 16) & load64(mask, cut + 16)
        d = load64(text, start + 24) & load64(mask, cut + 24)
        value = hash_parts(a, b, c, d)
        parts[token, 0], parts[token, 1] = np.int64(a), np.int64(b)
        parts[token, 2], parts[token, 3] = np.int64(c), np.int64(d)
        tokens.lengths[token] = length
        tokens.hashes[token] = value
        prefetch(sets, np.int64(value & most))
        if a == np.uint64(_END):
            last = min(last, token)
    return last


@borrowing_kernel
def hash_parts(a: Any, b: Any, c: Any, d: Any) -> Any:
    """A hash (uint64) of the first bytes of a word, as numbers (uint64)."""
    left = (a ^ (c * np.uint64(_FACTOR_C))) * np.uint64(_FACTOR_A)
    right = (b ^ (d * np.uint64(_FACTOR_C))) * np.uint64(_FACTOR_B)
    value = left ^ (left >> np.uint64(32)) ^ right ^ (right >> np.uint64(29))
    value *= np.uint64(_FACTOR_C)
    return value ^ (value >> np.uint64(32))


@borrowing_kernel
def is_label(parts: Any, token: Any) -> Any:
    """Whether a word begins like a label."""
    return parts[token, 0] == _LABEL and (parts[token, 1] & 0xFF) == _LABEL_END
