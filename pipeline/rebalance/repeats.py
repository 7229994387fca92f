"""From removal rates to repeats: the published formula, and what makes it safe for small counts.

Source of the formula: FineWeb2 (arXiv 2506.20920, "rehydration"; huggingface/fineweb-2, misc/rehydration).
tests/pipeline/rebalance/test_repeats.py holds it against all sets published there: 1,856 languages, up to 3 to 10
repeats.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .distribution import Distribution

WINDOW = 5  # sizes of the moving average

Weights = dict[int, int]  # cluster size from which on -> how often a document is repeated


def upsample_weights(cluster_sizes: NDArray[np.int64], weights: Mapping[int, int]) -> NDArray[np.int64]:
    """The weight of each document by the size of its cluster.

    Args:
        cluster_sizes: int64 (documents,), at least 1.
        weights: cluster size from which on -> weight, starting at 1. FineWeb2's README publishes
            `{1: 1, 2: 2, 3: 3, 5: 5, 100: 8, 1000: 1}`.

    >>> upsample_weights(np.array([1, 2, 4, 7, 100, 5000]), {1: 1, 2: 2, 3: 3, 5: 5, 100: 8, 1000: 1})
    array([1, 2, 3, 5, 8, 1])
    """
    starts = np.array(sorted(weights), dtype=np.int64)
    values = np.array([weights[start] for start in starts.tolist()], dtype=np.int64)
    return values[np.maximum(np.searchsorted(starts, cluster_sizes, side="right") - 1, 0)]


def repeats(found: Distribution, most: int) -> NDArray[np.int64]:
    """How often to repeat a document of each size class: `most` times where the rules remove least, once where they
    remove as much as overall or more, linearly between; then a moving average over the sizes, rounded.

    Args:
        found: removal rates by cluster size.
        most: repeats at the lowest removal rate, at least 1.

    Returns:
        int64 (classes,).

    >>> from .distribution import distribution
    >>> repeats(distribution([1, 2, 3], [600, 300, 100], [60, 150, 80]), 10)
    array([1, 5, 3])
    """
    rates, overall, lowest = found.rates, found.global_rate, found.rates.min()
    exact = np.ones(len(rates))
    below = rates < overall
    if below.any():
        exact[below] = 1 + (most - 1) * ((rates[below] - overall) / (lowest - overall))
    return np.round(_moving_average(exact)).astype(np.int64)


def _moving_average(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of WINDOW neighbours; two values at each end are kept.

    With fewer than WINDOW values, as published: the mean over all of them and zeros stands at index 2, and the value
    before the last one follows it.
    """
    edge = WINDOW // 2
    means = np.convolve(values, np.ones(WINDOW) / WINDOW, mode="same")
    means[:edge] = values[:edge]
    means[-edge:] = values[-edge:]
    return means[: len(values)]


def runs(sizes: NDArray[np.int64], counts: NDArray[np.int64]) -> Weights:
    """Only the sizes at which the number of repeats changes, as published.

    >>> runs(np.array([1, 2, 3, 5]), np.array([1, 3, 3, 2]))
    {1: 1, 2: 3, 5: 2}
    """
    starts = np.flatnonzero(np.r_[True, counts[1:] != counts[:-1]])
    return dict(zip(sizes[starts].tolist(), counts[starts].tolist(), strict=True))


def weights_of(found: Distribution, most: int, smooth: bool = False) -> Weights:
    """The weights of a language: cluster size from which on -> repeats.

    Args:
        found: removal rates by cluster size.
        most: repeats at the lowest removal rate.
        smooth: first shrink the rates of sizes with few documents and make the curve unimodal.
    """
    used = unimodal(shrunk(found)) if smooth else found
    return runs(used.sizes, repeats(used, most))


def shrunk(found: Distribution) -> Distribution:
    """Rates drawn towards the global one, the more the fewer documents a size has (empirical Bayes).

    The rate of a size is taken as a draw around the global rate; how widely sizes truly differ is estimated from the
    data (method of moments): what is left of the variance between sizes once chance has its share. Where chance
    explains it all, every size has the global rate and no document is repeated.
    """
    counts = found.judged.astype(np.float64)
    overall = found.global_rate / 100
    total = counts.sum()
    chance = overall * (1 - overall)
    if total == 0 or chance == 0:
        return found
    between = (counts * (found.rates / 100 - overall) ** 2).sum() - chance * (len(counts) - 1)
    variance = max(between / max(total - (counts**2).sum() / total, 1.0), 0.0)
    share = counts * variance / (counts * variance + chance)  # of the size's own rate
    return found._replace(rates=100 * (overall + share * (found.rates / 100 - overall)))


def unimodal(found: Distribution) -> Distribution:
    """Rates that fall up to the best size and rise after it (least squares, a document counts one), so that repeats
    fall to both sides: a few clean clusters in the tail, such as copies of one licence, do not make them rise again.

    >>> from .distribution import distribution
    >>> unimodal(distribution([1, 2, 3, 4], [100] * 4, [20, 60, 40, 50])).rates.tolist()
    [80.0, 40.0, 55.0, 55.0]
    """
    rates, counts = found.rates, np.maximum(found.judged, 1).astype(np.float64)
    falling = _errors(-rates, counts)  # of each prefix
    rising = _errors(-rates[::-1], counts[::-1])[::-1]  # of each suffix
    best = int(np.argmin(falling + np.r_[rising[1:], 0.0])) + 1
    left = -np.array(_expand(_pooled(-rates[:best], counts[:best])))
    right = np.array(_expand(_pooled(rates[best:], counts[best:])))
    return found._replace(rates=np.r_[left, right])


Blocks = list[tuple[float, float, int]]  # mean, documents and number of the sizes that share one rate


def _pooled(values: NDArray[np.float64], counts: NDArray[np.float64]) -> Blocks:
    """The best rising fit (pool adjacent violators)."""
    blocks: Blocks = []
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        _push(blocks, value, count)
    return blocks


def _push(blocks: Blocks, value: float, count: float) -> float:
    """Adds a value to a rising fit, in place; returns by how much the sum of squared errors grows."""
    mean, weight, width, error = value, count, 1, 0.0
    while blocks and blocks[-1][0] >= mean:
        before, documents, sizes = blocks.pop()
        error += weight * documents / (weight + documents) * (mean - before) ** 2
        mean = (mean * weight + before * documents) / (weight + documents)
        weight, width = weight + documents, width + sizes
    blocks.append((mean, weight, width))
    return error


def _errors(values: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The squared error of the best rising fit of each prefix."""
    blocks: Blocks = []
    grown = [
        _push(blocks, value, count) for value, count in zip(values.tolist(), counts.tolist(), strict=True)
    ]
    return np.cumsum(grown)


def _expand(blocks: Blocks) -> list[float]:
    return [mean for mean, _, width in blocks for _ in range(width)]
