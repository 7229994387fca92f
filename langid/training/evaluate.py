"""How good a language model is: per label, over all labels, what it confuses, and whether its scores mean anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 15  # of the expected calibration error, as in Guo et al. 2017 (arXiv 1706.04599)


class LabelFigures(NamedTuple):
    """One label: `lines` of it, and precision, recall, F1 and false-positive rate (0 to 1)."""

    lines: int
    precision: float
    recall: float
    f1: float
    false_positive_rate: float


class Figures(NamedTuple):
    """A model on labelled lines.

    Attributes:
        labels: figures of each label that is in the gold labels.
        macro_f1: mean F1 of these.
        accuracy: share of the lines with the right label.
        false_positive_rate: mean of the labels' rates.
        calibration_error: expected calibration error of the scores.
        confused: pairs of (right label, given label) with their counts, most first.
    """

    labels: dict[str, LabelFigures]
    macro_f1: float
    accuracy: float
    false_positive_rate: float
    calibration_error: float
    confused: list[tuple[tuple[str, str], int]]


def evaluate(gold: Sequence[str], given: Sequence[str], scores: NDArray[np.float64]) -> Figures:
    """Figures of the labels and scores that a model gave.

    >>> figures = evaluate(["por_Latn", "por_Latn", "glg_Latn"], ["por_Latn", "glg_Latn", "glg_Latn"], np.ones(3))
    >>> round(figures.macro_f1, 3), figures.confused
    (0.667, [(('por_Latn', 'glg_Latn'), 1)])
    """
    right = np.fromiter((a == b for a, b in zip(gold, given, strict=True)), bool, len(gold))
    support, found = Counter(gold), Counter(given)
    hits = Counter(label for label, ok in zip(gold, right, strict=True) if ok)
    labels = {
        label: _figures(support[label], found[label], hits[label], len(gold)) for label in sorted(support)
    }
    pairs = Counter((a, b) for a, b in zip(gold, given, strict=True) if a != b)
    return Figures(
        labels,
        float(np.mean([f.f1 for f in labels.values()])),
        float(right.mean()),
        float(np.mean([f.false_positive_rate for f in labels.values()])),
        calibration_error(scores, right),
        sorted(pairs.items(), key=lambda item: (-item[1], item[0])),
    )


def calibration_error(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error: how far the share of right answers is from the mean score, in 15 bins of
    equal width, weighted by the lines in each.

    >>> calibration_error(np.array([0.9, 0.9, 0.9, 0.9]), np.array([True, True, True, False]))
    0.15...
    """
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    lines = np.bincount(bins, minlength=BINS)
    gaps = np.abs(np.bincount(bins, scores, BINS) - np.bincount(bins, right, BINS))
    return float(gaps.sum() / max(1, lines.sum()))


def _figures(support: int, found: int, hits: int, lines: int) -> LabelFigures:
    precision = hits / found if found else 0.0
    recall = hits / support
    f1 = 2 * hits / (support + found)
    return LabelFigures(support, precision, recall, f1, (found - hits) / max(1, lines - support))
