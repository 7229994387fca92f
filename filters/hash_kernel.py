"""Hashes of words that can be joined, and the n-grams that repeat: kernels.

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
SPACE_TERM = ord(" ") + 1
MULTIPLIER = 0x9E3779B97F4A7C15
"""2**64 divided by the golden ratio (Knuth's multiplicative hashing)."""
POWERS = 4096


def read_only(array: Any) -> Any:
    """A view that is always read-only and contiguous: numba compiles a kernel anew for each kind of array."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


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
def add_spaces(
    prefixes: NDArray[np.int64], lengths: NDArray[np.int32], powers: NDArray[np.int64], n_words: int
) -> None:
    """Turns hashes of words joined without spaces, in place, into those of words that a space follows each."""
    before = prefixes[0]
    for i in range(n_words):
        length = int(lengths[i + 1]) - int(lengths[i])
        word = reduced(multiply_add(PRIME - before, power_of(length, powers), prefixes[i + 1]))
        before = prefixes[i + 1]
        spaced = reduced(multiply_add(word, BASE, SPACE_TERM))
        prefixes[i + 1] = reduced(multiply_add(prefixes[i], power_of(length + 1, powers), spaced))


@kernel
def table_capacity(count: int) -> int:
    """Slots for at most `count` entries: half full where small, three quarters where memory counts."""
    return 2 * count if count < 1 << 20 else count + count // 3


@kernel
def index_bits(count: int) -> int:
    """Bits that the numbers 1 to `count` need."""
    bits = 1
    while count >> bits:
        bits += 1
    return bits


@kernel
def repeated_n_gram_chars(
    prefixes: NDArray[np.int64],
    lengths: NDArray[np.int32],
    n_words: int,
    n: int,
    gap: int,
    powers: NDArray[np.int64],
    slots: NDArray[np.uint32],
    counts: NDArray[np.int32],
) -> int:
    """With a gap of 1, the top n-gram's length times count, joined by spaces; of several, the first one seen. With a
    gap of 0, the length of the n-grams that have been seen before, joined without; finding one skips n words.

    A slot holds 0 or, in its lower bits, 1 + the word at which its n-gram starts; the bits above are those of its
    hash, to tell most others apart without looking at them. Both kinds in one loop, because numba counts
    references to arrays at every call: a call per n-gram would take longer than all else.
    """
    total = n_words - n + 1
    if total <= 0:
        return 0
    capacity, bits = table_capacity(total), index_bits(total)
    slots[:capacity] = 0
    counts[:total] = 1
    at = chars = top = 0
    while at < total:
        length = int(lengths[at + n]) - int(lengths[at])
        key = n_gram_key(prefixes[at], prefixes[at + n], length + gap * n, powers)
        tag = key & ((1 << (32 - bits)) - 1)
        slot = slot_of(key, capacity)
        first = -1
        while slots[slot]:
            found = int(slots[slot])
            if found >> bits == tag:
                other = (found & ((1 << bits) - 1)) - 1
                if int(lengths[other + n]) - int(lengths[other]) == length and key == n_gram_key(
                    prefixes[other], prefixes[other + n], length + gap * n, powers
                ):
                    first = other
                    break
            slot = slot + 1 if slot + 1 < capacity else 0
        if first < 0:
            slots[slot] = np.uint32(tag << bits | at + 1)
            at += 1
        elif gap:
            counts[first] += 1
            ahead = counts[first] - counts[top]
            top = first if ahead > 0 or (ahead == 0 and first < top) else top
            at += 1
        else:
            chars += length
            at += n
    return chars + gap * (int(lengths[top + n]) - int(lengths[top]) + n - 1) * int(counts[top])
