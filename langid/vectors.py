"""Many bytes or numbers at a time, in kernels: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: what is read or written must be there. The vectors are LLVM's own, which it splits
for processors whose registers are shorter.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function, unpack_tuple
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

LANES = 16
"""Numbers of 32 bits in a vector."""

_BYTE, WORD, LONG = ir.IntType(8), ir.IntType(32), ir.IntType(64)
FLOATS, _WORDS = ir.VectorType(ir.FloatType(), LANES), ir.VectorType(WORD, LANES)
_FLAGS = ir.VectorType(ir.IntType(1), LANES)


def address_of(context: Any, builder: Any, kind: Any, place: Any, element: Any) -> Any:
    """Where a row of an array begins, as a pointer to `element`; the place is the array and the row."""
    array, index = place
    memory = make_array(kind)(context, builder, array)
    stride = unpack_tuple(builder, memory.strides)[0]
    start = builder.ptrtoint(memory.data, LONG)
    return builder.inttoptr(builder.add(start, builder.mul(index, stride)), element.as_pointer())


def splat(builder: Any, value: Any, lanes: int) -> Any:
    kind = ir.VectorType(value.type, lanes)
    single = builder.insert_element(ir.Constant(kind, ir.Undefined), value, WORD(0))
    zeros = ir.Constant(ir.VectorType(WORD, lanes), [0] * lanes)
    return builder.shuffle_vector(single, ir.Constant(kind, ir.Undefined), zeros)


@intrinsic  # type: ignore[untyped-decorator]
def load64(typing: Any, data: Any, at: Any) -> Any:
    """Eight bytes of an array of bytes, the first one lowest (uint64)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address = address_of(context, builder, signature.args[0], arguments, LONG)
        return builder.load(address, align=1)

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def spaces(typing: Any, data: Any, at: Any) -> Any:
    """Which of 64 bytes part words in fastText, a bit each: blank, line breaks, tabulators, form feed and zero."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(_BYTE, 64)
        text = builder.load(address_of(context, builder, signature.args[0], arguments, kind), align=1)
        blank = builder.icmp_unsigned("==", text, ir.Constant(kind, [0x20] * 64))
        zero = builder.icmp_unsigned("==", text, ir.Constant(kind, [0] * 64))
        shifted = builder.sub(text, ir.Constant(kind, [9] * 64))
        control = builder.icmp_unsigned("<=", shifted, ir.Constant(kind, [4] * 64))
        return builder.bitcast(builder.or_(builder.or_(blank, zero), control), LONG)

    return types.uint64(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def trailing_zeros(typing: Any, bits: Any) -> Any:
    """How many bits below the lowest one that is set, 64 where none is."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(0))

    return types.int64(types.uint64), build


@intrinsic  # type: ignore[untyped-decorator]
def ones(typing: Any, bits: Any) -> Any:
    """How many bits are set."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), build


@intrinsic  # type: ignore[untyped-decorator]
def equal_lanes(typing: Any, array: Any, row: Any, value: Any) -> Any:
    """Which of the first four elements of a row of 32-bit integers are equal to a value, a bit each (uint64)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(WORD, 4)
        values = builder.load(address_of(context, builder, signature.args[0], arguments[:2], kind), align=4)
        equal = builder.icmp_unsigned("==", values, splat(builder, builder.trunc(arguments[2], WORD), 4))
        return builder.zext(builder.bitcast(equal, ir.IntType(4)), LONG)

    return types.uint64(array, types.intp, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def fill_lanes(typing: Any, array: Any, at: Any, value: Any) -> Any:
    """Sets 16 elements of an array of 32-bit integers to a value."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(WORD, LANES)
        address = address_of(context, builder, signature.args[0], arguments[:2], kind)
        value = splat(builder, builder.trunc(arguments[2], WORD), LANES)
        builder.store(value, address, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def widen_lanes(typing: Any, data: Any, start: Any, array: Any, at: Any) -> Any:
    """Writes 16 bytes, with their sign extended, to 16 elements of an array of 32-bit integers."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow, wide = ir.VectorType(_BYTE, LANES), ir.VectorType(WORD, LANES)
        source = address_of(context, builder, signature.args[0], arguments[:2], narrow)
        target = address_of(context, builder, signature.args[2], arguments[2:], wide)
        builder.store(builder.sext(builder.load(source, align=1), wide), target, align=4)
        return context.get_dummy_value()

    return types.void(data, types.intp, array, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def step_lanes(typing: Any, hashes: Any, units: Any, row: Any, at: Any, factor: Any) -> Any:
    """Takes 16 numbers of a row of `units` from `at` on, but no zeros, into 16 hashes (uint32), as FNV-1a does."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        hashes, units, row, at, factor = arguments
        kind = ir.VectorType(WORD, LANES)
        place = address_of(context, builder, signature.args[0], (hashes, LONG(0)), kind)
        first = address_of(context, builder, signature.args[1], (units, row), WORD)
        unit = builder.load(builder.bitcast(builder.gep(first, [at]), kind.as_pointer()), align=4)
        before = builder.load(place, align=4)
        factors = splat(builder, builder.trunc(factor, WORD), LANES)
        after = builder.mul(builder.xor(before, unit), factors)
        some = builder.icmp_unsigned("!=", unit, ir.Constant(kind, [0] * LANES))
        builder.store(builder.select(some, after, before), place, align=4)
        return context.get_dummy_value()

    return types.void(hashes, units, types.intp, types.intp, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def remainder_lanes(typing: Any, numbers: Any, divisor: Any, inverse: Any, rests: Any, at: Any) -> Any:
    """Writes the remainders of 16 `numbers` (uint32) to `rests` (uint32) from `at` on.

    The inverse of the divisor, (2 ** 32 - 1) // divisor, gives quotients that are at most one too small. It is the
    element of an array (uint32), since LLVM multiplies 64 bits where it no longer sees that 32 are enough.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, divisor, inverse, rests, at = arguments
        kind, wide = ir.VectorType(WORD, LANES), ir.VectorType(LONG, LANES)
        values = builder.load(
            address_of(context, builder, signature.args[0], (numbers, LONG(0)), kind), align=4
        )
        inverse = builder.load(address_of(context, builder, signature.args[2], (inverse, LONG(0)), WORD))
        products = builder.mul(builder.zext(values, wide), builder.zext(splat(builder, inverse, LANES), wide))
        quotients = builder.trunc(builder.lshr(products, ir.Constant(wide, [32] * LANES)), kind)
        divisors = splat(builder, builder.trunc(divisor, WORD), LANES)
        rest = builder.sub(values, builder.mul(quotients, divisors))
        less = builder.sub(rest, divisors)
        rest = builder.select(builder.icmp_unsigned("<", less, rest), less, rest)
        builder.store(rest, address_of(context, builder, signature.args[3], (rests, at), kind), align=4)
        return context.get_dummy_value()

    return types.void(numbers, types.int64, inverse, rests, types.intp), build


def _flags(builder: Any, bits: Any) -> Any:
    """A bit for each lane, lowest first, as a vector."""
    return builder.bitcast(builder.trunc(bits, ir.IntType(LANES)), _FLAGS)


def _bits(builder: Any, flags: Any) -> Any:
    return builder.zext(builder.bitcast(flags, ir.IntType(LANES)), LONG)


@intrinsic  # type: ignore[untyped-decorator]
def marked_lanes(typing: Any, bits: Any, numbers: Any, at: Any, wanted: Any, mask: Any) -> Any:
    """Which of 16 `numbers` (uint32) from `at` on, of those `wanted` (bits), have their bit set in `bits` (uint32).

    Bits are in the element with the number's upper 27 bits, of which `mask` is left.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        marks, array, at, wanted, mask = arguments
        pointers = ir.VectorType(WORD.as_pointer(), LANES)
        values = builder.load(address_of(context, builder, signature.args[1], (array, at), _WORDS), align=4)
        first = address_of(context, builder, signature.args[0], (marks, LONG(0)), WORD)
        elements = builder.lshr(values, ir.Constant(_WORDS, [5] * LANES))
        elements = builder.and_(elements, splat(builder, builder.trunc(mask, WORD), LANES))
        wide = ir.VectorType(LONG, LANES)
        shifts = builder.shl(builder.zext(elements, wide), ir.Constant(wide, [2] * LANES))
        addresses = builder.inttoptr(
            builder.add(builder.ptrtoint(splat(builder, first, LANES), wide), shifts), pointers
        )
        shape = ir.FunctionType(_WORDS, [pointers, WORD, _FLAGS, _WORDS])
        gather = get_or_insert_function(builder.module, shape, "llvm.masked.gather.v16i32.v16p0")
        zeros = ir.Constant(_WORDS, [0] * LANES)
        found = builder.call(gather, [addresses, WORD(4), _flags(builder, wanted), zeros])
        found = builder.lshr(found, builder.and_(values, ir.Constant(_WORDS, [31] * LANES)))
        found = builder.and_(found, ir.Constant(_WORDS, [1] * LANES))
        return _bits(builder, builder.icmp_unsigned("!=", found, zeros))

    return types.uint64(bits, numbers, types.intp, types.uint64, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def compress_lanes(typing: Any, source: Any, at: Any, target: Any, to: Any, wanted: Any) -> Any:
    """Writes those of 16 numbers (uint32) that are `wanted` (bits) one after the other; 16 elements are written."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, at, target, to, wanted = arguments
        values = builder.load(address_of(context, builder, signature.args[0], (source, at), _WORDS), align=4)
        place = address_of(context, builder, signature.args[2], (target, to), _WORDS)
        builder.store(_compressed(builder, values, _flags(builder, wanted)), place, align=4)
        return context.get_dummy_value()

    return types.void(source, types.intp, target, types.intp, types.uint64), build


def _compressed(builder: Any, values: Any, flags: Any) -> Any:
    """The values that are flagged first, then zeros."""
    shape = ir.FunctionType(_WORDS, [_WORDS, _FLAGS, _WORDS])
    compress = get_or_insert_function(builder.module, shape, "llvm.experimental.vector.compress.v16i32")
    return builder.call(compress, [values, flags, ir.Constant(_WORDS, [0] * LANES)])


@intrinsic  # type: ignore[untyped-decorator]
def fitting_lanes(typing: Any, left: Any, at: Any, n: Any) -> Any:
    """Which n-grams of 16 characters end within their word, and are no brackets alone; `left` is as in a group."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, at, n = arguments
        values = builder.load(address_of(context, builder, signature.args[0], (left, at), _WORDS), align=4)
        # A mark of the word's first character is above these bits; between words, numbers are negative.
        characters = builder.ashr(
            builder.shl(values, ir.Constant(_WORDS, [16] * LANES)), ir.Constant(_WORDS, [16] * LANES)
        )
        fits = builder.icmp_signed(">=", characters, splat(builder, builder.trunc(n, WORD), LANES))
        inside = builder.icmp_signed(">=", characters, ir.Constant(_WORDS, [2] * LANES))
        first = builder.icmp_signed(">", values, ir.Constant(_WORDS, [0xFFFF] * LANES))
        inside = builder.and_(inside, builder.not_(first))
        longer = splat(builder, builder.icmp_signed(">", n, LONG(1)), LANES)
        return _bits(builder, builder.and_(fits, builder.or_(inside, longer)))

    return types.uint64(left, types.intp, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def count_down_lanes(typing: Any, array: Any, at: Any, number: Any) -> Any:
    """Sets 16 elements of an array (int32) to a number, the number less one, and so on."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, at, number = arguments
        first = splat(builder, builder.trunc(number, WORD), LANES)
        place = address_of(context, builder, signature.args[0], (array, at), _WORDS)
        builder.store(builder.sub(first, ir.Constant(_WORDS, list(range(LANES)))), place, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def split_lanes(typing: Any, text: Any, start: Any, left: Any, units: Any, at: Any) -> Any:
    """Takes 16 bytes of UTF-8, but no more than are `left`, apart into characters, from column `at` of `units` on.

    How many characters begin there, and 256 times the bytes of the longest one. Row k of `units` (uint32) gets the
    characters' bytes k, with their signs extended, or 0 for none. Three bytes more of the text are looked at.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        text, start, left, units, at = arguments
        narrow = ir.VectorType(_BYTE, LANES)
        zeros = ir.Constant(narrow, [0] * LANES)

        def loaded(k: int) -> tuple[Any, Any]:
            place = address_of(
                context, builder, signature.args[0], (text, builder.add(start, LONG(k))), narrow
            )
            data = builder.load(place, align=1)
            # Bytes that go on with a character, 0x80 to 0xBF, are the least with a sign.
            return data, builder.icmp_signed("<", data, ir.Constant(narrow, [-64] * LANES))

        positions = ir.Constant(_WORDS, list(range(LANES)))
        data, following = loaded(0)
        inside = builder.icmp_signed("<", positions, splat(builder, builder.trunc(left, WORD), LANES))
        first = builder.and_(inside, builder.not_(following))
        longest, going_on = LONG(1), first
        for k in range(4):
            if k:
                data, following = loaded(k)
                going_on = builder.and_(going_on, following)
                data = builder.select(going_on, data, zeros)
                some = builder.icmp_unsigned(
                    "!=", builder.bitcast(going_on, ir.IntType(LANES)), ir.IntType(LANES)(0)
                )
                longest = builder.add(longest, builder.zext(some, LONG))
            line = address_of(context, builder, signature.args[3], (units, LONG(k)), WORD)
            place = builder.bitcast(builder.gep(line, [at]), _WORDS.as_pointer())
            builder.store(_compressed(builder, builder.sext(data, _WORDS), first), place, align=4)
        count = builder.ctpop(_bits(builder, first))
        return builder.or_(count, builder.shl(longest, LONG(8)))

    return types.int64(text, types.intp, types.int64, units, types.intp), build
