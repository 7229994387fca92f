"""Hashes of bytes, and places in hash tables: kernels.

Bytes are hashed 32 at a time, by products of 128 bits whose halves are joined (as in wyhash). Equal bytes have equal
hashes; two different strings of a document have the same one with a probability of about 2**-64.

The hash of a sequence of words is the polynomial h0 B**(k-1) + ... + h(k-1) of theirs, modulo 2**64. From the hashes of
all beginnings of a text, that of any of its n-grams follows with one multiplication (Rabin and Karp).
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from ..langid.kernels import inlined_kernel, kernel
from .byte_vectors import BLOCK, block_of

BASE = 0x1BA0_C8F2_6E5D_43A7
"""Any odd number that is large."""
MULTIPLIER = 0x9E3779B97F4A7C15
"""2**64 divided by the golden ratio (Knuth's multiplicative hashing)."""
MIX = MULTIPLIER - (1 << 64)  # as an int64
SECRETS = (0x2D35_8DCC_AA6C_78A5, 0x0BB3_8F1D_64E9_5C37, 0x4B33_A62E_D433_D4A3, 0x4D5A_2DA5_1DE1_AA47)
"""Any four numbers of random bits, so that no block of usual text makes a factor of zero."""


@intrinsic  # type: ignore[untyped-decorator]
def folded(_: Any, a: types.Integer, b: types.Integer) -> Any:
    """The lower half of a product of 128 bits, exclusive or the upper one."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        product = builder.mul(*(builder.zext(value, wide) for value in values))
        upper = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), narrow)
        return builder.xor(builder.trunc(product, narrow), upper)

    return types.int64(types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def slot_of(_: Any, key: types.Integer, capacity: types.Integer) -> Any:
    """A place below `capacity` for a key: the upper bits of the scrambled key (Lemire's fast range)."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        scrambled = builder.mul(values[0], ir.Constant(narrow, MULTIPLIER))
        product = builder.mul(builder.zext(scrambled, wide), builder.zext(values[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), narrow)

    return types.int64(types.int64, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def eight_bytes(_: Any, data: types.Array, at: types.Integer) -> Any:
    """The bytes `at` to `at + 8` of an array as one int64. Not bounds-checked."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        start = builder.gep(
            context.make_array(signature.args[0])(context, builder, values[0]).data, [values[1]]
        )
        return builder.load(builder.bitcast(start, ir.IntType(64).as_pointer()), align=1)

    return types.int64(data, types.int64), generate


@inlined_kernel
def block_hash(block: tuple[int, int, int, int, int, int], length: Any, before: Any) -> Any:
    """The hash of a block of `block_of`, with `length` bytes to the end of a string, and of what is before it."""
    # The length must not look like bytes, or some zeros behind others would be taken for different ones.
    left = folded(block[0] ^ SECRETS[0] ^ before, block[1] ^ SECRETS[1] ^ length * MIX)
    return left ^ folded(block[2] ^ SECRETS[2], block[3] ^ SECRETS[3] ^ before)


@inlined_kernel
def span_hash(data: NDArray[Any], begin: Any, end: Any) -> Any:
    """The hash of a span of bytes. Up to 32 bytes more are read."""
    key = block_hash(block_of(data, begin, min(end - begin, BLOCK)), end - begin, 0)
    begin += BLOCK
    while begin < end:
        key = block_hash(block_of(data, begin, min(end - begin, BLOCK)), end - begin, key)
        begin += BLOCK
    return key


@kernel
def power_of(count: Any) -> Any:
    """BASE**count modulo 2**64, as an int64."""
    result, block = 1, BASE
    while count:
        if count & 1:
            result *= block
        block *= block
        count >>= 1
    return result


@kernel
def table_capacity(count: int) -> int:
    """Slots for at most `count` entries: half full where small, three quarters where memory counts."""
    return 2 * count if count <= 1 << 18 else count + count // 3
