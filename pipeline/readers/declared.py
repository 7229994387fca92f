"""The declared schema of a run: the union of all inputs' columns and types, with the conflicts named."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from ...langid.errors import PolysiftError, did_you_mean
from ..schema import INPUT, reserved_names
from .shapes import Shape, schema_of, settled

MAX_COLUMNS = 1_000
# Metadata of the scan of a file whose columns are known by polysift's own names, such as WARC.
CANONICAL: dict[Any, Any] = {b"polysift.columns": b"canonical"}


class Conflict(NamedTuple):
    """A column whose values differ in type, and what became of it.

    Attributes:
        column: the output column.
        path: the place in it, such as `meta.tags[]`; the column itself where it holds no objects or lists.
        types: each type found, with the first file that has it.
        resolution: the declared type.
    """

    column: str
    path: str
    types: Mapping[str, str]
    resolution: str

    def __str__(self) -> str:
        found = ", ".join(f"{name} in {file}" for name, file in self.types.items())
        return f"column {self.path}: {found}; declared as {self.resolution}"


@dataclass(frozen=True)
class Declared:
    """The schema that every batch of a run has.

    Attributes:
        schema: canonical columns (text, id, url, date, dump, file_path) first, then every other input column
            in order of first appearance.
        sources: input column of each output column.
        conflicts: columns whose values differ in type.
        renamed: output name of the input columns that bear a name polysift writes itself.
        files: output columns, beyond the canonical ones, of each input file.
    """

    schema: pa.Schema
    sources: Mapping[str, str]
    conflicts: tuple[Conflict, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def output_name(self, column: str) -> str:
        """The output column that an input column becomes; its own name where the input has none such."""
        return next((name for name, source in self.sources.items() if source == column), column)

    def restricted(self, files: Collection[str]) -> Declared:
        """The schema of some of the files: their columns only, with the types declared for all."""
        here = {file: self.files.get(file, ()) for file in files}
        kept = {*INPUT.names, *(name for names in here.values() for name in names)}
        return Declared(
            pa.schema([column for column in self.schema if column.name in kept]),
            {name: source for name, source in self.sources.items() if name in kept},
            tuple(conflict for conflict in self.conflicts if conflict.column in kept),
            {source: name for source, name in self.renamed.items() if name in kept},
            here,
        )


def declare(schemas: Mapping[str, pa.Schema], columns: Mapping[str, str] | None = None) -> Declared:
    """Unites the scanned schemas of all files.

    Args:
        schemas: what `scan` says of each file, by file name, in the input's order.
        columns: input column of text, id, url, date and dump; by default those of the same name.

    Raises:
        PolysiftError: when no file has the column for text, or one that `columns` names.
    """
    canonical = {name: name for name in INPUT.names} | dict(columns or {})
    _check_columns(schemas, canonical)
    shapes: dict[str, Shape] = {}
    for file, schema in schemas.items():
        for column in () if _is_canonical(schema) else schema:
            if column.name not in canonical.values():
                shapes.setdefault(column.name, Shape()).see_type(column, file)
    check_number(shapes, "the input")
    names = _output_names(shapes)
    fields = {
        name: pa.field(name, settled(shapes[source].field(source).type)) for source, name in names.items()
    }
    return Declared(
        pa.schema([*INPUT, *fields.values()]),
        canonical | {name: source for source, name in names.items()},
        tuple(
            Conflict(name, clash.path, clash.types, str(pa.string()))
            for source, name in names.items()
            for clash in shapes[source].clashes(name)
        ),
        {source: name for source, name in names.items() if source != name},
        {file: _own_columns(schema, names) for file, schema in schemas.items()},
    )


def merge(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """One schema of the scans of a file's pieces."""
    shapes: dict[str, Shape] = {}
    metadata = None
    for part in schemas:
        metadata = metadata or part.metadata
        for column in part:
            shapes.setdefault(column.name, Shape()).see_type(column, "")
    schema = schema_of(shapes)
    return schema if metadata is None else schema.with_metadata(metadata)


def check_number(columns: Collection[str], where: str) -> None:
    """Raises PolysiftError for more columns than a table should have."""
    if len(columns) > MAX_COLUMNS:
        raise PolysiftError(
            f"{where} has {len(columns):,} different columns, at most {MAX_COLUMNS:,} are allowed (such as "
            f"{', '.join(list(columns)[-3:])}); put what varies from row to row into one nested object"
        )


def _is_canonical(schema: pa.Schema) -> bool:
    return CANONICAL.items() <= (schema.metadata or {}).items()


def _own_columns(schema: pa.Schema, names: Mapping[str, str]) -> tuple[str, ...]:
    return () if _is_canonical(schema) else tuple(names[name] for name in schema.names if name in names)


def _output_names(sources: Collection[str]) -> dict[str, str]:
    """Output name of each input column: its own, or with `input_` before one that polysift writes."""
    taken = {*reserved_names(), *INPUT.names}
    free = {source for source in sources if source not in taken}
    names = {}
    for source in sources:
        name = source
        while name in taken or (name != source and name in free):
            name = f"input_{name}"
        names[source] = name
        taken.add(name)
    return names


def _check_columns(schemas: Mapping[str, pa.Schema], canonical: Mapping[str, str]) -> None:
    tables = [schema for schema in schemas.values() if len(schema) and not _is_canonical(schema)]
    known = list(dict.fromkeys(name for schema in tables for name in schema.names))
    given = [name for name, source in canonical.items() if source != name or name == "text"]
    missing = [name for name in given if canonical[name] not in known]
    if missing and tables:
        source = canonical[missing[0]]
        raise PolysiftError(
            f"input.columns.{missing[0]}: no input has a column {source!r}{did_you_mean(source, known)}; "
            f"the columns are {', '.join(known[:20])}{' and more' if len(known) > 20 else ''}"
        )
