"""Rows and Arrow batches of an input file -> batches of the declared schema; the rest is set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from ..schema import INPUT
from .declared import Declared
from .options import ReadOptions
from .quarantine import TOO_LARGE, Quarantine, Quarantined, sample
from .values import MISFITS, array_of, cast, type_name

Convert = Callable[[Any, pa.DataType], Any]  # values of an input -> array of the declared type


class Row(NamedTuple):
    """A document as a file has it.

    Attributes:
        place: where it stands; with the file's name, what a missing id is made of.
        values: Python values by input column.
        size: bytes, about.
    """

    place: str
    values: Mapping[str, Any]
    size: int


@dataclass(frozen=True)
class Assembler:
    """Makes the batches of one input file.

    Attributes:
        file: name of the file.
        sources: input column of each output column, as this file names them.
    """

    file: str
    declared: Declared
    options: ReadOptions
    quarantine: Quarantine
    sources: Mapping[str, str]

    def from_rows(self, rows: Iterable[Row]) -> Iterator[pa.RecordBatch]:
        """Batches of documents given as Python values."""
        for group in _groups(filter(self._has_text, rows), self.options):
            columns = {
                name: [row.values.get(self.sources[name]) for row in group]
                for name in self.declared.schema.names
            }
            yield from self._batch(columns, [row.place for row in group], array_of)

    def from_columns(
        self, columns: Mapping[str, Any], offsets: NDArray[np.int64]
    ) -> Iterator[pa.RecordBatch]:
        """The batch of input columns that have the declared types, are valid UTF-8 and whose texts are not null.

        Args:
            columns: by input name.
            offsets: the byte of the file at which each row begins.
        """
        named = {name: columns[self.sources[name]] for name in self.declared.schema.names}
        yield from self._batch(named, Places("byte", offsets), cast)

    def from_arrow(self, batch: pa.RecordBatch, first_row: int) -> Iterator[pa.RecordBatch]:
        """Batches of the rows of an Arrow batch, the first of which is row `first_row` of the file.

        The batch has a column of text (see `text_fault`).
        """
        names = unique_names(batch.schema.names)
        for start, part in _parts(batch, self.options):
            places = Places("row", np.arange(first_row + start, first_row + start + part.num_rows))
            columns = dict(zip(names, part.columns, strict=True))
            arrays: dict[str, Any] = {}
            for name in self.declared.schema.names:
                array = columns.get(self.sources[name])
                array = pa.nulls(part.num_rows) if array is None else array
                arrays[name] = _as_string(array) if name in INPUT.names else array
            yield from self._batch(*self._valid(arrays, places), cast)

    def lose(self, place: str, cause: str, rows: int = 1, found: object = "") -> None:
        """Quarantines rows of the file."""
        self.quarantine(Quarantined(self.file, place, cause, rows, sample(found)))

    def text_fault(self, schema: pa.Schema) -> str | None:
        """Why no row of a file with this schema can have a text, or None where it can."""
        column = self.sources["text"]
        names = unique_names(schema.names)
        if column not in names:
            return missing_text(column, names)
        kind = schema.types[names.index(column)]
        return None if _is_text(kind) else f"text is of type {kind}, not string (column {column!r})"

    def _has_text(self, row: Row) -> bool:
        text = row.values.get(self.sources["text"])
        if isinstance(text, str):
            return True
        cause = "text is null" if text is None else f"text is {type_name(text)}, not a string"
        self.lose(row.place, cause, found="" if text is None else text)
        return False

    def _valid(
        self, arrays: dict[str, pa.Array[Any]], places: Places
    ) -> tuple[dict[str, pa.Array[Any]], Sequence[str]]:
        """The rows that are valid UTF-8 in every column and have a text."""
        bad: dict[int, str] = {}
        for name, array in arrays.items():
            for row in _invalid_rows(array):
                bad.setdefault(row, f"invalid UTF-8 in column {self.sources[name]!r}")
        text = arrays["text"]
        for row in range(len(text)) if text.null_count else ():
            if not text[row].is_valid:
                bad.setdefault(row, "text is null")
        return self._without(bad, arrays, places) if bad else (arrays, places)

    def _without(
        self, bad: Mapping[int, str], arrays: Mapping[str, Any], places: Sequence[str]
    ) -> tuple[dict[str, Any], Sequence[str]]:
        """Quarantines rows and returns the others."""
        for row, cause in sorted(bad.items()):
            text = arrays["text"][row]
            self.lose(places[row], cause, found=_found(text))
        kept = [row for row in range(len(places)) if row not in bad]
        return {name: _taken(values, kept) for name, values in arrays.items()}, _taken(places, kept)

    def _batch(
        self, columns: Mapping[str, Any], places: Sequence[str], convert: Convert
    ) -> Iterator[pa.RecordBatch]:
        """The batch of all rows whose values fit the declared types; none where there are none."""
        try:
            arrays = self._converted(columns, convert)
        except MISFITS:
            bad = self._misfits(columns, convert)
            if not bad:
                raise
            columns, places = self._without(bad, columns, places)
            arrays = self._converted(columns, convert)
        arrays["id"] = self._ids(arrays, places)
        arrays["file_path"] = pc.fill_null(arrays["file_path"], self.file)
        if self.options.dump is not None:
            arrays["dump"] = pc.fill_null(arrays["dump"], self.options.dump)
        if places:
            batch = pa.RecordBatch.from_arrays(list(arrays.values()), schema=self.declared.schema)
            yield from self._short_enough(batch, places)

    def _short_enough(self, batch: pa.RecordBatch, places: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The batch without documents that are too long to be measured."""
        most = self.options.document_bytes
        lengths = pc.binary_length(batch.column("text")).to_numpy()
        if lengths.max() <= most:
            yield batch
            return
        for row in np.flatnonzero(lengths > most).tolist():
            cause = f"{TOO_LARGE} (a text of {lengths[row]:,} bytes; at most {most:,} are measured)"
            self.lose(places[row], cause, found=_found(batch.column("text")[row]))
        rest = batch.filter(pa.array(lengths <= most))
        if rest.num_rows:
            yield rest

    def _converted(self, columns: Mapping[str, Any], convert: Convert) -> dict[str, Any]:
        return {field.name: convert(columns[field.name], field.type) for field in self.declared.schema}

    def _misfits(self, columns: Mapping[str, Any], convert: Convert) -> dict[int, str]:
        """Rows with a value that does not fit, and why."""
        bad: dict[int, str] = {}
        for field in self.declared.schema:
            values = columns[field.name]
            for row in range(len(values)):
                try:
                    convert(values[row : row + 1], field.type)
                except MISFITS as error:
                    bad.setdefault(row, f"column {self.sources[field.name]!r} {error}")
        return bad

    def _ids(self, arrays: Mapping[str, pa.Array[Any]], places: Sequence[str]) -> pa.Array[Any]:
        """The documents' ids; a missing one is made from the file's name, the place in it and the text."""
        given = arrays["id"]
        missing = pc.fill_null(pc.equal(pc.binary_length(given), 0), True)
        rows = np.flatnonzero(missing.to_numpy(zero_copy_only=False))
        if not len(rows):
            return given
        made = [made_id(self.file, places[row], arrays["text"][row].as_py()) for row in rows.tolist()]
        return pc.replace_with_mask(given, missing, pa.array(made, pa.string()))


class Places(Sequence[str]):
    """Places of rows, by number: spelled out only where one is asked for."""

    def __init__(self, unit: str, numbers: NDArray[np.int64]) -> None:
        self.unit = unit
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, row: Any) -> Any:
        return f"{self.unit} {self.numbers[row]}"


def made_id(file: str, place: str, text: str) -> str:
    """A missing id: 32 hexadecimal digits of XXH3-128 that depend on nothing but content and place.

    >>> made_id("crawl/a.jsonl", "byte 0", "Olá, mundo")
    '26138a54d73c085d591357e47015de1d'
    """
    return xxhash.xxh3_128_hexdigest(f"{file}\0{place}\0{text}".encode())


def missing_text(column: str, columns: Sequence[str]) -> str:
    """The cause of a quarantine for want of a column."""
    there = ", ".join(map(repr, columns[:20])) + (" and more" if len(columns) > 20 else "")
    return f"no column {column!r} for the text (the columns are {there})"


def unique_names(names: Iterable[str]) -> list[str]:
    """Column names with a number after those that came before.

    >>> unique_names(["a", "b", "a"])
    ['a', 'b', 'a_2']
    """
    unique: list[str] = []
    for name in names:
        number, new = 1, name
        while new in unique:
            number += 1
            new = f"{name}_{number}"
        unique.append(new)
    return unique


def _groups(rows: Iterable[Row], options: ReadOptions) -> Iterator[list[Row]]:
    group: list[Row] = []
    size = 0
    for row in rows:
        if group and (len(group) >= options.batch_rows or size + row.size > options.batch_bytes):
            yield group
            group, size = [], 0
        group.append(row)
        size += row.size
    if group:
        yield group


def _parts(batch: pa.RecordBatch, options: ReadOptions) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Slices of at most a batch's rows and about its bytes, halved until they fit, and where they start."""
    waiting = [(0, batch)]
    while waiting:
        start, part = waiting.pop()
        if part.num_rows > 1 and (part.num_rows > options.batch_rows or part.nbytes > options.batch_bytes):
            half = part.num_rows // 2
            waiting += [(start + half, part.slice(half)), (start, part.slice(0, half))]
        elif part.num_rows:
            yield start, part


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
        pa.types.is_null,
    )
    return any(test(kind) for test in tests)


def _as_string(array: Any) -> Any:
    """Bytes, which some writers make of text, taken as UTF-8 (still unchecked); other types as they are."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_binary(array.type) or pa.types.is_binary_view(array.type):
        array = pc.cast(array, pa.binary())
    return array.view(pa.string()) if pa.types.is_binary(array.type) else array


def _invalid_rows(array: pa.Array[Any]) -> list[int]:
    """Rows that are no valid UTF-8."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return [row for row in range(len(array)) if not _is_valid(array[row])]
    return []


def _is_valid(scalar: pa.Scalar[Any]) -> bool:
    try:
        scalar.as_py()
    except UnicodeDecodeError:
        return False
    return True


def _taken(values: Any, rows: Sequence[int]) -> Any:
    if isinstance(values, pa.Array):
        return values.take(pa.array(rows, pa.int64()))
    if isinstance(values, Places):
        return Places(values.unit, values.numbers[np.array(rows, np.int64)])
    return [values[row] for row in rows]


def _found(value: Any) -> object:
    """A text as bytes, since it may not decode."""
    if isinstance(value, pa.Scalar):
        buffer = value.as_buffer() if value.is_valid and hasattr(value, "as_buffer") else None
        return buffer.slice(0, min(2_000, buffer.size)).to_pybytes() if buffer is not None else ""
    return value or ""
