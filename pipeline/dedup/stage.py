"""dedup: the clusters of each language's documents that pass its language_score threshold."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .. import adapt, corpus
from ..config import flat
from ..corpus import Parts
from ..manifest import FORMAT, Json, Unit
from ..schema import CLUSTER
from ..settings import language_configs, minhash_options, wanted
from ..stage import Done, Progress, Run
from ..storage import file_digest
from .clusters import Clusters, cluster

SCHEMA = pa.schema([*CLUSTER, pa.field("keeper", pa.int64(), nullable=False)])


class DedupStage:
    name = "dedup"
    units_per_task = 8

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per language that the config asks for."""
        parts = corpus.by_language(done["annotate"])
        return [self._unit(run, label, of) for label, of in parts.items() if wanted(run, label)]

    def _unit(self, run: Run, label: str, parts: Parts) -> Unit:
        config = language_configs(run).resolve(label).config
        fingerprint = {
            "format": FORMAT,
            **flat(run.config.dedup, "dedup."),
            "language_score_min": config.language_score_min,
            **(adapt.fingerprint(run, label) if adapt.scores_itself(run, label) else {}),
            "annotations": corpus.fingerprint(parts),
        }
        return Unit(label, fingerprint, parts, corpus.documents(parts) * 8 * run.config.dedup.bands)

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        parts: Parts = unit.payload
        clusters = _clusters(run, parts, adapt.score_min(run, unit.name, parts))
        file = f"dedup/{unit.name}.parquet"
        table = pa.table([clusters.cluster, clusters.size, clusters.keeper], schema=SCHEMA)
        with run.work.create(file) as sink:
            pq.write_table(table, sink, compression="zstd")
        progress(len(table), unit.cost)
        return {"files": [file], "digest": file_digest(run.work, file), "documents": len(table)}


def _clusters(run: Run, parts: Parts, score_min: float | None) -> Clusters:
    settings = run.config.dedup
    columns = ["language_score", "n_chars", "minhash_bands", "minhash_sketch"]
    table = corpus.read(run.work, parts, columns[: 3 if settings.verify is None else 4])
    signed = table.column("minhash_bands").is_valid().to_numpy()
    if score_min is not None:
        signed = signed & (table.column("language_score").to_numpy() >= score_min)
    options = minhash_options(run)
    return cluster(
        fixed_binary(table.column("minhash_bands"), 8 * options.bands).view("<u8"),
        signed,
        table.column("n_chars").to_numpy(),
        settings.keep,
        None
        if settings.verify is None
        else fixed_binary(table.column("minhash_sketch"), options.bands * options.rows),
        settings.verify,
    )


def fixed_binary(column: pa.ChunkedArray, width: int) -> NDArray[np.uint8]:
    """A fixed-size binary column as uint8 (rows, width); rows that are null hold anything."""
    chunks = [
        np.frombuffer(chunk.buffers()[1], np.uint8)[
            chunk.offset * width : (chunk.offset + len(chunk)) * width
        ]
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(chunks).reshape(-1, width) if chunks else np.empty((0, width), np.uint8)
