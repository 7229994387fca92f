"""xxHash as kernels: XXH64 of bytes, XXH3 (64 bits, seed 0) of whole 64-bit numbers.

Source: the specification of xxHash (github.com/Cyan4973/xxHash, doc/xxhash_spec.md; constants: BSD-2-Clause). The
tests hold both to the `xxhash` package.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import Strings, kernel, read_only

Hashes = NDArray[np.uint64]

P1 = np.uint64(0x9E3779B185EBCA87)
P2 = np.uint64(0xC2B2AE3D27D4EB4F)
P3 = np.uint64(0x165667B19E3779F9)
P4 = np.uint64(0x85EBCA77C2B2AE63)
P5 = np.uint64(0x27D4EB2F165667C5)
MINUS_P1 = np.uint64(2**64 - 0x9E3779B185EBCA87)
SMALL_P1 = np.uint64(0x9E3779B1)
SMALL_P2 = np.uint64(0x85EBCA77)
SMALL_P3 = np.uint64(0xC2B2AE3D)
MIX = np.uint64(0x165667919E3779F9)
MIX_EIGHT = np.uint64(0x9FB21C651E98DF25)
LOW = np.uint64(0xFFFFFFFF)

_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
SECRET: Hashes = np.array([int.from_bytes(_SECRET[i : i + 8], "little") for i in range(185)], np.uint64)
"""XXH3's default secret: item i is the number at its byte i."""


def hash64(strings: Strings, seed: int = 0) -> Hashes:
    """XXH64 of each text: for ids, and for texts that are equal byte for byte.

    >>> import pyarrow as pa
    >>> from polysift.langid.kernels import from_arrow
    >>> hash64(from_arrow(pa.array(["", "the quick brown fox jumps"])))
    array([17241709254077376921,  7797000677988824208], dtype=uint64)
    """
    hashes: Hashes = _hash64(*read_only(strings), np.uint64(seed))
    return hashes


def hash128(strings: Strings) -> Hashes:
    """XXH64 of each text under two seeds, shape (texts, 2): no two texts of a corpus are likely to share both."""
    return np.stack([hash64(strings, 0), hash64(strings, 1)], axis=1)


@kernel
def _hash64(data: NDArray[np.uint8], offsets: NDArray[np.int64], seed: np.uint64) -> Hashes:
    hashes = np.empty(len(offsets) - 1, np.uint64)
    for i in range(len(hashes)):
        hashes[i] = xxh64(data, offsets[i], offsets[i + 1], seed)
    return hashes


@kernel
def _rotate(x: np.uint64, bits: int) -> np.uint64:
    return x << np.uint64(bits) | x >> np.uint64(64 - bits)


@kernel
def _read4(data: NDArray[np.uint8], at: np.uint64) -> np.uint64:
    return (
        np.uint64(data[at])
        | np.uint64(data[at + np.uint64(1)]) << np.uint64(8)
        | np.uint64(data[at + np.uint64(2)]) << np.uint64(16)
        | np.uint64(data[at + np.uint64(3)]) << np.uint64(24)
    )


@kernel
def _read8(data: NDArray[np.uint8], at: np.uint64) -> np.uint64:
    # Unsigned places: with signed ones numba looks for negative ones, and eight bytes are not one load.
    return (
        np.uint64(data[at])
        | np.uint64(data[at + np.uint64(1)]) << np.uint64(8)
        | np.uint64(data[at + np.uint64(2)]) << np.uint64(16)
        | np.uint64(data[at + np.uint64(3)]) << np.uint64(24)
        | np.uint64(data[at + np.uint64(4)]) << np.uint64(32)
        | np.uint64(data[at + np.uint64(5)]) << np.uint64(40)
        | np.uint64(data[at + np.uint64(6)]) << np.uint64(48)
        | np.uint64(data[at + np.uint64(7)]) << np.uint64(56)
    )


@kernel
def _round(lane: np.uint64, x: np.uint64) -> np.uint64:
    return _rotate(lane + x * P2, 31) * P1


@kernel
def _merge(h: np.uint64, lane: np.uint64) -> np.uint64:
    return (h ^ _round(np.uint64(0), lane)) * P1 + P4


@kernel
def xxh64(data: NDArray[np.uint8], start: int, end: int, seed: np.uint64) -> np.uint64:
    """XXH64 of `data[start:end]`."""
    at, stop = np.uint64(start), np.uint64(end)
    h = seed + P5
    if stop - at >= np.uint64(32):
        one, two, three, four = seed + P1 + P2, seed + P2, seed, seed - P1
        while stop - at >= np.uint64(32):
            one = _round(one, _read8(data, at))
            two = _round(two, _read8(data, at + np.uint64(8)))
            three = _round(three, _read8(data, at + np.uint64(16)))
            four = _round(four, _read8(data, at + np.uint64(24)))
            at += np.uint64(32)
        h = _rotate(one, 1) + _rotate(two, 7) + _rotate(three, 12) + _rotate(four, 18)
        h = _merge(_merge(_merge(_merge(h, one), two), three), four)
    h += np.uint64(end - start)
    while stop - at >= np.uint64(8):
        h = _rotate(h ^ _round(np.uint64(0), _read8(data, at)), 27) * P1 + P4
        at += np.uint64(8)
    if stop - at >= np.uint64(4):
        h = _rotate(h ^ _read4(data, at) * P1, 23) * P2 + P3
        at += np.uint64(4)
    while at < stop:
        h = _rotate(h ^ np.uint64(data[at]) * P5, 11) * P1
        at += np.uint64(1)
    h = (h ^ h >> np.uint64(33)) * P2
    h = (h ^ h >> np.uint64(29)) * P3
    return h ^ h >> np.uint64(32)


@kernel
def xxh3(numbers: Hashes, secret: Hashes) -> np.uint64:
    """XXH3 of the bytes of at least one number, little-endian; `secret` is SECRET."""
    count = len(numbers)
    if count == 1:
        return _xxh3_of_one(numbers[0], secret)
    if count == 2:
        return _xxh3_of_two(numbers[0], numbers[1], secret)
    if count <= 16:
        return _xxh3_of_16(numbers, secret)
    if count <= 30:
        return _xxh3_of_30(numbers, secret)
    return _xxh3_of_many(numbers, secret)


@kernel
def _fold(x: np.uint64, y: np.uint64) -> np.uint64:
    """The two halves of the 128-bit product, one xor the other."""
    half = np.uint64(32)
    low = (x & LOW) * (y & LOW)
    cross = (x >> half) * (y & LOW) + (low >> half)
    other = (x & LOW) * (y >> half) + (cross & LOW)
    return x * y ^ ((x >> half) * (y >> half) + (cross >> half) + (other >> half))


@kernel
def _avalanche(h: np.uint64) -> np.uint64:
    h = (h ^ h >> np.uint64(37)) * MIX
    return h ^ h >> np.uint64(32)


@kernel
def _mix_two(numbers: Hashes, at: int, secret: Hashes, key: int) -> np.uint64:
    return _fold(numbers[at] ^ secret[key], numbers[at + 1] ^ secret[key + 8])


@kernel
def _xxh3_of_one(number: np.uint64, secret: Hashes) -> np.uint64:
    h: np.uint64 = _rotate(number, 32) ^ secret[8] ^ secret[16]
    h = (h ^ _rotate(h, 49) ^ _rotate(h, 24)) * MIX_EIGHT
    h = (h ^ (h >> np.uint64(35)) + np.uint64(8)) * MIX_EIGHT
    return h ^ h >> np.uint64(28)


@kernel
def _xxh3_of_two(one: np.uint64, two: np.uint64, secret: Hashes) -> np.uint64:
    low = one ^ secret[24] ^ secret[32]
    high = two ^ secret[40] ^ secret[48]
    swapped = np.uint64(0)
    for i in range(8):
        swapped = swapped << np.uint64(8) | low >> np.uint64(8 * i) & np.uint64(0xFF)
    return _avalanche(np.uint64(16) + swapped + high + _fold(low, high))


@kernel
def _xxh3_of_16(numbers: Hashes, secret: Hashes) -> np.uint64:
    count = len(numbers)
    h = np.uint64(8 * count) * P1
    for i in range((count + 3) // 4):
        h += _mix_two(numbers, 2 * i, secret, 32 * i)
        h += _mix_two(numbers, count - 2 * i - 2, secret, 32 * i + 16)
    return _avalanche(h)


@kernel
def _xxh3_of_30(numbers: Hashes, secret: Hashes) -> np.uint64:
    count = len(numbers)
    h = np.uint64(8 * count) * P1
    for i in range(8):
        h += _mix_two(numbers, 2 * i, secret, 16 * i)
    h = _avalanche(h)
    for i in range(8, count // 2):
        h += _mix_two(numbers, 2 * i, secret, 16 * i - 125)
    return _avalanche(h + _mix_two(numbers, count - 2, secret, 119))


@kernel
def _add_stripe(lanes: Hashes, numbers: Hashes, at: int, secret: Hashes, key: int) -> None:
    """Adds eight numbers to the eight lanes."""
    for i in range(8):
        x = numbers[at + i]
        keyed = x ^ secret[key + 8 * i]
        lanes[i ^ 1] += x
        lanes[i] += (keyed & LOW) * (keyed >> np.uint64(32))


@kernel
def _xxh3_of_many(numbers: Hashes, secret: Hashes) -> np.uint64:
    count = len(numbers)
    lanes = np.array([SMALL_P3, P1, P2, P3, P4, SMALL_P2, P5, SMALL_P1])
    for stripe in range((count - 1) // 8):
        _add_stripe(lanes, numbers, 8 * stripe, secret, stripe % 16 * 8)
        if stripe % 16 == 15:  # a block of 1,024 bytes is full
            for i in range(8):
                lanes[i] = (lanes[i] ^ lanes[i] >> np.uint64(47) ^ secret[128 + 8 * i]) * SMALL_P1
    _add_stripe(lanes, numbers, count - 8, secret, 121)
    h = np.uint64(8 * count) * P1
    for i in range(4):
        h += _fold(lanes[2 * i] ^ secret[11 + 16 * i], lanes[2 * i + 1] ^ secret[19 + 16 * i])
    return _avalanche(h)
