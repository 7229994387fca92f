"""The annotations of a run, seen language by language: documents numbered 0.. in the order of the input.

Parts are Arrow files with one record batch per language, not Parquet: a Parquet footer lists every column of every
row group, so that opening a part of 500 languages for one of them would cost more than its data; an Arrow file
finds a batch by its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .overlap import Behind
from .storage import Folder


class LanguagePart(NamedTuple):
    """One language's rows in one part.

    Attributes:
        file: the part, relative to the work folder.
        digest: content hash of the part.
        batches: (index, rows) of the record batches that hold the language.
        documents: rows in them.
        text_bytes: UTF-8 bytes of their texts.
        other_bytes: bytes of the input's other columns.
    """

    file: str
    digest: str
    batches: tuple[tuple[int, int], ...]
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
                    tuple((index, rows) for index, rows in counts["batches"]),
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
    return [[part.digest, [index for index, _ in part.batches]] for part in parts]


def read(work: Folder, parts: Parts, columns: Sequence[str]) -> pa.Table:
    """Some columns of all documents of a language, in order."""
    found: list[pa.RecordBatch] = []
    for part in parts:
        with work.arrow(part.file, columns) as file:
            found.extend(file.get_batch(index) for index, _ in part.batches)
    return pa.Table.from_batches(found).select(list(columns))


def numbers(work: Folder, parts: Parts, columns: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Narrow columns of a language as arrays; a null (unmeasured document) reads 0."""
    table = read(work, parts, columns)
    return {name: table.column(name).fill_null(0).to_numpy() for name in columns}


def document(work: Folder, parts: Parts, number: int) -> dict[str, Any]:
    """One document with all its columns."""
    for part, index, first, count in _located(parts):
        if first <= number < first + count:
            with work.arrow(part.file) as file:
                row: dict[str, Any] = file.get_batch(index).slice(number - first, 1).to_pylist()[0]
                return row
    raise IndexError(f"document {number} of {documents(parts)}")


def rows(
    work: Folder, parts: Parts, columns: Sequence[str], numbers: NDArray[np.int64]
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Some columns (those that a part has) of some documents, a record batch at a time; each time with the place in
    `numbers` of the first. Only record batches that hold them are read.

    Args:
        numbers: int64 (documents,), ascending.
    """
    first = 0
    for part in parts:
        start, stop = np.searchsorted(numbers, [first, first + part.documents]).tolist()
        if start < stop:
            with work.arrow(part.file, columns) as file:
                yield from _rows_of(file, part, numbers[start:stop] - first, start)
        first += part.documents


def _rows_of(
    file: pa.RecordBatchFileReader, part: LanguagePart, numbers: NDArray[np.int64], place: int
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Rows of one part, by their numbers in it; `place` is that of the first of them among all."""
    first = 0
    for index, count in part.batches:
        start, stop = np.searchsorted(numbers, [first, first + count]).tolist()
        if start < stop:
            batch = file.get_batch(index)
            whole = stop - start == count
            yield place + start, batch if whole else batch.take(pa.array(numbers[start:stop] - first))
        first += count


def take(work: Folder, parts: Parts, column: str, numbers: NDArray[np.int64]) -> dict[int, Any]:
    """Values of one column for some documents, by number (ascending); reads only the record batches that hold them."""
    found: dict[int, Any] = {}
    for start, batch in rows(work, parts, [column], numbers):
        here = numbers[start : start + batch.num_rows].tolist()
        found |= dict(zip(here, batch.column(0).to_pylist(), strict=True))
    return found


def fixed_binary(column: pa.Array) -> NDArray[np.uint8]:
    """A fixed-size binary column as uint8 (rows, width); rows that are null hold anything."""
    width = column.type.byte_width
    data = np.frombuffer(column.buffers()[1], np.uint8)
    return data[column.offset * width : (column.offset + len(column)) * width].reshape(-1, width)


def _located(parts: Parts) -> Iterator[tuple[LanguagePart, int, int, int]]:
    """Each record batch of a language: part, index, number of its first document, rows."""
    first = 0
    for part in parts:
        for index, rows in part.batches:
            yield part, index, first, rows
            first += rows


class PartWriter:
    """Writes tables grouped by language: rows are held up to `most` bytes, then one record batch per language.

    Compression and writing of what was held go on in a thread while more is added.
    """

    def __init__(self, sink: Any, schema: pa.Schema, most: int) -> None:
        self.most = most
        # A third larger than by zstd, written and read in a third of the time: it sets up little for each of the
        # many small buffers of a language.
        self.writer = pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))
        self.behind = Behind()
        self.held: list[pa.Table] = []
        self.bytes = 0
        self.batches = 0
        self.languages: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> PartWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self.behind.close()
        self.writer.close()

    def add(self, table: pa.Table) -> None:
        self.held.append(table)
        self.bytes += table.nbytes
        if self.bytes >= self.most:
            self._flush()

    def finish(self) -> dict[str, dict[str, Any]]:
        """Writes what is left and returns, per language, record batches and counts."""
        self._flush()
        self.behind.wait()
        return dict(sorted(self.languages.items()))

    def _flush(self) -> None:
        if self.held:
            held, size, self.held, self.bytes = self.held, self.bytes, [], 0
            self.behind.do(self._write, held)
            del held
            if size > self.most * 3 // 2:  # a large document among them: it has the memory to itself
                self.behind.wait()

    def _write(self, held: list[pa.Table]) -> None:
        table = pa.concat_tables(held)
        held.clear()  # the caller's, so that no copy of the texts is held longer than needed
        batches = table.combine_chunks().to_batches()  # one, unless its strings exceed 2 GB
        del table
        while batches:
            batch = batches.pop(0)
            labels = pc.binary_join_element_wise(*map(batch.column, ("language", "language_script")), "_")
            encoded = labels.dictionary_encode()
            names = encoded.dictionary.to_pylist()
            order = np.argsort(encoded.indices.to_numpy(), kind="stable")
            bounds = np.searchsorted(encoded.indices.to_numpy()[order], np.arange(len(names) + 1))
            grouped = batch.take(order) if len(names) > 1 else batch
            del batch
            for number in sorted(range(len(names)), key=names.__getitem__):
                start, stop = bounds[number : number + 2].tolist()
                self._write_language(names[number], grouped.slice(start, stop - start))

    def _write_language(self, label: str, batch: pa.RecordBatch) -> None:
        self.writer.write_batch(batch)
        zero = {"documents": 0, "batches": [], "text_bytes": 0, "other_bytes": 0}
        counts = self.languages.setdefault(label, zero)
        own = batch.schema.names[: batch.schema.names.index("language")]
        text_bytes = batch.column("text").nbytes
        counts["documents"] += batch.num_rows
        counts["batches"].append([self.batches, batch.num_rows])
        counts["text_bytes"] += text_bytes
        counts["other_bytes"] += batch.select(own).nbytes - text_bytes
        self.batches += 1
