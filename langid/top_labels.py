"""The top labels of texts as JSON, written by a kernel; predictions that are one language are one label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .kernels import from_arrow, kernel

SCORE_DIGITS = 6
"""Decimals of the scores: about what a 32-bit float holds."""

_LONGEST_SCORE = 2 + SCORE_DIGITS


def top_labels(
    offsets: NDArray[np.int64],
    labels: NDArray[np.int64],
    scores: NDArray[np.float64],
    names: Sequence[str],
    above: float,
) -> pa.Array:
    """JSON objects of labels and scores, such as '{"por_Latn_score": 0.98, "glg_Latn_score": 0.012}'.

    Args:
        offsets: (texts + 1,): the predictions of text i are `offsets[i]` to `offsets[i + 1]`, best first.
        labels: (predictions,), positions in `names`; of those that are the same in one text, the first counts.
        scores: (predictions,), at most 1, values of 32-bit floats, so that rounding to 6 decimals is exact.
        names: the labels, plain ASCII.
        above: only predictions that score more than this are told; at least 0.0001.

    >>> offsets, labels = np.array([0, 3, 3]), np.array([1, 0, 1])
    >>> top_labels(offsets, labels, np.array([0.75, 0.125, 0.0625]), ["glg_Latn", "por_Latn"], 0.01).to_pylist()
    ['{"por_Latn_score": 0.75, "glg_Latn_score": 0.125}', '{}']
    """
    keys = from_arrow(pa.array([f'"{name}_score": ' for name in names], pa.string()))
    room = int((np.diff(keys.offsets)[labels] + 2 + _LONGEST_SCORE).sum()) + 2 * (len(offsets) - 1)
    written, ends = np.empty(room, np.uint8), np.zeros(len(offsets), np.int32)
    data = keys.data.view()
    data.flags.writeable = False
    _write(offsets, labels, scores, data, keys.offsets, above, written, ends)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(written[: ends[-1]])]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


@kernel
def _write(
    offsets: Any, labels: Any, scores: Any, keys: Any, key_offsets: Any, above: float, written: Any, ends: Any
) -> None:
    at = 0
    for text in range(len(offsets) - 1):
        written[at] = 0x7B  # {
        at += 1
        begin = at
        for i in range(offsets[text], offsets[text + 1]):
            if scores[i] > above and not _is_among(labels, offsets[text], i):
                if at > begin:
                    written[at], written[at + 1] = 0x2C, 0x20  # a comma and a space
                    at += 2
                for k in range(key_offsets[labels[i]], key_offsets[labels[i] + 1]):
                    written[at] = keys[k]
                    at += 1
                at = _write_score(scores[i], written, at)
        written[at] = 0x7D  # }
        at += 1
        ends[text + 1] = at


@kernel
def _is_among(labels: Any, first: int, at: int) -> Any:
    """Whether the label at `at` has come before, from `first` on."""
    found = False
    for i in range(first, at):
        found |= labels[i] == labels[at]
    return found


@kernel
def _write_score(score: Any, written: Any, at: Any) -> Any:
    """Writes a score with as many digits as Python's json does for one rounded to 6 decimals; where it ends."""
    # The product is exact: 24 bits of the score times 14 of the odd part of a million.
    millionths = np.int64(np.rint(score * 1_000_000))
    written[at] = 0x30 + millionths // 1_000_000
    written[at + 1] = 0x2E
    at += 2
    rest, place = millionths % 1_000_000, 100_000
    first = True
    while first or rest:
        written[at] = 0x30 + rest // place
        rest, place = rest % place, place // 10
        at += 1
        first = False
    return at
