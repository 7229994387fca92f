"""Values as the declared type has them."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import pyarrow as pa
import pytest
from polysift.pipeline.readers.values import Misfit, array_of, cast, iso8601, json_text, without_surrogates


@pytest.mark.parametrize(
    ("array", "kind", "expected"),
    [
        (pa.array([1, None], pa.uint8()), pa.int64(), [1, None]),
        (pa.array([2**53 + 1]), pa.float64(), [float(2**53)]),
        (pa.array([1.5], pa.float32()), pa.float64(), [1.5]),
        (pa.array(["a", None]).dictionary_encode(), pa.string(), ["a", None]),
        (pa.array(["a"], pa.large_string()), pa.string(), ["a"]),
        (pa.array([7, None]), pa.string(), ["7", None]),
        (pa.array([1.0, 1e22]), pa.string(), ["1.0", "1e+22"]),
        (pa.array([True]), pa.string(), ["true"]),
        (pa.array([[1, None]]), pa.string(), ["[1, null]"]),
        (pa.array([{"a": "é", "b": b"\x00"}]), pa.string(), ['{"a": "é", "b": "AA=="}']),
        (pa.array([b"\xff"]), pa.string(), ['"/w=="']),
        (pa.array([datetime.date(2024, 5, 1)]), pa.string(), ["2024-05-01"]),
        (pa.array([decimal.Decimal("1.10")]), pa.string(), ["1.10"]),
        (pa.nulls(2), pa.string(), [None, None]),
        (pa.nulls(1), pa.list_(pa.int64()), [None]),
        (pa.array([{"a": 1}]), pa.struct({"b": pa.string(), "a": pa.float64()}), [{"b": None, "a": 1.0}]),
        (pa.array([[1], None]), pa.list_(pa.string()), [["1"], None]),
        (
            pa.array([datetime.datetime(2024, 5, 1)], pa.timestamp("s")),
            pa.timestamp("us"),
            [datetime.datetime(2024, 5, 1)],
        ),
        (pa.array(["{}"], pa.json_()), pa.string(), ["{}"]),
        (pa.array([(1, 2, 3)], pa.month_day_nano_interval()), pa.string(), ["[1, 2, 3]"]),
    ],
)
def test_arrays_are_cast(array: Any, kind: pa.DataType, expected: list[Any]) -> None:
    """Arrays of an input's type become arrays of the declared one."""
    found = cast(array, kind)
    assert found.type == kind
    assert found.to_pylist() == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1.5, pa.int64()),
        (True, pa.int64()),
        ("1", pa.int64()),
        (True, pa.float64()),
        (1, pa.bool_()),
        ([1], pa.struct({"a": pa.int64()})),
        ({"a": 1}, pa.list_(pa.int64())),
        ([["x"]], pa.list_(pa.list_(pa.int64()))),
    ],
)
def test_misfits(value: Any, kind: pa.DataType) -> None:
    """A value is never bent to fit: not a fraction to an integer, not a boolean to a number."""
    with pytest.raises(Misfit, match="declared as"):
        array_of([value], kind)


@pytest.mark.parametrize(
    ("time", "kind", "expected"),
    [
        (datetime.datetime(2024, 5, 1, 9, 30), pa.timestamp("s"), "2024-05-01T09:30:00"),
        (datetime.datetime(2024, 5, 1, 9, 30, 0, 250_000), pa.timestamp("us"), "2024-05-01T09:30:00.25"),
        (datetime.datetime(2024, 5, 1, 9, 30), pa.timestamp("ns", "UTC"), "2024-05-01T09:30:00Z"),
        (datetime.datetime(2024, 5, 1, 9, 30), pa.timestamp("ms", "Asia/Tokyo"), "2024-05-01T09:30:00Z"),
    ],
)
def test_times_are_iso_8601(time: datetime.datetime, kind: pa.DataType, expected: str) -> None:
    """Times are written in ISO 8601, those with a time zone in UTC; null stays null."""
    assert iso8601(pa.array([time, None], kind)).to_pylist() == [expected, None]


def test_json_text_keeps_times() -> None:
    """A time inside an object is written in ISO 8601."""
    assert json_text({"at": datetime.datetime(2024, 5, 1)}) == '{"at": "2024-05-01T00:00:00"}'


def test_surrogates() -> None:
    """Lone surrogates are replaced wherever they are; other values stay."""
    assert without_surrogates([1, None, {"\udc00": "\ud800"}]) == [1, None, {"\ufffd": "\ufffd"}]
