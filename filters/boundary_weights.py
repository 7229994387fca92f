"""What speaks for words to begin at the units of `boundary_model`, as numba kernels: weights looked up and added."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import inlined_kernel, kernel
from .boundary_model import (
    GOLDEN,
    boundary_model,
)
from .boundary_units import Hashes, Integers, mixed

BLOCK = 1024
"""Units whose weights are added up in one go: what that takes stays in the processor's nearest cache."""
LOW = (1 << 32) - 1
CLASSES = 128
"""Classes of units are less."""
MOST_MOVES = 1 << 16
FEWEST = 256
"""Slots at least: few keys in few buckets may have none that tells them apart."""
FULL = 0.9
"""The share of slots that are taken at most: the last ones of a fuller table take long to find."""


class Weights(NamedTuple):
    """What n-grams weigh, each in a table in the only place where it can be: no search, no branch.

    The upper bits of a key times `factor` are its bucket; the lower ones, after the bucket's move is added, its slot.
    An entry holds the upper bits, `place_bits` excepted, and in place of these the weight; 0 where none is.

    Attributes:
        factor: odd.
        place_bits: of a slot.
        bucket_shift: 32 less the bits of a bucket.
        moves: uint16 (buckets,).
        entries: uint32 (slots,).
        by_class: int64 (templates, `CLASSES`), of those made of a class.
    """

    factor: np.uint64
    place_bits: np.uint64
    bucket_shift: np.uint64
    moves: npt.NDArray[np.uint16]
    entries: npt.NDArray[np.uint32]
    by_class: Integers


@inlined_kernel
def weight_of(weights: Weights, found: np.uint64) -> np.int64:
    """The weight of an n-gram by its hash; 0 if there is none."""
    key = max(np.uint64(1), found >> np.uint64(32)) * weights.factor & np.uint64(LOW)
    moved = key + np.uint64(weights.moves[key >> weights.bucket_shift])
    entry = np.uint64(weights.entries[moved & np.uint64(len(weights.entries) - 1)])
    above = np.uint64(64) - weights.place_bits
    return (np.int64(entry << above) >> np.int64(above)) * np.int64((entry ^ key) >> weights.place_bits == 0)


@kernel
def weigh(  # noqa: PLR0917
    codes: Hashes,
    classes: Hashes,
    first: int,
    stop: int,
    begin: int,
    end: int,
    templates: Integers,
    weights: Weights,
    hashes: Hashes,
    sums: Integers,
) -> None:
    """What speaks for a word to begin at the units from `begin` to `end`, into `sums`.

    One template after the other, each in short loops over all units, which the processor works on several of at a time.

    Args:
        codes, classes: of the units of all texts; those of this one are `first` to `stop`.
        hashes, sums: uint64 and int64 (`BLOCK`,).
    """
    sums[: end - begin] = 0
    for template in range(len(templates)):
        left, right = templates[template, 0], templates[template, 1]
        # Unsigned: numba would look for negative places at each, and work on one at a time.
        low = np.uint64(max(begin, first - left) - begin)
        high = np.uint64(max(min(end, stop - right) - begin, 0))
        if templates[template, 2]:
            by_class = weights.by_class[template]
            for k in range(low, high):
                sums[k] += by_class[classes[np.uint64(begin + left) + k]]
            continue
        seed = np.uint64(template + 1) * np.uint64(GOLDEN)
        for k in range(low, high):
            hashes[k] = seed
        for part in range(left, right + 1):
            for k in range(low, high):
                hashes[k] = mixed(hashes[k], codes[np.uint64(begin + part) + k])
        for k in range(low, high):
            sums[k] += weight_of(weights, hashes[k])


def weights_by_key(keys: npt.NDArray[np.uint32], weights: npt.NDArray[np.int32]) -> Weights:
    """A table of weights, none of them 0; none is by class."""
    sizes = int(len(keys) / FULL), 2 * int(np.abs(weights).max(initial=0)), FEWEST - 1
    bits = max(sizes).bit_length()
    factor = GOLDEN >> 32 | 1
    while True:
        shift = 32 - (bits - 2)
        scrambled = keys.astype(np.uint64) * np.uint64(factor) & np.uint64(LOW)
        order = np.argsort(scrambled)
        scrambled, slots = scrambled[order], np.uint64((1 << bits) - 1)
        entries = scrambled & ~slots | weights[order].astype(np.int64).astype(np.uint64) & slots
        firsts = np.searchsorted(
            scrambled >> np.uint64(shift), np.arange((1 << bits - 2) + 1, dtype=np.uint64)
        )
        buckets = np.argsort(firsts[:-1] - firsts[1:], kind="stable")
        moves, table = np.zeros(1 << bits - 2, np.uint16), np.zeros(1 << bits, np.uint32)
        if place_buckets(scrambled, entries, firsts, buckets, moves, table):
            known = np.uint64(factor), np.uint64(bits), np.uint64(shift), moves, table
            return Weights(*known, np.zeros((0, CLASSES), np.int64))
        factor += 2  # two keys of a bucket are in one place whatever its move: other buckets


@kernel
def place_buckets(
    keys: Hashes,
    entries: Hashes,
    firsts: Integers,
    buckets: Integers,
    moves: npt.NDArray[np.uint16],
    table: npt.NDArray[np.uint32],
) -> bool:
    """Finds a move for each bucket, see `Weights`, those with most keys first; whether there is one for all.

    Args:
        keys, entries: uint64 (n-grams,), ascending.
        firsts: int64 (buckets + 1,), where those of each bucket begin.
        buckets: int64 (buckets,), the order.
        moves, table: written to; zeros.
    """
    last = np.uint64(len(table) - 1)
    for bucket in buckets:
        first, stop = firsts[bucket], firsts[bucket + 1]
        move, at = np.uint64(0), first
        while at < stop:
            if move == MOST_MOVES:
                return False
            slot = keys[at] + move & last
            if table[slot] != 0:
                # Those placed so far are taken away again.
                for placed in range(first, at):
                    table[keys[placed] + move & last] = 0
                move, at = move + np.uint64(1), first
                continue
            table[slot] = entries[at]
            at += 1
        moves[bucket] = move
    return True


@cache
def weights_of(name: str) -> Weights:
    """The n-grams of a model, made once per process."""
    model = boundary_model(name)
    weights = weights_by_key(model.keys, model.weights)
    by_class = np.zeros((len(model.templates), CLASSES), np.int64)
    fill_by_class(model.templates, weights, by_class)
    return weights._replace(by_class=by_class)


@kernel
def fill_by_class(templates: Integers, weights: Weights, by_class: Integers) -> None:
    """See `Weights.by_class`."""
    for template in range(len(templates)):
        for number in range(CLASSES):
            key = mixed(np.uint64(template + 1) * np.uint64(GOLDEN), np.uint64(number))
            by_class[template, number] = weight_of(weights, key) if templates[template, 2] else 0
