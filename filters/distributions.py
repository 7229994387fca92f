"""The distribution of one measure over documents: order statistics, mean and deviation, whatever their order.

The values are sorted first, so that sums, and with them every threshold, do not depend on the order of documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .rules import Columns, Rule, measured

SKETCH_POINTS = 257
"""Quantiles that stand for a distribution in a file: steps of 0.4 % of the documents."""


class Distribution(NamedTuple):
    """One measure over the documents that have it.

    Attributes:
        values: float64 (n,), ascending: each document's, or evenly spaced quantiles of a sketch.
        documents: how many documents they stand for.
        mean: of the documents.
        std: population standard deviation.
    """

    values: npt.NDArray[np.float64]
    documents: int
    mean: float
    std: float

    def quantile(self, share: float) -> float:
        """The value below which that share of the documents lies, linear between order statistics."""
        return float(np.quantile(self.values, share))

    def removed(self, threshold: float | None, bound: str) -> float:
        """The share that a threshold removes: strictly above a 'max', strictly below a 'min'."""
        if threshold is None or not len(self.values):
            return 0.0
        if bound == "max":
            return 1 - float(np.searchsorted(self.values, threshold, "right")) / len(self.values)
        return float(np.searchsorted(self.values, threshold, "left")) / len(self.values)


Distributions = Mapping[str, Distribution]
"""Threshold's key -> distribution of its measure."""


def distribution(values: npt.NDArray[np.float64] | Sequence[float]) -> Distribution:
    """The distribution of values in any order; NaN (no denominator, which no rule removes) is left out.

    >>> distribution([0.5, 0.1, float("nan"), 0.3]).quantile(0.5)
    0.3
    """
    array = np.asarray(values, dtype=np.float64)
    ordered = np.sort(array[~np.isnan(array)])
    if not len(ordered):
        return Distribution(ordered, 0, 0.0, 0.0)
    if ordered[0] == ordered[-1]:  # exactly: the sums below would round
        return Distribution(ordered, len(ordered), float(ordered[0]), 0.0)
    return Distribution(ordered, len(ordered), float(ordered.mean()), float(ordered.std()))


def of_rule(rule: Rule, columns: Columns) -> Distribution:
    """The distribution of a rule's measure over documents given by their columns of integers."""
    return distribution(measured(rule, columns))


def sketch(found: Distribution) -> Distribution:
    """At most `SKETCH_POINTS` quantiles of a distribution, with its exact mean and deviation."""
    if len(found.values) <= SKETCH_POINTS:
        return found
    points = np.quantile(found.values, np.linspace(0, 1, SKETCH_POINTS), method="inverted_cdf")
    return found._replace(values=points)
