"""Parquet: row groups read batch by batch."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from .arrow import FAULTS, first_line, scan_schema
from .batches import Assembler
from .files import WHOLE, InputFile, Piece
from .options import ReadOptions
from .streams import locate, reading

BUFFER_BYTES = 1 << 20


def _open(file: InputFile) -> pq.ParquetFile:
    """The file, opened so that neither it nor a row group is held whole; close it after use."""
    fs, path = locate(file.url)
    with reading(file.url):
        return pq.ParquetFile(
            path, filesystem=fs, pre_buffer=False, buffer_size=BUFFER_BYTES, page_checksum_verification=True
        )


def row_group_bytes(file: InputFile) -> list[int]:
    """Uncompressed bytes of each row group; none where the footer cannot be read."""
    try:
        with _open(file) as parquet:
            footer = parquet.metadata
            return [footer.row_group(i).total_byte_size for i in range(footer.num_row_groups)]
    except FAULTS:
        return []


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    """Schema of the footer; empty where that cannot be read."""
    try:
        with _open(piece.file) as parquet:
            return scan_schema(parquet.schema_arrow)
    except FAULTS:
        return pa.schema([])


def read(piece: Piece, assembler: Assembler) -> Iterator[pa.RecordBatch]:
    """Batches of the piece's row groups."""
    try:
        parquet = _open(piece.file)
    except FAULTS as error:
        assembler.lose("file", f"no readable Parquet file ({first_line(error)})")
        return
    with parquet:
        footer = parquet.metadata
        rows = [footer.row_group(i).num_rows for i in range(footer.num_row_groups)]
        groups = range(piece.start, len(rows) if piece.stop == WHOLE else piece.stop)
        cause = assembler.text_fault(parquet.schema_arrow)
        if cause is not None and groups:
            place = f"row groups {groups.start} to {groups.stop - 1}"
            assembler.lose(place, cause, sum(rows[group] for group in groups))
            return
        for group in groups:
            yield from _row_group(piece.file, parquet, group, sum(rows[:group]), assembler)


def _row_group(
    file: InputFile, parquet: pq.ParquetFile, group: int, first_row: int, assembler: Assembler
) -> Iterator[pa.RecordBatch]:
    footer = parquet.metadata.row_group(group)
    done = 0
    batches = parquet.iter_batches(_batch_rows(footer, assembler.options), row_groups=[group])
    while done < footer.num_rows:
        try:
            with reading(file.url):
                batch = next(batches)
        except (*FAULTS, StopIteration) as error:
            cause = first_line(error) or "it holds fewer rows than the footer says"
            assembler.lose(f"row group {group}", f"corrupt row group ({cause})", footer.num_rows - done)
            return
        yield from assembler.from_arrow(batch, first_row + done)
        done += batch.num_rows


def _batch_rows(row_group: pq.RowGroupMetaData, options: ReadOptions) -> int:
    """Rows that take about a batch's bytes."""
    row_bytes: int = max(row_group.total_byte_size // max(row_group.num_rows, 1), 1)
    return min(max(options.batch_bytes // row_bytes, 1), options.batch_rows)
