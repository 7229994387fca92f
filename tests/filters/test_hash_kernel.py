"""Hashes that can be joined, and places in tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters import hash_kernel
from polysift.filters.hash_kernel import PRIME, multiply_add, reduced
from polysift.langid.kernels import kernel

CHARACTERS = st.characters(exclude_categories=["Cs"])


@kernel
def residue(a, b, c):
    return reduced(multiply_add(a, b, c))


@given(st.integers(0, (1 << 63) - 1), st.integers(0, PRIME - 1), st.integers(0, PRIME - 1))
def test_residues_are_those_of_pythons_integers(a, b, c):
    """A product of 128 bits is reduced exactly, also at the largest numbers allowed."""
    assert residue(a, b, c) == (a * b + c) % PRIME
    assert residue((1 << 63) - 1, PRIME - 1, PRIME - 1) == (((1 << 63) - 1) * (PRIME - 1) + PRIME - 1) % PRIME


@given(st.text(CHARACTERS), st.text(CHARACTERS))
def test_hashes_are_polynomials(left, right):
    """The hash of a slice follows from those of two prefixes, and equals the sum that defines it."""

    def polynomial(text):
        value = 0
        for character in text:
            value = (value * hash_kernel.BASE + ord(character) + 1) % hash_kernel.PRIME
        return value

    joined = polynomial(left + right)
    assert hash_kernel.n_gram_key(
        polynomial(left), joined, len(right), hash_kernel.power_table()
    ) == polynomial(right)


@pytest.mark.parametrize("length", [0, 1, 4095, 4096, 4097, 123_456_789])
def test_powers(length):
    """Powers beyond the table are those of Python's integers."""
    assert hash_kernel.power_of(length, hash_kernel.power_table()) == pow(
        hash_kernel.BASE, length, hash_kernel.PRIME
    )


@kernel
def slot(key, capacity):
    return hash_kernel.slot_of(key, capacity)


@given(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(1, 1 << 40))
def test_slots_are_inside_the_table(key, capacity):
    """Every key has a place, whatever its sign."""
    assert 0 <= slot(key, capacity) < capacity


@kernel
def copied(source, at):
    target = np.zeros(24, np.uint8)
    hash_kernel.copy_eight_bytes(target, 5, source, at)
    return target, hash_kernel.eight_bytes(target, 5) == hash_kernel.eight_bytes(source, at)


def test_eight_bytes_are_read_and_copied_anywhere():
    """Places need not be multiples of eight, and nothing beside them changes."""
    source = np.arange(1, 21, dtype=np.uint8)
    target, same = copied(source, 3)
    assert same
    assert target.tolist() == [0] * 5 + list(range(4, 12)) + [0] * 11
