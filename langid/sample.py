"""Evenly spaced parts of long texts: enough to tell a language by, at a fraction of the work."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kernels import Strings, kernel

PARTS = 8
"""Parts that a long text is read in. Eight of 256 bytes still hold dozens of words each."""


def sample(texts: Strings, size: int) -> Strings:
    """The texts, those of more than `size` bytes cut down to parts of them that have at most as many together.

    The parts are equally long and evenly spaced, the first at the text's beginning and the last at its end. Each is
    cut back to whole words, or to whole characters where it has no white space, and followed by a space.

    Args:
        texts: valid UTF-8.
        size: at least 64 bytes.

    >>> from .kernels import from_arrow, to_arrow
    >>> import pyarrow as pa
    >>> numbers = " ".join(map(str, range(100, 200)))
    >>> to_arrow(sample(from_arrow(pa.array(["short", numbers])), 96)).to_pylist()
    ['short', '100 101 102   114 115   128 129   142 143   156 157   170 171   183 184   197 198 199 ']
    """
    lengths = np.diff(texts.offsets)
    if not (lengths > size).any():
        return texts
    offsets = np.concatenate([[0], np.cumsum(np.minimum(lengths, size + PARTS))])
    data = np.empty(offsets[-1], np.uint8)
    ends = np.zeros(len(offsets), np.int64)
    given = texts.data.view()
    given.flags.writeable = False
    _sample(given, texts.offsets, size, data, ends)
    return Strings(data, ends)


@kernel
def _sample(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    size: int,
    sampled: NDArray[np.uint8],
    ends: NDArray[np.int64],
) -> None:
    at = 0
    for text in range(len(offsets) - 1):
        begin, length = offsets[text], offsets[text + 1] - offsets[text]
        if length <= size:
            for i in range(length):
                sampled[at + i] = data[begin + i]
            at += length
        else:
            part = size // PARTS
            for number in range(PARTS):
                first = begin + number * (length - part) // (PARTS - 1)
                first, last = _whole_words(data, first, first + part, number > 0, number < PARTS - 1)
                for i in range(first, last):
                    sampled[at] = data[i]
                    at += 1
                sampled[at] = 0x20
                at += 1
        ends[text + 1] = at


@kernel
def _whole_words(
    data: NDArray[np.uint8], first: int, last: int, cut_first: bool, cut_last: bool
) -> tuple[int, int]:
    """The part from `first` to `last` without what is left of a word, or a character, at the ends that are cut."""
    start, end = first, last
    if cut_first:
        while start < last and data[start] > 0x20:
            start += 1
    if cut_last:
        while end > first and data[end - 1] > 0x20:
            end -= 1
    if start >= end:  # a script that writes no spaces, or one long word
        start, end = first, last
        while cut_first and start < last and data[start] & 0xC0 == 0x80:
            start += 1
        while cut_last and end > first and data[end] & 0xC0 == 0x80:
            end -= 1
    return start, end
