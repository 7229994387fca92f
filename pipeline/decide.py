"""decide: one outcome and one reason per document, from narrow columns alone; no text is read.

Order, as published: language, language_score, duplicates, rules (filters/rules.py). The decision file also holds
what export needs: cluster, split, and where shards begin; its manifest, what weights are learned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..filters.language_config import LanguageConfig
from ..filters.measures import MEASURES
from ..filters.rules import DISAGREEMENT, DUPLICATE, LANGUAGE_SCORE, SCRIPT_MISMATCH, first_reason
from ..filters.rules import REASONS as RULE_REASONS
from ..langid import agreement
from ..langid.labels import is_noise
from . import adapt, corpus
from .config import flat
from .corpus import Parts
from .dedup.results import SCHEMA as CLUSTERS
from .dedup.results import Found, alone, clusters_of, found_by_language
from .manifest import FORMAT, Json, Unit
from .schema import DOUBTS, PRECISION
from .settings import language_configs, wanted
from .splits import content_hashes, held_out
from .stage import Done, Progress, Run
from .storage import file_digest

EXCLUDED = "language_excluded"
NO_LANGUAGE = "no_language"  # a noise label: text in no language, or in none that the model knows
REASONS = (EXCLUDED, NO_LANGUAGE, *RULE_REASONS)

SCHEMA = pa.schema(
    [
        pa.field("reason", pa.dictionary(pa.int8(), pa.string())),  # null: kept
        *CLUSTERS,
        pa.field("test", pa.bool_(), nullable=False),  # kept, and of the test split
    ]
)

Columns = Mapping[str, NDArray[Any]]


class DecideStage:
    name = "decide"
    units_per_task = 8

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per language in the annotations."""
        parts = corpus.by_language(done["annotate"])
        clusters = found_by_language(run, done)
        configs = language_configs(run)
        units = []
        for label, of in parts.items():
            asked = wanted(run, label)
            resolved = configs.resolve(label)
            fingerprint = {
                "format": FORMAT,
                "languages": "included" if asked else "excluded",
                **{key: value for key, value in resolved.config.model_dump(mode="json").items() if asked},
                **flat(run.config.splits, "splits."),
                **(adapt.fingerprint(run, label) if asked else {}),
                "export.shard_bytes": run.config.export.shard_bytes,
                "annotations": corpus.fingerprint(of),
                "clusters": list(clusters[label].digests) if asked else None,
            }
            cost = corpus.documents(of) * 8 * len(MEASURES)
            units.append(
                Unit(label, fingerprint, (of, resolved.config if asked else None, clusters.get(label)), cost)
            )
        return units

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        parts, config, found = unit.payload
        columns = corpus.numbers(
            run.work, parts, ["language_score", "id_hash", *MEASURES, *PRECISION.names, *DOUBTS.names]
        )
        thresholds: dict[str, Json] = {}
        if config is not None:
            base = language_configs(run).resolve(unit.name)
            resolved = adapt.adapted(run, unit.name, columns)
            config, thresholds = resolved.config, adapt.recorded(resolved, base)
        count = corpus.documents(parts)
        clusters = _clusters(run, count, found)
        keeper = clusters.column("keeper").to_numpy() - (found.start if found else 0)
        unwanted = NO_LANGUAGE if is_noise(unit.name) else EXCLUDED
        reasons = decide(columns, {"keeper": keeper}, config, unwanted)
        splits = run.config.splits
        hashes, sizes = content_hashes(run.work, parts), clusters.column("minhash_cluster_size").to_numpy()
        test = held_out(hashes, np.arange(count), reasons < 0, splits.test_fraction, splits.test_max)
        file = f"decisions/{unit.name}.parquet"
        reason = pa.DictionaryArray.from_arrays(
            pa.array(reasons, pa.int8(), mask=reasons < 0), pa.array(REASONS, pa.string())
        )
        table = pa.table([reason, *clusters.columns, test], schema=SCHEMA)
        with run.work.create(file) as sink:
            pq.write_table(table, sink, compression="zstd")
        progress(len(table), unit.cost)
        return {
            "files": [file],
            "digest": file_digest(run.work, file),
            **counts(reasons, columns["id_hash"]),
            "test_documents": int(test.sum()),
            "cluster_sizes": by_cluster_size(columns, sizes, reasons, test),
            "shards": _shards(run, parts, columns["n_bytes"], reasons, test),
            "thresholds": thresholds,
        }


def _clusters(run: Run, count: int, found: Found | None) -> pa.Table:
    """The clusters of a language; in an excluded one every document stands alone."""
    return alone(count) if found is None else clusters_of(run.work, found, count)


def decide(
    columns: Columns, clusters: Columns, config: LanguageConfig | None, unwanted: str = EXCLUDED
) -> NDArray[np.int8]:
    """The reason of each document of one language.

    Args:
        columns: `language_score` and every measure, arrays of shape (documents,).
        clusters: `keeper`, the number of the document that stands for each one's cluster; that of a document
            elsewhere (of another language, of an earlier crawl) is none of these documents'.
        config: the language's thresholds; None for a label that the run does not want.
        unwanted: the reason then.

    Returns:
        int8 (documents,): index into `REASONS`, -1 for a document that is kept.
    """
    count = len(clusters["keeper"])
    if config is None:
        return np.full(count, REASONS.index(unwanted), np.int8)
    ruled = first_reason(columns, config)
    reasons = np.where(ruled < 0, -1, ruled + REASONS.index(RULE_REASONS[0])).astype(np.int8)
    reasons[clusters["keeper"] != np.arange(count)] = REASONS.index(DUPLICATE)
    if config.language_score_min is not None:
        reasons[columns["language_score"] < config.language_score_min] = REASONS.index(LANGUAGE_SCORE)
    flags = columns.get("language_doubts", np.zeros(count, np.int64))
    reasons[(flags & agreement.DISAGREEMENT) > 0] = REASONS.index(DISAGREEMENT)
    reasons[(flags & agreement.SCRIPT_MISMATCH) > 0] = REASONS.index(SCRIPT_MISMATCH)
    return reasons


def counts(reasons: NDArray[np.int8], id_hashes: NDArray[np.uint64]) -> dict[str, Json]:
    """The funnel of a language: documents, kept, removed by each reason; ids that occur more than once."""
    found = np.bincount(reasons[reasons >= 0], minlength=len(REASONS))
    return {
        "documents": len(reasons),
        "kept": int((reasons < 0).sum()),
        "removed": {reason: int(n) for reason, n in zip(REASONS, found, strict=True) if n},
        "duplicate_ids": len(id_hashes) - len(np.unique(id_hashes)),
    }


def by_cluster_size(
    columns: Columns, sizes: NDArray[np.int64], reasons: NDArray[np.int8], test: NDArray[np.bool_]
) -> dict[str, list[int]]:
    """What weights and mixture are made of, a row per cluster size.

    Returns:
        `size`; `judged`, documents that the rules judged, one per cluster; `kept` of them; `documents`, `words` and
        `bytes` of the train split.
    """
    judged = (reasons < 0) | (reasons > REASONS.index(DUPLICATE))
    distinct, of = np.unique(sizes[judged], return_inverse=True)
    train = ((reasons < 0) & ~test)[judged]

    def sums(values: NDArray[np.int64] | NDArray[np.bool_]) -> list[int]:
        total = np.zeros(len(distinct), np.int64)
        np.add.at(total, of, values)
        return total.tolist()

    return {
        "size": distinct.tolist(),
        "judged": sums(np.ones(len(of), np.int64)),
        "kept": sums(reasons[judged] < 0),
        "documents": sums(train),
        "words": sums(columns["n_words"][judged] * train),
        "bytes": sums(columns["n_bytes"][judged] * train),
    }


def _shards(
    run: Run,
    parts: Parts,
    text_bytes: NDArray[np.int64],
    reasons: NDArray[np.int8],
    test: NDArray[np.bool_],
) -> dict[str, Json]:
    """Where shards begin and end, as document numbers, by their share of uncompressed bytes."""
    other = np.concatenate([np.full(p.documents, p.other_bytes / max(1, p.documents)) for p in parts])
    sizes = text_bytes + other + 256  # 256: language, measures, cluster and weight of a document
    kinds = {"data": (reasons < 0) & ~test, "test": test, "removed": reasons >= 0}
    return {
        kind: split_evenly(sizes * chosen, run.config.export.shard_bytes) for kind, chosen in kinds.items()
    }


def split_evenly(sizes: NDArray[np.float64], most: int) -> list[list[int]]:
    """Cuts documents into [start, stop) ranges of about equal size, none above `most` bytes.

    A range exceeds `most` only where a single document does; none is made of documents without bytes.

    >>> split_evenly(np.array([4.0, 4.0, 4.0, 0.0]), 8)
    [[0, 2], [2, 4]]
    """
    ends = np.r_[0.0, np.cumsum(sizes)]
    total = float(ends[-1])
    ranges: list[list[int]] = []
    start = 0
    while ends[start] < total:
        start = int(np.searchsorted(ends, ends[start], side="right")) - 1  # the next document with bytes
        target = total / np.ceil(total / most)
        reached = int(np.searchsorted(ends, ends[start] + target, side="left"))
        fitting = int(np.searchsorted(ends, ends[start] + most, side="right")) - 1
        stop = max(min(reached, fitting), start + 1)
        ranges.append([start, stop])
        start = stop
    return ranges
