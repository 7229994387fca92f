"""Asking the processor for memory before it is needed, from kernels."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import for_range, unpack_tuple
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

LINE = 64
"""Bytes that the processor fetches from memory at once."""


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(typing: Any, array: Any, row: Any) -> Any:
    """Asks for the cache line where a row of an array begins; the row must be there, or the line is not used."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        memory = make_array(signature.args[0])(context, builder, arguments[0])
        stride = unpack_tuple(builder, memory.strides)[0]
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        start = builder.ptrtoint(memory.data, stride.type)
        address = builder.inttoptr(builder.add(start, builder.mul(arguments[1], stride)), byte)
        call = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        )
        # To be read, to be kept in all levels of the cache, and data.
        builder.call(call, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def prefetch_row(typing: Any, array: Any, row: Any, lines: Any) -> Any:
    """As `prefetch`, for so many cache lines of a row."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, row, lines = arguments
        memory = make_array(signature.args[0])(context, builder, array)
        stride = unpack_tuple(builder, memory.strides)[0]
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        start = builder.add(builder.ptrtoint(memory.data, stride.type), builder.mul(row, stride))
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        call = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        with for_range(builder, lines) as loop:
            address = builder.add(start, builder.mul(loop.index, stride.type(LINE)))
            builder.call(call, [builder.inttoptr(address, byte), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), build
