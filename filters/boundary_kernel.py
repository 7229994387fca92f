"""The words of `boundary_model`, as numba kernels: texts to units, units to labels, labels to words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, Words, decode, kernel, span_type
from ..langid.unicode_data import blank_kinds, word_break_table
from .boundary_labels import label
from .boundary_model import (
    CHARACTERS,
    CLUSTERS,
    SYLLABLES,
    boundary_model,
)
from .boundary_units import Bytes, Hashes, Integers, Spans, read_characters, read_clusters
from .boundary_weights import BLOCK, weights_of
from .boundary_windows import SPAN, windows_for
from .syllables import letters, read_syllables


@kernel
def join_characters(  # noqa: PLR0917
    codes: Hashes,
    firsts: Integers,
    begins: Bytes,
    offsets: Integers,
    numbers: Bytes,
    blank: npt.NDArray[np.bool_],
    starts: Spans,
    ends: Spans,
    word_offsets: Integers,
) -> None:
    """The words of characters; white space divides them as well.

    Args:
        codes, firsts, offsets: see `read_characters`.
        begins: which of them begin words.
        numbers, blank: the kind of each code point, and whether such a kind is white space.
        starts, ends, word_offsets: see `Words`, room for one word more; written to.
    """
    count = np.int64(0)
    for i in range(len(offsets) - 1):
        apart, at = np.int64(1), firsts[i]
        for unit in range(np.uint64(offsets[i]), np.uint64(offsets[i + 1])):
            code = codes[unit]
            end = at + 1 + np.int64(code >= 0x80) + np.int64(code >= 0x800) + np.int64(code >= 0x10000)
            space = np.int64(blank[numbers[code]])
            # Without branches: what is written behind the last word is written anew.
            starts[count] = at
            count += (1 - space) & (np.int64(begins[unit]) | apart)
            ends[count - 1 + space] = end
            apart, at = space, end
        word_offsets[i + 1] = count


@kernel
def join_clusters(  # noqa: PLR0917
    data: Bytes,
    unit_starts: Integers,
    begins: Bytes,
    offsets: Integers,
    numbers: Bytes,
    blank: npt.NDArray[np.bool_],
    starts: Spans,
    ends: Spans,
    word_offsets: Integers,
) -> None:
    """The words of clusters, without white space at their ends; see `read_clusters` and `join_characters`."""
    count = 0
    for i in range(len(offsets) - 1):
        opened = False
        for unit in range(offsets[i], offsets[i + 1]):
            opened = opened and begins[unit] == 0
            at = unit_starts[unit]
            while at < unit_starts[unit + 1]:
                code, width = decode(data, at)
                if not blank[numbers[code]]:
                    if not opened:
                        starts[count] = at
                        count, opened = count + 1, True
                    ends[count - 1] = at + width
                at += width
        word_offsets[i + 1] = count


@kernel
def join_syllables(
    unit_starts: Spans,
    unit_ends: Spans,
    begins: Bytes,
    apart: Bytes,
    offsets: Integers,
    starts: Spans,
    ends: Spans,
    word_offsets: Integers,
) -> None:
    """The words of syllables; units that begin where they end count for nothing.

    Args:
        unit_starts, unit_ends, apart, offsets: see `read_syllables`.
        begins: which units begin words, as far as the model knows.
        starts, ends, word_offsets: see `Words`; written to.
    """
    count = 0
    for i in range(len(offsets) - 1):
        opened = False
        for unit in range(offsets[i], offsets[i + 1]):
            opened = opened and begins[unit] | apart[unit] == 0
            if unit_starts[unit] == unit_ends[unit]:
                continue
            if not opened:
                starts[count] = unit_starts[unit]
                count, opened = count + 1, True
            ends[count - 1] = unit_ends[unit]
        word_offsets[i + 1] = count


def boundary_words_batch(texts: Strings, rows: Integers, name: str) -> Words:
    """The words of some texts; equal to `boundary_model.boundary_words`.

    Args:
        texts: valid UTF-8.
        rows: int64 (rows,), which of them.
        name: of a model.

    Returns:
        Spans of the texts' own bytes, or of a copy of those that count.
    """
    words_of = {CHARACTERS: _character_words, CLUSTERS: _cluster_words, SYLLABLES: _syllable_words}
    return words_of[boundary_model(name).units](texts, rows, name)


def _syllable_words(texts: Strings, rows: Integers, name: str) -> Words:
    size = int((texts.offsets[rows + 1] - texts.offsets[rows]).sum())
    spans = span_type(int(texts.offsets[-1]))
    unit_starts, unit_ends = np.empty((2, size), spans)
    codes, classes = np.empty((2, size), np.uint64)
    apart = np.empty(size, np.uint8)
    offsets, word_offsets = np.zeros((2, len(rows) + 1), np.int64)
    known = *letters(), word_break_table().numbers, blank_kinds()
    read_syllables(texts, rows, *known, unit_starts, unit_ends, codes, classes, apart, offsets)
    begins = _labels(codes, classes, offsets, name)
    starts, ends = np.empty((2, int(offsets[-1])), spans)
    join_syllables(unit_starts, unit_ends, begins, apart, offsets, starts, ends, word_offsets)
    count = word_offsets[-1]
    return Words(texts.data, starts[:count], ends[:count], word_offsets)


def _character_words(texts: Strings, rows: Integers, name: str) -> Words:
    model = boundary_model(name)
    size = int((texts.offsets[rows + 1] - texts.offsets[rows]).sum())
    data, codes = np.empty(size if model.drops else 0, np.uint8), np.empty(size + SPAN, np.uint64)
    firsts, (offsets, word_offsets) = np.empty(len(rows), np.int64), np.zeros((2, len(rows) + 1), np.int64)
    read_characters(texts, rows, model.drops, model.folds, data, firsts, codes, offsets)
    begins = _labels(codes, codes, offsets, name)
    data = data if model.drops else texts.data
    starts, ends = np.empty((2, int(offsets[-1]) + 1), span_type(len(data)))
    known = word_break_table().numbers, blank_kinds()
    join_characters(codes, firsts, begins, offsets, *known, starts, ends, word_offsets)
    count = word_offsets[-1]
    return Words(data, starts[:count], ends[:count], word_offsets)


def _cluster_words(texts: Strings, rows: Integers, name: str) -> Words:
    size = int((texts.offsets[rows + 1] - texts.offsets[rows]).sum())
    data, unit_starts = np.empty(size, np.uint8), np.empty(size + 1, np.int64)
    codes, classes = np.empty((2, size), np.uint64)
    offsets, word_offsets = np.zeros((2, len(rows) + 1), np.int64)
    read_clusters(texts, rows, data, unit_starts, codes, classes, offsets)
    begins = _labels(codes, classes, offsets, name)
    starts, ends = np.empty((2, size), span_type(size))
    known = word_break_table().numbers, blank_kinds()
    join_clusters(data, unit_starts, begins, offsets, *known, starts, ends, word_offsets)
    count = word_offsets[-1]
    return Words(data, starts[:count], ends[:count], word_offsets)


def _labels(codes: Hashes, classes: Hashes, offsets: Integers, name: str) -> Bytes:
    model, weights = boundary_model(name), weights_of(name)
    begins = np.empty(offsets[-1], np.uint8)
    scratch = np.empty(BLOCK + SPAN, np.uint64), np.empty(BLOCK + 2 * SPAN, np.int64)
    windows = windows_for(model, len(begins))
    label(codes, classes, offsets, model.templates, weights, model.transitions, windows, *scratch, begins)
    return begins
