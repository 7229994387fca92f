"""annotate: reads slices of the input, identifies languages, measures and signs; text grouped by language.

A part holds every input column as it came, plus language, measures and signature; its rows are grouped by
language, so that later stages read one language's record batches only (corpus.py).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from ..langid.errors import PolysiftError, did_you_mean
from ..langid.identify import model_digest
from .annotator import Annotator, schema
from .config import flat
from .corpus import PartWriter
from .manifest import FORMAT, Json, Unit
from .memory import give_back, keep_freed
from .overlap import ahead
from .readers.quarantine import OF_SIZE, Quarantined
from .readers.read import read
from .readers.schema import Declared
from .readers.slices import Piece
from .scan import Slice, declared_of, read_options, slices
from .settings import batch_bytes, held_bytes, language_configs, minhash_options, wanted
from .stage import Done, Progress, Run
from .storage import digest, file_digest


class AnnotateStage:
    name = "annotate"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per slice of the input."""
        declared = declared_of(run, done)
        check_language_column(run, declared)
        check_dedup_columns(run, declared)
        common = _common_fingerprint(run)
        return [self._unit(run, piece_slice, declared, common) for piece_slice in slices(run)]

    def _unit(self, run: Run, piece_slice: Slice, declared: Declared, common: Mapping[str, Json]) -> Unit:
        name = f"part-{piece_slice.name}"
        own = declared.restricted([piece.file.name for piece in piece_slice.pieces])
        before = run.work.read_json(f"{self.name}/{name}.json") or {}
        fingerprint = {
            **common,
            "input": piece_slice.fingerprint,
            "input.extractor": _extractor(run, piece_slice.pieces),
            "input.columns": dict(own.sources),
            "schema": digest(own.schema.serialize().to_pybytes()),
            **_of_languages(run, before.get("languages", {})),
            **_of_size(run, before.get("quarantine_causes", {})),
        }
        return Unit(name, fingerprint, (piece_slice.pieces, own), piece_slice.cost)

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        pieces, declared = unit.payload
        keep_freed(8 * batch_bytes(run))  # places of words take four bytes for each byte of a text
        unread, quarantine = Quarantine(), Quarantine()  # of the reader's thread, and of this one
        annotator = Annotator(run, declared, quarantine)
        file = f"annotations/{unit.name}.arrow"
        full = schema(declared, minhash_options(run))
        with run.work.create(file) as sink, PartWriter(sink, full, held_bytes(run)) as writer:
            for batch in ahead(_read(run, pieces, declared, unread), alone=partial(_is_large, run)):
                table = annotator(batch)
                writer.add(table)
                progress(table.num_rows, pc.sum(table.column("n_bytes")).as_py() or 0)
                del batch, table
            languages = writer.finish()
        unread.records += quarantine.records
        files = [file, *unread.save(run, unit.name)]
        return {
            # Known only now that the part's languages and faults are.
            "fingerprint": {
                **unit.fingerprint,
                **_of_languages(run, languages),
                **_of_size(run, unread.causes),
            },
            "files": files,
            "digest": file_digest(run.work, file),
            "documents": sum(counts["documents"] for counts in languages.values()),
            "languages": languages,
            "quarantined": unread.rows,
            "quarantine_causes": unread.causes,
        }


def _common_fingerprint(run: Run) -> dict[str, Json]:
    config = run.config
    dedup = flat(config.dedup, "dedup.")
    keys = ("dedup.ngram", "dedup.bands", "dedup.rows", "dedup.seed", "dedup.normalise")
    model, second = config.language_id.model, config.language_id.agree_with
    return {
        "format": FORMAT,
        "language_id.model": model,
        "language_id.model file": None if config.language_id.column else model_digest(model),
        "language_id.script_mismatch": config.language_id.script_mismatch,
        "language_id.agree_with": second and model_digest(second),
        "language_id.mixed": config.language_id.mixed,
        "language_id.score_column": config.language_id.score_column,
        "language_id.sample_bytes": config.language_id.sample_bytes,
        "input.dump": config.input.dump,
        "words": config.words,
        **{key: dedup[key] for key in keys},
    }


def _extractor(run: Run, pieces: Sequence[Piece]) -> str | None:
    """The extractor, where a piece has pages to extract."""
    return (
        run.config.input.extractor if any(piece.file.format in ("warc", "arc") for piece in pieces) else None
    )


def _of_languages(run: Run, labels: Iterable[str]) -> dict[str, Json]:
    """What of the config matters to a part that holds these languages."""
    configs = language_configs(run)
    measured = [label for label in labels if wanted(run, label)]
    return {
        "stop words": {
            label: digest("\n".join(configs.resolve(label).config.masked_words)) for label in measured
        },
        "precision lists": {
            label: digest("\n".join((*found.words, "", *found.url_terms)))
            for label in measured
            if (found := configs.precision_list(label))
        },
        "languages left out": sorted({*labels} - {*measured}),
    }


def _of_size(run: Run, causes: Iterable[str]) -> dict[str, Json]:
    """The memory, for a part some of whose documents were too large for it."""
    of_size = any(cause.startswith(OF_SIZE) for cause in causes)
    return {"executor.memory": run.config.executor.memory} if of_size else {}


def check_language_column(run: Run, declared: Declared) -> None:
    """Raises PolysiftError when a column that language id is told to trust is not in the input."""
    for column in (run.config.language_id.column, run.config.language_id.score_column):
        if column is not None:
            check_column("language_id", declared, column)


def check_dedup_columns(run: Run, declared: Declared) -> None:
    """Checks the columns that `dedup.keep` and `dedup.scope` decide by, long before they are needed."""
    dedup = run.config.dedup
    for key, column, lacks in (
        ("dedup.keep.column", dedup.keep.column, "order"),
        ("dedup.scope", dedup.scope_column, "values to tell apart"),
    ):
        if column is None:
            continue
        check_column(key, declared, column)
        kind = declared.schema.field(declared.output_name(column)).type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise PolysiftError(
                f"{key}: {column!r} is of type {kind}, which has no {lacks}; give another column"
            )


def check_column(key: str, declared: Declared, column: str) -> None:
    """Raises PolysiftError when a column that a key of the config names is not in the input."""
    known = declared.schema.names
    if declared.output_name(column) not in known:
        raise PolysiftError(
            f"{key}: the input has no column {column!r}{did_you_mean(column, known)}; "
            f"its columns are {', '.join(known)}"
        )


def _read(
    run: Run, pieces: Sequence[Piece], declared: Declared, quarantine: Callable[[Quarantined], None]
) -> Iterator[pa.RecordBatch]:
    for piece in pieces:
        for batch in read(piece, declared, read_options(run), quarantine):
            if _is_large(run, batch):
                give_back()
            yield batch
            del batch


def _is_large(run: Run, batch: pa.RecordBatch) -> bool:
    """Whether a batch is a single document that takes more than a batch's share of memory."""
    return bool(batch.nbytes > 2 * batch_bytes(run))


class Quarantine:
    """Collects what could not be read; saved as JSON lines beside the annotations."""

    def __init__(self) -> None:
        self.records: list[Quarantined] = []

    def __call__(self, record: Quarantined) -> None:
        self.records.append(record)

    @property
    def rows(self) -> int:
        return sum(record.rows for record in self.records)

    @property
    def causes(self) -> dict[str, int]:
        """Rows lost to each cause."""
        found: Counter[str] = Counter()
        for record in self.records:
            found[record.cause] += record.rows
        return dict(found)

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
