"""Operations on many bytes or numbers at a time: against NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.langid import byte_bits, row_vectors, vectors
from polysift.langid.kernels import borrowing_kernel
from polysift.langid.prefetch import prefetch_row

SPACES = b" \t\n\v\f\r\0"


@borrowing_kernel
def _bytes(data: Any, at: Any, words: Any, numbers: Any) -> Any:
    vectors.store_lanes(words, 1, vectors.byte_lanes(data, at))
    vectors.store_lanes(words, 20, vectors.same_lanes(7))
    numbers[0], numbers[1] = vectors.load64(data, at), byte_bits.spaces(data, at)
    numbers[2], numbers[3] = byte_bits.trailing_zeros(numbers[1]), byte_bits.ones(numbers[1])
    numbers[4] = vectors.equal_lanes(words.reshape(5, 8), 0, np.int64(words[1]))


@borrowing_kernel
def _hashed(hashes: Any, characters: Any, k: Any, bits: Any, inverse: Any, rests: Any, wanted: Any) -> Any:
    stepped = vectors.step_lanes(
        vectors.load_lanes(hashes, 0), vectors.load_lanes(characters, 0), k, 16777619
    )
    remainders = vectors.remainder_lanes(stepped, 1000, inverse)
    vectors.compress_lanes(stepped, hashes, 0, np.uint64(0xFFFF))
    vectors.compress_lanes(remainders, rests, 2, np.uint64(0xFFFF))
    return vectors.marked_lanes(bits, remainders, wanted)


@borrowing_kernel
def _split(text: Any, start: Any, left: Any, units: Any, target: Any, wanted: Any, numbers: Any) -> Any:
    vectors.compress_lanes(vectors.load_lanes(units, 1), target, 2, wanted)
    taken = vectors.split_lanes(text, start, left, units, 1)
    vectors.store_lanes(numbers, 1, vectors.numbered_lanes(5, wanted))
    return taken


@borrowing_kernel
def _replaced(numbers: Any, value: Any, other: Any, text: Any, copied: Any) -> Any:
    flags = vectors.equal_flags(vectors.load_lanes(numbers, 2), value)
    vectors.store_lanes(numbers, 2, vectors.replaced_lanes(vectors.load_lanes(numbers, 2), value, other))
    vectors.copy_chunk(copied, 3, text, 5)
    return flags


@borrowing_kernel
def _dots(rows: Any, outputs: Any, logits: Any) -> Any:
    for column in range(0, outputs.shape[1], row_vectors.PANEL):
        row_vectors.dots_of_eight(rows, 1, outputs, column, logits, 0)
        row_vectors.dots_of_one(rows, 0, outputs, column, logits, 8)


@borrowing_kernel
def _sigmoids(numbers: Any) -> Any:
    row_vectors.sigmoid_lanes(numbers, 1)


@borrowing_kernel
def _added(target: Any, source: Any, row: Any, factor: Any, rows: Any) -> Any:
    row_vectors.add_row(target, row, source, 0)
    row_vectors.add_row_times(target, row, source, 1, factor)
    row_vectors.clear_row(target, 0)
    row_vectors.copy_row(target, 2, source, 1)
    row_vectors.add_rows(target, 2, source, rows, len(rows))
    prefetch_row(target, row)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=70, max_size=70), st.integers(0, 6), st.lists(st.integers(0, 69), max_size=20))
def test_bytes(data: bytes, at: int, blanks: list[int]) -> None:
    """Bytes as numbers, which of them are white space, and how many."""
    array = np.frombuffer(data, np.uint8).copy()
    array[blanks] = np.frombuffer(SPACES * 3, np.uint8)[: len(blanks)]
    words, numbers = np.zeros(40, np.uint32), np.zeros(5, np.uint64)
    _bytes(array, at, words, numbers)
    flags = sum(1 << i for i in range(64) if bytes([array[at + i]]) in SPACES)
    assert numbers[:2].tolist() == [int.from_bytes(array[at : at + 8].tobytes(), "little"), flags]
    assert numbers[2] == (64 if not flags else (flags & -flags).bit_length() - 1)
    assert numbers[3] == flags.bit_count()
    assert words[1:17].tolist() == array[at : at + 16].tolist()
    assert words[20:36].tolist() == [7] * 16
    assert numbers[4] == sum(1 << i for i in range(4) if words[i] == words[1])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.integers(0, 2**16 - 1))
def test_hashes(seed: int, k: int, wanted: int) -> None:
    """A step of the hash where there is a byte, remainders, and bits looked up."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**32, 16, np.uint32)
    characters = rng.integers(0, 2**32, 16, np.uint32)
    characters[::3] &= np.uint32(~(0xFF << 8 * k) & 0xFFFFFFFF)
    bits = rng.integers(0, 2**32, 32, np.uint32)
    unit = (characters >> np.uint32(8 * k)).astype(np.int8).astype(np.int32).view(np.uint32)
    expected = np.where(unit > 0, (hashes ^ unit) * np.uint32(16777619), hashes)
    rests = np.zeros(20, np.uint32)
    inverse = np.array([(2**32 - 1) // 1000], np.uint32)
    found = int(_hashed(hashes, characters, k, bits, inverse, rests, np.uint64(wanted)))
    assert hashes.tolist() == expected.tolist()
    assert rests[2:18].tolist() == (expected % 1000).tolist()
    marks = bits[rests[2:18] >> 5] >> (rests[2:18] & 31) & 1
    assert found == sum(int(mark) << i for i, mark in enumerate(marks)) & wanted


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_rows(dim: int, seed: int) -> None:
    """Rows of any length copied and added, as they are and times a number, one and many, and nothing beside them."""
    rng = np.random.default_rng(seed)
    target, source = rng.random((3, dim), np.float32), rng.random((2, dim), np.float32)
    expected = target.copy()
    expected[1] = (expected[1] + source[0]) + np.float32(3) * source[1]
    expected[0], expected[2] = 0, source[1] + source[0] + source[1]
    _added(target, source, 1, np.float32(3), np.array([0, 1], np.uint32))
    assert np.allclose(target, expected, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), st.integers(0, 2**16 - 1))
def test_characters(word: str, wanted: int) -> None:
    """A word's first 16 bytes as characters, numbers picked out, and bits counted."""
    data = word.encode()
    text = np.frombuffer(b"x" + data + b" " * 40, np.uint8)
    units, numbers = np.full(20, 7, np.uint32), np.zeros(20, np.uint32)
    units[1:17] = range(16)
    target = np.zeros(20, np.uint32)
    taken = _split(text, 1, len(data), units, target, np.uint64(wanted), numbers)
    begun = [c.encode() for i, c in enumerate(word) if len(word[:i].encode()) < 16]
    assert taken & 0xFF == len(begun)
    assert taken >> 8 == max(map(len, begun))
    assert units[1 : 1 + len(begun)].tolist() == [int.from_bytes(c, "little") for c in begun]
    picked = [i for i in range(16) if wanted >> i & 1]
    assert target[2 : 2 + len(picked)].tolist() == picked
    assert numbers[1:17].tolist() == [5 + (wanted & (2 << i) - 1).bit_count() for i in range(16)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=16, max_size=16), st.integers(0, 3))
def test_replaced(values: list[int], value: int) -> None:
    """A number found and replaced, and bytes copied, but none beside them."""
    numbers, copied = np.full(20, 9, np.uint32), np.zeros(40, np.uint8)
    numbers[2:18] = values
    flags = _replaced(numbers, value, 1 << 31, np.arange(100, 140, dtype=np.uint8), copied)
    assert flags == sum(1 << i for i in range(16) if values[i] == value)
    assert numbers.tolist() == [9, 9, *(1 << 31 if v == value else v for v in values), 9, 9]
    assert copied.tolist() == [0] * 3 + list(range(105, 137)) + [0] * 5


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_products(dim: int, panels: int, seed: int) -> None:
    """Of rows alone and of eight at a time: the same to the last bit, and right."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((9, dim), np.float32)
    rows[0] = rows[3]
    outputs = rng.standard_normal((dim, panels * row_vectors.PANEL), np.float32)
    logits = np.zeros((9, outputs.shape[1]), np.float32)
    _dots(rows, outputs, logits)
    assert np.allclose(logits[:8], rows[1:] @ outputs, atol=1e-4)
    assert logits[8].tobytes() == logits[2].tobytes()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-200, 200, width=32), min_size=16, max_size=16))
def test_sigmoids(values: list[float]) -> None:
    """Within a millionth, for any number."""
    numbers = np.array([5, *values, 5], np.float32)
    _sigmoids(numbers)
    expected = 1 / (1 + np.exp(-np.array(values, np.float64)))
    assert np.allclose(numbers[1:17], expected, atol=1e-6)
    assert numbers[0] == numbers[17] == 5
