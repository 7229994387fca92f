"""A large pool by disk: which of its documents may be together, found within the memory of one worker.

`bands`: each slice of documents writes one file of its band keys, dealt out by band and key range. `groups`: each
range gathers its keys from all slices, and writes an edge from the first document of a bucket to each other one.
`components`: union-find over all edges; whole components are packed into sets that fit in memory.

A file is flat: int64 offsets, then the arrays. All are read front to back, one open at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import kernel
from ..storage import Folder
from .buckets import grouped, joined
from .components import Numbers, flatten, forest, number_type, unite

BYTES_PER_DOCUMENT = 512  # of a set or slice: signatures, hashes, buckets, and copies of some of them
BYTES_PER_KEY = 48  # of a range: keys and numbers as read and as grouped, edges


class Shape(NamedTuple):
    """How a pool is cut; from its size and the memory alone.

    Attributes:
        documents: of the pool, those of earlier indexes included.
        bands: of a signature.
        ranges: key ranges of each band, a power of two.
        slice: documents of a slice.
    """

    documents: int
    bands: int
    ranges: int
    slice: int

    @property
    def slices(self) -> list[tuple[int, int]]:
        """Numbers of the first document and of the one after the last."""
        count = -(-self.documents // self.slice)
        cuts = [self.documents * i // count for i in range(count + 1)]
        return list(pairwise(cuts))

    @property
    def partitions(self) -> int:
        return self.bands * self.ranges


def shape(documents: int, bands: int, memory: int) -> Shape | None:
    """How to cut a pool, None where it fits in memory as it is.

    >>> shape(1000, 14, 2_000_000_000) is None
    True
    >>> shape(100_000_000, 14, 2_000_000_000)
    Shape(documents=100000000, bands=14, ranges=4, slice=3906250)
    """
    most = max(1, memory // BYTES_PER_DOCUMENT)
    if documents <= most:
        return None
    ranges = 1
    while documents * BYTES_PER_KEY > ranges * memory:
        ranges *= 2
    return Shape(documents, bands, ranges, most)


def write_arrays(sink: BinaryIO, offsets: Sequence[int] | NDArray[np.int64], *arrays: NDArray[Any]) -> None:
    sink.write(np.asarray(offsets, "<i8").tobytes())
    for array in arrays:
        sink.write(np.ascontiguousarray(array).data)


def read_array(file: BinaryIO, at: int, count: int, kind: Any) -> NDArray[Any]:
    """`count` values that begin at byte `at`."""
    file.seek(at)
    found = np.empty(count, kind)
    view = found.data.cast("B")
    read = 0
    while read < len(view):
        chunk = file.read(len(view) - read)
        if not chunk:
            raise OSError(f"file ends {len(view) - read} bytes early")
        view[read : read + len(chunk)] = chunk
        read += len(chunk)
    return found


def write_bands(
    sink: BinaryIO,
    cut: Shape,
    bands: NDArray[np.uint64],
    numbers: NDArray[np.int64],
    edges: tuple[Numbers, Numbers],
) -> None:
    """The band keys of a slice's documents, range by range; then the edges of its exact duplicates.

    Args:
        sink: where to.
        cut: the pool's shape.
        bands: uint64 (documents, bands).
        numbers: int64 (documents,), ascending.
        edges: (first, later) document numbers.
    """
    kind = number_type(cut.documents)
    dealt = [deal(np.ascontiguousarray(column), cut.ranges) for column in bands.T]
    counts = np.concatenate([np.zeros(1, np.int64), *(np.diff(ends) for _, ends in dealt)])
    offsets = np.r_[np.cumsum(counts), len(edges[0])]
    write_arrays(sink, offsets)
    for column, (rows, _) in zip(bands.T, dealt, strict=True):
        write_arrays(sink, [], column[rows])
    for rows, _ in dealt:
        write_arrays(sink, [], numbers[rows].astype(kind))
    write_arrays(sink, [], *(side.astype(kind) for side in edges))


def deal(keys: NDArray[np.uint64], ranges: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows by key range, each in order; and where each range begins, with the end of the last.

    >>> deal(np.array([2**63, 5, 2**63 + 1], np.uint64), 2)
    (array([1, 0, 2]), array([0, 1, 3]))
    """
    if ranges == 1:
        return np.arange(len(keys)), np.array([0, len(keys)])
    return _deal(keys, np.uint64(64 - (ranges.bit_length() - 1)), ranges)


@kernel
def _deal(
    keys: NDArray[np.uint64], shift: np.uint64, ranges: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    starts = np.zeros(ranges + 1, np.int64)
    for key in keys:
        starts[np.int64(key >> shift) + 1] += 1
    for i in range(ranges):
        starts[i + 1] += starts[i]
    at = starts.copy()
    rows = np.empty(len(keys), np.int64)
    for row in range(len(keys)):
        place = np.int64(keys[row] >> shift)
        rows[at[place]] = row
        at[place] += 1
    return rows, starts


def read_range(
    work: Folder, files: Iterable[str], cut: Shape, partition: int
) -> tuple[NDArray[np.uint64], Numbers]:
    """All keys of one band and range, with their documents, ascending."""
    kind = number_type(cut.documents)
    keys, numbers = [], []
    head = 8 * (cut.partitions + 2)
    for name in files:
        with work.fs.open(work.path(name), "rb") as file:
            offsets = read_array(file, 0, cut.partitions + 2, "<i8")
            start, count, total = offsets[partition], np.diff(offsets)[partition], offsets[-2]
            keys.append(read_array(file, head + 8 * int(start), count, "<u8"))
            numbers.append(read_array(file, head + 8 * int(total) + kind.itemsize * int(start), count, kind))
    return np.concatenate(keys), np.concatenate(numbers)


def read_exact_edges(work: Folder, name: str, cut: Shape) -> tuple[Numbers, Numbers]:
    """The edges at the end of a slice's file."""
    kind = number_type(cut.documents)
    with work.fs.open(work.path(name), "rb") as file:
        offsets = read_array(file, 0, cut.partitions + 2, "<i8")
        total, count = int(offsets[-2]), int(offsets[-1])
        at = 8 * (cut.partitions + 2) + (8 + kind.itemsize) * total
        return read_array(file, at, count, kind), read_array(file, at + kind.itemsize * count, count, kind)


def edges_of(keys: NDArray[np.uint64], numbers: Numbers) -> tuple[Numbers, Numbers]:
    """The first document of each bucket, once for each later one; and those."""
    first, later = joined(*grouped(keys))
    return numbers[first], numbers[later]


def write_edges(sink: BinaryIO, a: Numbers, b: Numbers) -> None:
    write_arrays(sink, [len(a)], a, b)


def read_edges(work: Folder, name: str, cut: Shape) -> tuple[Numbers, Numbers]:
    kind = number_type(cut.documents)
    with work.fs.open(work.path(name), "rb") as file:
        count = int(read_array(file, 0, 1, "<i8")[0])
        return read_array(file, 8, count, kind), read_array(file, 8 + kind.itemsize * count, count, kind)


class Sets(NamedTuple):
    """Documents that are not alone, in sets of whole components.

    Attributes:
        offsets: int64 (sets + 1,).
        documents: numbers, ascending within a set.
    """

    offsets: NDArray[np.int64]
    documents: Numbers


def sets_of_components(cut: Shape, edges: Iterator[tuple[Numbers, Numbers]]) -> Sets:
    """Union-find over all edges, 4 bytes a document (8 from 2**32 on); then 8 to 12 more to pack the components.

    A set holds as many documents as a slice, more only where a single component does.
    """
    parents = forest(cut.documents)
    for a, b in edges:
        unite(parents, a, b)
    flatten(parents)
    return Sets(*_pack(parents, cut.slice))


@kernel
def _pack(parents: Numbers, most: int) -> tuple[NDArray[np.int64], Numbers]:
    """Whole components, by their roots' numbers, into sets of at most `most` documents where they allow it."""
    sizes = np.zeros_like(parents)
    for number in range(len(parents)):
        sizes[np.int64(parents[number])] += 1
    ends = [np.int64(0)]
    sets = np.zeros(len(parents), np.uint32)  # of each root
    held = np.int64(0)
    for root in range(len(parents)):
        size = np.int64(sizes[root])
        if size < 2:
            continue
        if held and held + size > most:
            ends.append(ends[-1] + held)
            held = np.int64(0)
        held += size
        sets[root] = len(ends) - 1
    ends.append(ends[-1] + held)
    offsets = np.array(ends, np.int64)
    at = offsets.copy()
    documents = np.empty(offsets[-1], parents.dtype)
    for number in range(len(parents)):
        home = np.int64(parents[number])
        if sizes[home] > 1:
            documents[at[sets[home]]] = number
            at[sets[home]] += 1
    return offsets, documents


def write_sets(sink: BinaryIO, sets: Sets) -> None:
    write_arrays(sink, np.r_[len(sets.offsets), sets.offsets], sets.documents)


def read_set(work: Folder, name: str, cut: Shape, index: int) -> NDArray[np.int64]:
    """The documents of one set."""
    kind = number_type(cut.documents)
    with work.fs.open(work.path(name), "rb") as file:
        count = int(read_array(file, 0, 1, "<i8")[0])
        offsets = read_array(file, 8, count, "<i8")
        start, stop = offsets[index], offsets[index + 1]
        return read_array(file, 8 * (count + 1) + kind.itemsize * int(start), stop - start, kind).astype(
            np.int64
        )
