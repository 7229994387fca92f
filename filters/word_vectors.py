"""Sixty-four bytes of a text at a time, in the kernels of words: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: the bytes must be there.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from ..langid.byte_bits import Line, all_of, any_of, as_bits, bits_of


@intrinsic  # type: ignore[untyped-decorator]
def letter_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes are letters of ASCII or belong to other characters, a bit each."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line = Line(context, builder, signature.args[0], arguments)
        return bits_of(builder, builder.or_(line.letters(), line.high()))

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def high_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes belong to characters that are not of ASCII, a bit each."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return bits_of(builder, Line(context, builder, signature.args[0], arguments).high())

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def punctuation_bytes(typing: Any, data: Any, at: Any) -> Any:
    """What 64 bytes are of a text, a bit each, in eight numbers (uint64). Two bytes more are looked at.

    In this order: spaces, control characters, line ends among them, punctuation of ASCII, digits, first bytes of
    U+0964 and U+0965 (danda), of characters of U+0600 to U+06FF, and of others of more than one byte that do not
    begin with 0xE0.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second, third = (Line(context, builder, signature.args[0], arguments, k) for k in range(3))
        lines = builder.or_(line.same(0x0A), line.same(0x0D))
        digits, three, arabic = line.between(0x30, 0x39), line.same(0xE0), line.between(0xD8, 0xDB)
        printed = builder.and_(line.between(0x21, 0x7E), builder.not_(builder.or_(digits, line.letters())))
        danda = all_of(builder, three, second.same(0xA5), third.between(0xA4, 0xA5))
        others = builder.and_(line.between(0xC0, 0xFF), builder.not_(builder.or_(three, arabic)))
        found = (line.same(0x20), line.below(0x20), lines, printed, digits, danda, arabic, others)
        return as_bits(context, builder, signature, *found)

    return types.UniTuple(types.uint64, 8)(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def arabic_punctuation_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes begin a mark of two bytes (of `is_punctuation`), a bit each: uint64.

    One byte more is looked at.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second = (Line(context, builder, signature.args[0], arguments, k) for k in range(2))
        of_d8 = any_of(builder, second.between(0x89, 0x8A), second.same(0x8C), second.same(0x9E))
        marks = any_of(
            builder,
            all_of(builder, line.same(0xD8), of_d8),
            all_of(builder, line.same(0xD9), second.between(0xAA, 0xAD)),
            all_of(builder, line.same(0xDB), second.same(0x94)),
        )
        return bits_of(builder, marks)

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def unknown_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes may begin a blank or a mark that the others here do not tell, a bit each (uint64).

    Two bytes more are looked at.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second, third = (Line(context, builder, signature.args[0], arguments, k) for k in range(3))
        blank = any_of(builder, third.below(0x8C), third.between(0xA8, 0xA9), third.same(0xAF))
        general = any_of(builder, all_of(builder, second.same(0x80), blank), second.same(0x81))
        maybe = any_of(
            builder,
            *map(line.same, (0xC2, 0xE1, 0xEA)),
            all_of(builder, line.same(0xE2), general),
            all_of(builder, line.same(0xE3), second.same(0x80)),
        )
        return bits_of(builder, maybe)

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def jamo_bytes(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes begin a jamo, U+1100 to U+11FF, a bit each (uint64). One byte more is looked at."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line, second = (Line(context, builder, signature.args[0], arguments, k) for k in range(2))
        return bits_of(builder, all_of(builder, line.same(0xE1), second.between(0x84, 0x87)))

    return types.uint64(data, types.int64), build
