"""The schema of a run: what each input file says, and the union of it all."""

from __future__ import annotations

import pyarrow as pa

from .declared import Conflict, Declared, declare, merge
from .files import Piece
from .formats import BY_NAME
from .options import ReadOptions

__all__ = ["Conflict", "Declared", "declare", "merge", "scan"]


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    """Columns and types of a piece, without the documents.

    Parquet, Arrow and CSV are asked for their footer or header; JSON Lines are read to the end, a line at a
    time; WARC has the same columns always. A column whose values differ in type is a string whose metadata
    names the types. What cannot be read is left out (an empty schema at worst), since `read` reports it.

    Raises:
        PolysiftError: for an error of the environment, or too many columns.
    """
    return BY_NAME[piece.file.format].scan(piece, options)
