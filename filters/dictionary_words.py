"""Where ICU divides segments that hold Thai, Lao, Khmer, Burmese, Han or Kana, by its dictionaries.

Han and Kana in their normal form are divided as by ICU, without it (han_kana_kernel.py). ICU is given many of the
other segments in one call, and each different one once: a line that stands on many pages, and what a text and its
simplified form have in common, is divided the first time only.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import kernel
from .han_kana_kernel import divide_runs
from .hash_kernel import MIX
from .word_break_rules import icu_breaker, unknown_to_dictionaries

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Spans = npt.NDArray[np.integer[Any]]  # int32 or int64, by `span_type`

NEWLINE = 10
HAN_KANA = 0xE3  # the least first byte of Han and Kana; those of the other scripts are less
CHUNK = 1 << 22  # bytes of text that ICU divides in one call


class Inside(NamedTuple):
    """Where segments are divided.

    Attributes:
        offsets: int64 (segments + 1,): the bounds of segment i are `bounds[offsets[i]:offsets[i + 1]]`.
        bounds: of the type of the segments, in bytes from the beginning of the segment, without both of its ends.
    """

    offsets: Integers
    bounds: Spans


class Divided:
    """Segments that ICU has divided, by a hash of 64 bits of their bytes; runs of Han and Kana are not kept."""

    def __init__(self) -> None:
        self.keys: Keys = np.empty(0, np.uint64)
        self.inside = Inside(np.zeros(1, np.int64), np.empty(0, np.int32))

    def bounds(self, data: Bytes, cuts: Spans) -> Spans:
        """Where ICU divides segments of a text, as bytes of it.

        Args:
            data: UTF-8.
            cuts: int32 or int64 (segments, 2), where segments begin and end, in order.
        """
        plain, counts = np.zeros(len(cuts), np.bool_), np.zeros(len(cuts), np.int64)
        found = np.empty(0, cuts.dtype)
        if (data[cuts[:, 0]] >= HAN_KANA).any():
            found = divide_runs(data, cuts, plain, counts)
        others = cuts[~plain]
        if not len(others):
            return found
        places = self._places(data, others)
        merged = np.empty(len(found) + int(np.diff(self.inside.offsets)[places].sum()), cuts.dtype)
        place_bounds(cuts, plain, counts, found, places, self.inside, merged)
        return merged

    def _places(self, data: Bytes, cuts: Spans) -> npt.NDArray[np.intp]:
        """The rows of `keys` for segments; ICU divides those that are new."""
        keys = np.empty(len(cuts), np.uint64)
        fill_keys(data, cuts, keys)
        distinct, first = np.unique(keys, return_index=True)
        new = ~np.isin(distinct, self.keys, assume_unique=True)
        self._add(distinct[new], _inside(data, cuts[first[new]]))
        return np.searchsorted(self.keys, keys)

    def _add(self, keys: Keys, inside: Inside) -> None:
        order = np.argsort(np.concatenate([self.keys, keys]), kind="stable")
        counts = np.concatenate([np.diff(self.inside.offsets), np.diff(inside.offsets)])
        starts = np.concatenate([self.inside.offsets[:-1], inside.offsets[:-1] + len(self.inside.bounds)])
        bounds = np.concatenate([self.inside.bounds, inside.bounds])
        offsets = np.concatenate([[0], np.cumsum(counts[order])])
        moved = np.repeat(starts[order] - offsets[:-1], counts[order]) + np.arange(offsets[-1])
        self.keys = np.concatenate([self.keys, keys])[order]
        self.inside = Inside(offsets, bounds[moved])


def _inside(data: Bytes, cuts: Spans) -> Inside:
    """Where ICU divides segments."""
    counts = np.zeros(len(cuts) + 1, np.int64)
    ends = np.cumsum(cuts[:, 1] - cuts[:, 0] + 1)
    marks = np.searchsorted(ends, np.arange(CHUNK, int(ends[-1]) if len(ends) else 0, CHUNK))
    parts, found, at = np.split(cuts, np.unique(marks)), [], 0
    while parts:
        part = parts.pop(0)
        lines = np.empty(int((part[:, 1] - part[:, 0]).sum()) + len(part), np.uint8)
        copy_lines(data, part, lines)
        text = lines.tobytes().decode()
        if len(part) > 1 and unknown_to_dictionaries().search(text):
            parts[:0] = _apart(part, text)
            continue
        bounds = np.fromiter(map(itemgetter(1), icu_breaker(text).segments()), np.int64)
        found.append(np.empty(len(bounds), cuts.dtype))
        found[-1] = found[-1][: inner_bounds(lines, part, bounds, counts[at + 1 :], found[-1])]
        at += len(part)
    return Inside(np.cumsum(counts), np.concatenate(found))


def _apart(cuts: Spans, text: str) -> list[Spans]:
    """Segments, which are the lines of a text behind its first, in parts so that ICU says the same of each as if it
    stood alone: those that would change what is behind them (see `icu_segments`) stand alone."""
    unknown = [unknown_to_dictionaries().search(line) is not None for line in text.split("\n")[1:]]
    alone = np.flatnonzero(unknown)
    return [part for part in np.split(cuts, np.unique([*alone, *alone + 1])) if len(part)]


@kernel
def fill_keys(data: Bytes, cuts: Spans, keys: Keys) -> None:
    """Hashes of segments."""
    for i in range(len(cuts)):
        key = np.int64(cuts[i, 1] - cuts[i, 0])
        for at in range(cuts[i, 0], cuts[i, 1]):
            key = (key ^ np.int64(data[at])) * MIX
            key ^= key >> 32
        keys[i] = np.uint64(key)


@kernel
def copy_lines(data: Bytes, cuts: Spans, lines: Bytes) -> None:
    """The segments, each behind a newline, one after the other."""
    to = 0
    for i in range(len(cuts)):
        lines[to] = NEWLINE
        length = cuts[i, 1] - cuts[i, 0]
        lines[to + 1 : to + 1 + length] = data[cuts[i, 0] : cuts[i, 1]]
        to += 1 + length


@kernel
def inner_bounds(lines: Bytes, cuts: Spans, bounds: Integers, counts: Integers, found: Spans) -> int:
    """Boundaries inside of segments, in bytes from the beginning of each.

    Args:
        lines: as `copy_lines` wrote it.
        cuts: the segments.
        bounds: where ICU found boundaries in `lines`, in UTF-16 code units.
        counts: how many boundaries each segment has; written to.
        found: where they go; how many there are is returned.
    """
    count = unit = bound = to = 0
    for i in range(len(cuts)):
        unit, to = unit + 1, to + 1
        start, before = to, count
        stop = to + cuts[i, 1] - cuts[i, 0]
        while to < stop:
            while bounds[bound] < unit:
                bound += 1
            if bounds[bound] == unit and to > start:
                found[count] = to - start
                count += 1
            width = 1 + (lines[to] >= 0xC0) + (lines[to] >= 0xE0) + (lines[to] >= 0xF0)
            unit += 1 + (width == 4)
            to += width
        counts[i] = count - before
    return count


@kernel
def place_bounds(
    cuts: Spans,
    plain: npt.NDArray[np.bool_],
    counts: Integers,
    found: Spans,
    places: npt.NDArray[np.intp],
    inside: Inside,
    merged: Spans,
) -> None:
    """All bounds in order: the `found` ones of plain segments and those of the others, whose rows are `places`."""
    count = other = at = 0
    for i in range(len(cuts)):
        if plain[i]:
            merged[count : count + counts[i]] = found[at : at + counts[i]]
            count, at = count + counts[i], at + counts[i]
            continue
        for k in range(inside.offsets[places[other]], inside.offsets[places[other] + 1]):
            merged[count] = cuts[i, 0] + inside.bounds[k]
            count += 1
        other += 1
