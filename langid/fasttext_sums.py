"""Sums of the features of the words in a model's dictionary: made once, in a file that all processes map.

A word of the dictionary has a row of its own and one for each of its n-grams, which never change. Their sum takes
the place of all of them, so that a known word costs one row, also in texts whose words the table has not met.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cache import mapped_floats
from .fasttext_features import Vocabulary
from .fasttext_matrices import digest
from .fasttext_model import Layout
from .fasttext_ngrams import LONGEST_WORD, add_group, add_to_group, group, in_groups
from .fasttext_table import FEATURES, RECORD
from .kernels import borrowing_kernel, read_only

FORMAT = 2
"""Part of the file's name; to be raised when what is in it changes, be it the order of addition."""

SIZE_MAX = 1 << 30
"""Bytes of the sums at most: a dictionary begins with its most frequent words. The matrix's own rows of these words
are not read then, so what is in memory stays about the same."""

# Words added up in one go.
BLOCK = 1 << 14


class Sums(NamedTuple):
    """Sums of the features of words of the dictionary.

    Attributes:
        vectors: float32 (words, dim), of the first words.
        features: int32 (words,), how many each of these has; 0 where its sum is not kept.
    """

    vectors: NDArray[np.float32]
    features: NDArray[np.int32]


def no_sums(dim: int) -> Sums:
    """Of no word."""
    return read_only(Sums(np.empty((0, dim), np.float32), np.empty(0, np.int32)))


def word_sums(layout: Layout, vocabulary: Vocabulary, matrix: NDArray[np.float32]) -> Sums:
    """Those of a model, mapped and read-only; of no word where they are no help, or where no file can be written."""
    dim = matrix.shape[1]
    words = min(vocabulary.words, SIZE_MAX // (4 * dim))
    if not in_groups(vocabulary.minn, vocabulary.maxn) or not words:
        return no_sums(dim)
    name = f"fasttext-{digest(layout)}-words-{FORMAT}.f32"
    try:
        data = mapped_floats(name, words * (dim + 1), lambda: _blocks(vocabulary, matrix, words))
    except OSError:
        return no_sums(dim)
    return Sums(data[: words * dim].reshape(words, dim), data[words * dim :].view(np.int32))


def _blocks(vocabulary: Vocabulary, matrix: NDArray[np.float32], words: int) -> Iterator[NDArray[Any]]:
    """The vectors of words, many at a time, then their numbers of features."""
    room, features = group(matrix.shape[1]), []
    for first in range(0, words, BLOCK):
        count = min(BLOCK, words - first)
        vectors, records = np.zeros((count, matrix.shape[1]), np.float32), np.zeros((count, RECORD), np.int64)
        _add_up(first, vocabulary, matrix, room, vectors, records)
        features.append(records[:, FEATURES].astype(np.int32))
        yield vectors
    yield np.concatenate(features)


@borrowing_kernel
def _add_up(first: Any, vocabulary: Any, matrix: Any, group: Any, vectors: Any, records: Any) -> Any:
    """Adds up the words from entry `first` on, but none that is longer than a group."""
    places = vocabulary, matrix, vectors, records
    for i in range(len(vectors)):
        start = vocabulary.starts[first + i]
        length = vocabulary.ends[first + i] - start
        if length <= LONGEST_WORD:
            add_to_group(group, places, vocabulary.names, start, length, first + i, i)
    add_group(group, places)
