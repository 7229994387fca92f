"""Labels of the units of `boundary_model`, as numba kernels: weights looked up and added, the best way through them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import inlined_kernel, kernel
from .boundary_model import (
    CHARACTERS,
    GOLDEN,
    BoundaryModel,
    boundary_model,
)
from .boundary_units import Bytes, Hashes, Integers, mixed

BLOCK = 1024
"""Units whose weights are added up in one go: what that takes stays in the processor's nearest cache."""
SPAN = 4
"""Characters of a window, see `Windows`."""
MOST_WINDOWS = (1 << 15) - 1
LARGEST = 0xFFFF
"""The largest character of a window that is kept."""
OUTSIDE = np.uint64(0xD800)
"""Stands for each character before a text and behind it; as a surrogate, it is in no text."""
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


class Windows(NamedTuple):
    """What windows of `SPAN` characters say, kept while a batch is worked on: most come again.

    The first ones of a text begin before it and the last ones end behind it, so that each n-gram is in one of them.

    Attributes:
        rows: uint64 (slots, 2): a window's characters, 16 bits each, and what its n-grams add for each of its
            characters, 16 bits each; no slots for models that are not made for it.
        places: int64 (templates,), which character of a window an n-gram speaks for.
        missing: int64 (`BLOCK` + `SPAN`,), the last characters of windows that are not kept; scratch, as the others.
        characters: uint64 (`SPAN`, `BLOCK` + `SPAN`), those of these windows.
        added: int64 (`SPAN`, `BLOCK` + `SPAN`).
        beyond: uint64 (`SPAN` - 1,), all `OUTSIDE`.
    """

    rows: Hashes
    places: Integers
    missing: Integers
    characters: Hashes
    added: Integers
    beyond: Hashes


def windows_for(model: BoundaryModel, units: int) -> Windows:
    """Empty windows for so many units, or none for a model with longer n-grams or other units than characters."""
    left, right = model.templates[:, 0], model.templates[:, 1]
    places = -np.minimum(np.clip(left, 1 - SPAN, 0), right + 1 - SPAN).clip(1 - SPAN)
    fits = model.units == CHARACTERS and not model.templates[:, 2].any()
    fits = fits and bool((left + places >= 0).all() and (right + places < SPAN).all())
    slots = 1 << min(units, MOST_WINDOWS).bit_length() if fits else 0
    rows = np.zeros((slots, 2), np.uint64)
    if slots:
        rows[0, 0] = 1  # a window of zeros would be found there
    characters = np.empty((SPAN, BLOCK + SPAN), np.uint64)
    missing, added = np.empty(BLOCK + SPAN, np.int64), np.empty_like(characters, np.int64)
    return Windows(rows, places, missing, characters, added, np.full(SPAN - 1, OUTSIDE))


@kernel
def weigh_windows(  # noqa: PLR0917
    codes: Hashes,
    first: int,
    stop: int,
    begin: int,
    end: int,
    templates: Integers,
    weights: Weights,
    windows: Windows,
    hashes: Hashes,
    sums: Integers,
) -> None:
    """As `weigh`, window by window; the sums stand behind `SPAN` - 1 others, and `SPAN` follow them.

    Behind the text, codes are `OUTSIDE`.
    """
    rows, missing = windows.rows, windows.missing
    shift, ahead = window_shift(len(rows)), SPAN - 1
    # Unsigned: numba would look for negative places at each.
    count, large = np.uint64(0), np.uint64(0)
    key, a, b, c = OUTSIDE * np.uint64(0x1_0001_0001_0001), np.int64(0), np.int64(0), np.int64(0)
    for last in range(np.uint64(max(first, begin - ahead)), np.uint64(begin)):
        key = key >> np.uint64(16) | codes[last] << np.uint64(48)
        large = last + np.uint64(SPAN) if codes[last] > LARGEST else large
    # Each window by its last character, three of which may be beyond the text.
    for last in range(np.uint64(begin), np.uint64(end + ahead)):
        key = key >> np.uint64(16) | codes[last] << np.uint64(48)
        large = last + np.uint64(SPAN) if codes[last] > LARGEST else large
        slot = (key * np.uint64(GOLDEN)) >> shift
        # Without branches: about a third is not there, which no processor foresees.
        found = np.uint64(rows[slot, 0] == key) & np.uint64(last >= large)
        mask = np.uint64(0) - found
        added = np.int64(rows[slot, 1] & mask)
        missing[count] = last
        count += np.uint64(1) - found
        # What is known so far of the window's first character and the three behind it.
        sums[last - np.uint64(begin)] = a + (added << 48 >> 48)
        a, b, c = b + (added << 32 >> 48), c + (added << 16 >> 48), added >> 48
    rest = end - begin + ahead
    sums[rest], sums[rest + 1], sums[rest + 2] = a, b, c
    if count:
        look_up_windows(codes, first, templates, weights, windows, hashes, int(count))
        keep_windows(windows, shift, int(count), sums, -begin)


@kernel
def exchange(codes: Hashes, at: int, others: Hashes) -> None:
    """Exchanges codes from a place on for others."""
    for k in range(len(others)):
        codes[at + k], others[k] = others[k], codes[at + k]


@kernel
def window_shift(slots: int) -> np.uint64:
    """How far a hash is shifted to be a slot."""
    shift = np.uint64(64)
    while slots > 1:
        slots, shift = slots >> 1, shift - np.uint64(1)
    return shift


@kernel
def keep_windows(windows: Windows, shift: np.uint64, count: int, sums: Integers, ahead: int) -> None:
    """Adds and keeps what was found for the missing windows."""
    rows, added, characters = windows.rows, windows.added, windows.characters
    for k in range(count):
        at, key = windows.missing[k] + ahead, np.uint64(0)
        largest, all_added = np.uint64(0), np.uint64(0)
        for part in range(SPAN):
            code = characters[part, k]
            key |= code << np.uint64(16 * part)
            largest |= code
            sums[at + part] += added[part, k]
            all_added |= np.uint64(added[part, k] & LARGEST) << np.uint64(16 * part)
            # What takes more than 16 bits is not kept.
            largest |= np.uint64(added[part, k] + (1 << 15))
        if largest <= LARGEST:
            slot = (key * np.uint64(GOLDEN)) >> shift
            rows[slot, 0], rows[slot, 1] = key, all_added


@kernel
def look_up_windows(
    codes: Hashes,
    first: int,
    templates: Integers,
    weights: Weights,
    windows: Windows,
    hashes: Hashes,
    count: int,
) -> None:
    """What the n-grams of the missing windows add, into `windows.added`; their characters into `windows.characters`."""
    characters, added, missing = windows.characters, windows.added, windows.missing
    for part in range(SPAN):
        for k in range(count):
            at = missing[k] + part - (SPAN - 1)
            characters[part, k] = codes[at] if at >= first else OUTSIDE
        added[part, :count] = 0
    for template in range(len(templates)):
        place = windows.places[template]
        seed = np.uint64(template + 1) * np.uint64(GOLDEN)
        for k in range(np.uint64(count)):
            hashes[k] = seed
        for part in range(templates[template, 0] + place, templates[template, 1] + place + 1):
            row = characters[part]
            for k in range(np.uint64(count)):
                hashes[k] = mixed(hashes[k], row[k])
        row_added = added[place]
        for k in range(np.uint64(count)):
            row_added[k] += weight_of(weights, hashes[k])
    for k in range(count):
        if characters[0, k] == OUTSIDE or characters[SPAN - 1, k] == OUTSIDE:
            look_up_inside(templates, weights, windows, k)


@kernel
def look_up_inside(templates: Integers, weights: Weights, windows: Windows, k: int) -> None:
    """The same for a missing window that is not all in its text: the n-grams of what is."""
    characters, added = windows.characters, windows.added
    for part in range(SPAN):
        added[part, k] = 0
    for template in range(len(templates)):
        place = windows.places[template]
        left, right = templates[template, 0] + place, templates[template, 1] + place
        if characters[left, k] == OUTSIDE or characters[right, k] == OUTSIDE:
            continue
        found = np.uint64(template + 1) * np.uint64(GOLDEN)
        for part in range(left, right + 1):
            found = mixed(found, characters[part, k])
        added[place, k] += weight_of(weights, found)


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
