"""Asking the processor for memory before it is needed, from kernels."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import unpack_tuple
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


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
