"""A set that does not fit in memory, as a single component may be: clustered a block of it at a time.

Its blocks were made by the stages of giant_stage.py. What must be held for each document (36 bytes; and of keepers
the sketch) is in mapped files, which the system writes out where memory is short. What became of a block is written
beside it (12 bytes a document): where the process is killed, the next one reads that and compares from there on.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..stage import Run
from ..storage import TEMPORARY, Folder
from .blocks import Block, Kept, cluster_block, new_keepers
from .clusters import similarities
from .dealt import read_dealt
from .found import Found
from .mail import Mail
from .partition import read_array, write_arrays
from .pool import Pool
from .rows import Rows
from .stars import Jaccard, Stars


class Ordered(NamedTuple):
    """A block of a giant set, in the order of preference, as its file holds it.

    Attributes:
        numbers, sizes, lowest: int64 (documents,), see `Rows`.
        places: int64 (documents,), of each among all documents of the set, by number.
        sketches: uint8 (documents, hashes).
        buckets: int32 (documents, bands), slots; see `Block`.
        next_block, next_slot: int32 (slots,), where each bucket comes next; see `Links`.
    """

    numbers: NDArray[np.int64]
    sizes: NDArray[np.int64]
    lowest: NDArray[np.int64]
    places: NDArray[np.int64]
    sketches: NDArray[np.uint8]
    buckets: NDArray[np.int32]
    next_block: NDArray[np.int32]
    next_slot: NDArray[np.int32]


def write_block(sink: BinaryIO, block: Ordered) -> None:
    shapes = (*block.sketches.shape, block.buckets.shape[1], len(block.next_block))
    write_arrays(sink, shapes, *block)


def read_block(work: Folder, name: str) -> Ordered:
    with work.fs.open(work.path(name), "rb") as file:
        documents, hashes, bands, slots = read_array(file, 0, 4, "<i8").tolist()
        shapes = [
            *[((documents,), np.dtype("<i8"))] * 4,
            ((documents, hashes), np.dtype(np.uint8)),
            ((documents, bands), np.dtype("<i4")),
            *[((slots,), np.dtype("<i4"))] * 2,
        ]
        at, arrays = 32, []
        for shape, kind in shapes:
            arrays.append(read_array(file, at, int(np.prod(shape)), kind).reshape(shape))
            at += arrays[-1].nbytes
    return Ordered(*arrays)


def write_outcome(sink: BinaryIO, stars: Stars) -> None:
    write_arrays(sink, [len(stars.keeper)], *stars)


def read_outcome(work: Folder, name: str) -> Stars | None:
    """What became of a block; None where its file is empty as yet."""
    with work.fs.open(work.path(name), "rb") as file:
        if not file.read(1):
            return None
        count = int(read_array(file, 0, 1, "<i8")[0])
        return Stars(read_array(file, 8, count, "<i8"), read_array(file, 8 + 8 * count, count, "<f4"))


@contextmanager
def scratch(run: Run) -> Iterator[Folder]:
    """A folder of this machine for files that do not outlive the unit; beside the work folder where that is local."""
    beside = run.work.path("dedup") if run.work.is_local else None
    if beside:
        Path(beside).mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(prefix=TEMPORARY, dir=beside)
    try:
        yield Folder(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Giant:
    """A set of a pool, by its files.

    Args:
        run: the run.
        pool: the set's.
        count: its documents.
        folder: for files that are of no use afterwards.
    """

    def __init__(self, run: Run, pool: Pool, count: int, folder: Folder) -> None:
        self.run, self.pool, self.count, self.folder = run, pool, count, folder

    def _mapped(self, name: str, kind: Any, *width: int) -> NDArray[Any]:
        return np.memmap(self.folder.path(f"{TEMPORARY}{name}"), kind, "w+", shape=(self.count, *width))

    def _empty(self) -> Found:
        return Found(*(self._mapped(name, kind) for name, kind in zip(Found._fields, KINDS, strict=True)))

    def transitive(self, files: Sequence[str], place: int) -> Found:
        """The set as one cluster: all that bands connect, through whatever others.

        Args:
            files: of the sets stage, one for each slice.
            place: number of the set in them.
        """

        def chunks() -> Iterator[tuple[slice, Rows]]:
            at = 0
            for batch in read_dealt(self.run.work, files, place):
                if batch.num_rows:
                    yield slice(at, at + batch.num_rows), Rows.of([batch])
                    at += batch.num_rows

        found, best = self._empty(), pa.table({})
        for here, rows in chunks():
            found.numbers[here] = rows.numbers
            both = Rows.of([best, rows.table(np.arange(len(rows.numbers)))])
            best = both.table(both.order(self.run, self.pool.documents)[:1])
        keeper = int(found.rows_of(best["numbers"].to_numpy())[0])
        found.keeper[:] = keeper
        found.lowest[keeper] = found.numbers[keeper]
        sketch = Rows.of([best]).sketches
        for here, rows in chunks():
            sketches = np.concatenate([sketch, rows.sketches])
            found.similarity[here] = similarities(sketches, np.zeros(len(sketches), np.int64))[1:]
            found.sizes[keeper] += rows.sizes.sum()
            found.lowest[keeper] = min(found.lowest[keeper], rows.lowest.min())
        found.similarity[keeper] = 1
        return found

    def stars(self, files: Sequence[tuple[str, str]], threshold: float, jaccard: Jaccard | None) -> Found:
        """Verified clusters.

        Args:
            files: of each block, that of its documents and that of what becomes of them: empty, or known already.
        """
        found, mail = self._empty(), Mail(self.folder, len(files))
        found.lowest[:] = np.iinfo(np.int64).max
        places = self._mapped("places", np.int64)  # of keepers
        kept = None
        for number, (name, outcome) in enumerate(files):
            block, known = read_block(self.run.work, name), read_outcome(self.run.work, outcome)
            if kept is None:
                sketches = self._mapped("sketches", np.uint8, block.sketches.shape[1])
                kept = Kept(self._mapped("keepers", np.int64), sketches)
            first = kept.count
            documents = Block(block.numbers, block.sketches, block.buckets, len(block.next_block))
            before = _passed_on(mail, number, block)
            stars, new = cluster_block(documents, before, kept, threshold, jaccard, known=known)
            if known is None:
                with self.run.work.create(outcome) as sink:
                    write_outcome(sink, stars)
            mail.send(new, block.next_block, block.next_slot)
            mail.remove(number)
            places[first : kept.count] = block.places[new_keepers(stars.keeper, first)]
            keeper = places[stars.keeper]
            found.numbers[block.places] = block.numbers
            found.keeper[block.places] = keeper
            found.similarity[block.places] = stars.similarity
            np.add.at(found.sizes, keeper, block.sizes)
            np.minimum.at(found.lowest, keeper, block.lowest)
        return found


def _passed_on(mail: Mail, number: int, block: Ordered) -> Iterator[Any]:
    """What was sent to a block, sent on to where the same buckets come next."""
    for part in mail.read(number, len(block.numbers)):
        mail.send(part, block.next_block, block.next_slot)
        yield part


KINDS = (np.int64, np.int64, np.float32, np.int64, np.int64)  # of the columns of Found
