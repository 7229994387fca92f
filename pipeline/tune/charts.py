"""One chart per measure, as Vega-Lite: its distribution on reference and crawl, the methods' thresholds over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...filters.distributions import Distribution

BINS = 60
SHOWN = 0.995
"""Values above this quantile of every corpus are off the chart: a long tail would press the rest into one bin."""

LINES = ["#000000", "#e45756", "#54a24b", "#b279a2", "#9d755d", "#72b7b2"]
WIDTH, HEIGHT = 560, 170
COLORS = {"reference": "#4c78a8", "crawl": "#f58518"}


def chart(
    found: Mapping[str, Distribution], thresholds: Mapping[str, float | None], unit: str
) -> dict[str, Any]:
    """A Vega-Lite specification.

    Args:
        found: corpus -> distribution of the measure.
        thresholds: what to call each threshold -> its value; those that are off are left out.
        unit: title of the horizontal axis.
    """
    edges = _edges(found, thresholds)
    bars = [row for corpus, of in found.items() for row in _bars(corpus, of, edges)]
    rules = [{"method": name, "at": value} for name, value in thresholds.items() if value is not None]
    x = {
        "type": "quantitative",
        "title": unit,
        "scale": {"domain": [float(edges[0]), float(edges[-1])], "nice": False},
    }
    areas = {
        "data": {"values": bars},
        "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.45, "line": True},
        "encoding": {
            "x": {"field": "from", **x},
            "y": {
                "field": "share",
                "type": "quantitative",
                "title": "documents",
                "stack": None,
                "axis": {"format": "%"},
            },
            "color": {
                "field": "corpus",
                "scale": {"domain": list(COLORS), "range": list(COLORS.values())},
                "legend": {"title": None},
            },
            "tooltip": [
                {"field": "corpus"},
                {"field": "from", "format": ".4~g"},
                {"field": "share", "format": ".2%"},
            ],
        },
    }
    lines = {
        "data": {"values": rules},
        "mark": {"type": "rule", "strokeWidth": 2, "clip": True},
        "encoding": {
            "x": {"field": "at", **x},
            "color": {
                "field": "method",
                "sort": list(thresholds),
                "scale": {"domain": list(thresholds), "range": LINES[: len(thresholds)]},
                "legend": {"title": "threshold"},
            },
            "strokeDash": {
                "field": "method",
                "sort": list(thresholds),
                "scale": {"domain": list(thresholds), "range": _dashes(len(thresholds))},
                "legend": None,
            },
            "tooltip": [{"field": "method"}, {"field": "at", "format": ".4~g"}],
        },
    }
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "layer": [areas, lines] if rules else [areas],
        "resolve": {"scale": {"color": "independent"}},
        "config": {"font": "sans-serif"},
    }


def _edges(found: Mapping[str, Distribution], thresholds: Mapping[str, float | None]) -> Any:
    """Edges of the bins: from the least value to `SHOWN` of them, thresholds included."""
    lows = [float(of.values[0]) for of in found.values()]
    highs = [of.quantile(SHOWN) for of in found.values()]
    given = [value for value in thresholds.values() if value is not None]
    low, high = min([*lows, *given], default=0.0), max([*highs, *given], default=1.0)
    return np.linspace(low, high if high > low else low + 1.0, BINS + 1)


def _bars(corpus: str, found: Distribution, edges: Any) -> list[dict[str, Any]]:
    counts, _ = np.histogram(np.clip(found.values, edges[0], edges[-1]), edges)
    shares = counts / max(1, len(found.values))
    return [
        {"corpus": corpus, "from": round(float(left), 6), "share": round(float(share), 6)}
        for left, share in zip(edges[:-1], shares, strict=True)
    ]


def _dashes(count: int) -> list[list[int]]:
    """A dash for each threshold; the first, that in force, is whole."""
    return [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [1, 4]][:count]
