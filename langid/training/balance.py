"""How often each labelled text is shown in training, so that no label drowns another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def balanced_counts(
    counts: NDArray[np.int64], passes: float, temperature: float, max_repeats: float
) -> NDArray[np.int64]:
    """How many lines to draw of each group, such as a source's texts of a label.

    A group with n texts gets a share proportional to `n ** (1 / temperature)`: 1 keeps the proportions, large
    temperatures make all groups equal (as in Arivazhagan et al. 2019, arXiv 1907.05019). No group gets more
    than `max_repeats` times what it has.

    Args:
        counts: int64 (groups,), the texts of each group.
        passes: the lines to draw in all, in multiples of the number of texts.

    >>> balanced_counts(np.array([1000, 10]), 1.0, 1.0, 100).tolist()
    [1000, 10]
    >>> balanced_counts(np.array([1000, 10]), 1.0, 2.0, 100).tolist()
    [918, 92]
    >>> balanced_counts(np.array([1000, 10]), 1.0, 2.0, 5).tolist()
    [918, 50]
    """
    shares = counts ** (1.0 / temperature) * (counts > 0)
    wanted = passes * counts.sum() * shares / shares.sum()
    drawn: NDArray[np.int64] = np.minimum(wanted, max_repeats * counts).round().astype(np.int64)
    return drawn


def draw(groups: NDArray[np.int64], wanted: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the texts to show, shuffled: `wanted[g]` of each group g, all of them equally often.

    Returns int64 (sum of wanted,).
    """
    rows = []
    members = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[members], np.arange(len(wanted) + 1))
    for group, count in enumerate(wanted.tolist()):
        own = members[bounds[group] : bounds[group + 1]]
        times, rest = divmod(count, len(own)) if len(own) else (0, 0)
        rows += [np.tile(own, times), rng.permutation(own)[:rest]]
    return rng.permutation(np.concatenate(rows))
