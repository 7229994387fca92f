"""Many bytes or numbers at a time, in kernels: what numba has no word for, in LLVM's terms.

Nothing here looks at bounds: what is read or written must be there. The vectors are LLVM's own, which it splits
for processors whose registers are shorter. `Lanes` are 16 numbers as one value, which stays in a register from one
function to the next.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function, unpack_tuple
from numba.extending import intrinsic, models, register_model
from numba.np.arrayobj import make_array

LANES = 16
"""Numbers of 32 bits in a vector."""

CHUNK = 32
"""Bytes that `copy_chunk` copies."""

_BYTE, WORD, LONG = ir.IntType(8), ir.IntType(32), ir.IntType(64)
FLOATS, _WORDS = ir.VectorType(ir.FloatType(), LANES), ir.VectorType(WORD, LANES)
_FLAGS = ir.VectorType(ir.IntType(1), LANES)


class _Lanes(types.Type):  # type: ignore[misc]
    """The type of 16 numbers (uint32) as one value."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    """A vector of LLVM's."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _WORDS)


_LANES = _Lanes()


def address_of(context: Any, builder: Any, kind: Any, place: Any, element: Any) -> Any:
    """Where a row of an array begins, as a pointer to `element`; the place is the array and the row."""
    array, index = place
    memory = make_array(kind)(context, builder, array)
    if kind.ndim == 1 and kind.layout == "C":
        stride = LONG(context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    else:
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
def equal_lanes(typing: Any, array: Any, row: Any, value: Any) -> Any:
    """Which of the first four elements of a row of 32-bit integers are equal to a value, a bit each (uint64)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(WORD, 4)
        values = builder.load(address_of(context, builder, signature.args[0], arguments[:2], kind), align=4)
        equal = builder.icmp_unsigned("==", values, splat(builder, builder.trunc(arguments[2], WORD), 4))
        return builder.zext(builder.bitcast(equal, ir.IntType(4)), LONG)

    return types.uint64(array, types.intp, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def same_lanes(typing: Any, value: Any) -> Any:
    """Lanes that are all equal to a value."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return splat(builder, builder.trunc(arguments[0], WORD), LANES)

    return _LANES(types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def load_lanes(typing: Any, array: Any, at: Any) -> Any:
    """16 elements of an array of 32-bit integers."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(address_of(context, builder, signature.args[0], arguments, _WORDS), align=4)

    return _LANES(array, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def store_lanes(typing: Any, array: Any, at: Any, numbers: Any) -> Any:
    """Sets 16 elements of an array of 32-bit integers."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = address_of(context, builder, signature.args[0], arguments[:2], _WORDS)
        builder.store(arguments[2], place, align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, _LANES), build


@intrinsic  # type: ignore[untyped-decorator]
def byte_lanes(typing: Any, data: Any, start: Any) -> Any:
    """16 bytes of an array, a number each."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(_BYTE, LANES)
        place = address_of(context, builder, signature.args[0], arguments, kind)
        return builder.zext(builder.load(place, align=1), _WORDS)

    return _LANES(data, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def step_lanes(typing: Any, hashes: Any, characters: Any, k: Any, factor: Any) -> Any:
    """Hashes that took in byte `k` of 16 characters, but no zeros, as FNV-1a does, with the byte's sign extended."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        hashes, characters, k, factor = arguments
        above = splat(builder, builder.sub(WORD(24), builder.shl(builder.trunc(k, WORD), WORD(3))), LANES)
        byte = builder.ashr(builder.shl(characters, above), ir.Constant(_WORDS, [24] * LANES))
        factors = splat(builder, builder.trunc(factor, WORD), LANES)
        after = builder.mul(builder.xor(hashes, byte), factors)
        some = builder.icmp_unsigned("!=", byte, ir.Constant(_WORDS, [0] * LANES))
        return builder.select(some, after, hashes)

    return _LANES(_LANES, _LANES, types.intp, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def remainder_lanes(typing: Any, numbers: Any, divisor: Any, inverse: Any) -> Any:
    """The remainders of 16 numbers.

    The inverse of the divisor, (2 ** 32 - 1) // divisor, gives quotients that are at most one too small. It is the
    element of an array (uint32), since LLVM multiplies 64 bits where it no longer sees that 32 are enough.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, divisor, inverse = arguments
        wide = ir.VectorType(LONG, LANES)
        inverse = builder.load(address_of(context, builder, signature.args[2], (inverse, LONG(0)), WORD))
        products = builder.mul(
            builder.zext(numbers, wide), builder.zext(splat(builder, inverse, LANES), wide)
        )
        quotients = builder.trunc(builder.lshr(products, ir.Constant(wide, [32] * LANES)), _WORDS)
        divisors = splat(builder, builder.trunc(divisor, WORD), LANES)
        rest = builder.sub(numbers, builder.mul(quotients, divisors))
        less = builder.sub(rest, divisors)
        return builder.select(builder.icmp_unsigned("<", less, rest), less, rest)

    return _LANES(_LANES, types.int64, inverse), build


def _flags(builder: Any, bits: Any) -> Any:
    """A bit for each lane, lowest first, as a vector."""
    return builder.bitcast(builder.trunc(bits, ir.IntType(LANES)), _FLAGS)


def _bits(builder: Any, flags: Any) -> Any:
    return builder.zext(builder.bitcast(flags, ir.IntType(LANES)), LONG)


@intrinsic  # type: ignore[untyped-decorator]
def marked_lanes(typing: Any, bits: Any, numbers: Any, wanted: Any) -> Any:
    """Which of 16 numbers, of those `wanted` (bits), have their bit set in `bits` (uint32), 32 to an element."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        marks, numbers, wanted = arguments
        pointers = ir.VectorType(WORD.as_pointer(), LANES)
        first = address_of(context, builder, signature.args[0], (marks, LONG(0)), WORD)
        elements = builder.lshr(numbers, ir.Constant(_WORDS, [5] * LANES))
        wide = ir.VectorType(LONG, LANES)
        shifts = builder.shl(builder.zext(elements, wide), ir.Constant(wide, [2] * LANES))
        addresses = builder.inttoptr(
            builder.add(builder.ptrtoint(splat(builder, first, LANES), wide), shifts), pointers
        )
        shape = ir.FunctionType(_WORDS, [pointers, WORD, _FLAGS, _WORDS])
        gather = get_or_insert_function(builder.module, shape, "llvm.masked.gather.v16i32.v16p0")
        zeros = ir.Constant(_WORDS, [0] * LANES)
        found = builder.call(gather, [addresses, WORD(4), _flags(builder, wanted), zeros])
        found = builder.lshr(found, builder.and_(numbers, ir.Constant(_WORDS, [31] * LANES)))
        found = builder.and_(found, ir.Constant(_WORDS, [1] * LANES))
        return _bits(builder, builder.icmp_unsigned("!=", found, zeros))

    return types.uint64(bits, _LANES, types.uint64), build


@intrinsic  # type: ignore[untyped-decorator]
def compress_lanes(typing: Any, numbers: Any, target: Any, to: Any, wanted: Any) -> Any:
    """Writes those of 16 numbers that are `wanted` (bits) one after the other; 16 elements (uint32) are written."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, target, to, wanted = arguments
        place = address_of(context, builder, signature.args[1], (target, to), _WORDS)
        builder.store(_compressed(builder, numbers, _flags(builder, wanted)), place, align=4)
        return context.get_dummy_value()

    return types.void(_LANES, target, types.intp, types.uint64), build


def _compressed(builder: Any, values: Any, flags: Any) -> Any:
    """The values that are flagged first, then zeros."""
    shape = ir.FunctionType(_WORDS, [_WORDS, _FLAGS, _WORDS])
    compress = get_or_insert_function(builder.module, shape, "llvm.experimental.vector.compress.v16i32")
    return builder.call(compress, [values, flags, ir.Constant(_WORDS, [0] * LANES)])


@intrinsic  # type: ignore[untyped-decorator]
def equal_flags(typing: Any, numbers: Any, value: Any) -> Any:
    """Which of 16 numbers are equal to a value, a bit each (uint64)."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, value = arguments
        return _bits(
            builder, builder.icmp_unsigned("==", numbers, splat(builder, builder.trunc(value, WORD), LANES))
        )

    return types.uint64(_LANES, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def replaced_lanes(typing: Any, numbers: Any, value: Any, other: Any) -> Any:
    """16 numbers, with another one in place of a value."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, value, other = arguments
        value, other = (splat(builder, builder.trunc(each, WORD), LANES) for each in (value, other))
        return builder.select(builder.icmp_unsigned("==", numbers, value), other, numbers)

    return _LANES(_LANES, types.int64, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def numbered_lanes(typing: Any, before: Any, bits: Any) -> Any:
    """For each of 16 bits, how many are set up to it and with it, and `before`."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        before, bits = (splat(builder, builder.trunc(each, WORD), LANES) for each in arguments)
        up_to = ir.Constant(_WORDS, [(2 << i) - 1 for i in range(LANES)])
        shape = ir.FunctionType(_WORDS, [_WORDS])
        count = get_or_insert_function(builder.module, shape, "llvm.ctpop.v16i32")
        return builder.add(before, builder.call(count, [builder.and_(bits, up_to)]))

    return _LANES(types.int64, types.uint64), build


@intrinsic  # type: ignore[untyped-decorator]
def copy_chunk(typing: Any, target: Any, to: Any, source: Any, start: Any) -> Any:
    """Copies CHUNK bytes of an array into another one."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.VectorType(_BYTE, CHUNK)
        place = address_of(context, builder, signature.args[0], arguments[:2], kind)
        text = builder.load(address_of(context, builder, signature.args[2], arguments[2:], kind), align=1)
        builder.store(text, place, align=1)
        return context.get_dummy_value()

    return types.void(target, types.intp, source, types.intp), build


@intrinsic  # type: ignore[untyped-decorator]
def split_lanes(typing: Any, text: Any, start: Any, left: Any, characters: Any, at: Any) -> Any:
    """Writes the characters that begin in 16 bytes of UTF-8, but in no more than are `left`, from `at` on.

    How many there are, and 256 times the bytes of the longest one. Each (uint32) has its first byte lowest. Three bytes
    more of the text are looked at.
    """

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        text, start, left, characters, at = arguments
        narrow = ir.VectorType(_BYTE, LANES)

        def loaded(k: int) -> tuple[Any, Any]:
            place = address_of(
                context, builder, signature.args[0], (text, builder.add(start, LONG(k))), narrow
            )
            data = builder.load(place, align=1)
            # Bytes that go on with a character, 0x80 to 0xBF, are the least with a sign.
            following = builder.icmp_signed("<", data, ir.Constant(narrow, [-64] * LANES))
            return builder.zext(data, _WORDS), following

        positions = ir.Constant(_WORDS, list(range(LANES)))
        found, following = loaded(0)
        inside = builder.icmp_signed("<", positions, splat(builder, builder.trunc(left, WORD), LANES))
        first = going_on = builder.and_(inside, builder.not_(following))
        longest = LONG(1)
        for k in range(1, 4):
            data, following = loaded(k)
            going_on = builder.and_(going_on, following)
            shifted = builder.shl(data, ir.Constant(_WORDS, [8 * k] * LANES))
            found = builder.or_(found, builder.select(going_on, shifted, ir.Constant(_WORDS, [0] * LANES)))
            some = builder.icmp_unsigned("!=", _bits(builder, going_on), LONG(0))
            longest = builder.add(longest, builder.zext(some, LONG))
        place = address_of(context, builder, signature.args[3], (characters, at), _WORDS)
        builder.store(_compressed(builder, found, first), place, align=4)
        count = builder.ctpop(_bits(builder, first))
        return builder.or_(count, builder.shl(longest, LONG(8)))

    return types.int64(text, types.intp, types.int64, characters, types.intp), build
