"""The temperature at which a model's scores are the chance of being right (Guo et al. 2017, arXiv 1706.04599)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.25, 4.0
STEPS = 40  # of a golden-section search: the interval shrinks to 1e-8 of itself
TINY = 1e-30


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
    return _golden_section(lambda temperature: _loss(logs, right, temperature))


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


def _golden_section(loss: Any) -> float:
    ratio = (5**0.5 - 1) / 2
    low, high = np.log(LOWEST), np.log(HIGHEST)
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = loss(np.exp(a)), loss(np.exp(b))
    for _ in range(STEPS):
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = loss(np.exp(a))
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = loss(np.exp(b))
    return float(np.exp((low + high) / 2))
