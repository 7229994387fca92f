"""Lines of JSON as Arrow columns, parsed by Arrow: the way of a block of lines in which nothing is amiss.

What this refuses is read line by line (jsonl.py), and what it takes is what comes of that: a hypothesis test holds
both equal. Arrow's parser takes more for a row than a line that is an object, and crashes at a null outside of any;
so a kernel first looks that each line is one object, as far as brackets and quotes go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pj
from numpy.typing import NDArray

from ...filters.hash_kernel import eight_bytes
from ...filters.line_kernel import ONES, has_zero
from ...langid.kernels import kernel
from .streams import Line

NEWLINE, RETURN, QUOTE, BACKSLASH = map(ord, '\n\r"\\')
OPENING, CLOSING = ord("{"), ord("}")
LOWER = 0x20  # the bit by which { } differ from [ ]
DEEPEST = 200  # brackets within each other; Python's parser gives up at some thousand
LARGEST = 2.0**63  # an integer of more than 64 bits is no number to the readers


def columns_of(lines: Sequence[Line], schema: pa.Schema) -> dict[str, pa.Array[Any]] | None:
    """The columns of a block of lines, by name; None where a line needs a closer look.

    Args:
        lines: whole, not blank, none None.
        schema: all input columns; a line may lack some.

    >>> lines = [Line(0, b'{"a": "x", "b": 1}'), Line(19, b'{"a": null}')]
    >>> columns_of(lines, pa.schema({"a": pa.string(), "b": pa.int64()}))["b"].to_pylist()
    [1, None]
    >>> columns_of(lines, pa.schema({"a": pa.string()})) is None
    True
    """
    if not all(line.whole and line.data for line in lines) or not all(map(_is_plain, schema.types)):
        return None
    data = b"\n".join([line.data for line in lines if line.data])
    if not (_is_utf8(data) and are_objects(np.frombuffer(data, np.uint8))):
        return None
    try:
        table = pj.read_json(
            pa.BufferReader(data),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(data) + 1),
            parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
        )
    except (pa.ArrowException, OverflowError):
        return None
    if table.num_rows != len(lines):
        return None
    columns = dict(zip(table.schema.names, map(_whole, table.columns), strict=True))
    same = all(columns[field.name].type == field.type for field in schema)
    return columns if same and all(map(_is_exact, columns.values())) else None


@kernel
def are_objects(data: NDArray[np.uint8]) -> bool:
    """Whether each line is one pair of curly brackets and what is in it, but for a carriage return at its end."""
    at, end = 0, len(data)
    while at < end:
        if data[at] != OPENING:
            return False
        depth = 1
        at += 1
        while depth:
            if at >= end or data[at] == NEWLINE or depth > DEEPEST:
                return False
            byte = data[at]
            at += 1
            if byte == QUOTE:
                at = _after_string(data, at, end)
            elif byte | LOWER == OPENING:
                depth += 1
            elif byte | LOWER == CLOSING:
                depth -= 1
        at += int(at < end and data[at] == RETURN)
        if at < end and data[at] != NEWLINE:
            return False
        at += 1
    return True


@kernel
def _after_string(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Behind the quote that ends the string whose first byte is `at`; `end` or more where there is none."""
    while at < end:
        while at + 8 <= end:
            eight = eight_bytes(data, at)
            if has_zero(eight ^ QUOTE * ONES) or has_zero(eight ^ BACKSLASH * ONES):
                break
            at += 8
        while at < end and data[at] != QUOTE and data[at] != BACKSLASH:
            at += 1
        if at < end and data[at] == QUOTE:
            return at + 1
        at += 2
    return at


def _is_utf8(data: bytes) -> bool:
    whole = [None, pa.py_buffer(np.array([0, len(data)], np.int64)), pa.py_buffer(data)]
    try:
        pa.Array.from_buffers(pa.large_string(), 1, whole).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_plain(kind: Any) -> bool:
    """Whether Arrow parses a type as the readers do."""
    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(_is_plain(field.type) for field in kind)
    if pa.types.is_list(kind):
        return _is_plain(kind.value_type)
    return kind in (pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.null())


def _whole(column: pa.ChunkedArray[Any]) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _is_exact(array: Any) -> bool:
    """Whether all numbers are what Python's parser would make of them: no -0 that may be an integer, no huge ones."""
    for numbers in _floats(array):
        values = numbers.to_numpy(zero_copy_only=False)
        values = values[~np.isnan(values)] if numbers.null_count else values
        if not (np.abs(values) < LARGEST).all() or (np.signbit(values) & (values == 0)).any():
            return False
    return True


def _floats(array: Any) -> Iterator[Any]:
    """The arrays of numbers in an array, at any depth."""
    if pa.types.is_struct(array.type):
        for child in array.flatten():
            yield from _floats(child)
    elif pa.types.is_list(array.type):
        yield from _floats(array.values)
    elif pa.types.is_float64(array.type):
        yield array


def parsed_schema(schema: pa.Schema, sources: Mapping[str, str]) -> pa.Schema | None:
    """The input columns of a declared schema; None where two outputs take one input column as different types.

    Args:
        schema: the declared columns.
        sources: input column of each.
    """
    types: dict[str, pa.DataType] = {}
    for field in schema:
        if types.setdefault(sources[field.name], field.type) != field.type:
            return None
    return pa.schema(types)
