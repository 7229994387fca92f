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
STEP_ROWS = 32  # read at once: some percent slower than thousands


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
    done, held = 0, _Held(assembler.options)
    batches = parquet.iter_batches(STEP_ROWS, row_groups=[group])
    while done + held.rows < footer.num_rows:
        try:
            with reading(file.url):
                batch, cause = next(batches), ""
        except (*FAULTS, StopIteration) as error:
            batch, cause = None, first_line(error) or "it holds fewer rows than the footer says"
        if batch is None or not held.has_room(batch):
            for joined in held.taken():
                yield from assembler.from_arrow(joined, first_row + done)
                done += joined.num_rows
        if batch is None:
            assembler.lose(f"row group {group}", f"corrupt row group ({cause})", footer.num_rows - done)
            return
        held.add(batch)
        del batch
    batches.close()  # its pages are not held while the last batch is worked on
    for joined in held.taken():
        yield from assembler.from_arrow(joined, first_row + done)
        done += joined.num_rows


class _Held:
    """Small batches on their way to become one of a batch's rows and bytes.

    A footer says nothing of single rows: read many at once, a few of a gigabyte among millions of short ones would be
    in memory together.
    """

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.batches: list[pa.RecordBatch] = []
        self.rows = self.bytes = 0

    def has_room(self, batch: pa.RecordBatch) -> bool:
        """Whether a batch fits with those that are held, if there are any."""
        fits = self.bytes + batch.nbytes <= self.options.batch_bytes
        return not self.batches or (fits and self.rows + batch.num_rows <= self.options.batch_rows)

    def add(self, batch: pa.RecordBatch) -> None:
        self.batches.append(batch)
        self.rows += batch.num_rows
        self.bytes += batch.nbytes

    def taken(self) -> list[pa.RecordBatch]:
        """What is held as one batch, or as it came where its types cannot be joined; nothing is held then."""
        batches, self.batches, self.rows, self.bytes = self.batches, [], 0, 0
        if len(batches) < 2:
            return batches
        try:
            joined: list[pa.RecordBatch] = pa.Table.from_batches(batches).combine_chunks().to_batches()
            return joined
        except pa.ArrowException:
            return batches
