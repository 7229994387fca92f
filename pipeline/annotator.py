"""Language, measures and signature of documents, batch by batch (reference: a loop over documents)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import xxhash

from ..filters.measures import MEASURES, measure
from ..filters.precision import count_list_words, count_url_terms
from ..filters.words import Segmenter, segmenter
from ..langid.errors import PolysiftError
from ..langid.identify import Identified, load_model
from ..langid.labels import Label, canonical
from .dedup.minhash import MinHash, sign, simplify_text
from .readers.quarantine import Quarantined
from .readers.schema import Declared
from .schema import ID_HASH, LANGUAGE, MEASURED, PRECISION, signature
from .settings import language_configs, minhash_options, wanted
from .stage import Run


def schema(declared: Declared, options: MinHash) -> pa.Schema:
    """Schema of a part: the input's declared columns, then what annotate adds."""
    added = [*LANGUAGE, ID_HASH, *MEASURED, *PRECISION, *signature(options.bands, options.rows)]
    return pa.schema([*declared.schema, *added])


class _Language(NamedTuple):
    split: Segmenter
    stop_words: tuple[str, ...]
    listed: frozenset[str] | None
    url_terms: tuple[str, ...]


@dataclass
class Annotator:
    """Adds language, measures and signature to batches of documents."""

    run: Run
    declared: Declared
    quarantine: Callable[[Quarantined], None]

    def __post_init__(self) -> None:
        self.options = minhash_options(self.run)
        self.configs = language_configs(self.run)
        self.languages: dict[str, _Language | None] = {}

    @cached_property
    def model(self) -> Any:
        return load_model(self.run.config.language_id.model)

    def __call__(self, batch: pa.RecordBatch) -> pa.Table:
        batch, identified = self._identify(batch)
        texts = batch.column("text").to_pylist()
        urls = batch.column("url").to_pylist()
        documents = zip(texts, urls, identified.labels, strict=True)
        rows = [self._measure(text, url, label) for text, url, label in documents]
        labels = [Label.parse(label) for label in identified.labels]
        added: list[Any] = [
            [label.code for label in labels],
            [label.script for label in labels],
            identified.scores,
            identified.top,
            [xxhash.xxh3_64_intdigest(id) for id in batch.column("id").to_pylist()],
            *(zip(*rows, strict=True) if rows else [[]] * (len(MEASURES) + len(PRECISION) + 2)),
        ]
        full = schema(self.declared, self.options)
        fields = [full.field(i) for i in range(batch.num_columns, len(full))]
        arrays = [pa.array(values, field.type) for values, field in zip(added, fields, strict=True)]
        return pa.Table.from_arrays([*batch.columns, *arrays], schema=full)

    def _identify(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Identified]:
        settings = self.run.config.language_id
        if settings.column is None:
            return batch, self.model.identify(batch.column("text").to_pylist())
        given = batch.column(self.declared.output_name(settings.column)).to_pylist()
        labels = [_label_or_none(value) for value in given]
        scores = np.ones(batch.num_rows)
        if settings.score_column is not None:
            values = batch.column(self.declared.output_name(settings.score_column)).to_pylist()
            scores = np.array([_score(value) for value in values])
        good = np.array([label is not None for label in labels], dtype=bool) & ~np.isnan(scores)
        for row in np.flatnonzero(~good).tolist():
            self.quarantine(_unlabelled(batch, row, given[row], settings.column))
        kept = [label for label, ok in zip(labels, good, strict=True) if ok and label is not None]
        return batch.filter(pa.array(good)), Identified(kept, scores[good], ["{}"] * len(kept))

    def _language(self, label: str) -> _Language | None:
        if label not in self.languages:
            self.languages[label] = self._known(label) if wanted(self.run, label) else None
        return self.languages[label]

    def _known(self, label: str) -> _Language:
        split = segmenter(self.run.config.words, label)
        found = self.configs.precision_list(label)
        masked = self.configs.resolve(label).config.masked_words
        return _Language(split, masked, found and frozenset(found.words), found.url_terms if found else ())

    def _measure(self, text: str, url: str | None, label: str) -> tuple[Any, ...]:
        language = self._language(label)
        if language is None:
            return (len(text.encode()), *[None] * (len(MEASURES) + len(PRECISION) + 1))
        signed = sign(language.split(simplify_text(text)), self.options)
        words = language.split(text)
        evidence: tuple[int | None, int | None] = (None, None)
        if language.listed is not None:
            evidence = count_list_words(words, language.listed), count_url_terms(url, language.url_terms)
        return (*measure(text, words, language.stop_words), *evidence, *(signed or (None, None)))


def _label_or_none(value: object) -> str | None:
    try:
        return canonical(value) if isinstance(value, str) else None
    except PolysiftError:
        return None


def _score(value: Any) -> float:
    """A score as a number, also one that the input writes as text, as CSV does; NaN for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _unlabelled(batch: pa.RecordBatch, row: int, label: object, column: str) -> Quarantined:
    return Quarantined(
        file=batch.column("file_path")[row].as_py() or "",
        place=f"id {batch.column('id')[row].as_py()}",
        cause=f"column {column!r} gives no language label and score that can be read",
        rows=1,
        sample=repr(label)[:500],
    )
