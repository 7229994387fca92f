"""JSON Lines: an object per line; a file that is not compressed can be read in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, cast

import pyarrow as pa

from .batches import Assembler, Row, missing_text
from .declared import check_number
from .files import WHOLE, Piece
from .options import ReadOptions
from .quarantine import LONG_LINE, Quarantine, Quarantined, discard, sample
from .shapes import Shape, schema_of
from .streams import BYTE_ORDER_MARK, Broken, Line, Stored, chunks, lines, opened
from .values import type_name, without_surrogates

# How an escaped surrogate begins: only lines that hold one are searched for lone ones.
ESCAPED_SURROGATES = (b"\\ud", b"\\uD")


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    """Schema of every row of a piece, since a first row tells nothing of the others' types."""
    shapes: dict[str, Shape] = {}
    for row in _rows(piece, options, discard):
        for key, value in row.values.items():
            if key not in shapes:
                shapes[key] = Shape()
            shapes[key].see(value, piece.file.name)
        check_number(shapes, piece.file.name)
    return schema_of(shapes)


def read(piece: Piece, assembler: Assembler) -> Iterator[pa.RecordBatch]:
    """Batches of the lines whose first byte is in the piece."""
    rows = _rows(piece, assembler.options, assembler.quarantine)
    yield from assembler.from_rows(_with_text(rows, assembler))


def _with_text(rows: Iterator[Row], assembler: Assembler) -> Iterator[Row]:
    """Rows that have the column of text; each run of others is quarantined as one."""
    column = assembler.sources["text"]
    lacking: list[Row] = []  # the first of the run
    number = 0
    for row in rows:
        if column not in row.values:
            lacking = lacking or [row]
            number += 1
            continue
        if lacking:
            _lose_run(lacking[0], number, assembler)
            lacking, number = [], 0
        yield row
    if lacking:
        _lose_run(lacking[0], number, assembler)


def _lose_run(first: Row, number: int, assembler: Assembler) -> None:
    cause = missing_text(assembler.sources["text"], list(first.values))
    assembler.lose(first.place, cause, number, json.dumps(dict(first.values), ensure_ascii=False))


def _rows(piece: Piece, options: ReadOptions, quarantine: Quarantine) -> Iterator[Row]:
    file = piece.file
    with opened(file.url) as stored:
        try:
            for line in _lines(stored, piece, options):
                row = _row(line, file.name, quarantine)
                if row is not None:
                    yield row
        except Broken as broken:
            quarantine(Quarantined(file.name, broken.place, broken.cause))


def _lines(stored: Stored, piece: Piece, options: ReadOptions) -> Iterator[Line]:
    first = max(piece.start - 1, 0)
    found = lines(chunks(stored, first), options.row_bytes, first)
    if piece.start > 0:
        next(found, None)  # begins before the piece, or is the newline in front of it
    return found if piece.stop == WHOLE else takewhile(lambda line: line.offset < piece.stop, found)


def _row(line: Line, file: str, quarantine: Quarantine) -> Row | None:
    """The row of a line; None for a blank or a faulty one, which is quarantined."""
    data = line.data
    if data is not None and line.offset == 0:
        data = data.removeprefix(BYTE_ORDER_MARK)
    if data is not None and not data.strip():
        return None
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
