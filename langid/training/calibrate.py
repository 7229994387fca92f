"""How sharp a model's scores must be to be the chance of being right: temperature scaling (Guo et al. 2017,
arXiv 1706.04599), first one temperature for all texts, then one that depends on how much of a text there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..evidence import Evidence

TEMPERATURES = 0.25, 4.0
STEPS = 40  # of a golden-section search: the interval shrinks to 1e-8 of itself
TINY = 1e-30

# Bounds of the two numbers of `Evidence`, and steps of the search for each: the interval shrinks to a thousandth.
MOST, HALF, ROUGH = (0.25, 4.0), (1.0, 4096.0), 15


def best_temperature(model: Any, lines: Sequence[str], labels: Sequence[str]) -> float:
    """The temperature with the least negative log-likelihood of the right labels.

    Args:
        model: a fastText model with a softmax output.
        lines: held-out texts, one line each.
        labels: their labels, as the model names them, without prefix.
    """
    logs = _log_probabilities(model, lines)
    position = {name.removeprefix("__label__"): i for i, name in enumerate(model.labels)}
    right = np.array([position[label] for label in labels])
    return _golden_section(lambda temperature: _loss(logs, right, temperature), *TEMPERATURES, STEPS)


def best_evidence(
    logits: NDArray[np.float32],
    features: NDArray[np.int64],
    right: NDArray[np.bool_],
    labels: NDArray[np.int64],
) -> Evidence:
    """The factor of a text's logits, by its number of features, with the least log-loss of the best label's score as
    the chance that this label is right. (Thresholds read no other score.)

    It is fitted as if it had no bound, which the long texts would bend it to. Each of the texts' labels counts alike,
    since texts elsewhere are in other proportions. The two numbers are rounded to what held-out text can tell: other
    lines move them more.

    Args:
        logits: (texts, labels), of held-out texts of all lengths.
        features: (texts,), how many each has.
        right: (texts,), whether the label with the largest logit is right.
        labels: (texts,), numbers of the texts' labels.
    """
    weights = 1 / np.bincount(labels)[labels]
    gaps = logits - logits.max(axis=1, keepdims=True)

    def most(half: float) -> float:
        return _golden_section(lambda most: loss(Evidence(most, half)), *MOST, ROUGH)

    def loss(evidence: Evidence) -> float:
        return float(np.average(_losses(gaps, right, evidence.unbounded(features)), weights=weights))

    half = round(_golden_section(lambda half: loss(Evidence(most(half), half)), *HALF, ROUGH))
    return Evidence(round(most(half), 2), half)


def _losses(
    gaps: NDArray[np.float32], right: NDArray[np.bool_], factors: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The log-losses of the best labels' scores; `gaps` are the logits less the best."""
    others = np.exp(gaps * factors[:, None]).sum(axis=1, dtype=np.float64) - 1
    losses: NDArray[np.float64] = np.log1p(others) - np.log(np.maximum(others, TINY)) * ~right
    return losses


def _log_probabilities(model: Any, lines: Sequence[str]) -> NDArray[np.float32]:
    """float32 (lines, labels), columns in the order of `model.labels`."""
    position = {name: i for i, name in enumerate(model.labels)}
    logs = np.full((len(lines), len(position)), np.log(TINY), np.float32)
    for row, line in enumerate(lines):
        for score, name in model.f.predict(line + "\n", -1, 0.0, "strict"):
            logs[row, position[name]] = np.log(max(score, TINY))
    return logs


def _loss(logs: NDArray[np.float32], right: NDArray[np.int64], temperature: float) -> float:
    scaled = logs / np.float32(temperature)
    top = scaled.max(axis=1)
    total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
    return float((total - scaled[np.arange(len(right)), right]).mean())


def _golden_section(loss: Callable[[float], float], lowest: float, highest: float, steps: int) -> float:
    """Where between the bounds a loss with one minimum is least."""
    ratio = (5**0.5 - 1) / 2
    low, high = np.log(lowest), np.log(highest)
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = loss(np.exp(a)), loss(np.exp(b))
    for _ in range(steps):
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = loss(np.exp(a))
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = loss(np.exp(b))
    return float(np.exp((low + high) / 2))
