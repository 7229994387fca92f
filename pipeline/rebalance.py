"""Duplication-aware rebalancing: how often a kept document should stand in the training mix."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


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
    return values[np.searchsorted(starts, cluster_sizes, side="right") - 1]
