"""The layout of fastText's model files (`.bin`, and quantised `.ftz`): what is where, and whether it can be trusted.

fastText's own loader believes every size it reads: a truncated or foreign file makes it allocate at random,
loop for ever, or kill the process. `read_layout` walks over the whole layout first: header, arguments,
dictionary, pruned n-grams, input matrix, output matrix. The layout is that of fastText 0.9.2 (the `load`
methods of args, dictionary, densematrix, quantmatrix and productquantizer); behind it there may be polysift's own
calibration of scores (`evidence`). The numbers inside the matrices are not looked at.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import PolysiftError
from .evidence import EVIDENCE_BYTES, Evidence
from .kernels import kernel

MAGIC = 793712314
VERSIONS = (11, 12)
SUPERVISED = 3
MODEL_KINDS = {1: "cbow", 2: "skipgram", SUPERVISED: "supervised"}
LOSSES = (1, 2, 3, 4)  # hierarchical softmax, negative sampling, softmax, one-vs-all
CENTROIDS = 256  # per sub-quantiser: a code is one byte
# Above it, the tree of the hierarchical softmax takes a label's count for that of an empty node.
COUNT_MAX = 10**15
# What follows the name of a dictionary entry.
_RECORD = np.dtype([("count", "<i8"), ("kind", "i1")])
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


class Args(NamedTuple):
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


class Dictionary(NamedTuple):
    """The dictionary: `words` words, then the labels.

    Attributes:
        words: number of words.
        labels: names of the labels.
        label_counts: int64 (labels,), how often each occurred in training.
        starts, ends: int64 (entries,), where the names of words and labels are in the file.
        pruned: int32 (kept, 2), n-gram buckets that have a row, and which; None where all have theirs.
    """

    words: int
    labels: tuple[str, ...]
    label_counts: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    pruned: NDArray[np.int32] | None


class Quantiser(NamedTuple):
    """A product quantiser: a vector is `parts` codes, each the number of a centroid of `width` values."""

    parts: int
    width: int
    centroids: int  # where their float32 values begin in the file


class Matrix(NamedTuple):
    """A matrix: where its float32 values begin in the file; or, where it is quantised, its codes."""

    rows: int
    columns: int
    start: int
    quantiser: Quantiser | None = None
    norms: int | None = None  # where the codes of the rows' norms begin
    norm_quantiser: Quantiser | None = None


class Layout(NamedTuple):
    """A supervised model's file: its bytes, mapped, and what is where in them; how its scores are calibrated, if so."""

    data: NDArray[np.uint8]
    args: Args
    dictionary: Dictionary
    input: Matrix
    output: Matrix
    evidence: Evidence | None


def check_model(path: Path) -> tuple[str, ...]:
    """The labels of a supervised fastText model, in the file's order, after checking the whole file.

    Raises PolysiftError as `read_layout` does.
    """
    return read_layout(path).dictionary.labels


def read_layout(path: Path) -> Layout:
    """The layout of a supervised fastText model's file.

    Reads the dictionary and the sizes of the matrices, not the matrices. Raises PolysiftError, with the path,
    what was found and what to try, for anything that fastText could not load safely.
    """
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise _Broken("the file is empty")
            return _read(_Reader(np.memmap(file, np.uint8, "r")))
    except OSError as error:
        raise PolysiftError(f"language model {path}: {error.strerror or error}; {ADVICE}") from None
    except _Broken as broken:
        raise PolysiftError(f"language model {path}: {broken}; {ADVICE}") from None


@dataclass
class _Reader:
    """A position in the file that never leaves it."""

    data: NDArray[np.uint8]
    at: int = 0

    def read(self, layout: str, what: str) -> tuple[Any, ...]:
        """Little-endian values in `struct`'s notation."""
        start = self.skip(struct.calcsize(f"<{layout}"), what)
        return struct.unpack(f"<{layout}", self.data[start : self.at].tobytes())

    def skip(self, size: int, what: str) -> int:
        """Goes on by `size` bytes; where they begin."""
        start = self.at
        self.at += size
        if size < 0 or self.at > len(self.data):
            raise _damaged(f"it has {len(self.data):,} bytes, but its {what} ends at byte {self.at:,}")
        return start


def _read(reader: _Reader) -> Layout:
    args = _read_args(reader)
    dictionary = _read_dictionary(reader)
    quantised = _read_flag(reader, "input matrix")
    inputs = _read_matrix(reader, "input matrix", quantised, args.dim)
    _check_ngrams(args, dictionary, inputs.rows)
    _need(dictionary.pruned is None or quantised, "a pruned dictionary without a quantised matrix")
    output_quantised = _read_flag(reader, "output matrix")
    outputs = _read_matrix(reader, "output matrix", quantised and output_quantised, args.dim)
    labels = len(dictionary.labels)
    _need(outputs.rows == labels, f"{outputs.rows:,} output rows for {labels:,} labels")
    return Layout(reader.data, args, dictionary, inputs, outputs, _read_evidence(reader))


def _read_args(reader: _Reader) -> Args:
    start = reader.data[:64].tobytes()
    if start[:4] != struct.pack("<i", MAGIC):
        known = [f" and is {what}" for begin, what in MISTAKEN.items() if start.startswith(begin)]
        raise _Broken(f"no fastText model: it begins with {start[:12]!r}{''.join(known)}")
    _, version = reader.read("ii", "header")
    if version not in VERSIONS:
        raise _Broken(f"fastText model format {version}, but only {VERSIONS} can be read")
    args = Args(*reader.read("12id", "arguments"))
    if args.model != SUPERVISED:
        kind = MODEL_KINDS.get(args.model, f"unknown ({args.model})")
        raise _Broken(f"a fastText model of the kind {kind}: it holds vectors of words but no labels")
    _need(args.dim > 0 and args.loss in LOSSES, f"dim {args.dim}, loss {args.loss}")
    # fastText ignores sub-words in supervised models of the older format.
    return args if version == VERSIONS[-1] else args._replace(maxn=0)


def _read_dictionary(reader: _Reader) -> Dictionary:
    size, words, labels, _, pruned = reader.read("3i2q", "dictionary")
    found = f"dictionary of {size} entries, {words} words, {labels} labels"
    _need(words >= 0 and labels > 0 and size == words + labels, found)
    starts, ends = _read_entries(reader, size, words)
    names = tuple(_decoded(reader.data[starts[i] : ends[i]].tobytes()) for i in range(words, size))
    counts = _records(reader, ends[words:])["count"].copy()
    return Dictionary(words, names, counts, starts, ends, _read_pruned(reader, pruned))


def _read_entries(reader: _Reader, size: int, words: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the names of the dictionary's entries begin and end."""
    room = (len(reader.data) - reader.at) // (1 + _RECORD.itemsize)
    starts, ends = np.empty((2, min(size, room)), np.int64)
    complete = _scan_entries(reader.data, reader.at, starts, ends)
    records = _records(reader, ends[:complete])
    fits = (records["count"] >= 0) & (records["count"] < COUNT_MAX)
    fits &= records["kind"] == (np.arange(complete) >= words)
    if not fits.all():
        bad = int(np.argmin(fits))
        kind, count = records["kind"][bad], records["count"][bad]
        raise _damaged(f"dictionary entry {bad} of kind {kind} with count {count}")
    reader.at = int(ends[complete - 1]) + 1 + _RECORD.itemsize if complete else reader.at
    _need(complete == size, f"its dictionary entry at byte {reader.at:,} has no end")
    return starts, ends


@kernel
def _scan_entries(
    data: NDArray[np.uint8], at: int, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> int:
    """Finds names, each followed by a zero byte and a record of 9; how many are complete."""
    for entry in range(len(starts)):
        starts[entry] = at
        while at < len(data) and data[at] != 0:
            at += 1
        if at + 10 > len(data):
            return entry
        ends[entry] = at
        at += 10
    return len(starts)


def _records(reader: _Reader, ends: NDArray[np.int64]) -> Any:
    """Counts and kinds of the entries whose names end there."""
    found: NDArray[np.uint8] = reader.data[ends[:, None] + np.arange(1, 1 + _RECORD.itemsize)]
    return np.ascontiguousarray(found).view(_RECORD)[:, 0]


def _read_pruned(reader: _Reader, size: int) -> NDArray[np.int32] | None:
    if size < 0:
        return None
    start = reader.skip(8 * size, "list of pruned n-grams")
    kept = reader.data[start : reader.at].view("<i4").reshape(size, 2)
    rows = kept[:, 1]
    _need(not size or (rows.min() >= 0 and rows.max() < size), "a pruned n-gram without a row")
    return kept


def _read_flag(reader: _Reader, what: str) -> bool:
    (flag,) = reader.read("B", what)
    _need(flag in (0, 1), f"{what}: flag {flag}")
    return bool(flag)


def _read_matrix(reader: _Reader, what: str, quantised: bool, dim: int) -> Matrix:
    """A matrix of `dim` columns, whose values are skipped."""
    normed = quantised and _read_flag(reader, what)
    rows, columns = reader.read("2q", what)
    _need(rows > 0 and columns == dim, f"{what}: {rows:,} x {columns:,} values where dim is {dim}")
    if not quantised:
        return Matrix(rows, dim, reader.skip(4 * rows * columns, what))
    (codes,) = reader.read("i", what)
    start = reader.skip(codes, what)
    quantiser = _read_quantiser(reader, what, dim)
    _need(codes == rows * quantiser.parts, f"{what}: {codes:,} codes for {rows:,} rows")
    if not normed:
        return Matrix(rows, dim, start, quantiser)
    norms = reader.skip(rows, what)
    return Matrix(rows, dim, start, quantiser, norms, _read_quantiser(reader, what, 1))


def _read_quantiser(reader: _Reader, what: str, dim: int) -> Quantiser:
    """A product quantiser of vectors of length `dim`, whose centroids are skipped."""
    found, parts, width, last = reader.read("4i", what)
    fits = found == dim and width > 0 and last > 0 and parts > 0 and (parts - 1) * width + last == dim
    _need(fits and last <= width, f"{what}: {parts} parts of {width}, the last of {last}, where dim is {dim}")
    return Quantiser(parts, width, reader.skip(4 * dim * CENTROIDS, what))


def _read_evidence(reader: _Reader) -> Evidence | None:
    """What stands behind the model; fastText writes nothing there."""
    rest = reader.data[reader.at : reader.at + EVIDENCE_BYTES + 1].tobytes()
    try:
        return Evidence.from_bytes(rest) if rest else None
    except ValueError as error:
        raise _Broken(str(error)) from None


def _check_ngrams(args: Args, dictionary: Dictionary, rows: int) -> None:
    """Every row that a text can ask for must be in the input matrix of `rows` rows."""
    ngrams = args.maxn > 0 or args.word_ngrams > 1
    _need(args.bucket > 0 if ngrams else args.bucket >= 0, f"{args.bucket} buckets for n-grams")
    needed = dictionary.words + (args.bucket if dictionary.pruned is None else len(dictionary.pruned))
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
