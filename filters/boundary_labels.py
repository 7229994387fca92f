"""Labels of the units of `boundary_model`, as numba kernels: the best way through what speaks for and against words."""

from __future__ import annotations

import numpy as np

from ..langid.kernels import kernel
from .boundary_units import Bytes, Hashes, Integers
from .boundary_weights import BLOCK, Weights, weigh
from .boundary_windows import SPAN, Windows, exchange, weigh_windows


@kernel
def label(  # noqa: PLR0917
    codes: Hashes,
    classes: Hashes,
    offsets: Integers,
    templates: Integers,
    weights: Weights,
    transitions: Integers,
    windows: Windows,
    hashes: Hashes,
    sums: Integers,
    begins: Bytes,
) -> None:
    """Which units begin words, by Viterbi's algorithm, into `begins`, uint8 (units,)."""
    on_on, on_begin = transitions[0, 0], transitions[0, 1]
    begin_on, begin_begin = transitions[1, 0], transitions[1, 1]
    for i in range(len(offsets) - 1):
        first, stop = offsets[i], offsets[i + 1]
        on = begun = np.int64(0)
        if len(windows.rows):
            exchange(codes, stop, windows.beyond)
        for start in range(first, stop, BLOCK):
            end = min(start + BLOCK, stop)
            if len(windows.rows):
                weigh_windows(codes, first, stop, start, end, templates, weights, windows, hashes, sums)
            else:
                weigh(codes, classes, first, stop, start, end, templates, weights, hashes, sums)
            ahead = -start
            if len(windows.rows):
                ahead += SPAN - 1
            for at in range(start, end):
                # Where the best way to each label comes from, in two bits, until the way back.
                begins[at] = (begun + begin_on > on + on_on) + 2 * (begun + begin_begin > on + on_begin)
                if at > first:
                    on, begun = max(on + on_on, begun + begin_on), max(on + on_begin, begun + begin_begin)
                begun += sums[at + ahead]
        if len(windows.rows):
            exchange(codes, stop, windows.beyond)
        chosen = begun > on
        for at in range(stop - 1, first - 1, -1):
            way = (begins[at] >> chosen) & 1
            begins[at] = chosen
            chosen = way == 1
