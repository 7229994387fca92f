"""The union of types."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.readers.shapes import Shape, plain, schema_of, settled
from polysift.pipeline.readers.values import array_of

BIG = 2**70
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.just(BIG),
    st.floats(allow_nan=False),
    st.text(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def union(*kinds: pa.DataType) -> pa.DataType:
    shape = Shape()
    for kind in kinds:
        shape.see_type(pa.field("x", kind), "file")
    return settled(shape.field("x").type)


def shape_of(*values: Any) -> Shape:
    shape = Shape()
    for value in values:
        shape.see(value, "file")
    return shape


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([pa.null()], pa.string()),
        ([pa.null(), pa.bool_()], pa.bool_()),
        ([pa.int8(), pa.uint32()], pa.int64()),
        ([pa.uint64()], pa.uint64()),
        ([pa.uint64(), pa.int8()], pa.string()),
        ([pa.int16(), pa.float32()], pa.float64()),
        ([pa.float16()], pa.float64()),
        ([pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())], pa.string()),
        ([pa.large_binary(), pa.binary()], pa.binary()),
        ([pa.int64(), pa.string()], pa.string()),
        ([pa.bool_(), pa.int64()], pa.string()),
        ([pa.timestamp("s"), pa.timestamp("us")], pa.timestamp("us")),
        ([pa.timestamp("s", "UTC"), pa.timestamp("ms", "Asia/Tokyo")], pa.timestamp("ms", "UTC")),
        ([pa.timestamp("s"), pa.timestamp("s", "UTC")], pa.string()),
        ([pa.date32(), pa.date64()], pa.date64()),
        ([pa.date32(), pa.timestamp("s")], pa.string()),
        ([pa.decimal128(10, 2), pa.decimal128(20, 5)], pa.decimal128(20, 5)),
        ([pa.large_list(pa.int8()), pa.list_(pa.null(), 2)], pa.list_(pa.int64())),
        ([pa.list_(pa.int8()), pa.list_(pa.string())], pa.list_(pa.string())),
        ([pa.list_(pa.int8()), pa.int8()], pa.string()),
        ([pa.struct({"a": pa.int8()}), pa.struct({"a": pa.string()})], pa.struct({"a": pa.string()})),
        ([pa.struct({})], pa.string()),
        (
            [pa.map_(pa.string(), pa.int8()), pa.map_(pa.string(), pa.float32())],
            pa.map_(pa.string(), pa.float64()),
        ),
        ([pa.map_(pa.string(), pa.int8()), pa.struct({"key": pa.string()})], pa.string()),
    ],
)
def test_union_of_types(kinds: list[pa.DataType], expected: pa.DataType) -> None:
    """Types unite as documented, in either order."""
    assert union(*kinds) == expected
    assert union(*reversed(kinds)) == expected


def test_union_of_objects() -> None:
    """Objects unite key by key, in order of first appearance."""
    first, second = (
        pa.struct({"b": pa.int8(), "a": pa.null()}),
        pa.struct({"c": pa.bool_(), "b": pa.float32()}),
    )
    assert union(first, second) == pa.struct({"b": pa.float64(), "a": pa.string(), "c": pa.bool_()})


def test_large_integers_among_numbers() -> None:
    """An integer that no double holds exactly is rounded where the column has fractions, not quarantined."""
    kind = shape_of(2**53 + 1, 0.5).field("x").type
    assert array_of([2**53 + 1, 0.5], kind).to_pylist() == [float(2**53), 0.5]


def test_plain_types() -> None:
    """How values are stored does not matter."""
    assert plain(pa.run_end_encoded(pa.int32(), pa.large_string())) == pa.string()
    assert plain(pa.json_()) == pa.string()


def test_types_that_parquet_lacks() -> None:
    """Types that no Parquet file can hold become text."""
    assert union(pa.month_day_nano_interval()) == pa.string()
    assert union(pa.struct({"u": pa.dense_union([pa.field("a", pa.int8())])})) == pa.struct(
        {"u": pa.string()}
    )


def test_objects_with_many_keys_become_text() -> None:
    """An object whose keys are data is a string, wherever its keys stand, and that is no conflict."""
    many = [{f"k{i}": i} for i in range(201)]
    assert shape_of(*many[:200]).field("x").type.num_fields == 200
    for shape in (shape_of(*many), shape_of({f"k{i}": i for i in range(201)})):
        assert shape.field("x").type == pa.string()
        assert list(shape.clashes("x")) == []


def test_wide_objects_and_others_conflict() -> None:
    """An object of many keys still differs from a number."""
    shape = shape_of({f"k{i}": i for i in range(300)}, 1)
    assert [list(clash.types) for clash in shape.clashes("x")] == [["object", "int64"]]


def test_deep_nesting_becomes_text() -> None:
    """What is nested beyond measure is a string."""
    value: Any = 1
    for _ in range(100):
        value = [value]
    kind = settled(shape_of(value).field("x").type)
    assert str(kind).count("list") == 16
    assert array_of([value], kind).type == kind


def test_large_integers_become_text() -> None:
    """An integer of more than 64 bits is kept digit by digit."""
    shape = shape_of(1, BIG)
    assert shape.field("x").type == pa.string()
    assert array_of([1, BIG], pa.string()).to_pylist() == ["1", str(BIG)]


def test_clashes_name_the_path() -> None:
    """A conflict inside an object or list says where it is, and the files in which each type came first."""
    shape = Shape()
    shape.see({"a": [{"b": 1}]}, "one")
    shape.see({"a": [{"b": "x"}]}, "two")
    assert [(clash.path, clash.types) for clash in shape.clashes("meta")] == [
        ("meta.a[].b", {"int64": "one", "string": "two"})
    ]


@given(st.lists(VALUES, max_size=6))
def test_every_value_fits_the_union(values: list[Any]) -> None:
    """Any JSON values can be held by their union, and strings, numbers and nulls come back as they were."""
    kind = settled(shape_of(*values).field("x").type)
    found = array_of(values, kind).to_pylist()
    for value, back in zip(values, found, strict=True):
        if value is None or isinstance(value, str):
            assert back == value
        elif kind == pa.string():
            assert json.loads(back) == value


@given(st.lists(VALUES, max_size=6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_union_does_not_depend_on_order_or_cut(values: list[Any], cut: int, random: Any) -> None:
    """The union is the same of all values at once, of pieces scanned apart, and in any order."""

    def sorted_type(kind: pa.DataType) -> str:
        if pa.types.is_struct(kind):
            return "{" + ",".join(sorted(f"{child.name}:{sorted_type(child.type)}" for child in kind)) + "}"
        return f"[{sorted_type(kind.value_type)}]" if pa.types.is_list(kind) else str(kind)

    whole = settled(shape_of(*values).field("x").type)
    pieces = Shape()
    for part in (values[:cut], values[cut:]):
        pieces.see_type(schema_of({"x": shape_of(*part)}).field("x"), "file")
    assert settled(pieces.field("x").type) == whole
    shuffled = list(values)
    random.shuffle(shuffled)
    assert sorted_type(settled(shape_of(*shuffled).field("x").type)) == sorted_type(whole)
    assert {clash.path: set(clash.types) for clash in shape_of(*values).clashes("x")} == {
        clash.path: set(clash.types) for clash in shape_of(*shuffled).clashes("x")
    }
