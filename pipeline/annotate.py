"""annotate: reads slices of the input, identifies languages, measures and signs; text grouped by language.

A part holds every input column as it came, plus language, measures and signature; its rows are grouped by
language, so that later stages read one language's record batches only (corpus.py).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from ..filters.language_config import LanguageConfigs
from ..filters.measures import MEASURES, measure
from ..filters.words import Segmenter, segmenter
from ..langid.errors import PolysiftError, did_you_mean
from ..langid.identify import Identified, load_model, model_digest
from ..langid.labels import Label, canonical
from .config import flat
from .dedup.minhash import MinHash, sign, simplify_text
from .manifest import FORMAT, Json, Unit
from .readers.quarantine import Quarantined
from .readers.read import read
from .readers.schema import Declared
from .readers.slices import Piece
from .scan import Slice, declared_of, read_options, slices
from .schema import LANGUAGE, MEASURED, signature
from .stage import Done, Progress, Run
from .storage import digest, file_digest

BUFFER_BYTES = (
    128_000_000  # rows held before they are grouped by language and written: bounds a worker's memory
)
ID_HASH = pa.field("id_hash", pa.uint64(), nullable=False)


def schema(declared: Declared, options: MinHash) -> pa.Schema:
    """Schema of a part: the input's declared columns, then what annotate adds."""
    added = [*LANGUAGE, ID_HASH, *MEASURED, *signature(options.bands, options.rows)]
    return pa.schema([*declared.schema, *added])


def minhash_options(run: Run) -> MinHash:
    dedup = run.config.dedup
    return MinHash(dedup.ngram, dedup.bands, dedup.rows, dedup.seed)


def language_configs(run: Run) -> LanguageConfigs:
    """The thresholds of every language under the run's config."""
    return run.once("languages", lambda: LanguageConfigs(run.config.languages.configs, run.config.overrides))


def wanted(run: Run, label: str) -> bool:
    """Whether the config asks for this language."""
    languages = run.config.languages
    included = languages.include is None or label in map(canonical, languages.include)
    return included and label not in map(canonical, languages.exclude)


class AnnotateStage:
    name = "annotate"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per slice of the input."""
        declared = declared_of(run, done)
        check_language_column(run, declared)
        common = self._common_fingerprint(run)
        configs = language_configs(run)
        return [self._unit(run, piece_slice, declared, common, configs) for piece_slice in slices(run)]

    def _common_fingerprint(self, run: Run) -> dict[str, Json]:
        config = run.config
        dedup = flat(config.dedup, "dedup.")
        keys = ("dedup.ngram", "dedup.bands", "dedup.rows", "dedup.seed")
        model = config.language_id.model
        return {
            "format": FORMAT,
            "language_id.model": model,
            "language_id.model file": None if config.language_id.column else model_digest(model),
            "language_id.score_column": config.language_id.score_column,
            "languages.include": config.languages.include and list(config.languages.include),
            "languages.exclude": list(config.languages.exclude),
            "words": config.words,
            **{key: dedup[key] for key in keys},
        }

    def _unit(
        self,
        run: Run,
        piece_slice: Slice,
        declared: Declared,
        common: Mapping[str, Json],
        configs: LanguageConfigs,
    ) -> Unit:
        name = f"part-{piece_slice.name}"
        own = declared.restricted([piece.file.name for piece in piece_slice.pieces])
        before = run.work.read_json(f"{self.name}/{name}.json") or {}
        fingerprint = {
            **common,
            "input": piece_slice.fingerprint,
            "schema": digest(own.schema.serialize().to_pybytes()),
            # Only the languages that the part turned out to hold matter to it.
            "stop words": {label: stop_words_digest(configs, label) for label in before.get("languages", {})},
        }
        return Unit(name, fingerprint, (piece_slice.pieces, own), piece_slice.cost)

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pieces, declared = unit.payload
        quarantine = Quarantine()
        annotator = Annotator(run, declared, quarantine)
        file = f"annotations/{unit.name}.arrow"
        full = schema(declared, minhash_options(run))
        with run.work.create(file) as sink, PartWriter(sink, full) as writer:
            for batch in _read(run, pieces, declared, quarantine):
                table = annotator(batch)
                writer.add(table)
                progress(table.num_rows, pc.sum(table.column("n_bytes")).as_py() or 0)
            languages = writer.finish()
        files = [file, *quarantine.save(run, unit.name)]
        configs = language_configs(run)
        return {
            # The stop words are known to matter only now that the part's languages are.
            "fingerprint": {
                **unit.fingerprint,
                "stop words": {label: stop_words_digest(configs, label) for label in languages},
            },
            "files": files,
            "digest": file_digest(run.work, file),
            "languages": languages,
            "quarantined": quarantine.rows,
            "quarantine_causes": dict(quarantine.causes),
        }


def stop_words_digest(configs: LanguageConfigs, label: str) -> str:
    return digest("\n".join(configs.resolve(label).config.stop_words))


def check_language_column(run: Run, declared: Declared) -> None:
    """Raises PolysiftError when a column that language id is told to trust is not in the input."""
    for column in (run.config.language_id.column, run.config.language_id.score_column):
        known = declared.schema.names
        if column is not None and declared.output_name(column) not in known:
            raise PolysiftError(
                f"language_id: the input has no column {column!r}{did_you_mean(column, known)}; "
                f"its columns are {', '.join(known)}"
            )


def _read(
    run: Run, pieces: Sequence[Piece], declared: Declared, quarantine: Callable[[Quarantined], None]
) -> Iterator[pa.RecordBatch]:
    for piece in pieces:
        yield from read(piece, declared, read_options(run), quarantine)


class Quarantine:
    """Collects what could not be read; saved as JSON lines beside the annotations."""

    def __init__(self) -> None:
        self.records: list[Quarantined] = []
        self.causes: Counter[str] = Counter()

    def __call__(self, record: Quarantined) -> None:
        self.records.append(record)
        self.causes[record.cause] += record.rows

    @property
    def rows(self) -> int:
        return sum(record.rows for record in self.records)

    def save(self, run: Run, name: str) -> list[str]:
        if not self.records:
            return []
        file = f"quarantine/{name}.jsonl"
        with run.work.create(file) as sink:
            for record in self.records:
                sink.write(
                    json.dumps(record._asdict(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
                )
        return [file]


@dataclass
class Annotator:
    """Adds language, measures and signature to batches of documents (reference: a loop over documents)."""

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
            *(zip(*rows, strict=True) if rows else [[]] * (len(MEASURES) + 2)),
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
            return (len(text.encode()), *[None] * (len(MEASURES) + 1))
        split, stop_words = language
        signed = sign(split(simplify_text(text)), self.options)
        return (*measure(text, split(text), stop_words), *(signed or (None, None)))


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


class PartWriter:
    """Writes tables grouped by language: rows are held up to BUFFER_BYTES, then one record batch per language."""

    def __init__(self, sink: Any, schema: pa.Schema) -> None:
        self.writer = pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd"))
        self.held: list[pa.Table] = []
        self.bytes = 0
        self.batches = 0
        self.languages: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self.writer.close()

    def add(self, table: pa.Table) -> None:
        self.held.append(table)
        self.bytes += table.nbytes
        if self.bytes >= BUFFER_BYTES:
            self._flush()

    def finish(self) -> dict[str, dict[str, Any]]:
        """Writes what is left and returns, per language, record batches and counts."""
        self._flush()
        return dict(sorted(self.languages.items()))

    def _flush(self) -> None:
        if not self.held:
            return
        table = pa.concat_tables(self.held)
        self.held, self.bytes = [], 0
        codes, scripts = (table.column(name).to_pylist() for name in ("language", "language_script"))
        labels = np.array([f"{code}_{script}" for code, script in zip(codes, scripts, strict=True)])
        for label in np.unique(labels).tolist():
            self._write(label, table.take(np.flatnonzero(labels == label)))

    def _write(self, label: str, table: pa.Table) -> None:
        (batch,) = table.combine_chunks().to_batches()
        self.writer.write_batch(batch)
        zero = {"documents": 0, "batches": [], "text_bytes": 0, "other_bytes": 0}
        counts = self.languages.setdefault(label, zero)
        text_bytes = table.column("text").nbytes
        others = [
            name for name in table.column_names[: table.column_names.index("language")] if name != "text"
        ]
        counts["documents"] += table.num_rows
        counts["batches"].append([self.batches, table.num_rows])
        counts["text_bytes"] += text_bytes
        counts["other_bytes"] += table.select(others).nbytes
        self.batches += 1
