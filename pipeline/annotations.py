"""The annotations of a run, seen language by language: documents numbered 0.. in the order of the input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .storage import Folder

BATCH_ROWS = 1024


class LanguagePart(NamedTuple):
    """One language's rows in one part.

    Attributes:
        file: the part, relative to the work folder.
        digest: content hash of the part.
        row_groups: (index, rows) of the row groups that hold the language.
        documents: rows in them.
        text_bytes: UTF-8 bytes of their texts.
        other_bytes: bytes of the input's other columns.
    """

    file: str
    digest: str
    row_groups: tuple[tuple[int, int], ...]
    documents: int
    text_bytes: int
    other_bytes: int


Parts = tuple[LanguagePart, ...]


def by_language(manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, Parts]:
    """The parts of each language, languages sorted, parts in the order of the input."""
    languages: dict[str, list[LanguagePart]] = {}
    for manifest in manifests.values():
        for label, counts in manifest["languages"].items():
            languages.setdefault(label, []).append(
                LanguagePart(
                    manifest["files"][0],
                    manifest["digest"],
                    tuple((index, rows) for index, rows in counts["row_groups"]),
                    counts["documents"],
                    counts["text_bytes"],
                    counts["other_bytes"],
                )
            )
    return {label: tuple(parts) for label, parts in sorted(languages.items())}


def documents(parts: Parts) -> int:
    return sum(part.documents for part in parts)


def fingerprint(parts: Parts) -> list[list[object]]:
    """What of the parts a later stage depends on."""
    return [[part.digest, [index for index, _ in part.row_groups]] for part in parts]


def read(work: Folder, parts: Parts, columns: Sequence[str]) -> pa.Table:
    """Narrow columns of all documents of a language, in order."""
    tables = []
    for part in parts:
        with work.parquet(part.file) as file:
            tables.append(file.read_row_groups([i for i, _ in part.row_groups], columns=list(columns)))
    return pa.concat_tables(tables)


def batches(
    work: Folder, parts: Parts, start: int, stop: int, columns: Sequence[str] | None = None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Batches that cover the documents [start, stop), each with the number of its first document.

    Only the row groups that overlap the range are read, a batch at a time.
    """
    first = 0
    for part in parts:
        chosen = []
        for index, rows in part.row_groups:
            if first < stop and first + rows > start:
                chosen.append((index, first))
            first += rows
        if chosen:
            with work.parquet(part.file) as file:
                for index, number in chosen:
                    yield from _row_group(file, index, number, start, stop, columns)


def _row_group(
    file: Any, index: int, number: int, start: int, stop: int, columns: Sequence[str] | None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    wanted = None if columns is None else list(columns)
    for batch in file.iter_batches(batch_size=BATCH_ROWS, row_groups=[index], columns=wanted):
        low, high = max(start - number, 0), min(stop - number, batch.num_rows)
        if low < high:
            yield number + low, batch.slice(low, high - low)
        number += batch.num_rows


def take(work: Folder, parts: Parts, column: str, numbers: NDArray[np.int64]) -> dict[int, Any]:
    """Values of one column for some documents, by number; reads only the row groups that hold them."""
    found: dict[int, Any] = {}
    first = 0
    for part in parts:
        for index, rows in part.row_groups:
            here = numbers[(numbers >= first) & (numbers < first + rows)]
            if len(here):
                with work.parquet(part.file) as file:
                    values = file.read_row_group(index, columns=[column]).column(0).take(here - first)
                found |= dict(zip(here.tolist(), values.to_pylist(), strict=True))
            first += rows
    return found
