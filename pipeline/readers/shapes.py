"""The type of a column, learnt from many values or many files, and what to do where they disagree.

A Shape takes in JSON values and Arrow types, in any order and number, and makes one Arrow type: their union.

- Integers are int64 (uint64 where every file says so), integers and floats together double, any text string.
- Dates, times and decimals of several units or widths take the finest or widest.
- Lists and objects unite item by item and key by key.
- Everything else that disagrees is a conflict: the column becomes a string that holds text as it is and any
  other value as JSON.
- An object with more than 200 different keys (they are data rather than names), one without any, one nested
  more than 16 deep, and integers of more than 64 bits are such strings too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

MAX_KEYS = 200
MAX_DEPTH = 16
INT64 = range(-(2**63), 2**63)
# Metadata of a field that is a string because its values are of these types; and of one that stays a string
# whatever else is seen. (An empty object is a string only until one with keys is seen.)
TYPES = b"polysift.types"
TEXT = b"polysift.text"

# Names of types in messages and in the metadata of a scanned column; scalars go by Arrow's name.
OBJECT, LIST, MAP, HUGE = "object", "list", "map", "integer of more than 64 bits"
NUMBERS = frozenset({str(pa.int64()), str(pa.float64())})

JSON_TYPES: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}
# Kinds of scalars of which Arrow knows the finest or widest.
FAMILIES = (
    pa.types.is_timestamp,
    pa.types.is_date,
    pa.types.is_time,
    pa.types.is_duration,
    pa.types.is_decimal,
)
LISTS = (
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
)
PLAIN: dict[pa.DataType, pa.DataType] = {
    **{t: pa.int64() for t in (pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16(), pa.uint32())},
    **{t: pa.float64() for t in (pa.float16(), pa.float32())},
    **{t: pa.string() for t in (pa.large_string(), pa.string_view())},
    **{t: pa.binary() for t in (pa.large_binary(), pa.binary_view())},
}


class Clash(NamedTuple):
    """A path such as `meta.tags[]`, and the types found there, each with the first file that has it."""

    path: str
    types: dict[str, str]


class Shape:
    """What has been seen of a column, or of the values below a key of one.

    Attributes:
        types: names of the types seen, nulls apart, each with the first file that has it.
        scalars: the Arrow types among them.
        keys: shapes of an object's values by key; a map's are under 'key' and 'value', a list's under ''.
        text: whether it takes a string to hold the values, whatever their types.
    """

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.types: dict[str, str] = {}
        self.scalars: dict[str, pa.DataType] = {}
        self.keys: dict[str, Shape] = {}
        self.text = False

    def see(self, value: Any, file: str) -> None:
        """Takes in a JSON value."""
        kind = type(value)
        if kind is dict or kind is list:
            self._see_nested(OBJECT if kind is dict else LIST, file)
            below = value.items() if kind is dict else (("", item) for item in value)
            for key, item in () if self.text else below:
                self._key(key).see(item, file)
            self._check_width()
        elif kind is int and value not in INT64:
            self.types.setdefault(HUGE, file)
            self.text = True
        elif value is not None:
            self._see_scalar(JSON_TYPES[kind], file)

    def see_type(self, field: pa.Field[Any], file: str) -> None:
        """Takes in the Arrow type of a field, as a file or `field` has it."""
        kind = plain(field.type)
        if field.metadata and TYPES in field.metadata:
            self.types |= {name: file for name in json.loads(field.metadata[TYPES]) if name not in self.types}
            self.text = self.text or TEXT in field.metadata
            self._check_width()
        elif pa.types.is_struct(kind):
            self._see_below(OBJECT, {child.name: child for child in kind}, file)
        elif pa.types.is_map(kind):
            self._see_below(MAP, {"key": kind.key_field, "value": kind.item_field}, file)
        elif pa.types.is_list(kind):
            self._see_below(LIST, {"": kind.value_field}, file)
        elif not pa.types.is_null(kind):
            self._see_scalar(kind, file)

    def _see_scalar(self, kind: pa.DataType, file: str) -> None:
        name = str(kind)
        if name not in self.types:
            self.types[name] = file
            self.scalars[name] = kind

    def _see_nested(self, name: str, file: str) -> None:
        self.types.setdefault(name, file)
        self.text = self.text or self.depth >= MAX_DEPTH

    def _see_below(self, name: str, fields: Mapping[str, pa.Field[Any]], file: str) -> None:
        self._see_nested(name, file)
        for key, field in () if self.text else fields.items():
            self._key(key).see_type(field, file)
        self._check_width()

    def _key(self, name: str) -> Shape:
        shape = self.keys.get(name)
        if shape is None:
            shape = self.keys[name] = Shape(self.depth + 1)
        return shape

    def _check_width(self) -> None:
        if len(self.keys) > MAX_KEYS:
            self.text = True
        if self.text:
            self.keys.clear()

    def field(self, name: str) -> pa.Field[Any]:
        """The field that holds all that was seen.

        A string in place of something else says so in its metadata, so that a shape that takes in the field
        loses nothing.
        """
        kind = self._union()
        if kind is None:
            metadata = {TYPES: json.dumps(list(self.types)), **({TEXT: b""} if self.text else {})}
            return pa.field(name, pa.string(), metadata=metadata)
        return pa.field(name, kind)

    def clashes(self, path: str) -> Iterator[Clash]:
        """The conflicts at this path and below."""
        if self._union() is not None:
            for key, shape in self.keys.items():
                yield from shape.clashes(f"{path}.{key}" if OBJECT in self.types else f"{path}[{key}]")
        elif len(self.types) > 1:
            yield Clash(path, dict(self.types))

    def _union(self) -> pa.DataType | None:
        """The one type of all that was seen; None where only text can hold it."""
        names = set(self.types)
        if self.text or (names == {OBJECT} and not self.keys):
            return None
        if names == {OBJECT}:
            return pa.struct([shape.field(key) for key, shape in self.keys.items()])
        if names == {LIST}:
            return pa.list_(self._key("").field("item"))
        if names == {MAP}:
            return pa.map_(self.keys["key"].field("key").type, self.keys["value"].field("value").type)
        return _scalar_union(list(self.scalars.values())) if names == set(self.scalars) else None


def schema_of(shapes: Mapping[str, Shape]) -> pa.Schema:
    """The schema of the columns seen, in their order."""
    return pa.schema([shape.field(name) for name, shape in shapes.items()])


def has_text_for(field: pa.Field[Any]) -> bool:
    """Whether a field of `schema_of`, or one in it, is text in place of values of another type."""
    if field.metadata and TYPES in field.metadata:
        return True
    if pa.types.is_struct(field.type):
        return any(map(has_text_for, field.type))
    return pa.types.is_list(field.type) and has_text_for(field.type.value_field)


def plain(kind: Any) -> Any:
    """An Arrow type without its choices of storage: offsets, dictionaries, views, runs, small integers."""
    if isinstance(kind, pa.BaseExtensionType):
        return plain(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain(kind.value_type)
    if pa.types.is_union(kind) or pa.types.is_interval(kind):
        return pa.string()  # Parquet has no such types
    if any(is_list(kind) for is_list in LISTS):
        return pa.list_(kind.value_field)
    return PLAIN.get(kind, kind)


def settled(kind: pa.DataType) -> pa.DataType:
    """A type to declare: string where nothing but nulls was seen, no metadata.

    >>> str(settled(pa.list_(pa.field("item", pa.null()))))
    'list<item: string>'
    """
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(child.name, settled(child.type)) for child in kind])
    if pa.types.is_map(kind):
        return pa.map_(settled(kind.key_type), settled(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(pa.field("item", settled(kind.value_type)))
    return kind


def _scalar_union(kinds: list[Any]) -> Any:
    if len(kinds) < 2:
        return kinds[0] if kinds else pa.null()
    if {str(kind) for kind in kinds} <= NUMBERS:
        return pa.float64()
    if all(pa.types.is_timestamp(kind) and kind.tz for kind in kinds):
        kinds = [pa.timestamp(kind.unit, "UTC") for kind in kinds]
    if not any(all(map(is_family, kinds)) for is_family in FAMILIES):
        return None
    try:
        schemas = [pa.schema([pa.field("", kind)]) for kind in kinds]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return None
