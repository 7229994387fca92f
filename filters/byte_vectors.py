"""Blocks of bytes at a time, in kernels: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: what is read or written must be there. The vectors are LLVM's own, which it splits
for processors whose registers are shorter.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ..langid.byte_bits import Line, all_of, any_of, as_bits, bits_of
from ..langid.vectors import address_of, splat

BLOCK = 32
"""Bytes of a block: most words, in most scripts."""

_BYTE, _LONG = ir.IntType(8), ir.IntType(64)
_BYTES, _LINE = ir.VectorType(_BYTE, BLOCK), ir.VectorType(_BYTE, 64)
_BLANK, _FOLLOWING = 0x20, -65  # bytes that go on with a character, 0x80 to 0xBF, are the least with a sign


def _all(kind: Any, value: int) -> Any:
    return ir.Constant(kind, [value] * kind.count)


def _splat(builder: Any, value: Any, kind: Any) -> Any:
    """A vector of the lowest byte of a number."""
    return splat(builder, builder.trunc(value, _BYTE), kind.count)


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
        text = builder.load(address_of(context, builder, signature.args[0], (data, at), _BYTES), align=1)
        places = ir.Constant(_BYTES, list(range(BLOCK)))
        inside = builder.icmp_unsigned("<", places, _splat(builder, length, _BYTES))
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
        value = builder.load(address_of(context, builder, signature.args[2], (source, at), _BYTES), align=1)
        builder.store(value, address_of(context, builder, signature.args[0], (target, to), _BYTES), align=1)
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def places_of(typing: Any, data: Any, at: Any, value: Any) -> Any:
    """Which of 64 bytes have a value, a bit each (uint64)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data, at, value = arguments
        text = builder.load(address_of(context, builder, signature.args[0], (data, at), _LINE), align=1)
        return _bits(builder, builder.icmp_unsigned("==", text, _splat(builder, value, _LINE)))

    return types.uint64(data, types.int64, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def signs_in(typing: Any, data: Any, at: Any) -> Any:
    """What 64 bytes are of a text, a bit each, in six numbers (uint64). Two bytes more are looked at.

    In this order: first bytes of characters, newlines, number signs, first bytes of other line breaks of
    `str.splitlines`, of ellipses, and full stops that two others follow.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first, second, third = (Line(context, builder, signature.args[0], arguments, k) for k in range(3))
        # U+2028 and U+2029 part lines, U+2026 is an ellipsis.
        general = all_of(builder, first.same(0xE2), second.same(0x80))
        breaks = any_of(
            builder,
            first.between(0x0B, 0x0D),
            first.between(0x1C, 0x1E),
            all_of(builder, first.same(0xC2), second.same(0x85)),
            all_of(builder, general, third.between(0xA8, 0xA9)),
        )
        ellipses = all_of(builder, general, third.same(0xA6))
        stops = all_of(builder, *(line.same(ord(".")) for line in (first, second, third)))
        found = (first.begins(), first.same(ord("\n")), first.same(ord("#")), breaks, ellipses, stops)
        return as_bits(context, builder, signature, *found)

    return types.UniTuple(types.uint64, 6)(data, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def places_beside_text(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes are not ASCII, control characters but for tabs and newlines, or one of `&.@|`, a bit each
    (uint64)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line = Line(context, builder, signature.args[0], arguments)
        blank = any_of(builder, line.same(0x09), line.same(0x0A))
        control = all_of(builder, line.below(_BLANK), builder.not_(blank))
        found = any_of(builder, line.high(), control, *map(line.same, (0x7F, *b"&.@|")))
        return bits_of(builder, found)

    return types.uint64(data, types.int64), build
