"""Reads inputs through the public functions, as a run does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from polysift.pipeline.readers.files import list_inputs
from polysift.pipeline.readers.quarantine import Quarantined
from polysift.pipeline.readers.read import ReadOptions, read
from polysift.pipeline.readers.schema import Declared, declare, merge, scan
from polysift.pipeline.readers.slices import plan_slices


class Outcome(NamedTuple):
    """What came of an input."""

    batches: list[pa.RecordBatch]
    quarantined: list[Quarantined]
    declared: Declared

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [row for batch in self.batches for row in batch.to_pylist()]

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.documents]

    @property
    def faults(self) -> list[tuple[str, str, int]]:
        """Place, cause and rows of all that was quarantined."""
        return [(one.place, one.cause, one.rows) for one in self.quarantined]


ReadAll = Callable[..., Outcome]


@pytest.fixture
def read_all(tmp_path: Path) -> ReadAll:
    """Lists, cuts, scans and reads `paths`, relative to the test's folder."""

    def read_paths(
        paths: str | Sequence[str] = ".",
        columns: Mapping[str, str] | None = None,
        slice_bytes: int = 1 << 30,
        **options: Any,
    ) -> Outcome:
        settings = ReadOptions(**{"extractor": "resiliparse", **options})
        listing = list_inputs([paths] if isinstance(paths, str) else paths, None, str(tmp_path))
        pieces = [piece for pieces in plan_slices(listing.files, slice_bytes) for piece in pieces]
        scans = {
            file.name: merge(scan(piece, settings) for piece in pieces if piece.file == file)
            for file in listing.files
        }
        declared = declare(scans, columns)
        quarantined: list[Quarantined] = []
        batches = [batch for piece in pieces for batch in read(piece, declared, settings, quarantined.append)]
        for batch in batches:
            batch.validate(full=True)
            assert batch.schema.equals(declared.schema)
            assert batch.column("text").null_count == batch.column("id").null_count == 0
        return Outcome(batches, quarantined, declared)

    return read_paths
