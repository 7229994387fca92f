"""Labelled text from Parquet: read, put on one line, cut into spans, divided into training and held-out text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import xxhash
from numpy.typing import NDArray

from ..errors import PolysiftError, did_you_mean
from ..labels import Label

# Documents are cut into spans as long as sentences, so that a model learns from them as from sentences.
SPAN = 200  # characters
SPAN_MAX = 600  # a text up to here stays whole
WORD_MAX = 60  # characters at the end of a span in which a space is looked for


@dataclass(frozen=True)
class Examples:
    """Labelled texts of one line each.

    Attributes:
        texts: the lines, without line breaks.
        labels: int32 (texts,), positions in `names`.
        origins: int32 (texts,), positions in `sources`.
        held_out: bool (texts,), which are kept from training.
        names: the labels, sorted.
        sources: the sources by name, with the number of lines from each.
    """

    texts: list[str]
    labels: NDArray[np.int32]
    origins: NDArray[np.int32]
    held_out: NDArray[np.bool_]
    names: list[str]
    sources: dict[str, int]


def read_examples(
    paths: Sequence[Path], text_column: str, label_columns: Sequence[str], held_out: float
) -> Examples:
    """All labelled texts of Parquet files and of the folders' `*.parquet`, in the order given.

    A column `source`, where there is one, names where a text comes from; else the file does. Repeated texts
    of one label count once. A hash of the whole text decides whether it is held out (that share of the texts
    is), so that no text, nor a part of it, is on both sides.

    Args:
        label_columns: the first of these that a file has.

    Raises PolysiftError for a file without the columns, and for labels that have not the form `por_Latn`.
    """
    texts: list[str] = []
    labels: list[str] = []
    aside: list[bool] = []
    origins: list[int] = []
    sources: dict[str, int] = {}
    seen: set[int] = set()
    for text, label, source in _rows(paths, text_column, label_columns):
        line = " ".join(text.split())
        out = xxhash.xxh3_64_intdigest(line) < held_out * 2**64
        for span in spans(line):
            key = xxhash.xxh3_64_intdigest(f"{label} {span}")
            if key not in seen:
                seen.add(key)
                texts.append(span)
                labels.append(label)
                aside.append(out)
                sources[source] = sources.get(source, 0) + 1
                origins.append(list(sources).index(source))
    if not texts:
        raise PolysiftError(f"no labelled text in {', '.join(map(str, paths))}")
    names = sorted(set(labels))
    for name in names:
        Label.parse(name)
    position = {name: i for i, name in enumerate(names)}
    numbers = np.array([position[label] for label in labels], np.int32)
    return Examples(texts, numbers, np.array(origins, np.int32), np.array(aside, bool), names, sources)


def spans(line: str) -> list[str]:
    """The line itself, or if it is long, spans of it of up to 200 characters, cut at spaces where there are any.

    >>> spans("Uma frase.")
    ['Uma frase.']
    >>> [len(span) for span in spans("palavra " * 100)]
    [199, 199, 199, 199]
    """
    if len(line) <= SPAN_MAX:
        return [line] if line else []
    found, start = [], 0
    while start < len(line):
        end = start + SPAN
        if end < len(line):
            space = line.rfind(" ", end - WORD_MAX, end)
            end = space if space > start else end
        found.append(line[start:end].strip())
        start = end
    return [span for span in found if span]


def with_enough(examples: Examples, least: int) -> tuple[Examples, dict[str, int]]:
    """The examples of the labels that have at least `least`, and the counts of the other labels."""
    counts = np.bincount(examples.labels, minlength=len(examples.names))
    few = {examples.names[i]: int(counts[i]) for i in np.flatnonzero(counts < least)}
    keep = counts >= least
    number = np.cumsum(keep) - 1
    rows = np.flatnonzero(keep[examples.labels])
    names = [name for name in examples.names if name not in few]
    labels = number[examples.labels[rows]].astype(np.int32)
    texts = [examples.texts[i] for i in rows]
    origins, held_out = examples.origins[rows], examples.held_out[rows]
    return Examples(texts, labels, origins, held_out, names, examples.sources), few


def _rows(
    paths: Sequence[Path], text_column: str, label_columns: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    for file in _files(paths):
        names = pq.read_schema(file).names
        label_column = next((column for column in label_columns if column in names), label_columns[0])
        for column in (text_column, label_column):
            if column not in names:
                raise PolysiftError(
                    f"{file}: no column {column!r}; it has {', '.join(names)}{did_you_mean(column, names)}; "
                    "name the columns with --text-column and --label-column"
                )
        columns = [text_column, label_column, *(["source"] if "source" in names else [])]
        for batch in pq.ParquetFile(file).iter_batches(columns=columns):
            texts, labels = batch.column(text_column).to_pylist(), batch.column(label_column).to_pylist()
            given = batch.column("source").to_pylist() if "source" in names else [file.name] * len(texts)
            for text, label, source in zip(texts, labels, given, strict=True):
                if text and label:
                    yield text, label, source or file.name


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.rglob("*.parquet"))
            if not found:
                raise PolysiftError(f"{path}: no .parquet file in this folder")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise PolysiftError(f"{path}: no such file or folder; give Parquet files or folders of them")
