"""Pools: the documents that are deduplicated together, numbered 0.. over their languages, then over earlier indexes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...filters.words import segmenter_batch
from ...langid.kernels import from_arrow
from .. import adapt, corpus
from ..corpus import Parts
from ..manifest import Json
from ..scan import declared_of
from ..settings import language_configs, wanted
from ..stage import Done, Run
from .index import Earlier, earlier_indexes
from .jaccard import Sets, shingle_sets
from .rows import RULED, Rows, empty_rows

GLOBAL = "all"  # name of the pool of all languages, with scope: global
READ = ["language_score", "n_chars", "text_hash", "simplified_hash", "minhash_bands", "minhash_sketch"]


class Pool(NamedTuple):
    """Documents that are deduplicated together.

    Attributes:
        name: the language's label, or GLOBAL.
        labels: its languages, in the order of their documents.
        parts: of each language.
        earlier: the indexes of earlier runs; their documents come after this run's, in this order.
        value_column: column that decides which document is kept, for that policy.
        scope_column: column by which documents are kept apart, for that scope.
    """

    name: str
    labels: tuple[str, ...]
    parts: tuple[Parts, ...]
    earlier: tuple[Earlier, ...]
    value_column: str | None
    scope_column: str | None

    @property
    def all_parts(self) -> Parts:
        return tuple(part for of in self.parts for part in of)

    @property
    def documents(self) -> int:
        """Of this run."""
        return sum(map(corpus.documents, self.parts))

    @property
    def rows(self) -> int:
        """Documents of this run and of earlier indexes."""
        return self.documents + sum(one.documents for one in self.earlier)

    def starts(self) -> dict[str, int]:
        """Number of the first document of each language."""
        ends = np.cumsum([0, *map(corpus.documents, self.parts)]).tolist()
        return dict(zip(self.labels, ends, strict=False))


def pools(run: Run, done: Done) -> list[Pool]:
    """The pools of a run: one for each language that it wants, or one of all."""
    dedup = run.config.dedup
    languages = {
        label: parts for label, parts in corpus.by_language(done["annotate"]).items() if wanted(run, label)
    }
    by, apart = (input_column(run, done, column) for column in (dedup.keep.column, dedup.scope_column))
    groups: list[tuple[str, dict[str, Parts]]] = (
        [(GLOBAL, languages)]
        if dedup.scope == "global"
        else [(label, {label: parts}) for label, parts in languages.items()]
    )
    return [
        Pool(name, tuple(of), tuple(of.values()), earlier_indexes(run, name), by, apart)
        for name, of in groups
        if of
    ]


def pool_name(run: Run, label: str) -> str:
    """The pool that a language's documents are in."""
    return GLOBAL if run.config.dedup.scope == "global" else label


def input_column(run: Run, done: Done, column: str | None) -> str | None:
    """The annotations' name of a column of the input, if one is given."""
    return None if column is None else declared_of(run, done).output_name(column)


def fingerprint(run: Run, pool: Pool) -> dict[str, Json]:
    """All that the clusters of a pool depend on."""
    configs = language_configs(run)
    keep = run.config.dedup.keep
    resolved = {label: configs.resolve(label).config for label in pool.labels}
    scores = {label: config.language_score_min for label, config in resolved.items()}
    fitted = {
        label: adapt.fingerprint(run, label)
        for label in pool.labels
        if adapt.scores_itself(run, label) or (keep.policy == "best" and adapt.adapts(run, label))
    }
    return {
        "dedup.verify": run.config.dedup.verify,
        "dedup.verify_exactly": run.config.dedup.verify_exactly,
        "dedup.scope": run.config.dedup.scope,
        **{f"dedup.keep.{key}": value for key, value in keep.model_dump(mode="json").items()},
        "language_score_min": scores[pool.labels[0]] if len(scores) == 1 else scores,
        "rules": {label: config.model_dump(mode="json") for label, config in resolved.items()}
        if keep.policy == "best"
        else None,
        "fitted thresholds": fitted or None,
        "annotations": [corpus.fingerprint(parts) for parts in pool.parts],
        "dedup.index.drop": run.config.dedup.index.drop if pool.earlier else None,
        "earlier indexes": [one.digest for one in pool.earlier],
    }


class Loaded(NamedTuple):
    """Documents of a pool, ready to be clustered.

    Attributes:
        rows: what they are compared by.
        order: int64 (documents,), rows by preference.
    """

    rows: Rows
    order: NDArray[np.int64]


def load(run: Run, pool: Pool, numbers: NDArray[np.int64] | None = None) -> Loaded:
    """Some documents of a pool (numbers ascending), or all, and their preference: 300 to 400 bytes a document."""
    numbers = np.arange(pool.rows) if numbers is None else numbers
    rows = empty_rows(run, numbers)
    rules = run.config.dedup.keep.policy == "best"
    configs = {
        label: adapt.ahead_of_decide(run, label, parts, rules)
        for label, parts in zip(pool.labels, pool.parts, strict=True)
    }
    for label, start, batch in _batches(run, pool, numbers, _columns(run, pool)):
        rows.fill(run, configs[label], start, batch, pool.value_column, pool.scope_column)
    first = pool.documents
    for one in pool.earlier:
        here = np.searchsorted(numbers, [first, first + one.documents]).tolist()
        rows.fill_earlier(run, one, here[0], numbers[slice(*here)] - first)
        first += one.documents
    if pool.value_column is not None:
        rows.values.append(pa.nulls(0))  # the column is there, even where all documents are earlier ones
    return Loaded(rows, rows.order(run, pool.documents))


def _columns(run: Run, pool: Pool) -> list[str]:
    own = [column for column in (pool.value_column, pool.scope_column) if column]
    ruled = RULED if run.config.dedup.keep.policy == "best" else ()
    return list(dict.fromkeys([*READ, *own, *ruled]))


def _batches(
    run: Run, pool: Pool, numbers: NDArray[np.int64], columns: Sequence[str]
) -> Iterator[tuple[str, int, pa.RecordBatch]]:
    """Record batches of the chosen documents of this run: language, place in `numbers` of the first, batch."""
    for label, first, parts in zip(pool.labels, pool.starts().values(), pool.parts, strict=True):
        start, stop = np.searchsorted(numbers, [first, first + corpus.documents(parts)]).tolist()
        for place, batch in corpus.rows(run.work, parts, columns, numbers[start:stop] - first):
            yield label, start + place, batch


class PoolShingles:
    """Sets of shingles of a pool's documents, a record batch at a time, with their language's word segmenter."""

    def __init__(self, run: Run, pool: Pool) -> None:
        self.run, self.pool = run, pool

    def __call__(self, numbers: NDArray[np.int64]) -> Iterator[Sets]:
        dedup = self.run.config.dedup
        for label, _, batch in _batches(self.run, self.pool, numbers, ["text"]):
            split = segmenter_batch(self.run.config.words, label)
            yield shingle_sets(from_arrow(batch.column("text")), split, dedup.ngram, dedup.normalise)
