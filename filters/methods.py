"""The published methods that set a language's threshold from the English one.

Each takes the measure's distribution in the language, its distribution in English, and the English threshold;
it returns the threshold, or None where the distributions define none. With English as the language each returns
the English threshold, exactly but for `10Tail`, which looks at no other language: it does where the English
threshold removes a tenth (`tune.fit` keeps English thresholds for English).

Source: arXiv 2506.20920, section on filtering; the choice per rule is the published one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt

from .distributions import Distribution
from .rules import FINEWEB_RULES, GOPHER_RULES, REPETITION_RULES, Rule

Bound = Literal["min", "max"]
Method = Callable[[Distribution, Distribution, float, Bound], float | None]

TAIL = 0.1
"""The share that `10Tail` removes."""

SCORE_BOUNDS = (0.3, 0.9)
"""Published limits of language_score_min."""


def english(language: Distribution, english: Distribution, threshold: float, bound: Bound) -> float | None:
    """The English threshold as it is."""
    return threshold


def mean_std(language: Distribution, english: Distribution, threshold: float, bound: Bound) -> float | None:
    """As many standard deviations from the language's mean as the English threshold is from the English mean.

    None where either does not vary: the one gives no number of deviations, the other no size of one.
    """
    if english.std == 0 or language.std == 0:
        return None
    return language.mean + (threshold - english.mean) * (language.std / english.std)


def quantile(language: Distribution, english: Distribution, threshold: float, bound: Bound) -> float | None:
    """The threshold that removes the share of the language that the English threshold removes of English.

    An English threshold beyond all English documents removes nothing; so does this one then.
    """
    values = english.values
    below = int(np.searchsorted(values, threshold, "right" if bound == "max" else "left"))
    if below == len(values):
        return max(threshold, float(language.values[-1]))
    if below == 0:
        return min(threshold, float(language.values[0]))
    step = (threshold - values[below - 1]) / (values[below] - values[below - 1])
    return _at(language.values, (below - 1 + float(step)) / (len(values) - 1))


def ten_tail(language: Distribution, english: Distribution, threshold: float, bound: Bound) -> float | None:
    """The threshold that removes a tenth of the language."""
    return language.quantile(1 - TAIL if bound == "max" else TAIL)


def median_ratio(
    language: Distribution, english: Distribution, threshold: float, bound: Bound
) -> float | None:
    """The English threshold times the ratio of the language's median to the English one.

    Two medians of 0 have the ratio 1; None where only the English one is 0.
    """
    own, of_english = language.quantile(0.5), english.quantile(0.5)
    if of_english == 0:
        return threshold if own == 0 else None
    return threshold and threshold * (own / of_english)  # 0 also where the ratio is beyond floats


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "English": english,
        "MeanStd": mean_std,
        "Quantile": quantile,
        "10Tail": ten_tail,
        "MedianRatio": median_ratio,
    }
)


def _published(rule: Rule) -> tuple[str, str]:
    if rule in REPETITION_RULES:
        return "MeanStd", "crawl"
    return ("10Tail" if rule in FINEWEB_RULES else "Quantile"), "reference"


TUNABLE: tuple[Rule, ...] = tuple(
    rule for rule in (*REPETITION_RULES, *FINEWEB_RULES, *GOPHER_RULES) if rule.fineweb2_key
)
"""The rules whose thresholds the recipe fits; it fixes the others for all languages."""

PUBLISHED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {rule.threshold: _published(rule) for rule in TUNABLE}
)
"""Method and text ('reference' or 'crawl') that FineWeb2 chose for each rule after 207 model runs."""


def language_score(scores: npt.NDArray[np.float64]) -> float:
    """language_score_min from the scores of all documents under a label: median less deviation, in 0.3 to 0.9.

    >>> language_score(np.array([0.5, 0.7, 0.9])), language_score(np.array([0.99, 1.0]))
    (0.5367006838144548, 0.9)
    """
    ordered = np.sort(scores)
    least, most = SCORE_BOUNDS
    return max(least, min(most, float(np.median(ordered)) - float(ordered.std())))


def score_for_precision(
    scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], precision: float
) -> float | None:
    """The lowest language_score_min under which that share of the documents has the right label.

    Args:
        scores: float64 (n,), of the documents given the label.
        right: bool (n,), whether the label is the true one.
        precision: least share of right ones among those that pass.

    Returns:
        One of the scores; None where no score reaches the precision.

    >>> score_for_precision(np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, True, False, True]), 0.6)
    0.4
    """
    order = np.argsort(scores, kind="stable")
    ordered, hits = scores[order], right[order]
    passing = np.arange(len(ordered), 0, -1)
    good = np.cumsum(hits[::-1])[::-1] / passing >= precision
    first = np.r_[True, ordered[1:] != ordered[:-1]] if len(ordered) else np.zeros(0, dtype=bool)
    reached = np.flatnonzero(good & first)
    return float(ordered[reached[0]]) if len(reached) else None


def _at(values: npt.NDArray[np.float64], share: float) -> float:
    """Linear between order statistics, exact where `share * (n - 1)` comes from a threshold between two of them."""
    place = share * (len(values) - 1)
    left = min(int(place), len(values) - 1)
    right = min(left + 1, len(values) - 1)
    return float(values[left] + (place - left) * (values[right] - values[left]))
