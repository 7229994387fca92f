"""index: for runs that read or write an index: the documents met again, and what later runs need of this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .. import adapt, corpus
from ..manifest import FORMAT, Json, Unit
from ..schema import HASHES
from ..settings import language_configs, minhash_options
from ..stage import Done, Progress, Run
from ..storage import Folder, digest, file_digest
from .found import MATCHES
from .found import SCHEMA as CLUSTERS
from .index import DECLARED, UPDATES, entries_schema, parameters, write_batches
from .pool import Pool, pools
from .rows import RULED, passes_rules

# matches/ of the dataset: a row for each document and an earlier one like it.
MATCHED = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("earlier_id", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
        pa.field(
            "drop", pa.string(), nullable=False
        ),  # new | old | all | report: which of them to do without
    ]
)
ROWS = 1_000_000  # of clusters and matches at a time
DECLARATION = "declaration"  # name of a unit; no language is called so
ENTRY_COLUMNS = ["id", "language_score", "n_chars", *HASHES.names, "minhash_bands", "minhash_sketch"]


class Work(NamedTuple):
    pool: Pool
    clusters: tuple[str, ...]
    matches: tuple[str, ...]


class IndexStage:
    name = "index"
    units_per_task = 8

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per pool, where the run reads or writes an index, and one for what declares that."""
        index = run.config.dedup.index
        if not (index.read or index.write):
            return []
        units = [self._unit(run, pool, done) for pool in pools(run, done)]
        return [*units, _declaration(run)] if index.write else units

    def _unit(self, run: Run, pool: Pool, done: Done) -> Unit:
        index = run.config.dedup.index
        found = [manifest for manifest in done["dedup"].values() if manifest["pool"] == pool.name]
        files = [name for manifest in found for name in manifest["files"]]
        matches = tuple(name for name in files if name.endswith(".matches.parquet"))
        configs = language_configs(run)
        fingerprint = {
            "format": FORMAT,
            "dedup.index.write": index.write,
            "dedup.index.drop": index.drop,
            "clusters": [manifest["digest"] for manifest in found],
            "matches": [manifest["matches_digest"] for manifest in found],
            "rules": digest(repr([configs.resolve(label).config for label in pool.labels])),
            "fitted thresholds": {label: of for label in pool.labels if (of := adapt.fingerprint(run, label))}
            or None,
            "annotations": [corpus.fingerprint(parts) for parts in pool.parts],
            "the index is there": index.write is None or Folder(index.write).exists(f"{pool.name}.json"),
        }
        clusters = tuple(name for name in files if name not in matches)
        return Unit(pool.name, fingerprint, Work(pool, clusters, matches), pool.documents * 300)

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        if unit.name == DECLARATION:
            Folder(str(run.config.dedup.index.write)).write_json(DECLARED, parameters(run))
            return {"fingerprint": {**unit.fingerprint, "the index is there": True}}
        pool, clusters, matches = unit.payload
        written, matched = _write_matches(run, pool, matches)
        entries = 0
        if run.config.dedup.index.write is not None:
            entries = _write_index(run, pool, clusters)
        progress(pool.documents, unit.cost)
        return {
            "fingerprint": {**unit.fingerprint, "the index is there": True},
            "dataset_files": written,
            "documents": pool.documents,
            "matched": matched,
            "entries": entries,
        }


def _declaration(run: Run) -> Unit:
    """What says how the index was made, also where it has no entries."""
    url = str(run.config.dedup.index.write)
    there = Folder(url).exists(DECLARED)
    return Unit(DECLARATION, {"dedup.index.write": url, **parameters(run), "the index is there": there})


def _write_matches(run: Run, pool: Pool, files: Sequence[str]) -> tuple[list[str], int]:
    """Writes the pairs of this run's documents and earlier ones; returns the file, if any, and their number."""
    if not files:
        return [], 0
    name, pairs = f"matches/{pool.name}.parquet", 0
    with run.output.create(name) as sink, pq.ParquetWriter(sink, MATCHED, compression="zstd") as writer:
        for batch in _batches(run, files, MATCHES):
            ids = _ids(run, pool, batch.column("document").to_numpy())
            drop = pa.repeat(run.config.dedup.index.drop, len(batch))
            columns = [ids, batch.column("earlier"), batch.column("similarity"), drop]
            writer.write_table(pa.table(columns, schema=MATCHED))
            pairs += len(batch)
    return [name], pairs


def _batches(run: Run, files: Sequence[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of Parquet files, some at a time."""
    for name in files:
        with run.work.parquet(name) as file:
            yield from file.iter_batches(ROWS, columns=schema.names)


def _ids(run: Run, pool: Pool, numbers: NDArray[np.int64]) -> pa.Array:
    """Ids of some documents of this run."""
    wanted, places = np.unique(numbers, return_inverse=True)
    found = [batch.column(0) for _, batch in corpus.rows(run.work, pool.all_parts, ["id"], wanted)]
    return pa.concat_arrays(found).take(pa.array(places))


def _write_index(run: Run, pool: Pool, clusters: Sequence[str]) -> int:
    """Entries of the documents that stand for their clusters; updates to the earlier ones that stand for this run's."""
    folder = Folder(str(run.config.dedup.index.write))
    options = minhash_options(run)
    file, updates = f"{pool.name}.arrow", f"{pool.name}.updates.arrow"
    counts, met = _counted(run, pool, clusters)
    documents = write_batches(
        folder, file, entries_schema(options.bands, options.rows), _entries(run, pool, counts)
    )
    if len(met):
        write_batches(folder, updates, UPDATES, iter(met.to_batches()))
    else:
        folder.remove(updates)
    digests = [file_digest(folder, name) for name in (file, *([updates] if len(met) else []))]
    entry = {
        "file": file,
        "documents": documents,
        "digest": digest("".join(digests)),
        "updates": updates if len(met) else None,
    }
    folder.write_json(f"{pool.name}.json", entry)
    return documents


def _counted(run: Run, pool: Pool, files: Sequence[str]) -> tuple[NDArray[np.int64], pa.Table]:
    """How many documents of this run each document stands for, 0 where another one stands for it; and each earlier one
    that stands for some of them, by id.
    """
    counts = np.ones(pool.documents, np.int64)
    met = [UPDATES.empty_table()]
    for batch in _batches(run, files, CLUSTERS):
        keepers = batch.column("keeper").to_numpy()
        counts[batch.column("document").to_numpy()] -= 1
        np.add.at(counts, keepers[keepers < pool.documents], 1)
        ids = batch.column("earlier").drop_null()
        met.append(_summed(pa.table([ids, pa.repeat(1, len(ids))], schema=UPDATES)))
    return counts, _summed(pa.concat_tables(met))


def _summed(met: pa.Table) -> pa.Table:
    found = met.group_by("id").aggregate([("added", "sum")]).sort_by("id")
    return pa.table([found.column("id"), found.column("added_sum")], schema=UPDATES)


def _entries(run: Run, pool: Pool, counts: NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
    schema = entries_schema(run.config.dedup.bands, run.config.dedup.rows)
    columns = [*ENTRY_COLUMNS, *(name for name in RULED if name not in ENTRY_COLUMNS)]
    for label, first, parts in zip(pool.labels, pool.starts().values(), pool.parts, strict=True):
        config = adapt.ahead_of_decide(run, label, parts)
        numbers = np.arange(corpus.documents(parts))
        for start, batch in corpus.rows(run.work, parts, columns, numbers):
            own = counts[first + start : first + start + batch.num_rows]
            chosen = (own > 0) & _takes_part(batch, config.language_score_min)
            values: dict[str, Any] = {
                "documents": own,
                "passes": passes_rules(batch, config),
                **{name: batch.column(name) for name in schema.names if name in batch.schema.names},
            }
            arrays = [pa.array(values[name]) for name in schema.names]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema).filter(pa.array(chosen))


def _takes_part(batch: pa.RecordBatch, least: float | None) -> NDArray[np.bool_]:
    """Documents with text that is of the language: no others are looked for."""
    with_text = pc.fill_null(pc.greater(batch.column("n_chars"), 0), False).to_numpy(zero_copy_only=False)
    return np.asarray(with_text & (batch.column("language_score").to_numpy() >= (least or 0.0)))
