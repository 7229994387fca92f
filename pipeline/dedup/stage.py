"""bands, groups, components, dedup: the clusters of each pool's documents that pass their language_score threshold.

A pool that fits in `dedup.memory` (nearly all languages) is one unit of `dedup`, and has none of the stages before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..manifest import FORMAT, Json, Unit
from ..schema import CLUSTER
from ..stage import Done, Manifests, Progress, Run
from ..storage import file_digest
from .clusters import find_stars, without_copies
from .jaccard import ShingleJaccard
from .minhash import similarity
from .partition import (
    Shape,
    edges_of,
    read_edges,
    read_exact_edges,
    read_range,
    read_set,
    sets_of_components,
    shape,
    write_bands,
    write_edges,
    write_sets,
)
from .pool import Loaded, Pool, PoolShingles, fingerprint, load, pools
from .stars import Jaccard, Stars

# A row for each document of a cluster of at least two.
SCHEMA = pa.schema(
    [
        pa.field("document", pa.int64(), nullable=False),  # number in the pool
        *CLUSTER,
        pa.field("keeper", pa.int64(), nullable=False),  # number in the pool
        pa.field("similarity", pa.float32(), nullable=False),  # to the keeper
        pa.field("earlier", pa.string()),  # id of the keeper where it is of an earlier index
    ]
)
# A row for each pair of a document and a similar one of an earlier index.
MATCHES = pa.schema(
    [
        pa.field("document", pa.int64(), nullable=False),
        pa.field("earlier", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
        pa.field("removed", pa.bool_(), nullable=False),  # whether it is the document that stands aside
    ]
)


def cut_of(run: Run, pool: Pool) -> Shape | None:
    """How a pool is cut, None for one that fits in memory."""
    return shape(pool.rows, run.config.dedup.bands, run.config.dedup.memory)


def cut_pools(run: Run, done: Done) -> Iterator[tuple[Pool, Shape]]:
    """The pools that go by disk."""
    for pool in pools(run, done):
        cut = cut_of(run, pool)
        if cut is not None:
            yield pool, cut


def _of_pool(manifests: Manifests, pool: Pool) -> dict[str, dict[str, Json]]:
    return {name: dict(found) for name, found in manifests.items() if found["pool"] == pool.name}


class BandsStage:
    name = "bands"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per slice of a large pool's documents."""
        return [
            Unit(
                f"{pool.name}-{index:05d}",
                {"format": FORMAT, "slice": [start, stop], "ranges": cut.ranges, **fingerprint(run, pool)},
                (pool, cut, start, stop),
                (stop - start) * 8 * cut.bands,
            )
            for pool, cut in cut_pools(run, done)
            for index, (start, stop) in enumerate(cut.slices)
        ]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pool, cut, start, stop = unit.payload
        loaded = load(run, pool, np.arange(start, stop))
        bands, chosen, edges = without_copies(loaded.signatures, run.config.dedup.verify)
        file = f"bands/{unit.name}.bin"
        with run.work.create(file) as sink:
            write_bands(
                sink, cut, bands, loaded.numbers[chosen], (loaded.numbers[edges[0]], loaded.numbers[edges[1]])
            )
        progress(stop - start, unit.cost)
        return {"files": [file], "digest": file_digest(run.work, file), "pool": pool.name}


class GroupsStage:
    name = "groups"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per band and key range of a large pool."""
        units = []
        for pool, cut in cut_pools(run, done):
            slices = _of_pool(done["bands"], pool)
            common = {"format": FORMAT, "slices": [found["digest"] for found in slices.values()]}
            files = [found["files"][0] for found in slices.values()]
            cost = cut.documents * 8 // cut.ranges
            for partition in range(cut.partitions):
                payload = (pool.name, cut, files, partition)
                units.append(Unit(f"{pool.name}-{partition:05d}", common, payload, cost))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pool, cut, files, partition = unit.payload
        a, b = edges_of(*read_range(run.work, files, cut, partition))
        file = f"groups/{unit.name}.bin"
        with run.work.create(file) as sink:
            write_edges(sink, a, b)
        progress(cut.documents // cut.partitions, unit.cost)
        return {"files": [file], "digest": file_digest(run.work, file), "edges": len(a), "pool": pool}


class ComponentsStage:
    name = "components"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per large pool."""
        units = []
        for pool, cut in cut_pools(run, done):
            slices, groups = (_of_pool(done[stage], pool) for stage in ("bands", "groups"))
            common = {
                "format": FORMAT,
                "slices": [found["digest"] for found in slices.values()],
                "edges": [found["digest"] for found in groups.values()],
            }
            files = [[found["files"][0] for found in stage.values()] for stage in (slices, groups)]
            cost = 8 * sum(found["edges"] for found in groups.values())
            units.append(Unit(pool.name, common, (pool.name, cut, *files), cost))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pool, cut, slices, groups = unit.payload

        def edges() -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
            yield from (read_exact_edges(run.work, name, cut) for name in slices)
            yield from (read_edges(run.work, name, cut) for name in groups)

        sets = sets_of_components(cut, edges())
        file = f"components/{unit.name}.bin"
        with run.work.create(file) as sink:
            write_sets(sink, sets)
        progress(cut.documents, unit.cost)
        sizes = np.diff(sets.offsets).tolist()
        return {"files": [file], "digest": file_digest(run.work, file), "sets": sizes, "pool": pool}


class Work(NamedTuple):
    """What a unit of dedup clusters: a whole pool, or one set of its components."""

    pool: Pool
    cut: Shape | None
    sets: str
    number: int


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
                units.append(Unit(pool.name, common, Work(pool, None, "", 0), cost))
                continue
            found = done["components"][pool.name]
            for index, size in enumerate(found["sets"]):
                payload = Work(pool, cut, found["files"][0], index)
                own = {**common, "set": index, "components": found["digest"]}
                units.append(Unit(f"{pool.name}-{index:05d}", own, payload, size * 8 * cut.bands))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pool, cut, sets, index = unit.payload
        numbers = None if cut is None else read_set(run.work, sets, cut, index)
        loaded = load(run, pool, numbers)
        found = find_stars(
            loaded.signatures, loaded.order, run.config.dedup.verify, _jaccard(run, pool, loaded)
        )
        tables = {
            f"dedup/{unit.name}.parquet": clusters_table(run, pool, loaded, found),
            f"dedup/{unit.name}.matches.parquet": matches_table(pool, loaded, found),
        }
        written = [name for name, table in tables.items() if len(table) or table.schema == SCHEMA]
        for name in written:
            with run.work.create(name) as sink:
                pq.write_table(tables[name], sink, compression="zstd")
        progress(len(loaded.numbers), unit.cost)
        return {
            "files": written,
            "digest": file_digest(run.work, written[0]),
            "matches_digest": file_digest(run.work, written[1]) if len(written) > 1 else None,
            "documents": len(loaded.numbers),
            "pool": pool.name,
        }


def _jaccard(run: Run, pool: Pool, loaded: Loaded) -> Jaccard | None:
    """Exact similarity of pairs of rows; the sketches' estimate where one is of an earlier index, without its text."""
    if run.config.dedup.verify is None or not run.config.dedup.verify_exactly:
        return None
    of_texts = ShingleJaccard(PoolShingles(run, pool))
    sketches = loaded.signatures.sketches

    def jaccard(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
        found = np.empty(len(a))
        ours = (loaded.numbers[a] < pool.documents) & (loaded.numbers[b] < pool.documents)
        found[ours] = of_texts(loaded.numbers[a[ours]], loaded.numbers[b[ours]])
        found[~ours] = similarity(sketches[a[~ours]], sketches[b[~ours]])
        return found

    return jaccard


def clusters_table(run: Run, pool: Pool, loaded: Loaded, found: Stars) -> pa.Table:
    """The documents of this run that are in clusters of at least two, by number."""
    numbers, keeper = loaded.numbers, found.keeper
    ours = numbers < pool.documents
    sizes = loaded.sizes
    if run.config.dedup.index.drop == "report":
        sizes = np.where(ours, sizes, 0)
    total = np.bincount(keeper, weights=sizes, minlength=len(keeper)).astype(np.int64)
    first = np.arange(len(keeper))
    np.minimum.at(first, keeper, np.arange(len(keeper)))  # numbers ascend with rows, this run's come first
    rows = np.flatnonzero(ours & ((total[keeper] > 1) | (keeper != np.arange(len(keeper)))))
    of = keeper[rows]
    return pa.table(
        [
            numbers[rows],
            numbers[first[of]],
            total[of],
            numbers[of],
            found.similarity[rows],
            _earlier_ids(pool, numbers[of]),
        ],
        schema=SCHEMA,
    )


def matches_table(pool: Pool, loaded: Loaded, found: Stars) -> pa.Table:
    """Pairs of a document and a similar one of an earlier index, one of which is the other's keeper; by document."""
    numbers, keeper = loaded.numbers, loaded.numbers[found.keeper]
    ours, of_ours = numbers < pool.documents, keeper < pool.documents
    rows = np.flatnonzero(ours != of_ours)
    document, earlier = np.minimum(numbers[rows], keeper[rows]), np.maximum(numbers[rows], keeper[rows])
    order = np.lexsort((earlier, document))
    rows, document, earlier = rows[order], document[order], earlier[order]
    columns = [document, _earlier_ids(pool, earlier), found.similarity[rows], ours[rows]]
    return pa.table(columns, schema=MATCHES)


def _earlier_ids(pool: Pool, numbers: NDArray[np.int64]) -> pa.Array:
    """Ids of the documents of earlier indexes among these; null for this run's."""
    ids = np.full(len(numbers), None, object)
    first = pool.documents
    for one in pool.earlier:
        here = (numbers >= first) & (numbers < first + one.documents)
        wanted, places = np.unique(numbers[here] - first, return_inverse=True)
        ids[here] = np.array(one.ids(wanted), object)[places] if len(wanted) else None
        first += one.documents
    return pa.array(ids, pa.string())
