"""Language, measures and signature of documents, batch by batch (reference: a loop over documents)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import xxhash

from ..filters.measures import MEASURES, measure
from ..filters.words import Segmenter, segmenter
from ..langid.errors import PolysiftError
from ..langid.identify import Identified, load_model
from ..langid.labels import Label, canonical
from .dedup.minhash import MinHash, sign, simplify_text
from .readers.quarantine import Quarantined
from .readers.schema import Declared
from .schema import HASHES, ID_HASH, LANGUAGE, MEASURED, signature
from .settings import language_configs, minhash_options, wanted
from .stage import Run


def schema(declared: Declared, options: MinHash) -> pa.Schema:
    """Schema of a part: the input's declared columns, then what annotate adds."""
    added = [*LANGUAGE, ID_HASH, *MEASURED, *HASHES, *signature(options.bands, options.rows)]
    return pa.schema([*declared.schema, *added])


@dataclass
class Annotator:
    """Adds language, measures and signature to batches of documents."""

    run: Run
    declared: Declared
    quarantine: Callable[[Quarantined], None]

    def __post_init__(self) -> None:
        self.options = minhash_options(self.run)
        self.configs = language_configs(self.run)
        self.languages: dict[str, tuple[Segmenter, tuple[str, ...]] | None] = {}

    @cached_property
    def model(self) -> Any:
        return load_model(self.run.config.language_id.model)

    def __call__(self, batch: pa.RecordBatch) -> pa.Table:
        batch, identified = self._identify(batch)
        texts = batch.column("text").to_pylist()
        rows = [self._measure(text, label) for text, label in zip(texts, identified.labels, strict=True)]
        labels = [Label.parse(label) for label in identified.labels]
        added: list[Any] = [
            [label.code for label in labels],
            [label.script for label in labels],
            identified.scores,
            identified.top,
            [xxhash.xxh3_64_intdigest(id) for id in batch.column("id").to_pylist()],
            *(zip(*rows, strict=True) if rows else [[]] * (len(MEASURES) + 4)),
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

    def _language(self, label: str) -> tuple[Segmenter, tuple[str, ...]] | None:
        if label not in self.languages:
            stop_words = self.configs.resolve(label).config.stop_words
            known = (segmenter(self.run.config.words, label), stop_words) if wanted(self.run, label) else None
            self.languages[label] = known
        return self.languages[label]

    def _measure(self, text: str, label: str) -> tuple[Any, ...]:
        language = self._language(label)
        if language is None:
            return (len(text.encode()), *[None] * (len(MEASURES) + 3))
        split, stop_words = language
        simplified = simplify_text(text)
        hashes = (_hash(text), _hash(simplified))
        signed = sign(split(simplified), self.options)
        return (*measure(text, split(text), stop_words), *hashes, *(signed or (None, None)))


def _hash(text: str) -> bytes:
    return xxhash.xxh3_128_digest(text.encode("utf-8", "surrogatepass"))


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
