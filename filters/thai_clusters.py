"""Clusters of Thai characters, by two characters at a time: tables for the kernel of `thai`."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import borrowing_kernel
from .thai import END_SYMBOL, cluster_table

Bytes = npt.NDArray[np.uint8]

AHEAD = 6
"""So many characters tell nearly all clusters."""
ORDER_SHIFT, BACK_SHIFT, STATE, NO_ORDER = 12, 24, (1 << 12) - 1, (1 << 12) - 1


class Clusters(NamedTuple):
    """`thai.ClusterTable`, two characters at a time, small enough for the processor's nearest caches.

    Attributes:
        kinds: uint8 (SYMBOLS,), symbols that lead to the same states everywhere are of one kind.
        steps: int32 (states, kinds): the state behind a symbol, and what is known of that state: 1 + its `order`
            from `ORDER_SHIFT` on, its `back` at `BACK_SHIFT`.
        first, second: uint8 (rows, kinds * kinds): the row of the next table, by the kinds of two characters.
        lengths: uint8 (rows, kinds * kinds): how long the cluster is, 0 if that takes more characters to tell.
    """

    kinds: Bytes
    steps: npt.NDArray[np.int32]
    first: Bytes
    second: Bytes
    lengths: Bytes


@cache
def clusters() -> Clusters:
    table = cluster_table()
    columns, kinds = np.unique(table.next, axis=1, return_inverse=True)
    known = table.order.astype(np.int32) + 1 << ORDER_SHIFT | table.back.astype(np.int32) << BACK_SHIFT
    steps = np.ascontiguousarray((columns | known[columns]).astype(np.int32))
    return Clusters(kinds.ravel().astype(np.uint8), steps, *_tables(steps))


def _tables(steps: npt.NDArray[np.int32]) -> list[Bytes]:
    """See `Clusters`: the state, where the cluster ends so far, and the order of what ends there, for each row."""
    state, ends, best = np.ones(1, np.int32), np.ones(1, np.int32), np.full(1, NO_ORDER, np.int32)
    tables = []
    for place in range(1, AHEAD + 1):
        found = steps[state].ravel()
        ends, best = np.repeat(ends, steps.shape[1]), np.repeat(best, steps.shape[1])
        order = found >> ORDER_SHIFT & NO_ORDER
        better = (order > 0) & (order < best)
        ends[better] = place - (found[better] >> BACK_SHIFT)
        best[better], state = order[better], found & STATE
        if place % 2 == 0:
            best[state == 0] = 0  # the state of no cluster leads to itself, with no order
            rows, table = np.unique([state, ends, best], axis=1, return_inverse=True)
            tables.append(table.reshape(-1, steps.shape[1] ** 2).astype(np.uint8))
            state, ends, best = rows
    lengths = np.where(state == 0, ends, 0).astype(np.uint8)
    return [*tables[:-1], lengths[tables[-1]]]


@borrowing_kernel
def cluster_length(kinds: Bytes, at: int, stop: int, t: Clusters) -> int:
    """How long the cluster is that begins here, of characters that have kinds up to `stop`."""
    steps, end, best, state, place = t.steps, at + 1, NO_ORDER, 1, at
    while state != 0 and place <= stop:
        step = int(steps[state, kinds[place] if place < stop else t.kinds[END_SYMBOL]])
        place += 1
        state, order = step & STATE, step >> ORDER_SHIFT & NO_ORDER
        if 0 < order < best:
            best, end = order, place - (step >> BACK_SHIFT)
    return end - at
