"""Pictures of a language's clusters as self-contained SVG: how large they are, how many of them the rules remove."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from .distribution import Distribution
from .repeats import Weights, upsample_weights

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 60, 52, 56  # margins
DARK, GREY, BLUE, RED = "#222222", "#8a8a8a", "#3b6fb6", "#c8502d"
FAINT = f'fill="{BLUE}" opacity="0.6"'
STYLE = (
    "text{font-family:Helvetica,Arial,sans-serif;font-size:13px;fill:#222222}.title{font-size:15px;font-weight:bold}"
    ".tick{font-size:12px}"
)


class Scale:
    """Numbers to pixels along an axis.

    >>> Scale(1, 100, 0, 200, log=True)(10)
    100.0
    """

    def __init__(self, low: float, high: float, start: float, stop: float, log: bool = False) -> None:
        self.log = log
        self.low = float(np.log10(low)) if log else low
        self.high = float(np.log10(high)) if log else high
        self.start, self.stop = start, stop

    def __call__(self, value: float) -> float:
        at = float(np.log10(value)) if self.log else value
        return float(
            self.start + (self.stop - self.start) * (at - self.low) / max(self.high - self.low, 1e-9)
        )


def sizes_picture(found: Distribution, title: str) -> str:
    """Documents that the rules judged by cluster size, those that they kept darker; both axes logarithmic."""
    edges = np.r_[found.sizes, found.sizes[-1] * 1.5].astype(np.float64)
    x = Scale(1, edges[-1], LEFT, WIDTH - RIGHT, log=True)
    y = Scale(1, max(10.0, 10 ** np.ceil(np.log10(found.judged.max()))), HEIGHT - BOTTOM, TOP, log=True)
    bars = [
        _rectangle(x(low), y(max(count, 1)), x(high), HEIGHT - BOTTOM, color)
        for counts, color in ((found.judged, "#b9cbe4"), (found.kept, BLUE))
        for low, high, count in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
        if count
    ]
    legend = _legend(
        [("#b9cbe4", "clusters (one document each, that the rules judged)"), (BLUE, "kept by the rules")]
    )
    marks = [*_log_ticks(x, edges[-1], across=True), *_log_ticks(y, 10**y.high, across=False)]
    return _svg(title, "cluster size (last bar: the tail)", [*bars, *marks, *legend])


def removal_picture(found: Distribution, curves: Sequence[tuple[str, Weights]], title: str) -> str:
    """Removal rate by cluster size, a dot each, larger for more documents, and the weights over it (right axis)."""
    last = float(found.sizes[-1])
    x = Scale(1, last * 1.05, LEFT, WIDTH - RIGHT, log=True)
    y = Scale(0, 100, HEIGHT - BOTTOM, TOP)
    most = max(max(weights.values()) for _, weights in curves)
    z = Scale(0, most * 1.1, HEIGHT - BOTTOM, TOP)
    sizes = found.sizes.tolist()
    dots = [
        f'<circle cx="{x(size):.1f}" cy="{y(rate):.1f}" r="{1.5 + np.log10(1 + n) * 0.6:.1f}" {FAINT}/>'
        for size, rate, n in zip(sizes, found.rates.tolist(), found.judged.tolist(), strict=True)
    ]
    overall = _line(LEFT, y(found.global_rate), WIDTH - RIGHT, y(found.global_rate), GREY, dash="5,4")
    colors = (RED, "#2f8f5b")
    steps = [
        _steps(x, z, found.sizes, weights, color) for (_, weights), color in zip(curves, colors, strict=False)
    ]
    marks = [*_log_ticks(x, last, across=True), *_ticks(y, range(0, 101, 20), "%", LEFT - 8, "end")]
    marks += _ticks(z, range(0, most + 1, max(1, most // 5)), "×", WIDTH - RIGHT + 8, "start")
    names = [(color, name) for (name, _), color in zip(curves, colors, strict=False)]
    legend = _legend([(BLUE, "removed by the rules"), (GREY, "removed, all sizes"), *names])
    return _svg(title, "cluster size (last dot: the tail)", [overall, *dots, *steps, *marks, *legend])


def _steps(x: Scale, z: Scale, sizes: NDArray[np.int64], weights: Weights, color: str) -> str:
    values = upsample_weights(sizes, weights).tolist()
    points = []
    for index, (size, value) in enumerate(zip(sizes.tolist(), values, strict=True)):
        after = sizes[index + 1] if index + 1 < len(sizes) else size * 1.05
        points += [f"{x(size):.1f},{z(value):.1f}", f"{x(after):.1f},{z(value):.1f}"]
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="{color}" stroke-width="2"/>'


def _log_ticks(scale: Scale, most: float, across: bool) -> list[str]:
    marks = []
    for value in (10**power for power in range(int(np.log10(most)) + 1)):
        at = scale(value)
        text = short(value)
        if across:
            marks.append(_text(at, HEIGHT - BOTTOM + 18, text, "middle"))
            marks.append(_line(at, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 4, DARK))
        else:
            marks.append(_text(LEFT - 8, at + 4, text, "end"))
            marks.append(_line(LEFT, at, WIDTH - RIGHT, at, "#e6e6e6"))
    return marks


def short(number: int) -> str:
    """
    >>> [short(10**power) for power in (2, 4, 8, 9)]
    ['100', '10 k', '100 M', '1 G']
    """
    units = ((10**9, " G"), (10**6, " M"), (10**3, " k"))
    return next((f"{number // size}{unit}" for size, unit in units if number >= size), str(number))


def _ticks(scale: Scale, values: Iterable[int], unit: str, at: float, anchor: str) -> list[str]:
    return [_text(at, scale(value) + 4, f"{value}{unit}", anchor) for value in values]


def _legend(entries: Sequence[tuple[str, str]]) -> list[str]:
    marks = []
    at = float(LEFT)
    for color, text in entries:
        marks += [_rectangle(at, 33, at + 11, 44, color), _text(at + 16, 43, text, "start")]
        at += 34 + 6.4 * len(text)
    return marks


def _rectangle(left: float, top: float, right: float, bottom: float, color: str) -> str:
    width, height = max(right - left - 0.3, 0.3), max(bottom - top, 0)
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{color}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, color: str, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"{dashed}/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, below: str, marks: Sequence[str]) -> str:
    axis = _line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, DARK)
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    middle = (LEFT + WIDTH - RIGHT) / 2
    return "\n".join(
        [
            head,
            f"<title>{escape(title)}</title><style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>',
            *marks,
            axis,
            f'<text x="{middle}" y="{HEIGHT - 14}" text-anchor="middle">{escape(below)}</text>',
            "</svg>\n",
        ]
    )
