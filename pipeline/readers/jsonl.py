"""JSON Lines: an object per line; a file that is not compressed can be read in pieces.

A block of lines is parsed into columns (json_columns.py); one in which something is amiss, line by line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Any, cast

import numpy as np
import pyarrow as pa

from .batches import Assembler, Row, missing_text
from .declared import check_number
from .files import WHOLE, Piece
from .json_columns import columns_of, parsed_schema
from .options import ReadOptions
from .quarantine import LONG_LINE, Quarantine, Quarantined, discard, sample
from .shapes import Shape, has_text_for, schema_of
from .streams import BYTE_ORDER_MARK, Broken, Line, Stored, chunks, lines, opened
from .values import type_name, without_surrogates

# How an escaped surrogate begins: only lines that hold one are searched for lone ones.
ESCAPED_SURROGATES = (b"\\ud", b"\\uD")


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    """Schema of every row of a piece, since a first row tells nothing of the others' types.

    A block of lines that fit the schema so far adds nothing to it. Where types clash, all lines are looked at one by
    one, since the message names all types.
    """
    shapes, fitted = _scan(piece, options, fit=True)
    if fitted and any(next(shape.clashes(""), None) for shape in shapes.values()):
        shapes, _ = _scan(piece, options, fit=False)
    return schema_of(shapes)


def _scan(piece: Piece, options: ReadOptions, fit: bool) -> tuple[dict[str, Shape], bool]:
    """The shapes of all columns, and whether some lines were only found to fit."""
    shapes: dict[str, Shape] = {}
    schema, fitted = None, False
    for block in _blocks(piece, options, discard):
        if schema is not None and columns_of(block, schema) is not None:
            fitted = True
            continue
        for row in _rows(block, piece.file.name, discard):
            for key, value in row.values.items():
                if key not in shapes:
                    shapes[key] = Shape()
                shapes[key].see(value, piece.file.name)
            check_number(shapes, piece.file.name)
        schema = schema_of(shapes) if fit and shapes else None
        if schema is not None and any(map(has_text_for, schema)):
            schema = None
    return shapes, fitted


def read(piece: Piece, assembler: Assembler) -> Iterator[pa.RecordBatch]:
    """Batches of the lines whose first byte is in the piece: a block of lines makes one, of those that are good."""
    options, lacking = assembler.options, _Lacking(assembler)
    schema = parsed_schema(assembler.declared.schema, assembler.sources)
    for block in _blocks(piece, options, assembler.quarantine, lacking.end):
        columns = None if schema is None else columns_of(block, schema)
        if columns is not None and not columns[assembler.sources["text"]].null_count:
            lacking.end()
            offsets = np.array([line.offset for line in block])
            block.clear()  # the caller need not have the lines in memory while it works on the batch
            yield from assembler.from_columns(columns, offsets)
        else:
            rows = _rows(block, assembler.file, assembler.quarantine)
            yield from assembler.from_rows(lacking.others(rows))
    lacking.end()


class _Lacking:
    """Sets aside the rows without the column of text: each run of them as one."""

    def __init__(self, assembler: Assembler) -> None:
        self.assembler = assembler
        self.column = assembler.sources["text"]
        self.first: Row | None = None  # of the run
        self.number = 0

    def others(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that have the column."""
        for row in rows:
            if self.column in row.values:
                self.end()
                yield row
            else:
                self.first = self.first or row
                self.number += 1

    def end(self) -> None:
        """What comes next is none of the run."""
        if self.first is not None:
            cause = missing_text(self.column, list(self.first.values))
            found = json.dumps(dict(self.first.values), ensure_ascii=False)
            self.assembler.lose(self.first.place, cause, self.number, found)
        self.first, self.number = None, 0


def _blocks(
    piece: Piece, options: ReadOptions, quarantine: Quarantine, before: Callable[[], None] = lambda: None
) -> Iterator[list[Line]]:
    """The lines of a piece, blank ones left out, as many at a time as a batch may hold.

    Args:
        before: called before a break is quarantined.
    """
    with opened(piece.file.url) as stored:
        try:
            yield from _grouped(_lines(stored, piece, options), options)
        except Broken as broken:
            before()
            quarantine(Quarantined(piece.file.name, broken.place, broken.cause))


def _grouped(found: Iterator[Line], options: ReadOptions) -> Iterator[list[Line]]:
    block: list[Line] = []
    size = 0
    try:
        for line in found:
            if line.offset == 0 and line.data is not None:
                line = line._replace(data=line.data.removeprefix(BYTE_ORDER_MARK))  # noqa: PLW2901
            if line.data == b"" or (line.data is not None and line.data.isspace()):
                continue
            length = len(line.data or b"")
            if block and (len(block) >= options.batch_rows or size + length > options.batch_bytes):
                yield block
                block, size = [], 0
            block.append(line)
            size += length
    except Broken:
        if block:
            yield block
        raise
    if block:
        yield block


def _rows(block: Iterable[Line], file: str, quarantine: Quarantine) -> Iterator[Row]:
    for line in block:
        row = _row(line, file, quarantine)
        if row is not None:
            yield row


def _lines(stored: Stored, piece: Piece, options: ReadOptions) -> Iterator[Line]:
    first = max(piece.start - 1, 0)
    found = lines(chunks(stored, first), options.row_bytes, first)
    if piece.start > 0:
        next(found, None)  # begins before the piece, or is the newline in front of it
    return found if piece.stop == WHOLE else takewhile(lambda line: line.offset < piece.stop, found)


def _row(line: Line, file: str, quarantine: Quarantine) -> Row | None:
    """The row of a line; None for a faulty one, which is quarantined."""
    data = line.data
    try:
        values = _object(data)
    except ValueError as error:
        if line.whole:  # otherwise it is part of the break, which is quarantined itself
            quarantine(Quarantined(file, f"byte {line.offset}", str(error), sample=sample(data or b"")))
        return None
    return Row(f"byte {line.offset}", values, len(data or b""))


def _object(data: bytes | None) -> dict[str, Any]:
    if data is None:
        raise ValueError(LONG_LINE)
    try:
        value: Any = json.loads(data.decode())
    except UnicodeDecodeError:
        raise ValueError("invalid UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error.msg})") from None
    except (ValueError, RecursionError) as error:  # a number of too many digits, lists nested too deep
        raise ValueError(f"JSON that cannot be held ({error})") from None
    if not isinstance(value, dict):
        hint = "; one object per line is needed" if isinstance(value, list) else ""
        raise ValueError(f"JSON line is {type_name(value)}, not an object{hint}")
    if any(escape in data for escape in ESCAPED_SURROGATES):
        value = without_surrogates(value)
    return cast(dict[str, Any], value)
