"""Sixty-four bytes of a text at a time, in the kernels of words: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: the bytes must be there.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ..langid.vectors import LONG, address_of

WIDTH = 64
_BYTES = ir.VectorType(ir.IntType(8), WIDTH)


class _Line:
    """The 64 bytes from a place on, and what may be asked of them: flags, and those as a number with a bit for each."""

    def __init__(self, context: Any, builder: Any, array: Any, arguments: Any, ahead: int = 0) -> None:
        data, at = arguments
        place = builder.add(at, LONG(ahead))
        self.builder = builder
        self.text = builder.load(address_of(context, builder, array, (data, place), _BYTES), align=1)

    def same(self, value: int) -> Any:
        return self.builder.icmp_unsigned("==", self.text, _all(value))

    def between(self, least: int, most: int) -> Any:
        return self.builder.icmp_unsigned("<=", self.builder.sub(self.text, _all(least)), _all(most - least))

    def below(self, value: int) -> Any:
        return self.builder.icmp_unsigned("<", self.text, _all(value))

    def letters(self) -> Any:
        """Those of ASCII."""
        small = self.builder.or_(self.text, _all(0x20))
        return self.builder.icmp_unsigned("<", self.builder.sub(small, _all(ord("a"))), _all(26))

    def high(self) -> Any:
        """Bytes of characters that are not of ASCII."""
        return self.builder.icmp_signed("<", self.text, _all(0))


def _all(value: int) -> Any:
    return ir.Constant(_BYTES, [value] * WIDTH)


@intrinsic  # type: ignore[untyped-decorator]
def letter_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes are letters of ASCII or belong to other characters, a bit each."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line = _Line(context, builder, signature.args[0], arguments)
        return builder.bitcast(builder.or_(line.letters(), line.high()), LONG)

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def high_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes belong to characters that are not of ASCII, a bit each."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(_Line(context, builder, signature.args[0], arguments).high(), LONG)

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def punctuation_bytes(typing: Any, data: Any, at: Any) -> Any:
    """What 64 bytes are of a text, a bit each, in eight numbers (uint64). Two bytes more are looked at.

    In this order: spaces, control characters, line ends among them, punctuation of ASCII, digits, first bytes of
    U+0964 and U+0965 (danda), of characters of U+0600 to U+06FF, and of others of more than one byte that do not
    begin with 0xE0.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second, third = (_Line(context, builder, signature.args[0], arguments, k) for k in range(3))
        lines = builder.or_(line.same(0x0A), line.same(0x0D))
        digits, three, arabic = line.between(0x30, 0x39), line.same(0xE0), line.between(0xD8, 0xDB)
        printed = builder.and_(line.between(0x21, 0x7E), builder.not_(builder.or_(digits, line.letters())))
        danda = _both(builder, three, second.same(0xA5), third.between(0xA4, 0xA5))
        others = builder.and_(line.between(0xC0, 0xFF), builder.not_(builder.or_(three, arabic)))
        found = (line.same(0x20), line.below(0x20), lines, printed, digits, danda, arabic, others)
        return _as_bits(context, builder, signature, found)

    return types.UniTuple(types.uint64, 8)(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def arabic_punctuation_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes begin a mark of two bytes (of `is_punctuation`), a bit each: uint64.

    One byte more is looked at.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second = (_Line(context, builder, signature.args[0], arguments, k) for k in range(2))
        of_d8 = _any(builder, second.between(0x89, 0x8A), second.same(0x8C), second.same(0x9E))
        marks = _any(
            builder,
            _both(builder, line.same(0xD8), of_d8),
            _both(builder, line.same(0xD9), second.between(0xAA, 0xAD)),
            _both(builder, line.same(0xDB), second.same(0x94)),
        )
        return builder.bitcast(marks, LONG)

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def unknown_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes may begin a blank or a mark that the others here do not tell, a bit each (uint64).

    Two bytes more are looked at.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second, third = (_Line(context, builder, signature.args[0], arguments, k) for k in range(3))
        blank = _any(builder, third.below(0x8C), third.between(0xA8, 0xA9), third.same(0xAF))
        general = _any(builder, _both(builder, second.same(0x80), blank), second.same(0x81))
        maybe = _any(
            builder,
            *map(line.same, (0xC2, 0xE1, 0xEA)),
            _both(builder, line.same(0xE2), general),
            _both(builder, line.same(0xE3), second.same(0x80)),
        )
        return builder.bitcast(maybe, LONG)

    return types.uint64(data, types.intp), build


def _any(builder: Any, *flags: Any) -> Any:
    return reduce(builder.or_, flags)


def _both(builder: Any, *flags: Any) -> Any:
    return reduce(builder.and_, flags)


def _as_bits(context: Any, builder: Any, signature: Any, found: Any) -> Any:
    return context.make_tuple(
        builder, signature.return_type, [builder.bitcast(flags, LONG) for flags in found]
    )
