"""xxHash kernels equal the xxhash package."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.kernels import Strings, from_arrow
from polysift.pipeline.dedup.xxhash_kernel import SECRET, hash64, hash128, xxh3

SEEDS = st.integers(0, 2**64 - 1)


@given(st.lists(st.binary(max_size=200), max_size=5), st.sampled_from([0, 1]) | SEEDS)
def test_xxh64_of_any_bytes(texts, seed):
    """Any bytes, under any seed, hash as in the package."""
    found = hash64(from_arrow(pa.array(texts, pa.large_binary()).view(pa.large_string())), seed)
    assert found.tolist() == [xxhash.xxh64_intdigest(text, seed) for text in texts]


def test_xxh64_of_every_length():
    """Every length to 300 bytes, at every place."""
    data = np.random.default_rng(0).integers(0, 256, 300, dtype=np.uint8)
    for length in range(301):
        start = length % 7 if length < 290 else 0
        found = hash64(Strings(data, np.array([start, start + length], np.int64)))
        assert found[0] == xxhash.xxh64_intdigest(data[start : start + length].tobytes())


def test_hash128_is_of_two_seeds():
    """The two halves are hashes under seeds 0 and 1; no text gives no row."""
    texts = from_arrow(pa.array(["né", ""]))
    assert hash128(texts).tolist() == [
        [xxhash.xxh64_intdigest(text, seed) for seed in (0, 1)] for text in ("né", "")
    ]
    assert hash128(from_arrow(pa.array([], pa.string()))).shape == (0, 2)


@pytest.mark.parametrize("kind", ["random", "zeros", "ones"])
def test_xxh3_of_every_count_of_rows(kind):
    """Bands of 1 to 255 rows, and of more than a block, hash as in the package."""
    random = np.random.default_rng(1).integers(0, 2**64, 600, dtype=np.uint64, endpoint=False)
    numbers = {"random": random, "zeros": random * 0, "ones": random | np.uint64(2**64 - 1)}[kind]
    for count in [*range(1, 256), 256, 257, 384, 385, 600]:
        row = numbers[:count]
        assert xxh3(row, SECRET) == xxhash.xxh3_64_intdigest(row.astype("<u8").tobytes())
