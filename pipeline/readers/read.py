"""Reads any input as record batches of the declared schema."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from .batches import Assembler
from .declared import Declared
from .files import Piece
from .formats import BY_NAME, CANONICAL
from .options import ReadOptions
from .quarantine import Quarantine

__all__ = ["ReadOptions", "read"]


def read(
    piece: Piece, declared: Declared, options: ReadOptions, quarantine: Quarantine
) -> Iterator[pa.RecordBatch]:
    """The documents of a piece as batches of exactly `declared.schema`; text and id are never null.

    No more is held than one batch and one block of the file, a single larger document or record batch of an
    Arrow file apart. A missing id is made from the file's name, the place in the file and the text, so it is
    the same however the input is cut.

    Args:
        piece: a file or a part of one.
        declared: the schema, made from scans of at least the piece's file.
        options: settings.
        quarantine: called with every row, page, row group or file that cannot be read, as it is found.

    Raises:
        PolysiftError: for an error of the environment, such as a file that is gone or a network that is down.
    """
    file = piece.file
    own_names = {name: name for name in declared.schema.names}
    sources = own_names if file.format in CANONICAL else declared.sources
    yield from BY_NAME[file.format].read(piece, Assembler(file.name, declared, options, quarantine, sources))
