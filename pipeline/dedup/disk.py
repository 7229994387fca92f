"""bands, groups, components, sets: a pool that does not fit in `dedup.memory`, cut into sets that are clustered apart.

`bands`: each slice of documents collapses its exact duplicates and writes two files: band keys, dealt out by band and
key range, and what tells exact duplicates, dealt out by hash range. `groups`: each range gathers its rows from all
slices, and writes which documents share a bucket, or which one stands for its exact duplicates. `components`:
union-find over all of these; whole components are packed into sets that fit in memory. `sets`: each slice deals its
documents out to the sets: signatures of one document for each text, of its copies the number alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..manifest import FORMAT, Json, Unit
from ..stage import Done, Manifests, Progress, Run
from ..storage import digest, file_digest
from .clusters import exact_heads, takes_part
from .components import number_type
from .dealt import read_dealt, write_dealt
from .partition import (
    Shape,
    edges_of,
    high_bits,
    read_edges,
    read_exact_edges,
    read_range,
    read_sets,
    sets_of_components,
    shape,
    write_bands,
    write_edges,
    write_sets,
)
from .pool import Loaded, Pool, fingerprint, load, pools
from .rows import Rows

# Documents that are exact duplicates of others, and who stands for each: itself, for how many and from which on.
HEADS = pa.schema([(name, pa.int64()) for name in ("number", "head", "size", "lowest")])
SAMPLED = 256  # documents for each set that would fit in memory, of a larger one
COPIES = pa.schema([(name, pa.int64()) for name in ("number", "head")])


def cut_of(run: Run, pool: Pool) -> Shape | None:
    """How a pool is cut, None for one that fits in memory."""
    return shape(pool.rows, run.config.dedup.bands, run.config.dedup.memory)


def cut_pools(run: Run, done: Done) -> Iterator[tuple[Pool, Shape]]:
    """The pools that go by disk."""
    for pool in pools(run, done):
        cut = cut_of(run, pool)
        if cut is not None:
            yield pool, cut


def of_pool(manifests: Manifests, pool: Pool) -> list[dict[str, Json]]:
    """A stage's manifests of one pool, in the order of its plan."""
    return [dict(found) for found in manifests.values() if found["pool"] == pool.name]


def _files(manifests: list[dict[str, Json]], place: int = 0) -> list[str]:
    return [found["files"][place] for found in manifests]


def _digests(manifests: list[dict[str, Json]]) -> list[str]:
    return [found["digest"] for found in manifests]


class BandsStage:
    name = "bands"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per slice of a large pool's documents."""
        return [
            Unit(
                f"{pool.name}-{index:05d}",
                {
                    "format": FORMAT,
                    "slice": [start, stop],
                    "ranges": [cut.ranges, cut.hash_ranges],
                    **fingerprint(run, pool),
                },
                (pool, cut, start, stop),
                (stop - start) * 8 * cut.bands,
            )
            for pool, cut in cut_pools(run, done)
            for index, (start, stop) in enumerate(cut.slices)
        ]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pool, cut, start, stop = unit.payload
        rows, heads = _collapsed(run, load(run, pool, np.arange(start, stop)))
        stands = heads == np.arange(len(heads))
        signed, copies = np.flatnonzero(stands & rows.signed), np.flatnonzero(~stands)
        edges = rows.numbers[heads[copies]], rows.numbers[copies]
        files = [f"bands/{unit.name}.bin", f"bands/{unit.name}.hashes.arrow"]
        with run.work.create(files[0]) as sink:
            write_bands(sink, cut, rows.bands[signed], rows.numbers[signed], edges)
        exact = np.flatnonzero(stands & takes_part(rows.signatures, run.config.dedup.verify))
        ranges = high_bits(rows.hashes[exact, 0], cut.hash_ranges)
        with run.work.create(files[1]) as sink:
            write_dealt(sink, rows.table(exact, wide=False), ranges, cut.hash_ranges)
        progress(stop - start, unit.cost)
        return {"files": files, "digest": _digest_of(run, files), "pool": pool.name}


def _collapsed(run: Run, loaded: Loaded) -> tuple[Rows, NDArray[np.int64]]:
    """The rows, with what each exact text's preferred one stands for; and the row of that one."""
    rows = loaded.rows
    heads = exact_heads(rows.hashes, loaded.order, takes_part(rows.signatures, run.config.dedup.verify))
    return rows.gathered(heads), heads


def _digest_of(run: Run, files: list[str]) -> str:
    return digest("".join(file_digest(run.work, name) for name in files))


class GroupsStage:
    name = "groups"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per band and key range of a large pool, then one per range of hashes."""
        units = []
        for pool, cut in cut_pools(run, done):
            slices = of_pool(done["bands"], pool)
            for partition in range(cut.partitions + cut.hash_ranges):
                by_band = partition < cut.partitions
                cost = cut.documents * 8 // (cut.ranges if by_band else cut.hash_ranges)
                payload = (pool, cut, _files(slices, 0 if by_band else 1), partition)
                common = {"format": FORMAT, "slices": _digests(slices)}
                units.append(Unit(f"{pool.name}-{partition:05d}", common, payload, cost))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pool, cut, files, partition = unit.payload
        if partition < cut.partitions:
            file, exact = f"groups/{unit.name}.bin", False
            a, b = edges_of(*read_range(run.work, files, cut, partition))
            with run.work.create(file) as sink:
                write_edges(sink, a, b)
        else:
            file, exact = f"groups/{unit.name}.arrow", True
            heads = _heads(run, pool, Rows.of(list(read_dealt(run.work, files, partition - cut.partitions))))
            with run.work.create(file) as sink:
                slices = _slices_of(cut, heads["number"].to_numpy())
                write_dealt(sink, heads, slices, len(cut.slices))
        progress(cut.documents // (cut.partitions + cut.hash_ranges), unit.cost)
        return {"files": [file], "digest": file_digest(run.work, file), "exact": exact, "pool": pool.name}


def _heads(run: Run, pool: Pool, rows: Rows) -> pa.Table:
    """Who stands for whom among documents of equal hashes in several slices; see HEADS."""
    everyone = np.ones(len(rows.numbers), bool)
    first = exact_heads(rows.hashes, np.arange(len(everyone)), everyone)
    repeated = np.flatnonzero(np.bincount(first, minlength=len(first))[first] > 1)
    rows = Rows.of([rows.table(repeated, wide=False)])
    heads = exact_heads(rows.hashes, rows.order(run, pool.documents), np.ones(len(repeated), bool))
    rows = rows.gathered(heads)
    return pa.table([rows.numbers, rows.numbers[heads], rows.sizes, rows.lowest], schema=HEADS)


def _slices_of(cut: Shape, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    starts = np.array([start for start, _ in cut.slices])
    return np.searchsorted(starts, numbers, side="right") - 1


class ComponentsStage:
    name = "components"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per large pool."""
        units = []
        for pool, cut in cut_pools(run, done):
            slices, groups = (of_pool(done[stage], pool) for stage in ("bands", "groups"))
            common = {"format": FORMAT, "slices": _digests(slices), "edges": _digests(groups)}
            payload = (pool.name, cut, _files(slices), _files(groups))
            units.append(Unit(pool.name, common, payload, 8 * cut.documents))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pool, cut, slices, groups = unit.payload

        def edges() -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
            yield from (read_exact_edges(run.work, name, cut) for name in slices)
            yield from (read_edges(run.work, name, cut) for name in groups[: cut.partitions])
            for place in range(len(cut.slices)):
                for batch in read_dealt(run.work, groups[cut.partitions :], place):
                    pair = (batch.column(name).to_numpy() for name in ("head", "number"))
                    a, b = (side.astype(number_type(cut.documents)) for side in pair)
                    yield a, b

        sets = sets_of_components(cut, edges())
        file = f"components/{unit.name}.bin"
        with run.work.create(file) as sink:
            write_sets(sink, sets)
        progress(cut.documents, unit.cost)
        sizes = sets.sizes.tolist()
        return {"files": [file], "digest": file_digest(run.work, file), "sets": sizes, "pool": pool}


class SetsStage:
    name = "sets"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per slice of a large pool's documents."""
        units = []
        for pool, cut in cut_pools(run, done):
            found = done["components"][pool.name]
            exact = [one for one in of_pool(done["groups"], pool) if one["exact"]]
            common = {
                "format": FORMAT,
                "components": found["digest"],
                "heads": _digests(exact),
                **fingerprint(run, pool),
            }
            for index, (start, stop) in enumerate(cut.slices):
                payload = (pool, cut, index, found["files"][0], found["sets"], _files(exact))
                cost = (stop - start) * 8 * cut.bands
                units.append(Unit(f"{pool.name}-{index:05d}", common, payload, cost))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pool, cut, index, components, sizes, exact = unit.payload
        start, stop = cut.slices[index]
        sets = read_sets(run.work, components, start, stop)
        rows, heads = _collapsed(run, load(run, pool, np.arange(start, stop)))
        numbers = rows.numbers[heads]  # of the head in this slice, then of that of all
        for batch in read_dealt(run.work, exact, index):
            number, head, size, lowest = (batch.column(name).to_numpy() for name in HEADS.names)
            numbers[number - start] = head
            rows.sizes[number - start], rows.lowest[number - start] = size, lowest
        numbers = numbers[heads]
        stands = (numbers == rows.numbers) & (sets >= 0)
        copies = (numbers != rows.numbers) & (sets >= 0)
        unlike = rows._replace(hashes=np.zeros_like(rows.hashes), exact=np.zeros_like(rows.exact))
        tables = {
            f"sets/{unit.name}.arrow": (unlike.table(stands), sets[stands]),
            f"sets/{unit.name}.copies.arrow": (
                pa.table([rows.numbers[copies], numbers[copies]], schema=COPIES),
                sets[copies],
            ),
        }
        sampled = _sample(sets[stands], np.array(sizes) > cut.slice, max(1, cut.slice // SAMPLED))
        texts = np.flatnonzero(stands)[sampled]
        tables[f"sets/{unit.name}.sample.arrow"] = (unlike.table(texts, wide=False), sets[texts])
        for name, (table, places) in tables.items():
            with run.work.create(name) as sink:
                write_dealt(sink, table, places, len(sizes))
        progress(stop - start, unit.cost)
        return {
            "files": list(tables),
            "digest": _digest_of(run, list(tables)),
            "texts": np.bincount(sets[stands], minlength=len(sizes)).tolist(),
            "pool": pool.name,
        }


def _sample(sets: NDArray[np.int64], large: NDArray[np.bool_], step: int) -> NDArray[np.int64]:
    """Every so many documents of the large sets: where blocks of them are cut (giant_stage.py)."""
    return np.flatnonzero(large[sets])[::step]
