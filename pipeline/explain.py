"""explain: one document, all that was measured of it, and the rule that decided."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..filters.language_config import Resolved
from ..filters.measures import MEASURES
from ..filters.rules import LANGUAGE_SCORE, Verdict, verdicts
from ..langid.errors import PolysiftError
from ..langid.kernels import from_arrow
from . import corpus
from .adapt import in_force
from .corpus import Parts
from .dedup.results import Found, found_by_language
from .dedup.xxhash_kernel import hash64
from .rebalance.repeats import Weights, upsample_weights
from .rebalance.weights import counts_of
from .rebalance.weights import in_force as weights_in_force
from .schema import DOUBTS, PRECISION
from .settings import language_configs, wanted
from .stage import Run, completed
from .stages import up_to


@dataclass(frozen=True)
class Explanation:
    """What became of one document, and why.

    Attributes:
        document: its columns, input and annotations.
        label: its language.
        config: the language's thresholds and where each comes from; None for an excluded language.
        verdicts: each rule's measure beside its threshold, in order, language_score first.
        reason: the rule that decided; None for a document that is kept.
        cluster: ids of the documents in its cluster, the keeper first, at most `CLUSTER_SHOWN`.
        cluster_size: documents in its cluster.
        weight: its upsample_weight.
    """

    document: dict[str, Any]
    label: str
    config: Resolved | None
    verdicts: tuple[Verdict, ...]
    reason: str | None
    cluster: tuple[str, ...]
    cluster_size: int
    weight: int

    @property
    def top_languages(self) -> dict[str, float]:
        return dict(json.loads(self.document["top_langs"]))


CLUSTER_SHOWN = 10


def explain(run: Run, id: str) -> list[Explanation]:
    """Explains every document of that id (ids should be unique, and may not be).

    Raises:
        PolysiftError: when the run has not decided yet, or has no such document.
    """
    done = completed(run, up_to("decide"))
    languages = corpus.by_language(done["annotate"])
    weights = weights_in_force(run, counts_of(done["decide"]))
    clusters = found_by_language(run, done)
    found = [
        _explain(
            run,
            label,
            parts,
            n,
            clusters.get(label),
            done["decide"][label]["thresholds"],
            weights[label].weights,
        )
        for label, parts in languages.items()
        for n in _find(run, parts, id)
    ]
    if not found:
        raise PolysiftError(
            f"no document has the id {id!r} among {sum(map(corpus.documents, languages.values())):,}; ids are in "
            f"the `id` column of data/ and removed/ (documents that could not be read are in {run.work.url}/quarantine)"
        )
    return found


def _find(run: Run, parts: Parts, id: str) -> Iterator[int]:
    """Numbers of a language's documents with this id: by hash first, which reads 8 bytes a document."""
    hashes = corpus.read(run.work, parts, ["id_hash"]).column("id_hash").to_numpy()
    (id_hash,) = hash64(from_arrow(pa.array([id])))
    numbers = np.flatnonzero(hashes == id_hash)
    ids = corpus.take(run.work, parts, "id", numbers)
    return (number for number in numbers.tolist() if ids[number] == id)


def _explain(
    run: Run,
    label: str,
    parts: Parts,
    number: int,
    found: Found | None,
    thresholds: dict[str, Any],
    weights: Weights,
) -> Explanation:
    document = corpus.document(run.work, parts, number)
    with run.work.parquet(f"decisions/{label}.parquet") as file:
        decisions = file.read()
    decided = decisions.slice(number, 1).to_pylist()[0]
    config = in_force(language_configs(run).resolve(label), thresholds) if wanted(run, label) else None
    members = np.flatnonzero(
        pc.equal(decisions.column("minhash_cluster_id"), decided["minhash_cluster_id"]).to_numpy()
    )
    keeper = decided["keeper"]
    start = found.start if found else 0
    others = [member for member in members.tolist() if member + start != keeper][: CLUSTER_SHOWN - 1]
    ids = corpus.take(run.work, parts, "id", np.array(others, np.int64))
    first = decided["earlier"] or _keeper(run, parts, found, keeper)
    return Explanation(
        document=document,
        label=label,
        config=config,
        verdicts=() if config is None else _verdicts(document, config),
        reason=decided["reason"],
        cluster=(first, *(ids[member] for member in others)),
        cluster_size=decided["minhash_cluster_size"],
        weight=int(upsample_weights(np.array([decided["minhash_cluster_size"]]), weights)[0]),
    )


def _keeper(run: Run, parts: Parts, found: Found | None, number: int) -> str:
    """Id of the document kept for a cluster, which may be of another language."""
    ids = corpus.take(run.work, found.parts if found else parts, "id", np.array([number]))
    return str(ids[number])


def _verdicts(document: dict[str, Any], resolved: Resolved) -> tuple[Verdict, ...]:
    score, least = document["language_score"], resolved.config.language_score_min
    columns = {name: np.array([document[name] or 0]) for name in (*MEASURES, *PRECISION.names, *DOUBTS.names)}
    columns["stop_word_mask"] = columns["stop_word_mask"].astype(np.uint64)
    first = Verdict(LANGUAGE_SCORE, score, least, least is not None and score < least)
    return (first, *verdicts(columns, 0, resolved.config))
