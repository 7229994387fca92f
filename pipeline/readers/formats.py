"""The table of formats: what scans and what reads each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pyarrow as pa

from . import arrow, delimited, jsonl, parquet, warc
from .batches import Assembler
from .files import Piece
from .options import ReadOptions


class Format(NamedTuple):
    """What a format's module does with a piece."""

    scan: Callable[[Piece, ReadOptions], pa.Schema]
    read: Callable[[Piece, Assembler], Iterator[pa.RecordBatch]]


BY_NAME = {
    "parquet": Format(parquet.scan, parquet.read),
    "jsonl": Format(jsonl.scan, jsonl.read),
    "csv": Format(delimited.scan, delimited.read),
    "tsv": Format(delimited.scan, delimited.read),
    "warc": Format(warc.scan, warc.read),
    "arc": Format(warc.scan, warc.read),
    "wet": Format(warc.scan, warc.read),
    "arrow": Format(arrow.scan, arrow.read),
}
CANONICAL = frozenset({"warc", "arc", "wet"})  # their columns have polysift's own names
