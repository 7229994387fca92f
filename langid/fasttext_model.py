"""The layout of fastText's model files (`.bin`, and quantised `.ftz`), read far enough to trust the file.

fastText's own loader believes every size it reads: a truncated or foreign file makes it allocate at random,
loop for ever, or kill the process. `check_model` walks over the whole layout first: header, arguments,
dictionary, pruned n-grams, input matrix, output matrix. The layout is that of fastText 0.9.2 (the `load`
methods of args, dictionary, densematrix, quantmatrix and productquantizer). The numbers inside the matrices
are not looked at.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .errors import PolysiftError

MAGIC = 793712314
VERSIONS = (11, 12)
SUPERVISED = 3
MODEL_KINDS = {1: "cbow", 2: "skipgram", SUPERVISED: "supervised"}
LOSSES = (1, 2, 3, 4)  # hierarchical softmax, negative sampling, softmax, one-vs-all
CENTROIDS = 256  # per sub-quantiser: a code is one byte
# Above it, the tree of the hierarchical softmax takes a label's count for that of an empty node.
COUNT_MAX = 10**15
ADVICE = "give a supervised fastText model (.bin or .ftz), or 'lid176' for the one that polysift brings"

# How files begin that are given for models by mistake.
MISTAKEN = {
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "gzip-compressed; decompress it first",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"version https://git-lfs": "a Git LFS pointer; fetch the file behind it with git lfs pull",
    b"<": "a web page; the download has failed",
}


class _Broken(Exception):
    """What is wrong with the file, without its path."""


class _Args(NamedTuple):
    """The training arguments, in the file's order."""

    dim: int
    ws: int
    epoch: int
    min_count: int
    neg: int
    word_ngrams: int
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lr_update_rate: int
    t: float


class _Dictionary(NamedTuple):
    words: int
    labels: tuple[str, ...]
    pruned: int  # number of n-grams kept, -1 where all are


def check_model(path: Path) -> tuple[str, ...]:
    """The labels of a supervised fastText model, in the file's order, after checking the whole file.

    Reads the dictionary and the sizes of the matrices, not the matrices. Raises PolysiftError, with the path,
    what was found and what to try, for anything that fastText could not load safely.
    """
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise _Broken("the file is empty")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _check(_Reader(data))
    except OSError as error:
        raise PolysiftError(f"language model {path}: {error.strerror or error}; {ADVICE}") from None
    except _Broken as broken:
        raise PolysiftError(f"language model {path}: {broken}; {ADVICE}") from None


@dataclass
class _Reader:
    """A position in the file that never leaves it."""

    data: mmap.mmap
    at: int = 0

    def read(self, layout: str, what: str) -> tuple[Any, ...]:
        """Little-endian values in `struct`'s notation."""
        size = struct.calcsize(f"<{layout}")
        self.skip(size, what)
        return struct.unpack_from(f"<{layout}", self.data, self.at - size)

    def skip(self, size: int, what: str) -> None:
        self.at += size
        if size < 0 or self.at > len(self.data):
            raise _damaged(f"it has {len(self.data):,} bytes, but its {what} ends at byte {self.at:,}")

    def string(self, what: str) -> bytes:
        start = self.at
        end = self.data.find(b"\0", start)
        if end < 0:
            raise _damaged(f"its {what} at byte {start:,} has no end")
        self.at = end + 1
        return self.data[start:end]


def _check(reader: _Reader) -> tuple[str, ...]:
    args = _read_args(reader)
    dictionary = _read_dictionary(reader)
    quantised = _read_flag(reader, "input matrix")
    rows = _read_matrix(reader, "input matrix", quantised, args.dim)
    _check_ngrams(args, dictionary, rows)
    _need(dictionary.pruned < 0 or quantised, "a pruned dictionary without a quantised matrix")
    output_quantised = _read_flag(reader, "output matrix")
    rows = _read_matrix(reader, "output matrix", quantised and output_quantised, args.dim)
    _need(rows == len(dictionary.labels), f"{rows:,} output rows for {len(dictionary.labels):,} labels")
    return dictionary.labels


def _read_args(reader: _Reader) -> _Args:
    start = reader.data[:64]
    if start[:4] != struct.pack("<i", MAGIC):
        known = [f" and is {what}" for begin, what in MISTAKEN.items() if start.startswith(begin)]
        raise _Broken(f"no fastText model: it begins with {start[:12]!r}{''.join(known)}")
    _, version = reader.read("ii", "header")
    if version not in VERSIONS:
        raise _Broken(f"fastText model format {version}, but only {VERSIONS} can be read")
    args = _Args(*reader.read("12id", "arguments"))
    if args.model != SUPERVISED:
        kind = MODEL_KINDS.get(args.model, f"unknown ({args.model})")
        raise _Broken(f"a fastText model of the kind {kind}: it holds vectors of words but no labels")
    _need(args.dim > 0 and args.loss in LOSSES, f"dim {args.dim}, loss {args.loss}")
    # fastText ignores sub-words in supervised models of the older format.
    return args if version == VERSIONS[-1] else args._replace(maxn=0)


def _read_dictionary(reader: _Reader) -> _Dictionary:
    size, words, labels, _, pruned = reader.read("3i2q", "dictionary")
    found = f"dictionary of {size} entries, {words} words, {labels} labels"
    _need(words >= 0 and labels > 0 and size == words + labels, found)
    names = []
    for entry in range(size):
        name = reader.string("dictionary entry")
        count, kind = reader.read("qb", "dictionary entry")
        fits = kind == (entry >= words) and 0 <= count < COUNT_MAX
        _need(fits, f"dictionary entry {entry} of kind {kind} with count {count}")
        if kind:
            names.append(_decoded(name))
    if pruned > 0:
        start = reader.at
        reader.skip(8 * pruned, "list of pruned n-grams")
        kept = np.frombuffer(reader.data[start : reader.at], dtype="<i4")[1::2]
        _need(kept.min() >= 0 and kept.max() < pruned, "a pruned n-gram without a row")
    return _Dictionary(words, tuple(names), pruned)


def _read_flag(reader: _Reader, what: str) -> bool:
    (flag,) = reader.read("B", what)
    _need(flag in (0, 1), f"{what}: flag {flag}")
    return bool(flag)


def _read_matrix(reader: _Reader, what: str, quantised: bool, dim: int) -> int:
    """Skips a matrix of `dim` columns; its number of rows."""
    norms = quantised and _read_flag(reader, what)
    rows, columns = reader.read("2q", what)
    _need(rows > 0 and columns == dim, f"{what}: {rows:,} x {columns:,} values where dim is {dim}")
    if not quantised:
        reader.skip(4 * rows * columns, what)
        return int(rows)
    (codes,) = reader.read("i", what)
    reader.skip(codes, what)
    _need(codes == rows * _read_quantiser(reader, what, dim), f"{what}: {codes:,} codes for {rows:,} rows")
    if norms:
        reader.skip(rows, what)
        _read_quantiser(reader, what, 1)
    return int(rows)


def _read_quantiser(reader: _Reader, what: str, dim: int) -> int:
    """Skips a product quantiser of vectors of length `dim`; the number of codes per vector."""
    found, parts, width, last = reader.read("4i", what)
    fits = found == dim and width > 0 and last > 0 and parts > 0 and (parts - 1) * width + last == dim
    _need(fits and last <= width, f"{what}: {parts} parts of {width}, the last of {last}, where dim is {dim}")
    reader.skip(4 * dim * CENTROIDS, what)
    return int(parts)


def _check_ngrams(args: _Args, dictionary: _Dictionary, rows: int) -> None:
    """Every row that a text can ask for must be in the input matrix of `rows` rows."""
    ngrams = args.maxn > 0 or args.word_ngrams > 1
    _need(args.bucket > 0 if ngrams else args.bucket >= 0, f"{args.bucket} buckets for n-grams")
    needed = dictionary.words + (dictionary.pruned if dictionary.pruned >= 0 else args.bucket)
    _need(rows >= needed, f"input matrix: {rows:,} rows, but words and n-grams need {needed:,}")


def _decoded(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        raise _damaged(f"label {name!r} is not UTF-8") from None


def _need(holds: bool, found: str) -> None:
    if not holds:
        raise _damaged(found)


def _damaged(found: str) -> _Broken:
    return _Broken(f"the file is truncated or damaged: {found}; copy or download it again")
