"""Hashes of words that can be joined, and places in hash tables: kernels.

A string of code points c0 c1 ... is hashed to the polynomial (c0 + 1) B**(k-1) + ... + (c(k-1) + 1) modulo the prime
2**61 - 1. From the hashes of all prefixes of a text, that of any slice follows with one multiplication
(Rabin and Karp). Slices that read the same hash alike, whatever words they are cut into; others do so with a
probability of about length / 2**61, and their lengths would have to be equal, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from ..langid.kernels import kernel

PRIME = (1 << 61) - 1
BASE = 1_416_127_684_302_948_311
"""Any number below PRIME that is large: 61 random bits."""
MULTIPLIER = 0x9E3779B97F4A7C15
"""2**64 divided by the golden ratio (Knuth's multiplicative hashing)."""
MIX = MULTIPLIER - (1 << 64)  # as an int64
POWERS = 4096


@intrinsic  # type: ignore[untyped-decorator]
def multiply_add(_: Any, a: types.Integer, b: types.Integer, c: types.Integer) -> Any:
    """a * b + c modulo PRIME for a < 2**63, b < PRIME, c < 2**61; below 2**63, for `reduced` to finish."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        x, y, z = (builder.zext(value, wide) for value in values)
        product = builder.add(builder.mul(x, y), z)
        low = builder.trunc(builder.and_(product, ir.Constant(wide, PRIME)), narrow)
        return builder.add(low, builder.trunc(builder.lshr(product, ir.Constant(wide, 61)), narrow))

    return types.int64(types.int64, types.int64, types.int64), generate


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


@intrinsic  # type: ignore[untyped-decorator]
def copy_eight_bytes(
    _: Any, target: types.Array, to: types.Integer, source: types.Array, at: types.Integer
) -> Any:
    """Bytes `at` to `at + 8` of one array to the place `to` of another. Not bounds-checked."""

    def generate(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        eight, pointer = ir.IntType(64), ir.IntType(64).as_pointer()
        goal, origin = (
            builder.gep(context.make_array(kind)(context, builder, array).data, [place])
            for kind, array, place in zip(signature.args[::2], values[::2], values[1::2], strict=True)
        )
        builder.store(
            builder.load(builder.bitcast(origin, pointer), align=1), builder.bitcast(goal, pointer), align=1
        )
        return ir.Constant(eight, 0)

    return types.int64(target, types.int64, source, types.int64), generate


def power_table() -> NDArray[np.int64]:
    """BASE**i modulo PRIME for i below POWERS."""
    powers = [1]
    while len(powers) < POWERS:
        powers.append(powers[-1] * BASE % PRIME)
    return np.array(powers, np.int64)


@kernel
def reduced(value: int) -> int:
    """The residue modulo PRIME of a number below 2**63."""
    folded = (value & PRIME) + (value >> 61)
    return folded - PRIME if folded >= PRIME else folded


@kernel
def power_of(length: int, powers: NDArray[np.int64]) -> int:
    """BASE**length modulo PRIME."""
    if length < POWERS:
        return int(powers[length])
    result, block, rest = (
        int(powers[length % POWERS]),
        multiply_add(powers[POWERS - 1], BASE, 0),
        length // POWERS,
    )
    while rest:
        if rest & 1:
            result = reduced(multiply_add(result, reduced(block), 0))
        block = multiply_add(reduced(block), reduced(block), 0)
        rest >>= 1
    return result


@kernel
def n_gram_key(prefix: int, prefix_with: int, length: int, powers: NDArray[np.int64]) -> int:
    """Hash of the `length` code points between two prefixes."""
    return reduced(multiply_add(PRIME - prefix, power_of(length, powers), prefix_with))


@kernel
def table_capacity(count: int) -> int:
    """Slots for at most `count` entries: half full where small, three quarters where memory counts."""
    return 2 * count if count <= 1 << 18 else count + count // 3
