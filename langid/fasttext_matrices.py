"""The matrices of a fastText model as float32 arrays that all processes share.

Those of a `.bin` file are mapped where they are. Those of an `.ftz` file are product-quantised: the input
matrix is unpacked once, into a file of the cache folder, and mapped from there; the output matrix, one row per
label, in memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xxhash
from numpy.typing import NDArray

from .cache import mapped_floats
from .fasttext_model import CENTROIDS, Layout, Matrix, Quantiser

UNPACKED_FORMAT = 2
"""Part of the name of an unpacked matrix; to be raised when what is in it changes."""

# What a digest reads of the input matrix: bytes of a piece, and how many pieces.
PIECE, PIECES = 1 << 12, 1 << 13

# Rows unpacked in one go: the temporary arrays stay small beside the matrix.
BLOCK = 1 << 14


def input_matrix(layout: Layout) -> NDArray[np.float32]:
    """The vectors of words and n-grams, (rows, dim), mapped and read-only.

    Those of a pruned model's n-grams are in the order of their buckets.
    """
    matrix = layout.input
    if matrix.quantiser is None:
        return _dense(layout.data, matrix)
    shape = matrix.rows, matrix.columns
    name = f"fasttext-{digest(layout)}-{UNPACKED_FORMAT}.f32"
    try:
        return mapped_floats(name, matrix.rows * matrix.columns, lambda: _unpacked_blocks(layout)).reshape(
            shape
        )
    except OSError:  # a cache folder that cannot be written: a copy for this process alone
        unpacked = np.concatenate([*_unpacked_blocks(layout)])
        unpacked.flags.writeable = False
        return unpacked


def output_matrix(layout: Layout) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The vectors of labels, transposed: (dim, labels); and what each label's product is multiplied by (labels,)."""
    matrix = layout.output
    if matrix.quantiser is None:
        return np.ascontiguousarray(_dense(layout.data, matrix).T), np.ones(matrix.rows, np.float32)
    rows = np.arange(matrix.rows)
    directions = _directions(layout.data, matrix, rows)
    return np.ascontiguousarray(directions.T), _norms(layout.data, matrix, rows)


def _dense(data: NDArray[np.uint8], matrix: Matrix) -> NDArray[np.float32]:
    return _floats(data, matrix.start, matrix.rows * matrix.columns).reshape(matrix.rows, matrix.columns)


def _floats(data: NDArray[np.uint8], start: int, count: int) -> NDArray[np.float32]:
    """float32 values in the file, where they stand; seldom aligned."""
    return np.asarray(data[start : start + 4 * count]).view(np.float32)


def digest(layout: Layout) -> str:
    """A name for a model's content.

    Of an input matrix above 32 MB evenly spaced pieces are read, since one of gigabytes takes seconds: all of it is
    different when a model is trained anew. The rest of the file, the output matrix too, is read whole.
    """
    data, first, last = layout.data, layout.input.start, layout.output.start
    hasher = xxhash.xxh3_128(data[:first].data)
    for at in range(first, last, max(PIECE, (last - first) // PIECES)):
        hasher.update(data[at : min(at + PIECE, last)].data)
    hasher.update(data[last:].data)
    return hasher.hexdigest()


def kept_buckets(pruned: NDArray[np.int32], bucket: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The buckets of a pruned model that have a row, sorted, and the number of it among them in the file."""
    # Of a bucket that is there twice, the last row counts, as in fastText.
    last_first = pruned[(pruned[:, 0] >= 0) & (pruned[:, 0] < bucket)][::-1].astype(np.int64)
    buckets, places = np.unique(last_first[:, 0], return_index=True)
    return buckets, last_first[places, 1]


def _unpacked_blocks(layout: Layout) -> Iterator[NDArray[np.float32]]:
    """The rows of the unpacked matrix, many at a time."""
    order = np.arange(layout.input.rows)
    words, pruned = layout.dictionary.words, layout.dictionary.pruned
    if pruned is not None:
        kept = words + kept_buckets(pruned, layout.args.bucket)[1]
        order = np.concatenate([order[:words], kept, np.setdiff1d(order[words:], kept)])
    for start in range(0, len(order), BLOCK):
        yield _unpacked(layout.data, layout.input, order[start : start + BLOCK])


def _unpacked(data: NDArray[np.uint8], matrix: Matrix, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    return _directions(data, matrix, rows) * _norms(data, matrix, rows)[:, None]


def _directions(data: NDArray[np.uint8], matrix: Matrix, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Rows as their centroids say, before they are stretched by their norms."""
    assert matrix.quantiser is not None
    parts, width, _ = quantiser = matrix.quantiser
    codes = _codes(data, matrix.start, matrix.rows, parts)[rows]
    unpacked = np.empty((len(codes), matrix.columns), np.float32)
    for part in range(parts):
        first = part * width
        last = min(first + width, matrix.columns)
        unpacked[:, first:last] = _centroids(data, quantiser, part, last - first)[codes[:, part]]
    return unpacked


def _norms(data: NDArray[np.uint8], matrix: Matrix, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    if matrix.norms is None or matrix.norm_quantiser is None:
        return np.ones(len(rows), np.float32)
    codes = _codes(data, matrix.norms, matrix.rows, 1)[rows, 0]
    norms: NDArray[np.float32] = _centroids(data, matrix.norm_quantiser, 0, 1)[codes, 0]
    return norms


def _codes(data: NDArray[np.uint8], start: int, rows: int, parts: int) -> NDArray[np.uint8]:
    return np.asarray(data[start : start + rows * parts]).reshape(rows, parts)


def _centroids(data: NDArray[np.uint8], quantiser: Quantiser, part: int, width: int) -> NDArray[np.float32]:
    """The centroids of one part, (256, width); only the last part may be narrower than the others."""
    start = quantiser.centroids + 4 * part * CENTROIDS * quantiser.width
    return _floats(data, start, CENTROIDS * width).reshape(CENTROIDS, width)
