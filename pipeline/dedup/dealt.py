"""Rows dealt out to places: files of which each place reads only its own part, so that all places read all once.

An Arrow file with one record batch for each place, empty ones included. As many tasks as there are slices of a
pool write one such file each; what belongs to one place is then read from them, one open at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..storage import Folder


def write_dealt(sink: BinaryIO, table: pa.Table, places: NDArray[np.int64], count: int) -> None:
    """Writes the rows by place, each place's in their order; rows of a negative place are left out.

    Args:
        sink: where to.
        table: the rows.
        places: int64 (rows,), from 0 to `count` - 1.
        count: of places.
    """
    write_all_dealt(sink, [(table, places)], count)


def write_all_dealt(sink: BinaryIO, tables: Iterable[tuple[pa.Table, NDArray[np.int64]]], count: int) -> None:
    """Writes several tables in turn, each dealt out to `count` places that follow those of the one before."""
    # Signatures stay as they are, the rest shrinks to a third.
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    writer = None
    for table, places in tables:
        writer = writer or pa.ipc.new_file(sink, table.schema, options=options)
        order = np.argsort(places, kind="stable")
        bounds = np.searchsorted(places[order], np.arange(count + 1))
        for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            rows = table.take(pa.array(order[start:stop])).combine_chunks()
            writer.write_batch(_one_batch(rows))
    if writer:
        writer.close()


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    columns = [
        column.chunk(0) if column.num_chunks else pa.array([], column.type) for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def read_dealt(folder: Folder, files: Sequence[str], place: int) -> Iterator[pa.RecordBatch]:
    """The rows of a place, a file's at a time, in the order of the files."""
    for name in files:
        with folder.arrow(name) as file:
            yield file.get_batch(place)
