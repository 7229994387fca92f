"""Language, measures and signature of documents: a batch of Arrow columns in, the columns of a part out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..filters.dictionary_words import Divided
from ..filters.measure_kernel import columns, measure_batch
from ..filters.measures import MEASURES
from ..filters.precision import list_hashes, list_word_counts, url_term_counts
from ..filters.simplify_kernel import simplify
from ..filters.stop_word_kernel import StopWords, stop_words_of
from ..filters.words import segment, segmenter, style_numbers
from ..langid.agreement import Doubts, doubts
from ..langid.errors import PolysiftError
from ..langid.identify import Identified, load_model
from ..langid.kernels import Strings, Words, from_arrow, select, to_arrow, words_from_lists
from ..langid.labels import Label, canonical
from .dedup.minhash import MinHash
from .dedup.minhash_kernel import sign_batch
from .dedup.xxhash_kernel import hash64, hash128
from .readers.quarantine import TOO_LARGE, Quarantined, sample
from .readers.schema import Declared
from .schema import DOUBTS, HASHES, ID_HASH, LANGUAGE, MEASURED, PRECISION, signature
from .settings import document_words, language_configs, minhash_options, wanted
from .stage import Run


class TooManyWordsError(Exception):
    """A document whose measures would take more than the worker's memory: its words, and the most there may be."""


def schema(declared: Declared, options: MinHash) -> pa.Schema:
    """Schema of a part: the input's declared columns, then what annotate adds."""
    measured = (*MEASURED, *PRECISION, *HASHES)
    added = [*LANGUAGE, ID_HASH, *DOUBTS, *measured, *signature(options.bands, options.rows)]
    return pa.schema([*declared.schema, *added])


@dataclass
class Annotator:
    """Adds language, measures and signature to batches of documents."""

    run: Run
    declared: Declared
    quarantine: Callable[[Quarantined], None]
    # Of the languages met so far, by name.
    asked: dict[str, bool] = field(default_factory=dict)
    precision_lists: dict[str, tuple[NDArray[np.uint64], Sequence[str]] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.options = minhash_options(self.run)
        self.schema = schema(self.declared, self.options)

    @cached_property
    def model(self) -> Any:
        settings = self.run.config.language_id
        return load_model(settings.model, settings.sample_bytes)

    @cached_property
    def second_model(self) -> Any:
        second = self.run.config.language_id.agree_with
        return second and load_model(second)

    def __call__(self, batch: pa.RecordBatch) -> pa.Table:
        try:
            return self._annotated(batch)
        except TooManyWordsError as error:
            self.quarantine(_too_large(batch, error))
            return self._annotated(batch.slice(0, 0))

    def _annotated(self, batch: pa.RecordBatch) -> pa.Table:
        batch, found = self._identify(batch)
        texts = from_arrow(batch.column("text"))
        found, doubted = self._doubted(texts, found)
        columns = [
            *batch.columns,
            *_language(found),
            pa.array(hash64(from_arrow(batch.column("id")))),
            *(
                pa.array(column, pa.int64()) if column is not None else pa.nulls(len(batch), pa.int64())
                for column in doubted
            ),
            *self._measured(batch.column("text"), batch.column("url"), texts, found),
        ]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def _identify(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Identified]:
        settings = self.run.config.language_id
        if settings.column is None:
            return batch, self.model.identify(batch.column("text"))
        given = batch.column(self.declared.output_name(settings.column))
        names, labels = _labels(given)
        scores = np.ones(batch.num_rows)
        if settings.score_column is not None:
            scores = _scores(batch.column(self.declared.output_name(settings.score_column)))
        good = (labels >= 0) & ~np.isnan(scores)
        for row in np.flatnonzero(~good).tolist():
            self.quarantine(_unlabelled(batch, row, given[row].as_py(), settings.column))
        top = pa.array(["{}"], pa.string()).take(pa.array(np.zeros(int(good.sum()), np.int32)))
        kept = batch if good.all() else batch.filter(pa.array(good))  # which would copy all texts
        return kept, Identified(names, labels[good], scores[good], top)

    def _doubted(self, texts: Strings, found: Identified) -> tuple[Identified, Doubts]:
        """What speaks against the labels. A document that is to go for it has score 0, so that none goes for it."""
        settings = self.run.config.language_id
        lines = (self.second_model if settings.column else self.model) if settings.mixed else None
        doubted = doubts(texts, found, settings.script_mismatch, self.second_model, lines)
        if doubted.flags is not None:
            found = found._replace(scores=np.where(doubted.flags > 0, 0.0, found.scores))
        return found, doubted

    def _measured(self, text: pa.Array, urls: pa.Array, texts: Strings, found: Identified) -> list[pa.Array]:
        """The columns of measures and signature; but for n_bytes null in a language that nobody asked for."""
        asked = np.array([self._asked(name) for name in found.names], bool)[found.labels]
        if asked.all():
            return self._columns(texts, urls, found)
        rows = np.flatnonzero(asked)
        some = found._replace(labels=found.labels[rows])
        place = pa.array(np.cumsum(asked) - 1, mask=~asked)
        measured = self._columns(from_arrow(text.take(rows)), urls.take(rows), some)
        spread = [column.take(place) for column in measured]
        spread[MEASURES.index("n_bytes")] = pa.array(np.diff(texts.offsets))
        return spread

    def _asked(self, name: str) -> bool:
        if name not in self.asked:
            self.asked[name] = wanted(self.run, name)
        return self.asked[name]

    def _columns(self, texts: Strings, urls: pa.Array, found: Identified) -> list[pa.Array]:
        divided = Divided()  # a text and its simplified form have most of their segments in common
        return [*self._measures(texts, urls, found, divided), *self._signature(texts, found, divided)]

    def _measures(
        self, texts: Strings, urls: pa.Array, found: Identified, divided: Divided
    ) -> list[pa.Array]:
        """The columns of MEASURED and PRECISION."""
        words = self._words(texts, found, divided)
        if len(found.labels) == 1 and len(words.starts) > document_words(self.run):
            raise TooManyWordsError(len(words.starts), document_words(self.run))
        measured = columns(measure_batch(texts, words, found.labels, self._stop_words(found)))
        named = [pa.array(measured[name], MEASURED.field(name).type) for name in MEASURES]
        return [*named, *self._evidence(words, urls, found)]

    def _signature(self, texts: Strings, found: Identified, divided: Divided) -> list[pa.Array]:
        """The columns of HASHES and signatures."""
        simplified = simplify(texts, self.run.config.dedup.normalise)
        signed = sign_batch(self._words(simplified, found, divided), self.options)
        everywhere = np.ones(len(found.labels), bool)
        return [
            _fixed(hash128(texts), everywhere),
            _fixed(hash128(simplified), everywhere),
            _fixed(signed.bands, signed.signed),
            _fixed(signed.sketch, signed.signed),
        ]

    def _evidence(self, words: Words, urls: pa.Array, found: Identified) -> list[pa.Array]:
        """The columns of the precision rule: null in a language that has no precision list."""
        counts = np.zeros((len(PRECISION), len(found.labels)), np.int64)
        known = np.zeros(len(found.labels), bool)
        for number, name in enumerate(found.names):
            rows = np.flatnonzero(found.labels == number)
            listed = self._precision_list(name) if len(rows) else None
            if listed is not None:
                hashes, url_terms = listed
                counts[:, rows] = (
                    list_word_counts(select(words, rows), hashes),
                    url_term_counts(urls.take(pa.array(rows)), url_terms),
                )
                known[rows] = True
        return [pa.array(column, mask=~known) for column in counts]

    def _precision_list(self, name: str) -> tuple[NDArray[np.uint64], Sequence[str]] | None:
        if name not in self.precision_lists:
            found = language_configs(self.run).precision_list(name)
            self.precision_lists[name] = (list_hashes(found.words), found.url_terms) if found else None
        return self.precision_lists[name]

    def _words(self, texts: Strings, found: Identified, divided: Divided) -> Words:
        if self.run.config.words == "unicode":
            return segment(texts, style_numbers(found.names)[found.labels], divided)
        split: list[
            Any
        ] = [  # only for languages that are asked for: another's tokenizer may not be installed
            segmenter(self.run.config.words, name) if self._asked(name) else None for name in found.names
        ]
        listed = zip(to_arrow(texts).to_pylist(), found.labels.tolist(), strict=True)
        return words_from_lists([split[label](text) for text, label in listed])

    def _stop_words(self, found: Identified) -> StopWords:
        configs = language_configs(self.run)
        return stop_words_of([configs.resolve(name).config.masked_words for name in found.names])


def _language(found: Identified) -> list[pa.Array]:
    """The columns language, language_script, language_score and top_langs."""
    names = [Label.parse(name) for name in found.names]
    numbers = pa.array(found.labels)
    return [
        pa.array([name.code for name in names], pa.string()).take(numbers),
        pa.array([name.script for name in names], pa.string()).take(numbers),
        pa.array(found.scores, pa.float64()),
        found.top,
    ]


def _labels(given: pa.Array) -> tuple[list[str], NDArray[np.int32]]:
    """Canonical labels of a column of the input, and each row's number among them; -1 for what is no label."""
    strings = given if pa.types.is_string(given.type) else pa.nulls(len(given), pa.string())
    encoded = strings.dictionary_encode()
    canonicals = [_label_or_none(value) for value in encoded.dictionary.to_pylist()]
    names = sorted({name for name in canonicals if name is not None})
    numbers = np.array([names.index(name) if name else -1 for name in canonicals] + [-1], np.int32)
    return names, numbers[pc.fill_null(encoded.indices, len(canonicals)).to_numpy()]


def _label_or_none(value: str) -> str | None:
    try:
        return canonical(value)
    except PolysiftError:
        return None


def _scores(column: pa.Array) -> NDArray[np.float64]:
    """Scores as numbers, also ones that the input writes as text, as CSV does; NaN for what is none."""
    if pa.types.is_string(column.type):
        return np.array([_score(value) for value in column.to_pylist()])
    return pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy()  # type: ignore[no-any-return]


def _score(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _fixed(rows: NDArray[Any], valid: NDArray[np.bool_]) -> pa.Array:
    """A 2-D array as fixed-size binary values, null where not valid."""
    width = rows.shape[1] * rows.itemsize
    mask = pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(
        pa.binary(width), len(rows), [mask, pa.py_buffer(np.ascontiguousarray(rows))]
    )


def _unlabelled(batch: pa.RecordBatch, row: int, label: object, column: str) -> Quarantined:
    return Quarantined(
        file=batch.column("file_path")[row].as_py() or "",
        place=f"id {batch.column('id')[row].as_py()}",
        cause=f"column {column!r} gives no language label and score that can be read",
        rows=1,
        sample=repr(label)[:500],
    )


def _too_large(batch: pa.RecordBatch, error: TooManyWordsError) -> Quarantined:
    found, most = error.args
    text = batch.column("text")[0].as_buffer()
    return Quarantined(
        file=batch.column("file_path")[0].as_py() or "",
        place=f"id {batch.column('id')[0].as_py()}",
        cause=f"{TOO_LARGE} ({found:,} words; at most {most:,} are measured)",
        rows=1,
        sample=sample(text.to_pybytes()[:2_000]),
    )
