"""The schema of a run: what each input file says, and the union of it all."""

from __future__ import annotations

import pyarrow as pa

from . import arrow, jsonl, parquet
from .declared import Conflict, Declared, declare, merge
from .options import ReadOptions
from .slices import Piece

__all__ = ["Conflict", "Declared", "declare", "merge", "scan"]


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    file = piece.file
    if file.format == "parquet":
        return parquet.scan(file)
    if file.format == "jsonl":
        return jsonl.scan(file, piece.start, piece.stop, options)
    return arrow.scan(file)
