from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.rebalance.distribution import Distribution, distribution, from_published, to_published
from polysift.pipeline.rebalance.repeats import repeats, runs, shrunk, unimodal, upsample_weights, weights_of

DATA = Path(__file__).resolve().parents[2] / "data" / "rehydration" / "published.parquet"

counts = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=40).filter(
    lambda pairs: any(kept + removed for kept, removed in pairs)
)


def made(pairs):
    """A distribution from (kept, removed) of sizes 1, 2, 3, ..."""
    kept, removed = np.array(pairs).T
    return distribution(range(1, len(pairs) + 1), kept + removed, kept)


@pytest.fixture(scope="module")
def published():
    """The published figures, a row per language."""
    return pq.read_table(DATA).to_pylist()


def from_row(row):
    """The published form of a distribution, through JSON, and what is read from it."""
    judged, kept = np.array(row["judged"]), np.array(row["kept"])
    rates = ((judged - kept) / judged * 100).tolist()
    content = {
        "cluster_sizes": row["sizes"][:-1],
        "cluster_removal_rates": rates[:-1],
        "cluster_post_filtering_doc_counts": row["kept"][:-1],
        "tail_threshold": row["sizes"][-1],
        "tail_removal_rate": rates[-1],
        "tail_post_filtering_doc_counts": row["kept"][-1],
        "global_removal_rate": row["global_rate"],
    }
    return json.loads(json.dumps(content))


@pytest.mark.parametrize("most", range(3, 11))
def test_every_published_set_is_reproduced(published, most):
    """All 1,856 sets of each cap come out as published, no size and no repeat apart."""
    wrong = [
        row["language"]
        for row in published
        if weights_of(from_published(from_row(row), row["language"]), most)
        != dict(zip(row[f"starts_{most}"], row[f"weights_{most}"], strict=True))
    ]
    assert len(published) == 1856
    assert wrong == []


def test_published_form_goes_both_ways(published):
    """What is read from a published file is written as it was, but for counts that it does not tell."""
    for row in published[::50]:
        content = from_row(row)
        assert to_published(from_published(content, "file")) == content


def test_the_tail_is_where_the_published_files_put_it(published):
    """Counted from all sizes, the tail holds 0.1 % of the documents; the sizes listed are those before it."""
    whole = [row for row in published if min(row["kept"]) > 0 and len(row["kept"]) > 3]
    assert len(whole) > 50
    for row in whole:
        again = distribution(row["sizes"], row["judged"], row["kept"])
        assert again.sizes.tolist() == row["sizes"]
        assert again.global_rate == pytest.approx(row["global_rate"], abs=1e-9)


@given(counts, st.integers(1, 20))
def test_repeats_lie_between_one_and_the_cap(pairs, most):
    """With or without smoothing, once at least and `most` times at most, but where fewer than five sizes are averaged
    with zeros, as published."""
    for found in (made(pairs), unimodal(shrunk(made(pairs)))):
        repeated = repeats(found, most)
        assert (repeated <= most).all()
        if len(repeated) >= 5:
            assert (repeated >= 1).all()


@given(counts)
def test_a_cap_of_one_repeats_nothing(pairs):
    """Up to one repeat is no repeat, for five sizes and more."""
    found = made(pairs)
    if len(found.sizes) >= 5:
        assert weights_of(found, 1) == {1: 1} or weights_of(found, 1) == {int(found.sizes[0]): 1}


@given(counts)
def test_runs_expand_to_the_repeats(pairs):
    """Looking a size up in the written runs gives the repeats it was written from."""
    found = made(pairs)
    repeated = repeats(found, 10)
    assert upsample_weights(found.sizes, runs(found.sizes, repeated)).tolist() == repeated.tolist()


@given(counts)
def test_unimodal_is_the_least_squares_fit_that_falls_and_rises(pairs):
    """Rates fall, then rise, keep their weighted mean, and no other split of the sizes fits better."""
    found = made(pairs)
    fitted = unimodal(found).rates
    best = int(np.argmin(fitted))
    assert (np.diff(fitted[: best + 1]) <= 1e-9).all()
    assert (np.diff(fitted[best:]) >= -1e-9).all()
    judged = np.maximum(found.judged, 1)
    assert np.average(fitted, weights=judged) == pytest.approx(np.average(found.rates, weights=judged))
    error = (judged * (fitted - found.rates) ** 2).sum()
    for split in range(len(fitted) + 1):
        other = np.r_[
            -isotonic(-found.rates[:split], judged[:split]), isotonic(found.rates[split:], judged[split:])
        ]
        assert error <= (judged * (other - found.rates) ** 2).sum() + 1e-6


def isotonic(values, weights):
    """Reference: the greatest, over starts up to i, of the least mean up to an end from i on."""
    n = len(values)
    mean = np.full((n, n), np.inf)
    for i in range(n):
        mean[i, i:] = np.cumsum(values[i:] * weights[i:]) / np.cumsum(weights[i:])
    return np.array([max(mean[a, i:].min() for a in range(i + 1)) for i in range(n)])


def test_small_sizes_are_drawn_to_the_global_rate():
    """Nineteen clean documents of twenty do not make theirs the best size; one with many keeps its own rate."""
    found = distribution(range(1, 7), [5000, 4000, 3000, 2000, 1000, 20], [1000, 1200, 1500, 1000, 400, 19])
    rates = shrunk(found).rates
    assert abs(rates[2] - found.rates[2]) < 1
    assert rates[5] > found.rates[5] + 10
    assert np.argmin(found.rates) == 5
    assert np.argmin(unimodal(shrunk(found)).rates) in (2, 3)


def test_chance_alone_repeats_nothing():
    """Where sizes differ no more than by chance, every document counts once."""
    generator = np.random.default_rng(0)
    judged = np.array([4000, 2000, 800, 400, 200, 100, 60, 30])
    kept = generator.binomial(judged, 0.4)
    assert weights_of(distribution(range(1, 9), judged, kept), 10, smooth=True) == {1: 1}
    assert max(weights_of(distribution(range(1, 9), judged, kept), 10).values()) > 1


def test_smooth_weights_rise_to_one_peak_and_fall():
    """Smoothed weights of a noisy curve have a single peak; the published formula's have many."""
    generator = np.random.default_rng(1)
    sizes = np.arange(1, 81)
    judged = (2000 / sizes**1.5).astype(int) + 10
    kept = generator.binomial(judged, 0.2 + 0.4 * np.exp(-(((np.log(sizes) - 2) / 1) ** 2)))
    found = distribution(sizes, judged, kept)
    smooth, rough = (list(weights_of(found, 10, smooth=on).values()) for on in (True, False))
    peak = smooth.index(max(smooth))
    assert smooth == sorted(smooth[:peak]) + sorted(smooth[peak:], reverse=True)
    assert (np.diff(np.sign(np.diff(rough))) != 0).sum() > 3


def test_weights_of_a_size_below_the_first_are_the_firsts():
    """A set that does not start at 1 (no cluster of that size was seen) holds from 1 on."""
    assert upsample_weights(np.array([1, 2, 3]), {2: 4, 3: 1}).tolist() == [4, 4, 1]


def test_a_distribution_is_a_plain_tuple():
    """Distributions compare by their arrays' content when taken apart."""
    assert Distribution(*distribution([1], [4], [1])).rates.tolist() == [75.0]
