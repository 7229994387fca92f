"""Values as the declared type has them: JSON text, ISO 8601, replaced surrogates, checked conversions."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

SURROGATE = re.compile("[\ud800-\udfff]")
# Python types that a scalar of an Arrow type may come as.
SCALARS: dict[pa.DataType, frozenset[type]] = {
    pa.int64(): frozenset({int}),
    pa.float64(): frozenset({int, float}),
    pa.bool_(): frozenset({bool}),
}


class Misfit(ValueError):
    """A value of another type than the declared one."""

    def __init__(self, value: object, kind: pa.DataType):
        super().__init__(f"is {type_name(value)}, declared as {kind}")


def type_name(value: object) -> str:
    """What JSON calls a value's type.

    >>> [type_name(value) for value in (1, 1.5, True, {}, [], None, "日本")]
    ['an integer', 'a number', 'a boolean', 'an object', 'a list', 'null', 'a string']
    """
    names = {int: "an integer", float: "a number", bool: "a boolean", dict: "an object", list: "a list"}
    names |= {type(None): "null", str: "a string", bytes: "bytes"}
    return names.get(type(value), type(value).__name__)


def json_text(value: object) -> str:
    """A value as text: a string as it is, anything else as JSON, dates in ISO 8601, bytes in base 64.

    >>> json_text({"título": "ação", "n": [1, None]}), json_text("não"), json_text(True)
    ('{"título": "ação", "n": [1, null]}', 'não', 'true')
    """
    return value if isinstance(value, str) else json.dumps(_jsonable(value), ensure_ascii=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, bool, int, float)) else str(value)


def without_surrogates(value: Any) -> Any:
    """A JSON value with every lone surrogate, which no UTF-8 can hold, replaced by U+FFFD.

    >>> without_surrogates({"a": ["x\\ud800y"]})
    {'a': ['x\ufffdy']}
    """
    if isinstance(value, str):
        return SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    return value


def converted(value: Any, kind: pa.DataType) -> Any:
    """A Python value as one that Arrow takes for the declared type.

    Raises:
        Misfit: where the type allows no such value.
    """
    if value is None:
        return None
    if kind == pa.string():
        return json_text(value)
    if pa.types.is_struct(kind):
        if not isinstance(value, dict):
            raise Misfit(value, kind)
        return {field.name: converted(value.get(field.name), field.type) for field in kind}
    if pa.types.is_list(kind):
        if not isinstance(value, list):
            raise Misfit(value, kind)
        return [converted(item, kind.value_type) for item in value]
    if kind in SCALARS and type(value) not in SCALARS[kind]:
        raise Misfit(value, kind)
    return float(value) if kind == pa.float64() else value


def array_of(values: Sequence[Any], kind: pa.DataType) -> pa.Array[Any]:
    """Python values as an array of the declared type.

    Raises:
        Misfit, pa.ArrowException, OverflowError, TypeError, ValueError: for values that do not fit.
    """
    return pa.array([converted(value, kind) for value in values], kind)


MISFITS = (Misfit, pa.ArrowException, OverflowError, TypeError, ValueError)


def cast(array: pa.Array[Any], kind: Any) -> Any:
    """An array of an input's type as one of the declared type.

    Raises:
        As `array_of`.
    """
    array = _unwrapped(array)
    if array.type == kind:
        return array
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), kind)
    if kind == pa.string():
        return _as_text(array)
    if pa.types.is_nested(kind):
        return array_of(array.to_pylist(), kind)
    return pc.cast(array, kind, safe=not pa.types.is_floating(kind))


def _unwrapped(array: Any) -> Any:
    """The values themselves of an array that stores them in another way."""
    if isinstance(array, pa.ExtensionArray):
        return _unwrapped(array.storage)
    if pa.types.is_dictionary(array.type):
        return _unwrapped(array.dictionary_decode())
    return pc.call_function("run_end_decode", [array]) if pa.types.is_run_end_encoded(array.type) else array


def _as_text(array: Any) -> Any:
    found = array.type
    if pa.types.is_large_string(found) or pa.types.is_string_view(found) or pa.types.is_integer(found):
        return pc.cast(array, pa.string())
    if pa.types.is_timestamp(found):
        return iso8601(array)
    if pa.types.is_date(found) or pa.types.is_time(found) or pa.types.is_decimal(found):
        return pc.cast(array, pa.string())
    return array_of(array.to_pylist(), pa.string())


def iso8601(array: Any) -> Any:
    """Timestamps as text, with a time zone in UTC: 2024-05-01T09:30:00, 2024-05-01T09:30:00.25Z."""
    zoned = array.type.tz is not None
    text = pc.cast(pc.cast(array, pa.timestamp(array.type.unit)), pa.string())
    text = pc.replace_substring(text, " ", "T")
    text = pc.replace_substring_regex(text, r"(\.[0-9]*?)0+$", r"\1")
    text = pc.replace_substring_regex(text, r"\.$", "")
    return pc.replace_substring_regex(text, "$", "Z") if zoned else text
