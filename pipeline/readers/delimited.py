"""CSV and TSV: a header, then fields that may be quoted and hold newlines.

CSV says no types, so every column is a string, as it is written. Quotes are read strictly: text after a
closing quote, or a quote that is never closed, is an error of the row rather than a guess.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain

import pyarrow as pa

from .batches import Assembler, Row, missing_text, unique_names
from .files import Piece
from .options import ReadOptions
from .quarantine import LONG_LINE
from .streams import BYTE_ORDER_MARK, Broken, Line, chunks, lines, opened

DELIMITERS = {"csv": ",;\t|", "tsv": "\t"}  # the one that the header has most of


class _Lines:
    """The decoded lines of a file, for the csv module; it remembers the place and fault of those of a row."""

    def __init__(self, found: Iterator[Line]) -> None:
        self._found = found
        self.begin()

    def begin(self) -> None:
        """A row begins."""
        self.offset = -1
        self.count = self.size = 0
        self.fault = ""
        self.first = b""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._found)
        if not line.whole:  # a row that is cut off can look like a whole one, so it goes with the break
            line = next(self._found)
        data = line.data or b""
        if line.offset == 0:
            data = data.removeprefix(BYTE_ORDER_MARK)
        if self.count == 0:
            self.offset, self.first = line.offset, data[:2_000]
        self.count += 1
        self.size += len(data)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text, self.fault = data.decode(errors="replace"), "invalid UTF-8"
        self.fault = self.fault if line.data is not None else LONG_LINE
        return text + "\n"


class _Table:
    """The rows of a file below its header. Iterating raises Broken where compressed data breaks."""

    def __init__(self, source: _Lines, format: str, options: ReadOptions) -> None:
        """Reads the header.

        Raises:
            csv.Error: where it cannot be read.
            Broken: where compressed data breaks.
        """
        csv.field_size_limit(options.document_bytes)
        first = next(source, "")
        delimiter = max(DELIMITERS[format], key=first.count)
        self.source = source
        self._reader = csv.reader(chain([first] if first else [], source), delimiter=delimiter, strict=True)
        self.header = unique_names(next(self._reader, []))
        if source.fault:
            raise csv.Error(source.fault)

    def rows(self, assembler: Assembler) -> Iterator[Row]:
        while True:
            self.source.begin()
            try:
                fields = next(self._reader, None)
                fault = self.source.fault
                lost = 1
            except csv.Error as error:
                fields, fault = [], f"malformed CSV ({error})"
                lost = self.source.count if "end of data" in fault else 1  # an open quote swallows the rest
            if fields is None:
                return
            if not fault and fields and len(fields) != len(self.header):
                fault = f"another number of fields than the header ({len(fields)}, not {len(self.header)})"
            place = f"byte {self.source.offset}"
            if fault:
                assembler.lose(place, fault, lost, self.source.first)
            elif fields:
                yield Row(place, dict(zip(self.header, fields, strict=True)), self.source.size)


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    """A string for each column of the header."""
    with opened(piece.file.url) as stored:
        try:
            source = _Lines(lines(chunks(stored), options.row_bytes))
            table = _Table(source, piece.file.format, options)
        except (csv.Error, Broken):
            return pa.schema([])
    return pa.schema([pa.field(name, pa.string()) for name in table.header])


def read(piece: Piece, assembler: Assembler) -> Iterator[pa.RecordBatch]:
    """Batches of the whole file."""
    yield from assembler.from_rows(_rows(piece, assembler))


def _rows(piece: Piece, assembler: Assembler) -> Iterator[Row]:
    with opened(piece.file.url) as stored:
        source = _Lines(lines(chunks(stored), assembler.options.row_bytes))
        try:
            table = _Table(source, piece.file.format, assembler.options)
            text = assembler.sources["text"]
            if text in table.header or not table.header:
                yield from table.rows(assembler)
            else:
                rows = sum(1 for _ in table.rows(assembler))
                assembler.lose("file", missing_text(text, table.header), rows)
        except csv.Error as error:
            assembler.lose("file", f"no readable header ({error})", found=source.first)
        except Broken as broken:
            assembler.lose(broken.place, broken.cause)
