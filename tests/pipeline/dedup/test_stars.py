"""Verified clusters: each document is similar to its own keeper."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.pipeline.dedup.minhash import similarity
from polysift.pipeline.dedup.stars import bounds, estimate, stars, stars_reference

HASHES = 16
BANDS = 3
THRESHOLD = 0.7


@st.composite
def documents(draw):
    """Sketches that differ from a few patterns in some bytes, and buckets (of bands apart) at random."""
    count = draw(st.integers(0, 24))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    sketches = generator.integers(0, 3, (3, HASHES), np.uint8)[generator.integers(0, 3, count)]
    changed = generator.random((count, HASHES)) < draw(st.sampled_from([0.0, 0.1, 0.3]))
    sketches = np.where(changed, generator.integers(10, 255, (count, HASHES)), sketches).astype(np.uint8)
    per_band = draw(st.integers(1, 4))
    buckets = generator.integers(-1, per_band, (count, BANDS))
    buckets = np.where(buckets < 0, -1, buckets + per_band * np.arange(BANDS)).astype(np.int32)
    exact = generator.random((count, count))
    return buckets, sketches, np.maximum(exact, exact.T)


@settings(max_examples=300)
@given(documents(), st.booleans(), st.sampled_from([1, 2, 64]))
def test_stars_are_those_of_the_reference(drawn, with_texts, most):
    """Keepers and similarities equal the plain loop's, whatever the exact similarities near the threshold turn
    out to be, and however few keepers of a bucket are compared.
    """
    buckets, sketches, exact = drawn
    asked = (lambda a, b: exact[a, b]) if with_texts else None
    expected = stars_reference(buckets, sketches, THRESHOLD, asked, most)
    found = stars(buckets, sketches, THRESHOLD, asked, most)
    assert found.keeper.tolist() == expected.keeper.tolist()
    assert np.allclose(found.similarity, expected.similarity)


@given(documents())
def test_nobody_is_removed_but_for_its_own_keeper(drawn):
    """A removed document is similar to its keeper, which is kept and comes before it."""
    buckets, sketches, _ = drawn
    found = stars(buckets, sketches, THRESHOLD)
    removed = np.flatnonzero(found.keeper != np.arange(len(sketches)))
    keepers = found.keeper[removed]
    assert (keepers < removed).all()
    assert (found.keeper[keepers] == keepers).all()
    assert (similarity(sketches[removed], sketches[keepers]) >= THRESHOLD).all()


def test_a_chain_does_not_hold_together():
    """a is like b and b like c, but c is not like a: c stays."""
    sketches = np.zeros((3, 100), np.uint8)
    sketches[1, :20] = 1
    sketches[2, :40] = 1
    found = stars(np.zeros((3, 1), np.int32), sketches, 0.75)
    assert found.keeper.tolist() == [0, 0, 2]


def test_only_what_is_near_the_threshold_is_asked_for():
    """Clear pairs are decided by their sketches; the others by their shingles."""
    low, high = bounds(0.7, 112)
    sketches = np.zeros((4, 112), np.uint8)
    for row, equal in enumerate((112, high, high - 1, low - 1)):
        sketches[row, equal:] = row
    asked = []

    def jaccard(a, b):
        asked.extend(zip(a.tolist(), b.tolist(), strict=True))
        return np.full(len(a), 0.71)

    found = stars(np.zeros((4, 1), np.int32), sketches, 0.7, jaccard)
    assert found.keeper.tolist() == [0, 0, 0, 3]
    assert asked == [(0, 2)]
    assert np.allclose(found.similarity, [1, estimate(high, 112), 0.71, 1])
