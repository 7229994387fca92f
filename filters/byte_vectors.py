"""Blocks of bytes at a time, in kernels: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: what is read or written must be there. The vectors are LLVM's own, which it splits
for processors whose registers are shorter.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

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
        data, at = arguments

        def text(ahead: int) -> Any:
            place = builder.add(at, _LONG(ahead))
            return builder.load(
                address_of(context, builder, signature.args[0], (data, place), _LINE), align=1
            )

        first, second, third = map(text, range(3))

        def same(bytes_: Any, value: int) -> Any:
            return builder.icmp_unsigned("==", bytes_, _all(_LINE, value))

        def between(least: int, most: int) -> Any:
            shifted = builder.sub(first, _all(_LINE, least))
            return builder.icmp_unsigned("<=", shifted, _all(_LINE, most - least))

        def both(*flags: Any) -> Any:
            return reduce(builder.and_, flags)

        general = both(
            same(first, 0xE2), same(second, 0x80)
        )  # U+2028 and U+2029 part lines, U+2026 is an ellipsis
        separator = builder.or_(same(third, 0xA8), same(third, 0xA9))
        breaks = (
            between(0x0B, 0x0D),
            between(0x1C, 0x1E),
            both(same(first, 0xC2), same(second, 0x85)),
            both(general, separator),
        )
        found = [
            builder.icmp_signed(">", first, _all(_LINE, _FOLLOWING)),
            same(first, ord("\n")),
            same(first, ord("#")),
            reduce(builder.or_, breaks),
            both(general, same(third, 0xA6)),
            both(*(same(bytes_, ord(".")) for bytes_ in (first, second, third))),
        ]
        return context.make_tuple(builder, signature.return_type, [_bits(builder, flags) for flags in found])

    return types.UniTuple(types.uint64, 6)(data, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def places_beside_text(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes are not ASCII, control characters but for tabs and newlines, or one of `&.@|`, a bit each
    (uint64)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        text = builder.load(address_of(context, builder, signature.args[0], arguments, _LINE), align=1)

        def same(value: int) -> Any:
            return builder.icmp_unsigned("==", text, _all(_LINE, value))

        blank = builder.or_(same(0x09), same(0x0A))
        # With a sign, bytes from 0x80 on are the least.
        low = builder.icmp_signed("<", text, _all(_LINE, _BLANK))
        others = [same(value) for value in (0x7F, *b"&.@|")]
        found = reduce(builder.or_, others, builder.and_(low, builder.not_(blank)))
        return _bits(builder, found)

    return types.uint64(data, types.int64), build
