"""export: kept documents, formatted, as Parquet shards per language; removed ones beside them with their reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..filters.format_kernel import format_batch
from ..filters.formatting import FormattingOptions
from . import corpus
from .config import flat
from .corpus import Parts
from .dedup.lines_stage import Boilerplate
from .dedup.results import Found, found_by_language
from .manifest import FORMAT, Json, Unit
from .overlap import Behind, ahead
from .rebalance.repeats import Weights, upsample_weights
from .rebalance.weights import weights_by_language
from .scan import declared_of
from .schema import BOILERPLATE, CLUSTER, DOUBTS, INPUT, LANGUAGE, MEASURED, PRECISION, REMOVAL, WEIGHT
from .stage import Done, Progress, Run
from .storage import digest, file_digest

KINDS = ("data", "test", "removed")

UNIQUE = ("text", "id", "url", "top_langs")  # values that hardly repeat: a dictionary of them only costs
LONG = ("text", "top_langs")  # least and greatest values of them would be whole documents in every footer


STEP_ROWS = 1024  # rows by which a row group grows towards its size
STEP_BYTES = 1 << 22  # or bytes, where rows are long


class Shard(NamedTuple):
    """One file of the dataset: the documents of `kind` among [start, stop) of a language, and what weighs them."""

    label: str
    kind: str  # data (its train split) | test | removed
    file: str
    start: int
    stop: int
    parts: Parts
    weights: Weights
    pool: Found | None  # where keepers are; None for an excluded language
    boilerplate: tuple[str, ...] | None  # files of lines that sites repeat; None where they do not matter


def file_name(kind: str, label: str, index: int, count: int) -> str:
    """Where a shard stands in the dataset: the test split beside the train split, in data/.

    >>> file_name("test", "por_Latn", 0, 2)
    'data/por_Latn/test-00000-of-00002.parquet'
    """
    folder, split = ("data", "test") if kind == "test" else (kind, "train")
    return f"{folder}/{label}/{split}-{index:05d}-of-{count:05d}.parquet"


def dataset_schema(others: pa.Schema, kind: str, lines: bool = False) -> pa.Schema:
    """FineWeb2's columns, polysift's, then the input's own; in removed/ also reason and measures."""
    columns = [*INPUT, *LANGUAGE, *CLUSTER, WEIGHT, *(BOILERPLATE if lines else ())]
    removed = [*REMOVAL, *MEASURED, *PRECISION, *DOUBTS] if kind == "removed" else []
    return pa.schema([*columns, *removed, *others])


class ExportStage:
    name = "export"
    units_per_task = 8

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per shard."""
        parts = corpus.by_language(done["annotate"])
        others = _other_columns(run, done)
        weights = weights_by_language(done["weights"])
        found = found_by_language(run, done)
        config = run.config
        lines = _lines(run, done)
        boilerplate = None if lines is None else tuple(of["files"][0] for of in lines)
        units = []
        for label, decided in done["decide"].items():
            for kind in KINDS if config.export.removed else KINDS[:-1]:
                ranges = decided["shards"][kind]
                for index, (start, stop) in enumerate(ranges):
                    file = file_name(kind, label, index, len(ranges))
                    fingerprint = {
                        "format": FORMAT,
                        **(flat(config.formatting, "formatting.") if kind != "removed" else {}),
                        "export.row_group_bytes": config.export.row_group_bytes,
                        "export.compression_level": config.export.compression_level,
                        "columns": digest(others.serialize().to_pybytes()),
                        "range": [start, stop],
                        "annotations": corpus.fingerprint(parts[label]),
                        "boilerplate": None if lines is None else [of["digest"] for of in lines],
                        "dedup.lines.clean": config.dedup.lines.clean
                        if lines and kind != "removed"
                        else None,
                        "decisions": decided["digest"],
                        "rebalance.weights": {str(size): n for size, n in weights[label].items()},
                    }
                    shard = Shard(
                        label,
                        kind,
                        file,
                        start,
                        stop,
                        parts[label],
                        weights[label],
                        found.get(label),
                        boilerplate,
                    )
                    cost = (
                        sum(p.text_bytes for p in parts[label])
                        * (stop - start)
                        // max(1, decided["documents"])
                    )
                    units.append(Unit(f"{kind}-{label}-{index:05d}", fingerprint, (shard, others), cost))
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        shard, others = unit.payload
        schema = dataset_schema(others, shard.kind, shard.boilerplate is not None)
        settings = run.config.export
        documents, text_bytes = 0, 0
        writer = ShardWriter(schema, settings.row_group_bytes, settings.compression_level)
        with run.output.create(shard.file) as sink, writer.open(sink):
            for table in _documents(run, shard, schema):
                writer.add(table)
                size = pc.sum(pc.binary_length(table.column("text"))).as_py()
                documents, text_bytes = documents + table.num_rows, text_bytes + size
                progress(table.num_rows, size)
        return {
            "dataset_files": [shard.file],
            "digest": file_digest(run.output, shard.file),
            "documents": documents,
            "text_bytes": text_bytes,
        }


def _lines(run: Run, done: Done) -> list[Mapping[str, Json]] | None:
    """Manifests of the lines that sites repeat, where the run looks for them."""
    return None if run.config.dedup.lines.more_than is None else list(done["boilerplate"].values())


def _other_columns(run: Run, done: Done) -> pa.Schema:
    declared = declared_of(run, done).schema
    return pa.schema([field for field in declared if field.name not in INPUT.names])


def _documents(run: Run, shard: Shard, schema: pa.Schema) -> Iterator[pa.Table]:
    """The shard's documents in order, in tables of the dataset's schema."""
    with run.work.parquet(f"decisions/{shard.label}.parquet") as file:
        decisions = file.read().slice(shard.start, shard.stop - shard.start)
    chosen = _chosen(decisions, shard.kind)
    twins = _twins(run, shard, decisions, chosen)
    first = shard.pool.start if shard.pool else 0
    options = FormattingOptions(**run.config.formatting.model_dump()) if shard.kind != "removed" else None
    boilerplate = None if shard.boilerplate is None else Boilerplate(run.work, shard.boilerplate)
    clean = run.config.dedup.lines.clean and shard.kind != "removed"
    numbers = shard.start + np.flatnonzero(chosen)
    for place, rows in ahead(_gathered(corpus.rows(run.work, shard.parts, schema.names, numbers))):
        here = numbers[place : place + rows.num_rows]
        table = _with_decisions(rows, decisions.take(here - shard.start), twins, here + first, shard.weights)
        table = table if boilerplate is None else _with_lines(table, boilerplate, clean)
        yield _conform(table if options is None else _formatted(table, options), schema)


def _gathered(rows: Iterator[tuple[int, pa.RecordBatch]]) -> Iterator[tuple[int, pa.Table]]:
    """Record batches of equal columns together, up to a step, with the place of the first row: many hold few rows of
    a language, and each takes as long as a hundred rows."""
    held: list[pa.RecordBatch] = []
    first = 0
    for place, batch in rows:
        size = sum(of.nbytes for of in (*held, batch))
        if held and (place - first >= STEP_ROWS or size > STEP_BYTES or batch.schema != held[0].schema):
            yield first, pa.Table.from_batches(held)
            held, first = [], place
        held.append(batch)
        del batch  # held, and no longer than that
    if held:
        yield first, pa.Table.from_batches(held)


def _chosen(decisions: pa.Table, kind: str) -> NDArray[np.bool_]:
    """Which documents are of this kind: bool (documents,)."""
    kept = decisions.column("reason").is_null().to_numpy()
    test = decisions.column("test").to_numpy()
    of_kind: dict[str, NDArray[np.bool_]] = {"data": kept & ~test, "test": test, "removed": ~kept}
    return of_kind[kind]


def _twins(run: Run, shard: Shard, decisions: pa.Table, chosen: NDArray[np.bool_]) -> dict[int, str]:
    """Ids of the documents kept in place of the shard's duplicates, by number in the pool; none of the kept, nor
    of those of earlier runs."""
    if shard.kind != "removed" or shard.pool is None:
        return {}
    keepers = decisions.column("keeper").to_numpy()
    elsewhere = chosen & (keepers != np.arange(shard.start, shard.stop) + shard.pool.start)
    return corpus.take(run.work, shard.pool.parts, "id", np.unique(keepers[elsewhere]))


def _with_decisions(
    table: pa.Table, decided: pa.Table, twins: dict[int, str], numbers: NDArray[np.int64], weights: Weights
) -> pa.Table:
    for name in CLUSTER.names:
        table = table.append_column(name, decided.column(name))
    sizes = decided.column("minhash_cluster_size").to_numpy()
    table = table.append_column(WEIGHT, pa.array(upsample_weights(sizes, weights)))
    keepers = decided.column("keeper").to_numpy()
    of = decided.column("earlier").combine_chunks()
    elsewhere = (keepers != numbers) & of.is_null().to_numpy(zero_copy_only=False)
    if elsewhere.any():
        ids = pa.array([twins.get(keeper) for keeper in keepers[elsewhere].tolist()], pa.string())
        of = pc.replace_with_mask(of, pa.array(elsewhere), ids)
    table = table.append_column("reason", decided.column("reason").cast(pa.string()))
    table = table.append_column("duplicate_of", of)
    return table.append_column("similarity", decided.column("similarity"))


def _with_lines(table: pa.Table, boilerplate: Boilerplate, clean: bool) -> pa.Table:
    """The measures of lines that the site repeats; without these lines, where asked for."""
    texts, urls = (table.column(name).combine_chunks() for name in ("text", "url"))
    measured = boilerplate.measure(texts, urls)
    for field, column in zip(BOILERPLATE, measured.columns(), strict=True):
        table = table.append_column(field, column)
    if clean:
        place = table.column_names.index("text")
        table = table.set_column(place, table.schema.field(place), measured.cleaned())
    return table


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table's columns in the schema's order; one that this part of the input does not have is null."""
    there = dict(zip(table.column_names, table.columns, strict=True))
    columns = [
        there[field.name] if field.name in there else pa.nulls(table.num_rows, field.type) for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _formatted(table: pa.Table, options: FormattingOptions) -> pa.Table:
    chunks = table.column("text").chunks
    text = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)
    return table.set_column(table.column_names.index("text"), "text", format_batch(text, options))


@cache
def leaf_paths(schema: pa.Schema) -> list[str]:
    """The columns as Parquet's options name them: those without columns below them.

    >>> leaf_paths(pa.schema({"id": pa.string(), "meta": pa.struct({"tags": pa.list_(pa.string())})}))
    ['id', 'meta.tags.list.element']
    """
    if not any(pa.types.is_nested(field.type) for field in schema):
        return schema.names  # type: ignore[no-any-return]
    sink = pa.BufferOutputStream()
    pq.write_table(schema.empty_table(), sink)
    columns = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
    return [columns.column(i).path for i in range(len(columns))]


class ShardWriter:
    """Writes row groups of about `row_group_bytes` of uncompressed data: zstd, page index, content-defined chunks."""

    def __init__(self, schema: pa.Schema, row_group_bytes: int, level: int) -> None:
        self.schema = schema
        self.row_group_bytes = row_group_bytes
        self.level = level
        self.behind = Behind()
        self.held: list[pa.Table] = []
        self.bytes = 0

    @contextmanager
    def open(self, sink: Any) -> Iterator[None]:
        """Takes tables while the block runs; what is left of them is written at its end."""
        paths = leaf_paths(self.schema)
        with pq.ParquetWriter(
            sink,
            self.schema,
            compression="zstd",
            compression_level=self.level,
            use_dictionary=[path for path in paths if path not in UNIQUE],
            write_statistics=[path for path in paths if path not in LONG],
            write_page_index=True,
            use_content_defined_chunking=True,
        ) as self.writer:
            try:
                yield
                self._flush()
                self.behind.wait()
            finally:
                self.behind.close()

    def add(self, table: pa.Table) -> None:
        for start in range(0, table.num_rows, STEP_ROWS):
            self.held.append(table.slice(start, STEP_ROWS))
            self.bytes += self.held[-1].nbytes
            if self.bytes >= self.row_group_bytes:
                self._flush()

    def _flush(self) -> None:
        if self.held:
            table, self.held, self.bytes = pa.concat_tables(self.held), [], 0
            self.behind.do(partial(self.writer.write_table, table, row_group_size=table.num_rows))
