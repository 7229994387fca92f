"""scan: lists the input, cuts it into slices, and learns its columns and types from all of it.

The types of a run are declared before a document is annotated: Parquet, Arrow and WARC say theirs up front, JSON
and CSV are read through once. Each slice's answer is kept, so only new input is scanned again.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from .manifest import FORMAT, Json, Unit
from .readers.files import Listing, list_inputs
from .readers.options import ReadOptions
from .readers.schema import Declared, declare, merge
from .readers.schema import scan as scan_piece
from .readers.slices import Piece, plan_slices
from .settings import batch_bytes, document_bytes, row_bytes
from .stage import Done, Progress, Run
from .storage import digest


class Slice(NamedTuple):
    """The input of one annotate task."""

    name: str
    pieces: tuple[Piece, ...]
    fingerprint: list[Json]
    cost: int


def read_options(run: Run) -> ReadOptions:
    settings = run.config.input
    return ReadOptions(
        extractor=settings.extractor,
        dump=settings.dump,
        batch_bytes=batch_bytes(run),
        document_bytes=document_bytes(run),
        row_bytes=row_bytes(run),
    )


def listing(run: Run) -> Listing:
    """The files of the input."""
    settings = run.config.input
    return run.once("listing", lambda: list_inputs(settings.path, settings.format, run.config.base))


def slices(run: Run) -> list[Slice]:
    """The slices of the input, in its order; the same for any number of workers."""
    slice_bytes = run.config.input.slice_bytes
    return run.once(
        "slices", lambda: [_slice(pieces) for pieces in plan_slices(listing(run).files, slice_bytes)]
    )


def _slice(pieces: Sequence[Piece]) -> Slice:
    key: list[Json] = [
        [p.file.name, p.file.format, p.file.size, p.file.version, p.start, p.stop] for p in pieces
    ]
    place = [[p.file.name, p.start, p.stop] for p in pieces]
    return Slice(digest(repr(place))[:16], tuple(pieces), key, sum(p.cost for p in pieces))


class ScanStage:
    name = "scan"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per slice of the input."""
        return [
            Unit(f"slice-{one.name}", {"format": FORMAT, "input": one.fingerprint}, one.pieces, one.cost)
            for one in slices(run)
        ]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        schemas: dict[str, pa.Schema] = {}
        for piece in unit.payload:
            schemas[piece.file.name] = scan_piece(piece, read_options(run))
            progress(0, piece.cost)
        return {"schemas": {name: _packed(schema) for name, schema in schemas.items()}}


def declared_of(run: Run, done: Done) -> Declared:
    """The declared schema of the run, from the scans of all slices."""
    pieces: dict[str, list[pa.Schema]] = {}
    for manifest in done["scan"].values():
        for name, packed in manifest["schemas"].items():
            pieces.setdefault(name, []).append(_unpacked(packed))
    schemas = {name: found[0] if len(found) == 1 else merge(found) for name, found in pieces.items()}
    return declare(schemas, run.config.input.columns.model_dump())


def _packed(schema: pa.Schema) -> str:
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


def _unpacked(packed: str) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(packed)))
