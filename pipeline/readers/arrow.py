"""Arrow IPC: streams as `datasets.save_to_disk` writes them, and Arrow files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from io import IOBase
from typing import Any, NamedTuple, cast

import pyarrow as pa

from .batches import Assembler, unique_names
from .files import Piece
from .options import ReadOptions
from .shapes import Shape, schema_of
from .streams import Stored, opened, reading

# What Arrow raises for faulty content, inside `reading`; too little memory among it, since a corrupt size asks for
# any amount.
FAULTS = (pa.ArrowException, OSError, UnicodeDecodeError)
FILE_MAGIC = b"ARROW1"


class _Fault(NamedTuple):
    cause: str
    rows: int


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    """Schema at the head of the file; empty where that cannot be read."""
    with opened(piece.file.url) as stored:
        try:
            return scan_schema(_open(stored).schema)
        except FAULTS:
            return pa.schema([])


def read(piece: Piece, assembler: Assembler) -> Iterator[pa.RecordBatch]:
    """Batches of the whole file."""
    with opened(piece.file.url) as stored:
        try:
            reader = _open(stored)
        except FAULTS as error:
            assembler.lose("file", f"no readable Arrow file ({first_line(error)})")
            return
        cause = assembler.text_fault(reader.schema)
        if cause is not None:
            found = _batches(reader, stored)
            assembler.lose("file", cause, sum(x.rows if isinstance(x, _Fault) else x.num_rows for x in found))
            return
        row = 0
        for batch in _batches(reader, stored):
            if isinstance(batch, _Fault):
                assembler.lose(f"row {row}", f"corrupt Arrow data ({batch.cause})", batch.rows)
                row += batch.rows
            else:
                yield from assembler.from_arrow(batch, row)
                row += batch.num_rows


def scan_schema(schema: pa.Schema) -> pa.Schema:
    """An Arrow schema as a scan gives it: plain types, every name once."""
    shapes = {}
    for name, field in zip(unique_names(schema.names), schema, strict=True):
        shapes[name] = Shape()
        shapes[name].see_type(field.remove_metadata(), "")
    return schema_of(shapes)


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _open(stored: Stored) -> Any:
    source = pa.PythonFile(cast(IOBase, stored.file), mode="r")
    with reading(stored.url):
        is_file = source.read(len(FILE_MAGIC)) == FILE_MAGIC
        source.seek(0)
        return pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)


def _batches(reader: Any, stored: Stored) -> Iterator[pa.RecordBatch | _Fault]:
    """The record batches; of a stream those before a fault, of a file all others too."""
    if isinstance(reader, pa.RecordBatchFileReader):
        for index in range(reader.num_record_batches):
            try:
                yield _checked(partial(reader.get_batch, index), stored)
            except FAULTS as error:
                yield _Fault(first_line(error), 1)
        return
    try:
        while True:
            yield _checked(reader.read_next_batch, stored)
    except StopIteration:
        if stored.file.read(1):
            yield _Fault("more follows the end of the stream", 1)
    except FAULTS as error:
        yield _Fault(first_line(error), 1)


def _checked(read_batch: Callable[[], pa.RecordBatch], stored: Stored) -> pa.RecordBatch | _Fault:
    with reading(stored.url):
        batch = read_batch()
    return batch if _is_sound(batch) else _Fault("its offsets point outside its data", batch.num_rows)


def _is_sound(batch: pa.RecordBatch) -> bool:
    """Whether every value can be looked at, be it valid UTF-8 or not."""
    try:
        for array in batch.columns:
            (array.view(pa.binary()) if pa.types.is_string(array.type) else array).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
