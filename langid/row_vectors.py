"""Rows of float32 numbers, 16 at a time, in kernels: sums, products, exponentials, sigmoids. For bits: vectors.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import alloca_once_value, for_range, get_or_insert_function, unpack_tuple
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

from .kernels import inlined_kernel
from .vectors import FLOATS, LANES, LONG, WORD, address_of, splat

PANEL = 2 * LANES
"""Columns that `dots_of_one` and `dots_of_eight` take at a time."""


def _rows(operation: Callable[[Any, Any, Any, Any], Any]) -> Any:
    """An intrinsic on 16 float32 elements, from column `d` on, of a row of each of two arrays, and a factor."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, row, source, other, d, factor = arguments
        kind = ir.VectorType(ir.FloatType(), LANES)
        places = []
        for array, index, argument in ((target, row, 0), (source, other, 2)):
            first = address_of(context, builder, signature.args[argument], (array, index), ir.FloatType())
            places.append(builder.bitcast(builder.gep(first, [d]), kind.as_pointer()))
        value = operation(builder, builder.load(places[0], align=1), builder.load(places[1], align=1), factor)
        builder.store(value, places[0], align=1)
        return context.get_dummy_value()

    return build


def _added(builder: Any, target: Any, source: Any, factor: Any) -> Any:
    return builder.fadd(target, source)


def _added_times(builder: Any, target: Any, source: Any, factor: Any) -> Any:
    return builder.fadd(target, builder.fmul(source, splat(builder, factor, LANES)))


@intrinsic  # type: ignore[untyped-decorator]
def _add_lanes(typing: Any, target: Any, row: Any, source: Any, other: Any, d: Any, factor: Any) -> Any:
    arguments = target, types.intp, source, types.intp, types.intp, types.float32
    return types.void(*arguments), _rows(_added)


@intrinsic  # type: ignore[untyped-decorator]
def _add_lanes_times(typing: Any, target: Any, row: Any, source: Any, other: Any, d: Any, factor: Any) -> Any:
    arguments = target, types.intp, source, types.intp, types.intp, types.float32
    return types.void(*arguments), _rows(_added_times)


@inlined_kernel
def add_row(target: Any, row: Any, source: Any, other: Any) -> Any:
    """Adds a row of `source` to one of `target`, both float32 and of the same length, C-contiguous."""
    dim = target.shape[1]
    for d in range(0, dim - LANES + 1, LANES):
        _add_lanes(target, row, source, other, d, np.float32(1))
    for d in range(dim - dim % LANES, dim):
        target[row, d] += source[other, d]


@inlined_kernel
def add_row_times(target: Any, row: Any, source: Any, other: Any, factor: Any) -> Any:
    """Adds a row of `source` times a factor (float32) to one of `target`."""
    dim = target.shape[1]
    for d in range(0, dim - LANES + 1, LANES):
        _add_lanes_times(target, row, source, other, d, np.float32(factor))
    for d in range(dim - dim % LANES, dim):
        target[row, d] += np.float32(factor) * source[other, d]


def _all_rows(weighted: bool) -> Any:
    """An intrinsic: rows of 16 numbers added up, each times its factor or not; their sum stays in a register."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, row, source, rows, factors, count = arguments
        place = address_of(context, builder, signature.args[0], (target, row), FLOATS)
        total = alloca_once_value(builder, builder.load(place, align=4))
        numbers, number = signature.args[3], LONG if signature.args[3].dtype.bitwidth == 64 else WORD
        with for_range(builder, count) as loop:
            other = builder.load(address_of(context, builder, numbers, (rows, loop.index), number))
            other = builder.zext(other, LONG)
            line = builder.load(
                address_of(context, builder, signature.args[2], (source, other), FLOATS), align=4
            )
            if weighted:
                factor = builder.load(
                    address_of(context, builder, signature.args[4], (factors, loop.index), ir.FloatType())
                )
                line = builder.fmul(line, splat(builder, factor, LANES))
            builder.store(builder.fadd(builder.load(total), line), total)
        builder.store(builder.load(total), place, align=4)
        return context.get_dummy_value()

    return build


@intrinsic  # type: ignore[untyped-decorator]
def _add_all_lanes(
    typing: Any, target: Any, row: Any, source: Any, rows: Any, factors: Any, count: Any
) -> Any:
    return types.void(target, types.intp, source, rows, factors, types.intp), _all_rows(weighted=False)


@intrinsic  # type: ignore[untyped-decorator]
def _add_all_lanes_times(
    typing: Any, target: Any, row: Any, source: Any, rows: Any, factors: Any, count: Any
) -> Any:
    return types.void(target, types.intp, source, rows, factors, types.intp), _all_rows(weighted=True)


@inlined_kernel
def add_rows(target: Any, row: Any, source: Any, rows: Any, count: Any) -> Any:
    """Adds the first `count` of some `rows` (uint32) of `source`, in their order."""
    if target.shape[1] == LANES:
        _add_all_lanes(target, row, source, rows, rows, count)
    else:
        for i in range(count):
            add_row(target, row, source, np.int64(rows[i]))


@inlined_kernel
def add_rows_times(target: Any, row: Any, source: Any, rows: Any, factors: Any, count: Any) -> Any:
    """Adds the first `count` of some `rows` (int64) of `source`, each times its factor (float32), in their order."""
    if target.shape[1] == LANES:
        _add_all_lanes_times(target, row, source, rows, factors, count)
    else:
        for i in range(count):
            add_row_times(target, row, source, rows[i], factors[i])


@inlined_kernel
def clear_row(target: Any, row: Any) -> Any:
    """Sets a row to zeros."""
    for d in range(target.shape[1]):
        target[row, d] = 0


@inlined_kernel
def copy_row(target: Any, row: Any, source: Any, other: Any) -> Any:
    """Sets a row of `target` to one of `source`."""
    for d in range(target.shape[1]):
        target[row, d] = source[other, d]


def _dots(rows: int) -> Any:
    """An intrinsic: products of some rows of `vectors` (rows, dim) and PANEL columns of `outputs` (dim, columns).

    Each is added up in the order of dimensions, whatever the number of rows.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vectors, row, outputs, column, logits, target = arguments
        sources = [
            address_of(
                context,
                builder,
                signature.args[0],
                (vectors, builder.add(row, LONG(i))),
                ir.FloatType(),
            )
            for i in range(rows)
        ]
        shape = ir.FunctionType(FLOATS, [FLOATS] * 3)
        multiply_add = get_or_insert_function(builder.module, shape, "llvm.fmuladd.v16f32")
        zeros = ir.Constant(FLOATS, [0.0] * LANES)
        totals = [[alloca_once_value(builder, zeros) for _ in range(2)] for _ in range(rows)]
        dim = unpack_tuple(builder, make_array(signature.args[2])(context, builder, outputs).shape)[0]
        with for_range(builder, dim) as loop:
            line = address_of(context, builder, signature.args[2], (outputs, loop.index), ir.FloatType())
            panel = [
                builder.load(
                    builder.bitcast(
                        builder.gep(line, [builder.add(column, LONG(half * LANES))]), FLOATS.as_pointer()
                    ),
                    align=4,
                )
                for half in range(2)
            ]
            for source, sums in zip(sources, totals, strict=True):
                value = splat(builder, builder.load(builder.gep(source, [loop.index])), LANES)
                for total, columns in zip(sums, panel, strict=True):
                    builder.store(builder.call(multiply_add, [value, columns, builder.load(total)]), total)
        for i, sums in enumerate(totals):
            line = address_of(
                context,
                builder,
                signature.args[4],
                (logits, builder.add(target, LONG(i))),
                ir.FloatType(),
            )
            for half, total in enumerate(sums):
                place = builder.gep(line, [builder.add(column, LONG(half * LANES))])
                builder.store(builder.load(total), builder.bitcast(place, FLOATS.as_pointer()), align=4)
        return context.get_dummy_value()

    return build


@intrinsic  # type: ignore[untyped-decorator]
def dots_of_one(
    typing: Any, vectors: Any, row: Any, outputs: Any, column: Any, logits: Any, target: Any
) -> Any:
    """Writes the products of a row of `vectors` and of PANEL columns of `outputs` to a row of `logits`."""
    return types.void(vectors, types.intp, outputs, types.intp, logits, types.intp), _dots(1)


@intrinsic  # type: ignore[untyped-decorator]
def dots_of_eight(
    typing: Any, vectors: Any, row: Any, outputs: Any, column: Any, logits: Any, target: Any
) -> Any:
    """As `dots_of_one`, for eight rows of `vectors` and of `logits`."""
    return types.void(vectors, types.intp, outputs, types.intp, logits, types.intp), _dots(8)


_EXP_TERMS = (
    1.9875691500e-4,
    1.3981999507e-3,
    8.3334519073e-3,
    4.1665795894e-2,
    1.6666665459e-1,
    5.0000001201e-1,
)
"""Coefficients of e ** r for small r, from r ** 7 down to r ** 2 (the Cephes library's expf)."""

_LOG2_E, _LN2_HIGH, _LN2_LOW = 1.44269504088896341, 0.693359375, -2.12194440e-4
_EXP_LEAST, _EXP_MOST = -87.0, 88.0


def _floats(number: float) -> Any:
    return ir.Constant(FLOATS, [float(np.float32(number))] * LANES)


def _exp(builder: Any, x: Any) -> Any:
    """e to the power of 16 floats, within some 1e-7 of it; those beyond the bounds count as these."""
    shape = ir.FunctionType(FLOATS, [FLOATS])
    rint = get_or_insert_function(builder.module, shape, "llvm.rint.v16f32")
    x = builder.select(builder.fcmp_ordered(">", x, _floats(_EXP_LEAST)), x, _floats(_EXP_LEAST))
    x = builder.select(builder.fcmp_ordered("<", x, _floats(_EXP_MOST)), x, _floats(_EXP_MOST))
    whole = builder.call(rint, [builder.fmul(x, _floats(_LOG2_E))])
    rest = builder.fsub(x, builder.fmul(whole, _floats(_LN2_HIGH)))
    rest = builder.fsub(rest, builder.fmul(whole, _floats(_LN2_LOW)))
    value = _floats(_EXP_TERMS[0])
    for term in _EXP_TERMS[1:]:
        value = builder.fadd(builder.fmul(value, rest), _floats(term))
    value = builder.fadd(builder.fadd(builder.fmul(builder.fmul(value, rest), rest), rest), _floats(1))
    kind = ir.VectorType(WORD, LANES)
    exponent = builder.add(builder.fptosi(whole, kind), ir.Constant(kind, [127] * LANES))
    power = builder.bitcast(builder.shl(exponent, ir.Constant(kind, [23] * LANES)), FLOATS)
    return builder.fmul(value, power)


@intrinsic  # type: ignore[untyped-decorator]
def exp_lanes(typing: Any, array: Any, at: Any, less: Any) -> Any:
    """Replaces 16 elements x of an array (float32) by e ** (x - less), within some 1e-7 of it."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, at, less = arguments
        place = address_of(context, builder, signature.args[0], (array, at), FLOATS)
        x = builder.fsub(builder.load(place, align=4), splat(builder, less, LANES))
        builder.store(_exp(builder, x), place, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.float32), build


@intrinsic  # type: ignore[untyped-decorator]
def sigmoid_lanes(typing: Any, array: Any, at: Any) -> Any:
    """Replaces 16 elements x of an array (float32) by 1 / (1 + e ** -x), within some 1e-6 of it."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = address_of(context, builder, signature.args[0], arguments, FLOATS)
        x = builder.fsub(_floats(0), builder.load(place, align=4))
        value = builder.fdiv(_floats(1), builder.fadd(_floats(1), _exp(builder, x)))
        builder.store(value, place, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp), build
