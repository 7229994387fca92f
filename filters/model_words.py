"""Words of the languages whose style is a model: which module has them, and their place among those of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, Words, kernel, span_type
from .boundary_kernel import boundary_words_batch
from .boundary_model import MODELS, boundary_words
from .chinese import chinese_words
from .chinese_kernel import chinese_words_batch
from .korean import korean_words
from .korean_kernel import korean_words_batch
from .thai import thai_words
from .thai_kernel import thai_words_batch
from .word_tables import MODEL

Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]  # int32 or int64, by `span_type`

OF_TEXT = {"chinese": chinese_words, "thai": thai_words, "korean": korean_words}
OF_BATCH = {"chinese": chinese_words_batch, "thai": thai_words_batch, "korean": korean_words_batch}
"""The models that are not of boundaries alone."""


def model_words(text: str, model: str) -> list[str]:
    """A text as a model divides it, white space too; the reference of `with_models`."""
    return OF_TEXT[model](text) if model in OF_TEXT else boundary_words(text, model)


def with_models(words: Words, texts: Strings, styles: npt.NDArray[np.uint32]) -> Words:
    """The words of all texts, given those of texts whose styles are not models."""
    models = styles // MODEL
    parts = []
    for number in np.unique(models[models > 0]):
        rows = np.flatnonzero(models == number)
        parts.append((rows, _words_of(texts, rows, MODELS[number - 1])))
    return spliced(words, parts) if parts else words


def _words_of(texts: Strings, rows: Integers, model: str) -> Words:
    return OF_BATCH[model](texts, rows) if model in OF_BATCH else boundary_words_batch(texts, rows, model)


def spliced(words: Words, parts: list[tuple[Integers, Words]]) -> Words:
    """The words of texts, those of some rows, which have none so far, from elsewhere.

    Args:
        words: of all texts.
        parts: int64 (rows,), which texts, ascending, and their words; no text is in two parts.
    """
    counts = np.diff(words.offsets)
    if len(parts[0][0]) == len(counts):
        return parts[0][1]
    for rows, part in parts:
        counts[rows] = np.diff(part.offsets)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    pieces = [words.data, *(part.data for _, part in parts if part.data is not words.data)]
    data = np.concatenate(pieces) if len(pieces) > 1 else words.data
    starts, ends = np.empty((2, int(offsets[-1])), span_type(len(data)))
    end = len(words.data)
    for rows, part in ((np.arange(len(counts)), words), *parts):
        shift = 0 if part.data is words.data else end
        end += len(part.data) if shift else 0
        place(part.starts, part.ends, part.offsets, shift, rows, offsets, starts, ends)
    return Words(data, starts, ends, offsets)


@kernel
def place(
    starts: Spans,
    ends: Spans,
    offsets: Integers,
    shift: int,
    rows: Integers,
    all_offsets: Integers,
    all_starts: Spans,
    all_ends: Spans,
) -> None:
    """Puts the words of some texts among those of all."""
    for i in range(len(rows)):
        to = all_offsets[rows[i]]
        for word in range(offsets[i], offsets[i + 1]):
            all_starts[to] = starts[word] + shift
            all_ends[to] = ends[word] + shift
            to += 1
