"""Sixty-four bytes of a text at a time, in kernels: what each of them is, as bits of a number, the first one lowest.

Nothing here looks at bounds: the bytes must be there.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .kernels import inlined_kernel
from .vectors import LONG, address_of

WIDTH = 64
"""Bytes at a time."""

_BYTES = ir.VectorType(ir.IntType(8), WIDTH)


class Line:
    """The 64 bytes of a text from a place on, or from some bytes ahead of it, and what each of them is: flags."""

    def __init__(self, context: Any, builder: Any, kind: Any, place: Any, ahead: int = 0) -> None:
        data, at = place
        address = address_of(context, builder, kind, (data, builder.add(at, LONG(ahead))), _BYTES)
        self.builder = builder
        self.text = builder.load(address, align=1)

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

    def begins(self) -> Any:
        """First bytes of characters: all but 0x80 to 0xBF, which are the least with a sign."""
        return self.builder.icmp_signed(">", self.text, _all(-65))


def _all(value: int) -> Any:
    return ir.Constant(_BYTES, [value] * WIDTH)


def any_of(builder: Any, *flags: Any) -> Any:
    return reduce(builder.or_, flags)


def all_of(builder: Any, *flags: Any) -> Any:
    return reduce(builder.and_, flags)


def bits_of(builder: Any, flags: Any) -> Any:
    """64 flags as a number (uint64), the first one lowest."""
    return builder.bitcast(flags, LONG)


def as_bits(context: Any, builder: Any, signature: Any, *found: Any) -> Any:
    """A tuple of such numbers."""
    return context.make_tuple(builder, signature.return_type, [bits_of(builder, flags) for flags in found])


@inlined_kernel
def lowest(count: Any) -> Any:
    """A number (uint64) of which so many bits are set, 0 to 64 and more."""
    if count >= WIDTH:
        return ~np.uint64(0)
    return (np.uint64(1) << np.uint64(count)) - np.uint64(1)


@intrinsic  # type: ignore[untyped-decorator]
def spaces(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes part words in fastText, a bit each: blank, line breaks, tabulators, form feed and zero."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        line = Line(context, builder, signature.args[0], arguments)
        return bits_of(builder, any_of(builder, line.same(0x20), line.same(0), line.between(0x09, 0x0D)))

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def trailing_zeros(typing: Any, bits: Any) -> Any:
    """How many bits below the lowest one that is set, 64 where none is."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.uint64), build


@intrinsic  # type: ignore[untyped-decorator]
def leading_zeros(typing: Any, bits: Any) -> Any:
    """How many bits above the highest one that is set, 64 where none is."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.uint64), build


@intrinsic  # type: ignore[untyped-decorator]
def ones(typing: Any, bits: Any) -> Any:
    """How many bits are set."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), build
