"""Blocks of bytes at a time, in kernels: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: what is read or written must be there. The vectors are LLVM's own, which it splits
for processors whose registers are shorter.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

BLOCK = 32
"""Bytes of a block: most words, in most scripts."""

_BYTE, _LONG = ir.IntType(8), ir.IntType(64)
_BYTES = ir.VectorType(_BYTE, BLOCK)
_BLANK, _FOLLOWING = 0x20, -65  # bytes that go on with a character, 0x80 to 0xBF, are the least with a sign


def _place(context: Any, builder: Any, kind: Any, array: Any, at: Any, element: Any) -> Any:
    """A pointer to an element of a contiguous array of bytes, as one to a vector."""
    start = builder.gep(context.make_array(kind)(context, builder, array).data, [at])
    return builder.bitcast(start, element.as_pointer())


def _all(kind: Any, value: int) -> Any:
    return ir.Constant(kind, [value] * kind.count)


def _bits(builder: Any, flags: Any) -> Any:
    """A vector of flags as a number, the first one lowest."""
    bits = builder.bitcast(flags, ir.IntType(flags.type.count))
    return bits if flags.type.count == 64 else builder.zext(bits, _LONG)


@intrinsic  # type: ignore[untyped-decorator]
def block_of(typing: Any, data: Any, at: Any, length: Any) -> Any:
    """The first `length` of the 32 bytes from `at` on, as four int64 with zeros behind them.

    Then how many of them begin a character, and a bit for each that is a blank.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data, at, length = arguments
        text = builder.load(_place(context, builder, signature.args[0], data, at, _BYTES), align=1)
        short = builder.insert_element(
            ir.Constant(_BYTES, ir.Undefined), builder.trunc(length, _BYTE), ir.IntType(32)(0)
        )
        lengths = builder.shuffle_vector(
            short, ir.Constant(_BYTES, ir.Undefined), _all(ir.VectorType(ir.IntType(32), BLOCK), 0)
        )
        inside = builder.icmp_unsigned("<", ir.Constant(_BYTES, list(range(BLOCK))), lengths)
        kept = builder.bitcast(builder.select(inside, text, _all(_BYTES, 0)), ir.VectorType(_LONG, 4))
        parts = [builder.extract_element(kept, ir.IntType(32)(k)) for k in range(4)]
        begins = builder.and_(inside, builder.icmp_signed(">", text, _all(_BYTES, _FOLLOWING)))
        blanks = builder.and_(inside, builder.icmp_unsigned("==", text, _all(_BYTES, _BLANK)))
        values = [*parts, builder.ctpop(_bits(builder, begins)), _bits(builder, blanks)]
        return context.make_tuple(builder, signature.return_type, values)

    return types.UniTuple(types.int64, 6)(data, types.int64, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def copy_block(typing: Any, target: Any, to: Any, source: Any, at: Any) -> Any:
    """Copies 32 bytes of an array to another one."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, to, source, at = arguments
        value = builder.load(_place(context, builder, signature.args[2], source, at, _BYTES), align=1)
        builder.store(value, _place(context, builder, signature.args[0], target, to, _BYTES), align=1)
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64), build
