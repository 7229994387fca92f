"""The training mix itself, in two steps: `scatter` deals the copies of each train shard out to the mix's shards,
`shuffle` puts each of these in random order. No step holds more than a shard, or opens more than one file to read.

Chance is a hash: of the document's id, the number of the copy and `rebalance.seed`. So the mix is the same for any
number of workers, and the copies of a document lie anywhere in it.
"""

from __future__ import annotations

from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import xxhash
from numpy.typing import NDArray

from ..export import ShardWriter
from ..manifest import FORMAT, Json, Unit
from ..stage import Done, Progress, Run
from ..storage import file_digest
from .plan import UNIT, train_shards

KEY = "_key"  # order of a copy within its shard; not part of the dataset
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ROWS = 1024  # documents put in order at a time
PART_BYTES = 256  # of a document besides its text, about


class Deal(NamedTuple):
    """How a train shard is dealt out: its file, passes over it, shards of the language in the mix."""

    file: str
    passes: float
    shards: int


def mix(values: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """Hashes that look independent of `values` and of those under another salt (SplitMix64's finalizer).

    >>> mix(np.array([1, 2], np.uint64), 0)
    array([10451216379200822465, 10905525725756348110], dtype=uint64)
    """
    with np.errstate(over="ignore"):
        z = values + GOLDEN * np.uint64((salt + 1) % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return found


def copies(
    hashes: NDArray[np.uint64], weights: NDArray[np.int64], passes: float, seed: int
) -> NDArray[np.int64]:
    """How often each document stands in the mix: weight x passes, rounded up or down by chance.

    Args:
        hashes: uint64 (documents,).
        weights: int64 (documents,).
        passes: over the language.
        seed: of the chance.
    """
    chance = mix(hashes, 2 * seed) / 2.0**64
    return np.floor(weights * passes + chance).astype(np.int64)


def shard_counts(run: Run, done: Done) -> dict[str, int]:
    """Shards of each language in the mix, by its expected bytes; languages that give nothing have none."""
    mixture = done["mixture"][UNIT]
    sizes = {
        label: size + PART_BYTES * mixture["documents"][label]
        for label, size in mixture["bytes"].items()
        if size
    }
    return {label: ceil(size / run.config.export.shard_bytes) for label, size in sizes.items()}


class ScatterStage:
    name = "scatter"
    units_per_task = 8

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per shard of the train splits of the languages in the mix."""
        if not run.config.rebalance.materialize:
            return []
        passes = done["mixture"][UNIT]["passes"]
        shards = train_shards(done)
        units = []
        for label, count in shard_counts(run, done).items():
            for name, manifest in shards[label]:
                fingerprint = {
                    "format": FORMAT,
                    "rebalance.seed": run.config.rebalance.seed,
                    "passes": passes[label],
                    "shards": count,
                    "shard": manifest["digest"],
                }
                deal = Deal(manifest["dataset_files"][0], passes[label], count)
                units.append(Unit(name, fingerprint, deal, manifest["text_bytes"]))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        """An Arrow file with one record batch for each shard of the mix, in the order of the shards."""
        deal: Deal = unit.payload
        with run.output.parquet(deal.file) as file:
            table = file.read()
        numbers, keys = dealt(table, deal.passes, run.config.rebalance.seed)
        targets = keys % np.uint64(deal.shards)
        order = np.argsort(targets, kind="stable")
        bounds = np.searchsorted(targets[order], np.arange(deal.shards + 1, dtype=np.uint64))
        schema = table.schema.append(pa.field(KEY, pa.uint64()))
        name = f"scatter/{unit.name}.arrow"
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with run.work.create(name) as sink, pa.ipc.new_file(sink, schema, options=options) as writer:
            for start, stop in pairwise(bounds.tolist()):
                rows = order[start:stop]
                part = table.take(numbers[rows]).append_column(KEY, pa.array(keys[rows]))
                writer.write_batch(_one_batch(part.cast(schema)))
        progress(len(numbers), unit.cost)
        return {"files": [name], "digest": file_digest(run.work, name), "documents": len(numbers)}


def dealt(table: pa.Table, passes: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The copies of a shard's documents: row number int64 and random key uint64, arrays of shape (copies,)."""
    ids = table.column("id").to_pylist()
    hashes = np.fromiter((xxhash.xxh3_64_intdigest(id) for id in ids), np.uint64, len(ids))
    counts = copies(hashes, table.column("upsample_weight").to_numpy(), passes, seed)
    numbers = np.repeat(np.arange(len(ids)), counts)
    copy = np.arange(len(numbers)) - np.repeat(np.cumsum(counts) - counts, counts)
    return numbers, mix(mix(hashes[numbers], 2 * seed + 1) ^ copy.astype(np.uint64), seed)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


class ShuffleStage:
    name = "shuffle"
    units_per_task = 8

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per shard of the mix."""
        if not run.config.rebalance.materialize:
            return []
        scattered: dict[str, list[dict[str, Json]]] = {}
        for name, manifest in done["scatter"].items():
            scattered.setdefault(name.split("-")[1], []).append(dict(manifest))
        units = []
        for label, count in shard_counts(run, done).items():
            sources = scattered[label]
            total = sum(manifest["documents"] for manifest in sources)
            for index in range(count if total else 0):
                fingerprint = {
                    "format": FORMAT,
                    "export.row_group_bytes": run.config.export.row_group_bytes,
                    "export.compression_level": run.config.export.compression_level,
                    "sources": [manifest["digest"] for manifest in sources],
                    "shard": [index, count],
                }
                file = f"rebalanced/{label}/train-{index:05d}-of-{count:05d}.parquet"
                files = [manifest["files"][0] for manifest in sources]
                cost = int(done["mixture"][UNIT]["bytes"][label]) // count
                units.append(Unit(f"{label}-{index:05d}", fingerprint, (file, files, index), cost))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        target, files, index = unit.payload
        found = []
        for file in files:
            with run.work.arrow(file) as reader:
                found.append(reader.get_batch(index))
        table = pa.Table.from_batches(found)
        order = np.argsort(table.column(KEY).to_numpy(), kind="stable")
        settings = run.config.export
        shuffled = table.drop_columns([KEY])
        writer = ShardWriter(shuffled.schema, settings.row_group_bytes, settings.compression_level)
        with run.output.create(target) as sink, writer.open(sink):
            for start in range(0, len(order), ROWS):
                writer.add(shuffled.take(order[start : start + ROWS]).combine_chunks())
        progress(len(order), unit.cost)
        return {
            "dataset_files": [target],
            "digest": file_digest(run.output, target),
            "documents": len(order),
        }
