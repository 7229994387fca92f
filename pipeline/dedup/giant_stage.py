"""deal, links, blocks: a set that does not fit in memory, as a single component may be, made ready to be clustered.

`deal`: each slice deals the set's documents out to blocks in the order of preference, cut at a sample of them, and
their band keys by band and key range. `links`: each range says which documents share a key, block by block. `blocks`:
each block puts its documents in order and gathers their links. What is left to do in turn, for one block after the
other, is to compare (giant.py). With `dedup.verify: off` nothing is compared, and there are no such units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..manifest import FORMAT, Json, Unit
from ..settings import minhash_options
from ..stage import Done, Progress, Run
from ..storage import digest, file_digest
from .dealt import read_dealt, write_all_dealt, write_dealt
from .disk import cut_pools, of_pool
from .giant import Ordered, write_block
from .links import BYTES_PER_LINK, links_of
from .partition import Shape, high_bits, power_of_two
from .pool import Pool, fingerprint
from .rows import Rows

BLOCKS_IN_MEMORY = 3  # one, as it is read and as it is compared, and keepers of others

KEYS = pa.schema([("key", pa.uint64()), ("block", pa.int32()), ("row", pa.uint32())])
LINKS = pa.schema([("row", pa.uint32()), ("slot", pa.int32())])
NEXT = pa.schema([("block", pa.int32()), ("slot", pa.int32())])
UNUSED = ("bands", "hashes", "exact")  # columns of a set's rows that blocks do without


class GiantSet(NamedTuple):
    """A set that does not fit in memory.

    Attributes:
        name: of its units.
        pool: the pool.
        cut: how that is cut.
        place: number of the set.
        texts: documents of each slice.
        rows: of each slice, the file of its documents.
        samples: of each slice, the file of a sample of them.
        digests: of the slices.
        blocks: how many blocks it has.
        ranges: key ranges of each band, a power of two.
    """

    name: str
    pool: Pool
    cut: Shape
    place: int
    texts: tuple[int, ...]
    rows: tuple[str, ...]
    samples: tuple[str, ...]
    digests: tuple[str, ...]
    blocks: int
    ranges: int


def giants(run: Run, done: Done) -> Iterator[GiantSet]:
    """The sets that are clustered in blocks."""
    for pool, cut in cut_pools(run, done) if run.config.dedup.verify is not None else ():
        slices = of_pool(done["sets"], pool)
        rows, samples = (tuple(found["files"][i] for found in slices) for i in (0, 2))
        digests = tuple(found["digest"] for found in slices)
        for place in range(len(done["components"][pool.name]["sets"])):
            texts = tuple(found["texts"][place] for found in slices)
            count = sum(texts)
            if count <= cut.slice:
                continue
            blocks = -(-count // max(1, cut.slice // BLOCKS_IN_MEMORY))
            ranges = power_of_two(count * BYTES_PER_LINK / run.config.dedup.memory)
            name = f"{pool.name}-{place:05d}"
            yield GiantSet(name, pool, cut, place, texts, rows, samples, digests, blocks, ranges)


def blocks_of(done: Done, name: str) -> list[dict[str, Json]]:
    """Manifests of the blocks of a set, in order."""
    return [dict(found) for found in done["blocks"].values() if found["set"] == name]


def _manifest(run: Run, giant: GiantSet, files: list[str], **more: Json) -> dict[str, Json]:
    digests = digest("".join(file_digest(run.work, name) for name in files))
    return {"files": files, "digest": digests, "pool": giant.pool.name, "set": giant.name, **more}


class DealStage:
    name = "deal"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per slice of a set."""
        return [
            Unit(
                f"{giant.name}-{index:05d}",
                {
                    "format": FORMAT,
                    "slices": list(giant.digests),
                    "cut": [giant.blocks, giant.ranges],
                    **fingerprint(run, giant.pool),
                },
                (giant, index),
                count * 8 * giant.cut.bands,
            )
            for giant in giants(run, done)
            for index, count in enumerate(giant.texts)
        ]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        giant, index = unit.payload
        batch = next(read_dealt(run.work, giant.rows[index : index + 1], giant.place))
        rows = Rows.of([batch])
        blocks = _blocks_of_rows(run, giant, rows)
        counts = np.bincount(blocks, minlength=giant.blocks)
        files = [f"deal/{unit.name}.arrow", f"deal/{unit.name}.keys.arrow"]
        places = np.arange(len(blocks)) + sum(giant.texts[:index])
        table = pa.Table.from_batches([batch]).drop_columns(list(UNUSED))
        table = table.append_column("places", pa.array(places))
        with run.work.create(files[0]) as sink:
            write_dealt(sink, table, blocks, giant.blocks)
        with run.work.create(files[1]) as sink:
            write_all_dealt(sink, _keys(rows, blocks, giant), giant.ranges)
        progress(len(blocks), unit.cost)
        return _manifest(run, giant, files, counts=counts.tolist())


def _blocks_of_rows(run: Run, giant: GiantSet, rows: Rows) -> NDArray[np.int64]:
    """The block of each row: how many cuts there are up to it, in the order of preference."""
    if not len(rows.numbers):
        return np.empty(0, np.int64)
    cuts = _cuts(run, giant)
    others = np.flatnonzero(~np.isin(cuts.numbers, rows.numbers))
    tables = [cuts.table(others, wide=False), rows.table(np.arange(len(rows.numbers)), wide=False)]
    joined = Rows.of([pa.concat_tables(tables, promote_options="permissive").sort_by("numbers")])
    order = joined.order(run, giant.pool.documents)
    blocks = np.empty(len(order), np.int64)
    blocks[order] = np.cumsum(np.isin(joined.numbers, cuts.numbers)[order])
    return blocks[np.isin(joined.numbers, rows.numbers)]


def _cuts(run: Run, giant: GiantSet) -> Rows:
    """Where the blocks begin, but for the first: rows of the sample."""
    sample = Rows.of(list(read_dealt(run.work, giant.samples, giant.place)))
    order = sample.order(run, giant.pool.documents)
    places = np.unique([len(order) * block // giant.blocks for block in range(1, giant.blocks)])
    return Rows.of([sample.table(np.sort(order[places.astype(np.int64)]), wide=False)])


def _keys(
    rows: Rows, blocks: NDArray[np.int64], giant: GiantSet
) -> Iterator[tuple[pa.Table, NDArray[np.int64]]]:
    """The keys of one band after the other, and the range of each."""
    order = np.argsort(blocks, kind="stable")
    starts = np.searchsorted(blocks[order], np.arange(giant.blocks))
    own = np.empty(len(order), np.int64)
    own[order] = np.arange(len(order)) - starts[blocks[order]]  # the row in its block, of this slice
    signed = order[rows.signed[order]]
    for band in range(giant.cut.bands):
        keys = rows.bands[signed, band] if len(signed) else np.empty(0, np.uint64)
        columns = [keys, blocks[signed].astype(np.int32), own[signed].astype(np.uint32)]
        yield pa.table(columns, schema=KEYS), high_bits(keys, giant.ranges)


class LinksStage:
    name = "links"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per band and key range of a set."""
        units = []
        for giant in giants(run, done):
            slices = [found for found in done["deal"].values() if found["set"] == giant.name]
            common = {"format": FORMAT, "slices": [found["digest"] for found in slices]}
            files = [found["files"][1] for found in slices]
            counts = [found["counts"] for found in slices]
            cost = sum(giant.texts) * 8 // giant.ranges
            for partition in range(giant.cut.bands * giant.ranges):
                payload = (giant, files, counts, partition)
                units.append(Unit(f"{giant.name}-{partition:05d}", common, payload, cost))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        giant, files, counts, partition = unit.payload
        starts = np.zeros(giant.blocks, np.int64)  # rows of each block in the slices before
        parts = []
        for batch, count in zip(read_dealt(run.work, files, partition), counts, strict=True):
            keys, blocks, rows = (batch.column(name).to_numpy() for name in KEYS.names)
            parts.append((keys, blocks, (rows + starts[blocks]).astype(np.uint32)))
            starts += count
        keys, blocks, rows = (np.concatenate([part[i] for part in parts]) for i in range(3))
        del parts
        links = links_of(keys, blocks, rows, giant.blocks)
        written = [f"links/{unit.name}.arrow", f"links/{unit.name}.next.arrow"]
        tables = [
            (pa.table([links.row, links.slot], schema=LINKS), links.block),
            (pa.table([links.next_block, links.next_slot], schema=NEXT), links.in_block),
        ]
        for name, (table, blocks) in zip(written, tables, strict=True):
            with run.work.create(name) as sink:
                write_dealt(sink, table, blocks.astype(np.int64), giant.blocks)
        progress(sum(giant.texts) // (giant.cut.bands * giant.ranges), unit.cost)
        return _manifest(run, giant, written, slots=links.counts.tolist())


class BlocksStage:
    name = "blocks"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per block of a set."""
        units = []
        for giant in giants(run, done):
            slices, links = (
                [found for found in done[stage].values() if found["set"] == giant.name]
                for stage in ("deal", "links")
            )
            common = {
                "format": FORMAT,
                "slices": [found["digest"] for found in slices],
                "links": [found["digest"] for found in links],
                **fingerprint(run, giant.pool),
            }
            rows = [found["files"][0] for found in slices]
            parts = [found["files"] for found in links]
            counts = [found["slots"] for found in links]
            cost = sum(giant.texts) * 8 * giant.cut.bands // giant.blocks
            for block in range(giant.blocks):
                payload = (giant, rows, parts, counts, block)
                units.append(Unit(f"{giant.name}-{block:05d}", {**common, "block": block}, payload, cost))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        giant, slices, links, counts, block = unit.payload
        batches = list(read_dealt(run.work, slices, block))
        rows = Rows.of(batches)
        places = np.concatenate([batch.column("places").to_numpy() for batch in batches])
        order = rows.order(run, giant.pool.documents)
        linked = _linked(run, giant, links, counts, block, order)
        options = minhash_options(run)
        sketches = rows.sketches.reshape(len(order), options.bands * options.rows)  # of no row, too
        files = [f"blocks/{unit.name}.bin", f"blocks/{unit.name}.stars.bin"]
        with run.work.create(files[1]):
            pass  # what becomes of the block is not known yet; dedup writes it (giant.py)
        with run.work.create(files[0]) as sink:
            write_block(
                sink,
                Ordered(
                    rows.numbers[order],
                    rows.sizes[order],
                    rows.lowest[order],
                    places[order],
                    sketches[order],
                    *linked,
                ),
            )
        progress(len(order), unit.cost)
        return _manifest(run, giant, files)


def _linked(
    run: Run,
    giant: GiantSet,
    links: list[list[str]],
    counts: list[list[int]],
    block: int,
    order: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """`buckets`, `next_block` and `next_slot` of `Ordered`, for the rows of a block in an order.

    Args:
        links: of each band and range, the files of LINKS and NEXT.
        counts: of each, the slots of every block.
    """
    own = np.empty(len(order), np.int64)
    own[order] = np.arange(len(order))
    buckets = np.full((len(order), giant.cut.bands), -1, np.int32)
    # Slots are numbered from 0 on in each range: here one range's after the other's.
    starts = np.cumsum(np.vstack([np.zeros(giant.blocks, np.int64), counts]), axis=0)
    nexts = []
    for partition, (link_file, next_file) in enumerate(links):
        batch = next(read_dealt(run.work, [link_file], block))
        row, slot = (batch.column(name).to_numpy() for name in LINKS.names)
        buckets[own[row], partition // giant.ranges] = slot + starts[partition, block]
        batch = next(read_dealt(run.work, [next_file], block))
        after, slot = (batch.column(name).to_numpy() for name in NEXT.names)
        there = np.where(after < 0, slot, slot + starts[partition, after])
        nexts.append((after, there.astype(np.int32)))
    next_block, next_slot = map(np.concatenate, zip(*nexts, strict=True))
    return buckets, next_block, next_slot
