"""Sixty-four bytes of a text at a time, in the kernel of words: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: the bytes must be there.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ..langid.vectors import LONG, address_of

WIDTH = 64
_BYTES = ir.VectorType(ir.IntType(8), WIDTH)


@intrinsic  # type: ignore[untyped-decorator]
def letter_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes are letters of ASCII or belong to other characters, a bit each."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        text = builder.load(address_of(context, builder, signature.args[0], arguments, _BYTES), align=1)
        small = builder.or_(text, ir.Constant(_BYTES, [0x20] * WIDTH))
        place = builder.sub(small, ir.Constant(_BYTES, [0x61] * WIDTH))
        letters = builder.icmp_unsigned("<", place, ir.Constant(_BYTES, [26] * WIDTH))
        others = builder.icmp_signed("<", text, ir.Constant(_BYTES, [0] * WIDTH))
        return builder.bitcast(builder.or_(letters, others), LONG)

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def high_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes belong to characters that are not of ASCII, a bit each."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        text = builder.load(address_of(context, builder, signature.args[0], arguments, _BYTES), align=1)
        return builder.bitcast(builder.icmp_signed("<", text, ir.Constant(_BYTES, [0] * WIDTH)), LONG)

    return types.uint64(data, types.intp), build
