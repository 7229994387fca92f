"""Pools: the documents that are deduplicated together, numbered 0.. over their languages, then over earlier indexes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import xxhash
from numpy.typing import NDArray

from ...filters.language_config import LanguageConfig
from ...filters.measures import MEASURES
from ...filters.rules import first_reason
from ...filters.words import segmenter_batch
from ...langid.errors import PolysiftError
from ...langid.kernels import from_arrow
from .. import adapt, corpus
from ..annotate import check_column
from ..corpus import Parts
from ..manifest import Json
from ..scan import declared_of
from ..schema import DOUBTS, PRECISION
from ..settings import language_configs, minhash_options, wanted
from ..stage import Done, Run
from .clusters import Signatures, exact_hashes
from .index import Earlier, earlier_indexes, fixed_binary
from .jaccard import Sets, shingle_sets
from .keepers import LENGTH, PASSES, SCORE, VALUE, preference

GLOBAL = "all"  # name of the pool of all languages, with scope: global
RULED = (*MEASURES, *PRECISION.names, *DOUBTS.names)  # columns that rules look at
NARROW = ["language_score", "n_chars", "text_hash", "simplified_hash", "minhash_bands", "minhash_sketch"]


class Pool(NamedTuple):
    """Documents that are deduplicated together.

    Attributes:
        name: the language's label, or GLOBAL.
        labels: its languages, in the order of their documents.
        parts: of each language.
        earlier: the indexes of earlier runs; their documents come after this run's, in this order.
        value_column: column that decides which document is kept, for that policy.
    """

    name: str
    labels: tuple[str, ...]
    parts: tuple[Parts, ...]
    earlier: tuple[Earlier, ...]
    value_column: str | None

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
    column = value_column(run, done)
    groups: list[tuple[str, dict[str, Parts]]] = (
        [(GLOBAL, languages)]
        if dedup.scope == "global"
        else [(label, {label: parts}) for label, parts in languages.items()]
    )
    return [
        Pool(name, tuple(of), tuple(of.values()), earlier_indexes(run, name), column)
        for name, of in groups
        if of
    ]


def pool_name(run: Run, label: str) -> str:
    """The pool that a language's documents are in."""
    return GLOBAL if run.config.dedup.scope == "global" else label


def value_column(run: Run, done: Done) -> str | None:
    """The annotations' name of the column that `dedup.keep` decides by."""
    column = run.config.dedup.keep.column
    if column is None:
        return None
    declared = declared_of(run, done)
    check_column("dedup.keep.column", declared, column)
    name = declared.output_name(column)
    if pa.types.is_nested(kind := declared.schema.field(name).type):
        raise PolysiftError(
            f"dedup.keep.column: {column!r} is of type {kind}, which has no order; give another column"
        )
    return name


def fingerprint(run: Run, pool: Pool) -> dict[str, Json]:
    """All that the clusters of a pool depend on."""
    configs = language_configs(run)
    keep = run.config.dedup.keep
    resolved = {label: configs.resolve(label).config for label in pool.labels}
    scores = {label: config.language_score_min for label, config in resolved.items()}
    fitted = {
        label: adapt.fingerprint(run, label) for label in pool.labels if adapt.scores_itself(run, label)
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
        numbers: int64 (documents,), ascending: their numbers in the pool.
        signatures: what they are compared by.
        order: int64 (documents,), rows by preference.
        sizes: int64 (documents,), how many documents each stands for: 1, or what its index says.
    """

    numbers: NDArray[np.int64]
    signatures: Signatures
    order: NDArray[np.int64]
    sizes: NDArray[np.int64]


def load(run: Run, pool: Pool, numbers: NDArray[np.int64] | None = None) -> Loaded:
    """Signatures and preference of some documents of a pool, or of all: 300 to 400 bytes a document."""
    numbers = np.arange(pool.rows) if numbers is None else numbers
    rows = Rows.empty(len(numbers), run)
    configs = {
        label: _config(run, label, parts) for label, parts in zip(pool.labels, pool.parts, strict=True)
    }
    for label, start, batch in _batches(run, pool, numbers, _columns(run, pool)):
        rows.fill(run, configs[label], start, batch, pool.value_column)
    before = int(np.searchsorted(numbers, pool.documents))
    first = pool.documents
    for one in pool.earlier:
        here = np.searchsorted(numbers, [first, first + one.documents]).tolist()
        rows.fill_earlier(one, here[0], numbers[slice(*here)] - first)
        first += one.documents
    hashes = exact_hashes(rows.text_hashes, rows.simplified_hashes, rows.signed)
    signatures = Signatures(rows.bands, rows.sketches, hashes, rows.signed, rows.exact)
    return Loaded(numbers, signatures, _order(run, rows, before), rows.sizes)


def _config(run: Run, label: str, parts: Parts) -> LanguageConfig:
    """A language's config, with the least score that holds in this run."""
    config = language_configs(run).resolve(label).config
    return config.model_copy(update={"language_score_min": adapt.score_min(run, label, parts)})


def _columns(run: Run, pool: Pool) -> list[str]:
    dedup = run.config.dedup
    return [
        *NARROW,
        *(["dump"] if dedup.scope == "dump" else []),
        *([pool.value_column] if pool.value_column and pool.value_column != "dump" else []),
        *([name for name in RULED if name not in NARROW] if dedup.keep.policy == "best" else []),
    ]


def _batches(
    run: Run, pool: Pool, numbers: NDArray[np.int64], columns: Sequence[str]
) -> Iterator[tuple[str, int, pa.RecordBatch]]:
    """Record batches of the chosen documents of this run: language, place in `numbers` of the first, batch."""
    for label, first, parts in zip(pool.labels, pool.starts().values(), pool.parts, strict=True):
        start, stop = np.searchsorted(numbers, [first, first + corpus.documents(parts)]).tolist()
        for place, batch in corpus.rows(run.work, parts, columns, numbers[start:stop] - first):
            yield label, start + place, batch


class Rows(NamedTuple):
    """The arrays that `load` fills."""

    bands: NDArray[np.uint64]
    sketches: NDArray[np.uint8]
    text_hashes: NDArray[np.uint64]
    simplified_hashes: NDArray[np.uint64]
    signed: NDArray[np.bool_]
    exact: NDArray[np.bool_]
    n_chars: NDArray[np.int64]
    score: NDArray[np.float64]
    passes: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    values: list[pa.Array]

    @classmethod
    def empty(cls, count: int, run: Run) -> Rows:
        options = minhash_options(run)
        return cls(
            np.zeros((count, options.bands), np.uint64),
            np.zeros((count, options.bands * options.rows), np.uint8),
            np.zeros((count, 2), np.uint64),
            np.zeros((count, 2), np.uint64),
            np.zeros(count, bool),
            np.zeros(count, bool),
            np.zeros(count, np.int64),
            np.zeros(count),
            np.zeros(count, bool),
            np.ones(count, np.int64),
            [],
        )

    def fill(
        self, run: Run, config: LanguageConfig, start: int, batch: pa.RecordBatch, value_column: str | None
    ) -> None:
        """Writes the rows of a batch of one language, from row `start` on."""
        rows = slice(start, start + batch.num_rows)
        self.score[rows] = batch.column("language_score").to_numpy()
        self.n_chars[rows] = batch.column("n_chars").fill_null(0).to_numpy()
        least = config.language_score_min
        takes_part = np.ones(batch.num_rows, bool) if least is None else self.score[rows] >= least
        self.signed[rows] = takes_part & batch.column("minhash_bands").is_valid().to_numpy(
            zero_copy_only=False
        )
        self.exact[rows] = takes_part & (self.n_chars[rows] > 0)
        self._fill_signatures(rows, batch)
        if run.config.dedup.scope == "dump":
            self._keep_dumps_apart(rows, batch.column("dump"))
        if run.config.dedup.keep.policy == "best":
            self.passes[rows] = passes_rules(batch, config)
        if value_column is not None:
            here = value_column in batch.schema.names
            self.values.append(batch.column(value_column) if here else pa.nulls(batch.num_rows))

    def fill_earlier(self, earlier: Earlier, start: int, numbers: NDArray[np.int64]) -> None:
        """Writes the entries of an index with these numbers (ascending), from row `start` on."""
        for place, batch in earlier.batches(numbers):
            rows = slice(start + place, start + place + batch.num_rows)
            self.signed[rows] = batch.column("minhash_bands").is_valid().to_numpy(zero_copy_only=False)
            self.exact[rows] = True
            self.passes[rows] = batch.column("passes").to_numpy(zero_copy_only=False)
            self.sizes[rows] = earlier.sizes(batch)
            self._fill_signatures(rows, batch)

    def _fill_signatures(self, rows: slice, batch: pa.RecordBatch) -> None:
        self.bands[rows] = fixed_binary(batch.column("minhash_bands")).view("<u8")
        self.sketches[rows] = fixed_binary(batch.column("minhash_sketch"))
        self.text_hashes[rows] = fixed_binary(batch.column("text_hash")).view("<u8")
        self.simplified_hashes[rows] = fixed_binary(batch.column("simplified_hash")).view("<u8")

    def _keep_dumps_apart(self, rows: slice, dumps: pa.Array) -> None:
        """Makes keys and hashes differ wherever the dumps do."""
        codes = dumps.dictionary_encode()
        salts = [xxhash.xxh3_64_intdigest(repr(dump)) for dump in codes.dictionary.to_pylist()] + [0]
        salt = np.array(salts, np.uint64)[codes.indices.fill_null(len(salts) - 1).to_numpy()]
        for column in (self.bands, self.text_hashes, self.simplified_hashes):
            column[rows] ^= salt[:, None]


def passes_rules(batch: pa.RecordBatch, config: LanguageConfig) -> NDArray[np.bool_]:
    """Which documents no rule removes."""
    columns = {name: batch.column(name).fill_null(0).to_numpy() for name in RULED}
    return np.asarray(first_reason(columns, config) < 0)


def _order(run: Run, rows: Rows, before: int) -> NDArray[np.int64]:
    """Rows by preference; those of earlier indexes (from row `before` on) ahead of this run's, or after them."""
    keep, count = run.config.dedup.keep, len(rows.sizes)
    columns = {LENGTH: rows.n_chars, SCORE: rows.score, PASSES: rows.passes}
    mine = {name: column[:before] for name, column in columns.items()}
    if keep.column is not None:
        mine[VALUE] = _one_array(rows.values)
    order = preference(keep, mine, before)
    earlier = np.arange(before, count)
    if run.config.dedup.index.drop not in ("new", "all"):
        return np.concatenate([order, earlier])
    if keep.policy != "best" or run.config.dedup.index.drop == "all":
        return np.concatenate([earlier, order])
    # A good document of this run wins over an earlier one that the rules removed: a cluster survives if any is good.
    good, good_before = rows.passes[order], rows.passes[earlier]
    return np.concatenate([earlier[good_before], order[good], earlier[~good_before], order[~good]])


def _one_array(values: list[pa.Array]) -> pa.Array:
    typed = next((one.type for one in values if not pa.types.is_null(one.type)), pa.string())
    return pa.chunked_array([one.cast(typed) for one in values], typed).combine_chunks()


class PoolShingles:
    """Sets of shingles of a pool's documents, a record batch at a time, with their language's word segmenter."""

    def __init__(self, run: Run, pool: Pool) -> None:
        self.run, self.pool = run, pool

    def __call__(self, numbers: NDArray[np.int64]) -> Iterator[Sets]:
        dedup = self.run.config.dedup
        for label, _, batch in _batches(self.run, self.pool, numbers, ["text"]):
            split = segmenter_batch(self.run.config.words, label)
            yield shingle_sets(from_arrow(batch.column("text")), split, dedup.ngram, dedup.normalise)
