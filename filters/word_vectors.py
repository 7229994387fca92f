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
    """What 64 bytes are of a text, a bit each, in seven numbers (uint64). Two bytes more are looked at.

    In this order: spaces, control characters, line ends among them, punctuation of ASCII, digits, first bytes of
    U+0964 and U+0965 (danda), first bytes of characters of more than one byte that do not begin with 0xE0.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second, third = (_Line(context, builder, signature.args[0], arguments, k) for k in range(3))
        digits, three = line.between(0x30, 0x39), line.same(0xE0)
        printed = builder.and_(line.between(0x21, 0x7E), builder.not_(builder.or_(digits, line.letters())))
        danda = reduce(builder.and_, (three, second.same(0xA5), third.between(0xA4, 0xA5)))
        others = builder.and_(line.between(0xC0, 0xFF), builder.not_(three))
        lines = builder.or_(line.same(0x0A), line.same(0x0D))
        found = (line.same(0x20), line.below(0x20), lines, printed, digits, danda, others)
        return context.make_tuple(
            builder, signature.return_type, [builder.bitcast(flags, LONG) for flags in found]
        )

    return types.UniTuple(types.uint64, 7)(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def rare_punctuation_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes begin a mark of Arabic script of two bytes, and which may begin another mark or a blank.

    A bit each, in two numbers (uint64). Two bytes more are looked at. The marks are those of `is_punctuation`, the
    blanks those of `BLANK`.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second, third = (_Line(context, builder, signature.args[0], arguments, k) for k in range(3))

        def any_of(*flags: Any) -> Any:
            return reduce(builder.or_, flags)

        marks = any_of(
            builder.and_(
                line.same(0xD8), any_of(second.between(0x89, 0x8A), second.same(0x8C), second.same(0x9E))
            ),
            builder.and_(line.same(0xD9), second.between(0xAA, 0xAD)),
            builder.and_(line.same(0xDB), second.same(0x94)),
        )
        general = any_of(third.below(0x8C), third.between(0xA8, 0xA9), third.same(0xAF))
        general = any_of(builder.and_(second.same(0x80), general), second.same(0x81))
        maybe = any_of(
            *map(line.same, (0xC2, 0xE1, 0xEA)),
            builder.and_(line.same(0xE2), general),
            builder.and_(line.same(0xE3), second.same(0x80)),
        )
        return context.make_tuple(
            builder, signature.return_type, [builder.bitcast(flags, LONG) for flags in (marks, maybe)]
        )

    return types.UniTuple(types.uint64, 2)(data, types.intp), build
