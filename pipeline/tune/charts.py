"""One chart per measure, as Vega-Lite: its distribution on reference and crawl, the methods' thresholds over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...filters.distributions import Distribution

BINS = 60
SHOWN = 0.995
"""Values above this quantile of every corpus are off the chart: a long tail would press the rest into one bin."""

FAR = 2.5
"""Thresholds beyond so many times the width of what is shown are left off too; the table has them."""

EDGE = 0.02  # of the width, left free beside the outermost threshold
SHARES = [0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1]  # marks of the vertical axis, where they are in reach

WIDTH, HEIGHT = 540, 190
COLORS = {"reference": "#4c78a8", "crawl": "#f58518"}
METHOD_LINES = (
    ("#000000", (1, 0)),
    ("#7a7a7a", (1, 2)),
    ("#d62728", (6, 3)),
    ("#2a8f3c", (2, 2)),
    ("#8e44ad", (8, 3, 2, 3)),
    ("#8c564b", (12, 4)),
    ("#0f8a99", (1, 4)),
)
"""Colour and dashes of each threshold's line, in the order of the table beside the chart, which is its legend."""


def chart(
    found: Mapping[str, Distribution], thresholds: Mapping[str, float | None], unit: str
) -> dict[str, Any]:
    """A Vega-Lite specification.

    Args:
        found: corpus -> distribution of the measure.
        thresholds: what to call each threshold -> its value; those that are off, or far off, are left out.
        unit: title of the horizontal axis.

    The vertical axis grows with the square root: most measures are 0 in most documents, and what a threshold
    removes is in the tail.
    """
    edges = _edges(found, thresholds)
    width = (edges[-1] - edges[0]) * EDGE
    domain = [float(edges[0] - width), float(edges[-1] + width)]
    x = {"type": "quantitative", "title": unit, "scale": {"domain": domain, "nice": False}}
    bars = [row for corpus, of in found.items() for row in _bars(corpus, of, edges)]
    most = max((row["share"] for row in bars), default=1.0)
    rules = [
        {"method": name, "at": value}
        for name, value in reversed(list(thresholds.items()))  # the first is drawn last, over the others
        if value is not None and domain[0] <= value <= domain[1]
    ]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "layer": [_areas(bars, x, most), *([_lines(rules, x, list(thresholds))] if rules else [])],
        "resolve": {"scale": {"color": "independent"}},
        "config": {"font": "sans-serif", "axis": {"labelFontSize": 12, "titleFontSize": 12}},
    }


def _areas(bars: list[dict[str, Any]], x: Mapping[str, Any], most: float) -> dict[str, Any]:
    marks = [share for share in SHARES if share <= most * 1.25]
    return {
        "data": {"values": bars},
        "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.4, "line": {"strokeWidth": 1.5}},
        "encoding": {
            "x": {"field": "from", **x, "axis": {"format": "~g", "grid": False}},
            "y": {
                "field": "share",
                "type": "quantitative",
                "title": "share of documents",
                "stack": None,
                "scale": {"type": "sqrt", "domain": [0, max(most, marks[-1])], "nice": False},
                "axis": {"format": "~%", "values": marks},
            },
            "color": {
                "field": "corpus",
                "scale": {"domain": list(COLORS), "range": list(COLORS.values())},
                "legend": None,
            },
            "tooltip": [
                {"field": "corpus"},
                {"field": "from", "format": ".4~g"},
                {"field": "share", "format": ".2%"},
            ],
        },
    }


def _lines(rules: list[dict[str, Any]], x: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    colors, dashes = zip(*METHOD_LINES[: len(names)], strict=True)
    return {
        "data": {"values": rules},
        "mark": {"type": "rule", "strokeWidth": 2, "clip": True},
        "encoding": {
            "x": {"field": "at", **x},
            "color": {"field": "method", "scale": {"domain": names, "range": colors}, "legend": None},
            "strokeDash": {"field": "method", "scale": {"domain": names, "range": dashes}, "legend": None},
            "tooltip": [{"field": "method"}, {"field": "at", "format": ".4~g"}],
        },
    }


def sample_line(place: int) -> str:
    """The line of the threshold at that place in the table, as SVG for it.

    >>> sample_line(0).startswith('<svg width="28"')
    True
    """
    color, dashes = METHOD_LINES[place]
    dashed = "" if dashes == (1, 0) else f' stroke-dasharray="{" ".join(map(str, dashes))}"'
    return (
        f'<svg width="28" height="10"><line x1="0" x2="28" y1="5" y2="5" stroke="{color}" stroke-width="2.5"{dashed}/>'
        "</svg>"
    )


def _edges(found: Mapping[str, Distribution], thresholds: Mapping[str, float | None]) -> NDArray[np.float64]:
    """Edges of the bins: from the least value to `SHOWN` of them, and as far as the thresholds that are near."""
    low = min((float(of.values[0]) for of in found.values()), default=0.0)
    high = max((of.quantile(SHOWN) for of in found.values()), default=1.0)
    first, *others = (thresholds or {"": None}).values()
    reach = FAR * (high - low)
    near = [value for value in others if value is not None and low - reach <= value <= high + reach]
    given = [*near, *([first] if first is not None else [])]
    low, high = min([low, *given]), max([high, *given])
    return np.linspace(low, high if high > low else low + 1.0, BINS + 1)


def _bars(corpus: str, found: Distribution, edges: NDArray[np.float64]) -> list[dict[str, Any]]:
    counts, _ = np.histogram(np.clip(found.values, edges[0], edges[-1]), edges)
    shares = counts / max(1, len(found.values))
    closed = zip(edges, [*shares, shares[-1]], strict=True)  # the last step needs an end
    return [
        {"corpus": corpus, "from": round(float(left), 6), "share": round(float(share), 6)}
        for left, share in closed
    ]
