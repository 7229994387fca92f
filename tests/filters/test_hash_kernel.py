"""Hashes of bytes, and places in tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters import hash_kernel
from polysift.filters.byte_vectors import BLOCK, block_of, copy_block
from polysift.langid.kernels import kernel

INT64 = st.integers(-(1 << 63), (1 << 63) - 1)


def padded(data: bytes) -> np.ndarray:
    return np.frombuffer(data + bytes(2 * BLOCK), np.uint8).copy()


@kernel
def folded(a, b):
    return hash_kernel.folded(a, b)


@given(INT64, INT64)
def test_products_are_folded_exactly(a, b):
    """Both halves of the 128 bits of Python's integers, joined."""
    product = (a % (1 << 64)) * (b % (1 << 64))
    assert folded(a, b) % (1 << 64) == (product ^ product >> 64) % (1 << 64)


@kernel
def span_hash(data, begin, end):
    return hash_kernel.span_hash(data, begin, end)


@given(st.binary(max_size=100), st.binary(max_size=100), st.binary(max_size=40), st.binary(max_size=40))
def test_hashes_are_those_of_the_bytes_alone(first, second, before, after):
    """What stands around a span is of no account; two that differ have different hashes, if only by a zero."""
    lone = span_hash(padded(first), 0, len(first))
    data = padded(before + first + after)
    assert span_hash(data, len(before), len(before) + len(first)) == lone
    assert (span_hash(padded(second), 0, len(second)) == lone) == (first == second)
    assert span_hash(padded(first), 0, len(first) + 1) != lone


@given(st.text("ab\0", max_size=33), st.text("ab\0", max_size=33))
def test_lengths_are_not_taken_for_bytes(first, second):
    """Zeros at the end make a difference, and none that other bytes make up for."""
    one, other = (span_hash(padded(text.encode()), 0, len(text)) for text in (first, second))
    assert (one == other) == (first == second)


@kernel
def block(data, at, length):
    return block_of(data, at, length)


@given(st.text(min_size=1, max_size=40), st.integers(0, BLOCK))
def test_blocks(text, length):
    """Bytes with zeros behind them, how many begin a character, and where blanks are."""
    data = text.encode("utf-8", "replace").ljust(BLOCK, b"x")
    inside = data[:length]
    *parts, chars, blanks = block(padded(b"abc" + data), 3, length)
    assert np.array(parts, np.int64).tobytes() == inside.ljust(BLOCK, b"\0")
    assert chars == sum(byte & 0xC0 != 0x80 for byte in inside)
    assert blanks == sum(1 << i for i, byte in enumerate(inside) if byte == ord(" "))


@kernel
def copied(source, at):
    target = np.zeros(64, np.uint8)
    copy_block(target, 5, source, at)
    return target, hash_kernel.eight_bytes(target, 5) == hash_kernel.eight_bytes(source, at)


def test_blocks_are_copied_anywhere():
    """Places need not be multiples of anything, and nothing beside them changes."""
    target, same = copied(np.arange(1, 41, dtype=np.uint8), 3)
    assert same
    assert target.tolist() == [0] * 5 + list(range(4, 36)) + [0] * 27


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 123_456_789])
def test_powers(count):
    """Powers are those of Python's integers."""
    assert hash_kernel.power_of(count) % (1 << 64) == pow(hash_kernel.BASE, count, 1 << 64)


@kernel
def slot(key, capacity):
    return hash_kernel.slot_of(key, capacity)


@given(INT64, st.integers(1, 1 << 40))
def test_slots_are_inside_the_table(key, capacity):
    """Every key has a place, whatever its sign."""
    assert 0 <= slot(key, capacity) < capacity
