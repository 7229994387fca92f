"""The words of `korean`, as numba kernels: runs of jamo, 64 bytes at a time, and the model's words between them.

Of letters and digits of ASCII and spaces the model makes runs of letters and runs of digits, whatever their order
(tests/filters/test_korean.py looks at all that it can tell apart), so most of these parts need no model.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..langid.byte_bits import WIDTH, lowest, trailing_zeros
from ..langid.kernels import Strings, Words, inlined_kernel, kernel, span_type
from .boundary_kernel import boundary_words_batch
from .korean import MODEL
from .word_tables import SPACE
from .word_vectors import jamo_bytes

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]  # int32 or int64, by `span_type`

BLANK, LETTER, DIGIT, OTHER = 0, 1, 2, 4
"""Kinds of bytes between jamo: a space, of ASCII, any other."""


@inlined_kernel
def jamo_in(data: Bytes, at: Any, end: Any) -> Any:
    """Which of the 64 bytes from a place on begin a jamo, of those before `end`, which may be the last one."""
    if at + WIDTH < len(data):
        return jamo_bytes(data, at) & lowest(end - at)
    found = np.uint64(0)
    for place in range(at, min(at + WIDTH, end - 1)):
        begins = data[place] == 0xE1 and 0x84 <= data[place + 1] <= 0x87
        found |= np.uint64(begins) << np.uint64(place - at)
    return found


@kernel
def part_texts(texts: Strings, rows: Integers, bounds: Integers, firsts: Integers) -> None:
    """Where parts of texts begin: in each text what is before a run of jamo, the run, and so on; last what is no jamo.

    Args:
        texts: valid UTF-8.
        rows: which texts.
        bounds: int64 (2 * texts + 2 * bytes // 3,), where each part begins and the last one of a text ends; written to.
            Between two texts is one more.
        firsts: int64 (texts + 1,), the number of each text's first part; written to.
    """
    count = 0
    for i, row in enumerate(rows):
        at, end = texts.offsets[row], texts.offsets[row + 1]
        bounds[count] = at
        count += 1
        # Whether the byte before is of a jamo, and what of one is behind 64 bytes.
        inside = above = np.uint64(0)
        while at < end:
            leads = jamo_in(texts.data, at, end)
            jamo = leads | leads << np.uint64(1) | leads << np.uint64(2) | above
            above = leads >> np.uint64(63) | leads >> np.uint64(62)
            changes = jamo ^ (jamo << np.uint64(1) | inside)
            inside = jamo >> np.uint64(63)
            while changes:
                bounds[count] = at + trailing_zeros(changes)
                count += 1
                changes &= changes - np.uint64(1)
            at += WIDTH
        if (count - firsts[i]) % 2 == 0:  # a run reaches to the end of the text, at the end of 64 bytes
            bounds[count] = end
            count += 1
        bounds[count] = end
        count += 1
        firsts[i + 1] = count


@kernel
def parts_to_divide(data: Bytes, bounds: Integers, firsts: Integers, kinds: Bytes, chosen: Integers) -> int:
    """Fills `chosen` with the numbers of parts that need the model; returns how many they are."""
    count = 0
    for i in range(len(firsts) - 1):
        for part in range(firsts[i], firsts[i + 1] - 1, 2):
            highest = 0
            for at in range(bounds[part], bounds[part + 1]):
                highest |= kinds[data[at]]
            chosen[count] = part
            count += highest >> 2
    return count


@kernel
def join_parts(  # noqa: PLR0917
    data: Bytes,
    bounds: Integers,
    firsts: Integers,
    kinds: Bytes,
    chosen: Integers,
    words: Words,
    starts: Spans,
    ends: Spans,
    offsets: Integers,
) -> None:
    """The words of texts: parts that are jamo, the words of those that are `chosen`, runs in the others.

    Args:
        bounds, firsts, kinds, chosen: see `part_texts` and `parts_to_divide`.
        words: those of the chosen parts.
        starts, ends, offsets: see `Words`, room for one word more; written to.
    """
    count = of = 0
    for i in range(len(firsts) - 1):
        for part in range(firsts[i], firsts[i + 1] - 1):
            if (part - firsts[i]) % 2:
                starts[count], ends[count] = bounds[part], bounds[part + 1]
                count += 1
            elif of < len(chosen) and chosen[of] == part:
                for word in range(words.offsets[of], words.offsets[of + 1]):
                    starts[count], ends[count] = words.starts[word], words.ends[word]
                    count += 1
                of += 1
            else:
                before = BLANK
                for at in range(bounds[part], bounds[part + 1]):
                    kind = kinds[data[at]]
                    # Without branches: what is written behind the last word is written anew.
                    starts[count] = at
                    count += int(kind not in (BLANK, before))
                    ends[count - int(kind != BLANK)] = at + 1
                    before = kind
        offsets[i + 1] = count


@cache
def byte_kinds() -> Bytes:
    """The kind of each byte: uint8 (256,)."""
    kinds = np.full(256, OTHER, np.uint8)
    kinds[SPACE] = BLANK
    kinds[[byte for byte in range(0x80) if chr(byte).isalpha()]] = LETTER
    kinds[[byte for byte in range(0x80) if chr(byte).isdigit()]] = DIGIT
    return kinds


def korean_words_batch(texts: Strings, rows: Integers) -> Words:
    """The words of some texts; equal to those of `korean.korean_words` that are not white space.

    Args:
        texts: valid UTF-8.
        rows: int64 (rows,), which of them.
    """
    size = int((texts.offsets[rows + 1] - texts.offsets[rows]).sum())
    # Pages that nothing is written to take no memory.
    bounds, firsts = np.empty(2 * len(rows) + 2 * size // 3, np.int64), np.zeros(len(rows) + 1, np.int64)
    part_texts(texts, rows, bounds, firsts)
    jamo = int(firsts[-1]) // 2 - len(rows)
    if not jamo:
        return boundary_words_batch(texts, rows, MODEL)
    bounds, kinds = bounds[: firsts[-1]], byte_kinds()
    chosen = np.empty(jamo + len(rows) + 1, np.int64)
    chosen = chosen[: parts_to_divide(texts.data, bounds, firsts, kinds, chosen)]
    starts, ends = np.empty((2, size + 1), span_type(len(texts.data)))
    words = Words(texts.data, starts[:0], ends[:0], np.zeros(1, np.int64))
    if len(chosen):
        words = boundary_words_batch(Strings(texts.data, bounds), chosen, MODEL)
    offsets = np.zeros(len(rows) + 1, np.int64)
    join_parts(texts.data, bounds, firsts, kinds, chosen, words, starts, ends, offsets)
    count = offsets[-1]
    return Words(texts.data, starts[:count], ends[:count], offsets)
