"""How a large pool is cut, and its files: band keys by range, edges, the set of each document (disk.py says of what).

A file is flat: int64 offsets, then the arrays. All are read front to back, one open at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
BYTES_PER_HASH = 160  # of a range of exact duplicates: what decides which one is kept, twice, and as grouped
ALONE = 2**32 - 1  # the set of a document that no edge connects


class Shape(NamedTuple):
    """How a pool is cut; from its size and the memory alone.

    Attributes:
        documents: of the pool, those of earlier indexes included.
        bands: of a signature.
        ranges: key ranges of each band, a power of two.
        hash_ranges: of the hashes of exact duplicates, a power of two.
        slice: documents of a slice.
    """

    documents: int
    bands: int
    ranges: int
    hash_ranges: int
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
    Shape(documents=100000000, bands=14, ranges=4, hash_ranges=8, slice=3906250)
    """
    most = max(1, memory // BYTES_PER_DOCUMENT)
    if documents <= most:
        return None
    ranges, hash_ranges = (
        power_of_two(documents * size / memory) for size in (BYTES_PER_KEY, BYTES_PER_HASH)
    )
    return Shape(documents, bands, ranges, hash_ranges, most)


def power_of_two(least: float) -> int:
    """The lowest power of two that is not under `least`."""
    return 1 << max(0, math.ceil(least) - 1).bit_length()


def high_bits(keys: NDArray[np.uint64], ranges: int) -> NDArray[np.int64]:
    """The range of each key.

    >>> high_bits(np.array([2**63, 5], np.uint64), 2)
    array([1, 0])
    """
    if ranges == 1:
        return np.zeros(len(keys), np.int64)
    return (keys >> np.uint64(64 - (ranges.bit_length() - 1))).astype(np.int64)


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
    """Whole components in sets.

    Attributes:
        homes: the root of each document's component.
        sets: of each root, the number of its set; ALONE for a document that is one alone. Anything elsewhere.
        sizes: int64 (sets,), documents of each.
    """

    homes: Numbers
    sets: Numbers
    sizes: NDArray[np.int64]


def sets_of_components(cut: Shape, edges: Iterable[tuple[Numbers, Numbers]]) -> Sets:
    """Union-find over all edges, 8 bytes a document (16 from 2**32 on), those that pack the components included.

    A set holds as many documents as a slice, more only where it is a single component.
    """
    parents = forest(cut.documents)
    for a, b in edges:
        unite(parents, a, b)
    flatten(parents)
    sets = np.zeros_like(parents)
    return Sets(parents, sets, _pack(parents, sets, cut.slice))


@kernel
def _pack(homes: Numbers, sets: Numbers, most: int) -> NDArray[np.int64]:
    """Whole components, by their roots' numbers, into sets of at most `most` documents where they allow it."""
    for number in range(len(homes)):
        sets[np.int64(homes[number])] += 1  # the size of a component, until it is packed
    sizes = [np.int64(0)]
    for root in range(len(homes)):
        size = np.int64(sets[root])
        if size == 1:
            sets[root] = ALONE
        if size < 2:
            continue
        if sizes[-1] and sizes[-1] + size > most:
            sizes.append(np.int64(0))
        sizes[-1] += size
        sets[root] = len(sizes) - 1
    return np.array(sizes, np.int64)


def write_sets(sink: BinaryIO, found: Sets, at_a_time: int = 1 << 20) -> None:
    """The set of each document, uint32."""
    for start in range(0, len(found.homes), at_a_time):
        write_arrays(sink, [], found.sets[found.homes[start : start + at_a_time]].astype("<u4"))


def read_sets(work: Folder, name: str, start: int, stop: int) -> NDArray[np.int64]:
    """The sets of documents from number `start` on, -1 for one alone."""
    with work.fs.open(work.path(name), "rb") as file:
        found = read_array(file, 4 * start, stop - start, "<u4").astype(np.int64)
    found[found == ALONE] = -1
    return found
