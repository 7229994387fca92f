"""A set that does not fit in memory, as a single component may be: clustered a block of it at a time.

Its rows are dealt out to blocks in the order of preference, cut at a sample of them. What must be held for each
document (36 bytes) is in mapped files beside them, which the system writes out where memory is short.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..stage import Run
from ..storage import TEMPORARY, Folder
from .blocks import Block, Keepers, cluster_block
from .clusters import similarities
from .dealt import read_dealt, write_dealt
from .found import Found
from .pool import Pool
from .rows import Rows
from .stars import Jaccard

SAMPLED = 256  # rows for each block, of which the cuts are taken


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
        files: of the sets stage, one for each slice.
        place: number of the set.
        count: its documents.
        folder: for files that are of no use afterwards.
    """

    def __init__(
        self, run: Run, pool: Pool, files: Sequence[str], place: int, count: int, folder: Folder
    ) -> None:
        self.run, self.pool, self.files, self.place = run, pool, files, place
        self.count, self.folder = count, folder

    def _chunks(self) -> Iterator[Rows]:
        for batch in read_dealt(self.run.work, self.files, self.place):
            if batch.num_rows:
                yield Rows.of([batch])

    def _empty(self) -> Found:
        """Clusters of which each document is one, in mapped files."""
        found = Found(*(self._mapped(name, kind) for name, kind in zip(Found._fields, KINDS, strict=True)))
        at = 0
        for rows in self._chunks():
            here = slice(at, at + len(rows.numbers))
            found.numbers[here] = rows.numbers
            found.lowest[here] = rows.numbers
            found.similarity[here] = 1
            at += len(rows.numbers)
        return found

    def _mapped(self, name: str, kind: Any) -> NDArray[Any]:
        return np.memmap(self.folder.path(f"{TEMPORARY}{name}"), kind, "w+", shape=(self.count,))

    def transitive(self) -> Found:
        """The set as one cluster: all that bands connect, through whatever others."""
        found, best = self._empty(), pa.table({})
        for rows in self._chunks():
            table = rows.table(np.arange(len(rows.numbers)))
            both = Rows.of([best, table])
            best = both.table(both.order(self.run, self.pool.documents)[:1])
        keeper = int(found.rows_of(best["numbers"].to_numpy())[0])
        found.keeper[:] = keeper
        sketch = Rows.of([best]).sketches
        at = 0
        for rows in self._chunks():
            here = slice(at, at + len(rows.numbers))
            sketches = np.concatenate([sketch, rows.sketches])
            found.similarity[here] = similarities(sketches, np.zeros(len(sketches), np.int64))[1:]
            found.sizes[keeper] += rows.sizes.sum()
            found.lowest[keeper] = min(found.lowest[keeper], rows.lowest.min())
            at += len(rows.numbers)
        found.similarity[keeper] = 1
        return found

    def stars(self, size: int, threshold: float, jaccard: Jaccard | None) -> Found:
        """Verified clusters, from blocks of about `size` documents."""
        found = self._empty()
        blocks = -(-self.count // size)
        files = self._deal(self._cuts(blocks), blocks)
        for block in range(blocks):
            rows = Rows.of(list(read_dealt(self.folder, files, block)))
            order = rows.order(self.run, self.pool.documents)
            order = order[rows.signed[order]]
            ordered = Block(rows.numbers[order], rows.bands[order], rows.sketches[order])
            stars, keepers = cluster_block(ordered, map(self._keepers, range(block)), threshold, jaccard)
            self._keep(block, keepers)
            own = found.rows_of(rows.numbers)
            keeper = own.copy()
            keeper[order] = found.rows_of(stars.keeper)
            found.keeper[own] = keeper
            found.similarity[own[order]] = stars.similarity
            np.add.at(found.sizes, keeper, rows.sizes)
            np.minimum.at(found.lowest, keeper, rows.lowest)
        return found

    def _cuts(self, blocks: int) -> Rows:
        """Where the blocks begin, but for the first: rows of a sample."""
        sample, skipped = [], 0
        step = max(1, self.count // (SAMPLED * blocks))
        for rows in self._chunks():
            chosen = np.arange(-skipped % step, len(rows.numbers), step)
            sample.append(rows.table(chosen, wide=False))
            skipped += len(rows.numbers)
        all_rows = Rows.of(sample)
        order = all_rows.order(self.run, self.pool.documents)
        places = np.unique([len(order) * block // blocks for block in range(1, blocks)])
        return Rows.of([all_rows.table(np.sort(order[places.astype(np.int64)]), wide=False)])

    def _deal(self, cuts: Rows, blocks: int) -> list[str]:
        files = []
        for index, rows in enumerate(self._chunks()):
            files.append(f"{TEMPORARY}rows-{index}")
            with open(self.folder.path(files[-1]), "wb") as sink:
                everyone = np.arange(len(rows.numbers))
                write_dealt(sink, rows.table(everyone), self._places(cuts, rows), blocks)
        return files

    def _places(self, cuts: Rows, rows: Rows) -> NDArray[np.int64]:
        """The block of each row: how many cuts there are up to it, in the order of preference."""
        others = np.flatnonzero(~np.isin(cuts.numbers, rows.numbers))
        tables = [
            cuts.table(others, wide=False),
            rows.table(np.arange(len(rows.numbers)), wide=False),
        ]
        both = pa.concat_tables(tables, promote_options="permissive").sort_by("numbers")
        joined = Rows.of([both])
        order = joined.order(self.run, self.pool.documents)
        places = np.empty(len(order), np.int64)
        places[order] = np.cumsum(np.isin(joined.numbers, cuts.numbers)[order])
        return places[np.isin(joined.numbers, rows.numbers)]

    def _keep(self, block: int, keepers: Keepers) -> None:
        with open(self.folder.path(f"{TEMPORARY}keepers-{block}"), "wb") as sink:
            np.savez(sink, **keepers._asdict())

    def _keepers(self, block: int) -> Keepers:
        with np.load(self.folder.path(f"{TEMPORARY}keepers-{block}")) as held:
            return Keepers(*(held[name] for name in Keepers._fields))


KINDS = (np.int64, np.int64, np.float32, np.int64, np.int64)  # of the columns of Found
