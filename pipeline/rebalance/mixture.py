"""The language mixture: how much of a budget each language gets, and how often its documents are passed over.

A pass takes each document as often as its upsample_weight. `available` counts a language's train split once,
`repeated` counts one pass; both in the budget's unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import NamedTuple


class Supply(NamedTuple):
    """What a language has.

    Attributes:
        documents: documents of its train split.
        available: units of the budget in them, each document once.
        repeated: units in one pass.
        bytes: UTF-8 bytes of text in one pass.
        copies: documents in one pass.
    """

    documents: int
    available: float
    repeated: float
    bytes: float
    copies: int


class Portion(NamedTuple):
    """What a language gives to the mix.

    Attributes:
        units: of the budget.
        share: of the whole mix.
        passes: over its documents, each as often as its weight; may be below 1.
        epochs: how often a unit of text is seen on average: units / available.
    """

    units: float
    share: float
    passes: float
    epochs: float


def proportional(repeated: Mapping[str, float], budget: float) -> dict[str, float]:
    """Each language by its size, repeats included.

    >>> proportional({"por_Latn": 300, "glg_Latn": 100}, 200)
    {'por_Latn': 150.0, 'glg_Latn': 50.0}
    """
    whole = fsum(repeated.values())
    return {label: budget * size / whole for label, size in repeated.items()}


def tempered(repeated: Mapping[str, float], budget: float, temperature: float) -> dict[str, float]:
    """Each language by its size to the power of 1 / temperature.

    >>> tempered({"por_Latn": 400, "glg_Latn": 100}, 300, 2)
    {'por_Latn': 200.0, 'glg_Latn': 100.0}
    """
    most = max(repeated.values(), default=0.0)
    parts = {label: (size / most) ** (1 / temperature) if size else 0.0 for label, size in repeated.items()}
    whole = fsum(parts.values())
    return {label: budget * part / whole for label, part in parts.items()}


def unimax(available: Mapping[str, float], budget: float, max_epochs: float) -> dict[str, float]:
    """The budget divided as evenly as possible, no text seen more than `max_epochs` times on average.

    Source: UniMax (arXiv 2304.09151, algorithm 1): from the smallest language on, each gets an equal part of what is
    left, or all it can give. Repeats count: `available` is text seen once.

    >>> unimax({"por_Latn": 1000, "spa_Latn": 1000, "glg_Latn": 10}, 600, 4)
    {'glg_Latn': 40, 'por_Latn': 280.0, 'spa_Latn': 280.0}
    """
    left = budget
    units: dict[str, float] = {}
    for label, size in sorted(available.items(), key=lambda item: (item[1], item[0])):
        units[label] = min(left / (len(available) - len(units)), size * max_epochs)
        left -= units[label]
    return units


def portions(supply: Mapping[str, Supply], units: Mapping[str, float]) -> dict[str, Portion]:
    """The part of each language in the mix, languages sorted; those without text or units give nothing."""
    whole = fsum(units.values())
    found = {}
    for label in sorted(supply):
        of, wanted = supply[label], units.get(label, 0.0)
        if not of.repeated:
            wanted = 0.0
        found[label] = Portion(
            wanted,
            wanted / whole if whole else 0.0,
            wanted / of.repeated if of.repeated else 0.0,
            wanted / of.available if of.available else 0.0,
        )
    return found
