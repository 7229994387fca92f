"""dedup: the clusters of each pool's documents that pass their language_score threshold.

A pool that fits in `dedup.memory` (nearly all languages) is one unit; a larger one was cut into sets (disk.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..manifest import FORMAT, Json, Unit
from ..stage import Done, Progress, Run
from ..storage import file_digest
from .clusters import find_stars
from .dealt import read_dealt
from .disk import COPIES, cut_of, of_pool
from .found import SCHEMA, Found, clusters_table, matches_table, one_table
from .giant import Giant, scratch
from .giant_stage import blocks_of
from .jaccard import ShingleJaccard
from .partition import Shape
from .pool import Pool, PoolShingles, fingerprint, load, pools
from .rows import Rows
from .stars import Jaccard

# Documents of one cluster unit, some at a time: their numbers, ascending, and the rows that they are found in.
Pieces = Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]


class Work(NamedTuple):
    """What a unit of dedup clusters: a whole pool, or one set of its components.

    Attributes:
        pool: the pool.
        cut: how it is cut, None where it is not.
        rows: of each slice, the file of the documents that are compared.
        copies: of each slice, the file of their exact copies.
        place: number of the set.
        texts: how many documents are compared, of each slice.
        blocks: of a set that does not fit in memory, the two files of each block, in the order of preference.
    """

    pool: Pool
    cut: Shape | None = None
    rows: Sequence[str] = ()
    copies: Sequence[str] = ()
    place: int = 0
    texts: Sequence[int] = ()
    blocks: Sequence[tuple[str, str]] = ()


class DedupStage:
    name = "dedup"
    units_per_task = 8

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per pool that fits in memory, one per set of components of a large one."""
        units = []
        for pool in pools(run, done):
            common = {"format": FORMAT, **fingerprint(run, pool)}
            cut = cut_of(run, pool)
            if cut is None:
                cost = pool.rows * 8 * run.config.dedup.bands
                units.append(Unit(pool.name, common, Work(pool), cost))
                continue
            slices = of_pool(done["sets"], pool)
            common["slices"] = [found["digest"] for found in slices]
            rows, copies = ([found["files"][i] for found in slices] for i in (0, 1))
            for place, size in enumerate(done["components"][pool.name]["sets"]):
                texts = [found["texts"][place] for found in slices]
                name = f"{pool.name}-{place:05d}"
                blocks = blocks_of(done, name)
                files = [tuple(found["files"]) for found in blocks]
                own = {"set": place, "blocks": [found["digest"] for found in blocks]}
                payload = Work(pool, cut, rows, copies, place, texts, files)
                units.append(Unit(name, {**common, **own}, payload, size * 8 * cut.bands))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        work: Work = unit.payload
        name = f"dedup/{unit.name}.parquet"
        matches, documents = [], 0
        with (
            _clustered(run, work) as found,
            run.work.create(name) as sink,
            pq.ParquetWriter(sink, SCHEMA, compression="zstd") as writer,
        ):
            for numbers, rows in _pieces(run, work, found):
                writer.write_table(clusters_table(work.pool, found, numbers, rows))
                matches.append(matches_table(work.pool, found, numbers, rows))
                documents += len(numbers)
        written = [name]
        table = one_table(matches)
        if len(table):
            written.append(f"dedup/{unit.name}.matches.parquet")
            with run.work.create(written[1]) as sink:
                pq.write_table(table, sink, compression="zstd")
        progress(documents, unit.cost)
        return {
            "files": written,
            "digest": file_digest(run.work, name),
            "matches_digest": file_digest(run.work, written[1]) if len(written) > 1 else None,
            "documents": documents,
            "pool": work.pool.name,
        }


@contextmanager
def _clustered(run: Run, work: Work) -> Iterator[Found]:
    """The clusters of a unit's documents, exact copies in other slices left out."""
    verify, pool = run.config.dedup.verify, work.pool
    if work.cut is None:
        loaded = load(run, pool)
        yield _in_memory(run, pool, loaded.rows, loaded.order)
        return
    if sum(work.texts) <= work.cut.slice:
        rows = Rows.of(list(read_dealt(run.work, work.rows, work.place)))
        yield _in_memory(run, pool, rows, rows.order(run, pool.documents))
        return
    with scratch(run) as folder:
        giant = Giant(run, pool, sum(work.texts), folder)
        if verify is None:
            yield giant.transitive(work.rows, work.place)
        else:
            yield giant.stars(work.blocks, verify, _jaccard(run, pool))


def _in_memory(run: Run, pool: Pool, rows: Rows, order: NDArray[np.int64]) -> Found:
    jaccard = _jaccard(run, pool)
    asked = None if jaccard is None else lambda a, b: jaccard(rows.numbers[a], rows.numbers[b])
    return Found.of(rows, find_stars(rows.signatures, order, run.config.dedup.verify, asked))


def _pieces(run: Run, work: Work, found: Found) -> Pieces:
    """All documents of a unit, by slice, copies among them."""
    if work.cut is None:
        yield found.numbers, np.arange(len(found.numbers))
        return
    slices = zip(
        read_dealt(run.work, work.rows, work.place),
        read_dealt(run.work, work.copies, work.place),
        strict=True,
    )
    for own, copies in slices:
        number, head = (copies.column(name).to_numpy() for name in COPIES.names)
        numbers = np.concatenate([own.column("numbers").to_numpy(), number])
        heads = np.concatenate([own.column("numbers").to_numpy(), head])
        order = np.argsort(numbers)
        yield numbers[order], found.rows_of(heads[order])


def _jaccard(run: Run, pool: Pool) -> Jaccard | None:
    """Exact similarity of pairs of documents, by number; NaN where one is of an earlier index, without its text."""
    if run.config.dedup.verify is None or not run.config.dedup.verify_exactly:
        return None
    of_texts = ShingleJaccard(PoolShingles(run, pool))

    def jaccard(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
        found = np.full(len(a), np.nan)
        ours = (a < pool.documents) & (b < pool.documents)
        found[ours] = of_texts(a[ours], b[ours])
        return found

    return jaccard
