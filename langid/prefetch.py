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


def _ask(builder: Any, address: Any) -> None:
    byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
    call = builder.module.declare_intrinsic(
        "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, number, number, number])
    )
    # To be read, to be kept in all levels of the cache, and data.
    builder.call(call, [builder.inttoptr(address, byte), number(0), number(3), number(1)])


def _start(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    memory = make_array(signature.args[0])(context, builder, arguments[0])
    stride = unpack_tuple(builder, memory.strides)[0]
    return builder.add(builder.ptrtoint(memory.data, stride.type), builder.mul(arguments[1], stride)), stride


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(typing: Any, array: Any, row: Any) -> Any:
    """Asks for the cache line where a row of an array begins; the row must be there, or the line is not used."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _ask(builder, _start(context, builder, signature, arguments)[0])
        return context.get_dummy_value()

    return types.void(array, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def prefetch_row(typing: Any, array: Any, row: Any) -> Any:
    """Asks for all cache lines of a row of an array that is C-contiguous."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start, stride = _start(context, builder, signature, arguments)
        lines = builder.udiv(builder.add(stride, stride.type(LINE - 1)), stride.type(LINE))
        with for_range(builder, lines) as loop:
            _ask(builder, builder.add(start, builder.mul(loop.index, stride.type(LINE))))
        return context.get_dummy_value()

    return types.void(array, types.intp), build
