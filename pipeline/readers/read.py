"""Reads any input: the table of formats."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from . import arrow, jsonl, parquet
from .batches import Assembler
from .declared import Declared
from .options import ReadOptions
from .quarantine import Quarantine
from .slices import Piece

__all__ = ["ReadOptions", "read"]


def read(
    piece: Piece, declared: Declared, options: ReadOptions, quarantine: Quarantine
) -> Iterator[pa.RecordBatch]:
    """The documents of a piece as batches of exactly `declared.schema`; text and id are never null.

    Nothing but one batch and one block of the file is held at a time, apart from a single larger document.

    Args:
        quarantine: called with every row, page, row group or file that cannot be read, as it is found.

    Raises:
        PolysiftError: for an error of the environment, such as a file that is gone or a network that is down.
    """
    file = piece.file
    assembler = Assembler(file.name, declared, options, quarantine, declared.sources)
    if file.format == "parquet":
        yield from parquet.read(file, piece.start, piece.stop, assembler)
    elif file.format == "jsonl":
        yield from jsonl.read(file, piece.start, piece.stop, assembler)
    else:
        yield from arrow.read(file, assembler)
