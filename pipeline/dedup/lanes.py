"""Eight numbers of 64 bits at a time, in kernels: XXH64 of shingles, and their part in the minima.

LLVM makes instructions of 512 bits of these vectors, which it would not choose by itself, and splits them for
processors whose registers are shorter. Nothing here looks at bounds: what is read or written must be there.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic

from ...langid.vectors import LONG, WORD, address_of, splat
from .xxhash_kernel import P1, P2, P3, P4, P5

LANES = 8
STRIPE = 32  # bytes that XXH64 takes in at once
AHEAD = 32  # bytes behind a text that may be looked at

_VECTOR = ir.VectorType(LONG, LANES)
_POINTERS = ir.VectorType(LONG.as_pointer(), LANES)
_FLAGS = ir.VectorType(ir.IntType(1), LANES)
_FIRST = LONG(0)


class _Lanes:
    """What is done to vectors, in LLVM's terms; the names are those of xxhash_kernel.py."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        self.context, self.builder = context, builder
        self.kinds, self.arguments = signature.args, arguments

    def all(self, value: Any) -> Any:
        return ir.Constant(_VECTOR, [int(value)] * LANES)

    def address(self, argument: int, at: Any = _FIRST, element: Any = _VECTOR) -> Any:
        place = self.arguments[argument], at
        return address_of(self.context, self.builder, self.kinds[argument], place, element)

    def load(self, argument: int, at: Any = _FIRST) -> Any:
        return self.builder.load(self.address(argument, at), align=8)

    def store(self, value: Any, argument: int, at: Any = _FIRST) -> None:
        self.builder.store(value, self.address(argument, at), align=8)

    def read(self, argument: int, places: Any) -> Any:
        """Eight bytes from each place of an array of bytes."""
        first = self.builder.ptrtoint(self.address(argument, element=LONG), LONG)
        addresses = self.builder.add(splat(self.builder, first, LANES), places)
        shape = ir.FunctionType(_VECTOR, [_POINTERS, WORD, _FLAGS, _VECTOR])
        gather = get_or_insert_function(self.builder.module, shape, "llvm.masked.gather.v8i64.v8p0")
        everywhere = ir.Constant(_FLAGS, [1] * LANES)
        pointers = self.builder.inttoptr(addresses, _POINTERS)
        return self.builder.call(gather, [pointers, WORD(1), everywhere, self.all(0)])

    def add(self, x: Any, y: Any) -> Any:
        return self.builder.add(x, y)

    def times(self, x: Any, factor: Any) -> Any:
        return self.builder.mul(x, self.all(factor))

    def xor(self, x: Any, y: Any) -> Any:
        return self.builder.xor(x, y)

    def above(self, x: Any, bits: int) -> Any:
        return self.builder.lshr(x, self.all(bits))

    def masked(self, x: Any, mask: int) -> Any:
        return self.builder.and_(x, self.all(mask))

    def rotate(self, x: Any, bits: int) -> Any:
        return self.builder.or_(self.builder.shl(x, self.all(bits)), self.above(x, 64 - bits))

    def where(self, x: Any, least: int, then: Any, otherwise: Any) -> Any:
        """`then` in the lanes in which `x` is at least `least`."""
        return self.builder.select(self.builder.icmp_unsigned(">=", x, self.all(least)), then, otherwise)

    def least(self, x: Any, y: Any) -> Any:
        return self.builder.select(self.builder.icmp_unsigned("<", x, y), x, y)

    def round(self, lane: Any, x: Any) -> Any:
        return self.times(self.rotate(self.add(lane, self.times(x, P2)), 31), P1)

    def merge(self, h: Any, lane: Any) -> Any:
        return self.add(self.times(self.xor(h, self.round(self.all(0), lane)), P1), self.all(P4))


@intrinsic  # type: ignore[untyped-decorator]
def add_stripes(typing: Any, data: Any, begins: Any, lengths: Any, lanes: Any, at: Any, done: Any) -> Any:
    """Takes the next 32 bytes of those of 8 texts that have as many into their lanes, uint64 (4, 8 or more).

    The texts begin at `begins[at]` and so on, which is moved on behind the `done` bytes that were taken before.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = _Lanes(context, builder, signature, arguments)
        at, done = arguments[4:]
        places = of.load(1, at)
        least = splat(builder, builder.add(done, LONG(STRIPE)), LANES)
        more = builder.icmp_unsigned(">=", of.load(2, at), least)
        # What is not there is not looked at: elsewhere the first bytes are read, and not used.
        read = builder.select(more, places, of.all(0))
        for row in range(4):
            lane = of.load(3, LONG(row))
            x = of.read(0, of.add(read, of.all(8 * row)))
            of.store(builder.select(more, of.round(lane, x), lane), 3, LONG(row))
        of.store(builder.select(more, of.add(places, of.all(STRIPE)), places), 1, at)
        return context.get_dummy_value()

    return types.void(data, begins, lengths, lanes, types.intp, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def merge_stripes(typing: Any, lanes: Any, lengths: Any, hashes: Any, at: Any) -> Any:
    """Makes one number of the four lanes of those of 8 texts that are 32 bytes and longer; `hashes` of others stay."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = _Lanes(context, builder, signature, arguments)
        at = arguments[3]
        four = [of.load(0, LONG(row)) for row in range(4)]
        h = of.all(0)
        for lane, bits in zip(four, (1, 7, 12, 18), strict=True):
            h = of.add(h, of.rotate(lane, bits))
        for lane in four:
            h = of.merge(h, lane)
        of.store(of.where(of.load(1, at), 32, h, of.load(2, at)), 2, at)
        return context.get_dummy_value()

    return types.void(lanes, lengths, hashes, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def add_rest(typing: Any, data: Any, begins: Any, lengths: Any, hashes: Any, at: Any) -> Any:
    """Takes what is left of 8 texts, fewer than 32 bytes from `begins` on, into their hashes, and ends these."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = _Lanes(context, builder, signature, arguments)
        at = arguments[4]
        places, length = of.load(1, at), of.load(2, at)
        left = of.masked(length, 31)
        h = of.add(of.load(3, at), length)
        for eight in range(3):
            x = of.read(0, of.add(places, of.all(8 * eight)))
            mixed = of.add(of.times(of.rotate(of.xor(h, of.round(of.all(0), x)), 27), P1), of.all(P4))
            h = of.where(left, 8 * eight + 8, mixed, h)
        x = of.read(0, of.add(places, of.masked(left, 24)))
        four = of.masked(left, 4)
        mixed = of.xor(h, of.times(of.masked(x, 0xFFFFFFFF), P1))
        mixed = of.add(of.times(of.rotate(mixed, 23), P2), of.all(P3))
        h, x = of.where(four, 4, mixed, h), of.where(four, 4, of.above(x, 32), x)
        for single in range(3):
            byte = of.masked(of.above(x, 8 * single), 0xFF)
            mixed = of.times(of.rotate(of.xor(h, of.times(byte, P5)), 11), P1)
            h = of.where(of.masked(left, 3), single + 1, mixed, h)
        h = of.times(of.xor(h, of.above(h, 33)), P2)
        h = of.times(of.xor(h, of.above(h, 29)), P3)
        of.store(of.xor(h, of.above(h, 32)), 3, at)
        return context.get_dummy_value()

    return types.void(data, begins, lengths, hashes, types.intp), build


GROUP = 4
"""Shingles that lower the minima together: the minima are read and written less often."""


@intrinsic  # type: ignore[untyped-decorator]
def lower_lanes(typing: Any, hashes: Any, first: Any, a: Any, b: Any, lowest: Any, at: Any) -> Any:
    """Lowers 8 minima from `at` on to `(s * a + b mod 2**64) mod (2**61 - 1)` of the four `hashes` s from `first` on.

    The modulus is that of a Mersenne prime: the upper three bits are added to the lower ones. That leaves a number
    that is too large by the prime where it should be taken off once more, see `minhash_kernel._lower`.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = _Lanes(context, builder, signature, arguments)
        first, at = arguments[1], arguments[5]
        factor, term, found = of.load(2, at), of.load(3, at), []
        for shingle in range(GROUP):
            place = of.address(0, builder.add(first, LONG(shingle)), LONG)
            hashed = splat(builder, builder.load(place, align=8), LANES)
            x = of.add(builder.mul(hashed, factor), term)
            found.append(of.add(of.masked(x, (1 << 61) - 1), of.above(x, 61)))
        one, two, three, four = found
        lowest = of.least(of.load(4, at), of.least(of.least(one, two), of.least(three, four)))
        of.store(lowest, 4, at)
        return context.get_dummy_value()

    return types.void(hashes, types.intp, a, b, lowest, types.intp), build
