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
LOW = (1 << 32) - 1
MOVES = 500
"""Entries that may be moved to make room for another."""


@kernel
def second_place(key: np.uint64, last: np.uint64) -> np.uint64:
    """Where else an n-gram may be: never in its first place."""
    return (key & last) ^ (np.uint64(1) | (key >> np.uint64(15)) & last)


@inlined_kernel
def weight_of(table: Hashes, last: np.uint64, found: np.uint64) -> np.int64:
    """The weight of an n-gram by its hash; 0 if it is in no slot."""
    key = max(np.uint64(1), found >> np.uint64(32))
    one, other = table[key & last], table[second_place(key, last)]
    weight = np.int64(one >> np.uint64(32)) if one & np.uint64(LOW) == key else np.int64(0)
    weight += np.int64(other >> np.uint64(32)) if other & np.uint64(LOW) == key else np.int64(0)
    return np.int64(np.int32(weight))


@kernel
def weigh(  # noqa: PLR0917
    codes: Hashes,
    classes: Hashes,
    first: int,
    stop: int,
    begin: int,
    end: int,
    templates: Integers,
    table: Hashes,
    hashes: Hashes,
    sums: Integers,
) -> None:
    """What speaks for a word to begin at the units from `begin` to `end`, into `sums`.

    One template after the other, each in short loops over all units, which the processor works on several of at a time.

    Args:
        codes, classes: of the units of all texts; those of this one are `first` to `stop`.
        hashes, sums: uint64 and int64 (`BLOCK`,).
    """
    last = np.uint64(len(table) - 1)
    sums[: end - begin] = 0
    for template in range(len(templates)):
        left, right = templates[template, 0], templates[template, 1]
        of = codes if templates[template, 2] == 0 else classes
        # Unsigned: numba would look for negative places at each, and work on one at a time.
        low = np.uint64(max(begin, first - left) - begin)
        high = np.uint64(max(min(end, stop - right) - begin, 0))
        seed = np.uint64(template + 1) * np.uint64(GOLDEN)
        for k in range(low, high):
            hashes[k] = seed
        for part in range(left, right + 1):
            for k in range(low, high):
                hashes[k] = mixed(hashes[k], of[np.uint64(begin + part) + k])
        for k in range(low, high):
            sums[k] += weight_of(table, last, hashes[k])


def two_places(keys: npt.NDArray[np.uint32], weights: npt.NDArray[np.int32]) -> Hashes:
    """Keys and weights as a table in which a key is in one of two places (cuckoo hashing): no search, no branch.

    Returns:
        uint64 (slots,), a power of two: the key in the lower 32 bits, the weight in the upper; 0 where none is.
    """
    entries = keys.astype(np.uint64) | weights.astype(np.int32).view(np.uint32).astype(
        np.uint64
    ) << np.uint64(32)
    size = 1 << (2 * len(keys)).bit_length()
    table = np.zeros(size, np.uint64)
    while not put(entries, table):
        size *= 2
        table = np.zeros(size, np.uint64)
    return table


@kernel
def put(entries: Hashes, table: Hashes) -> bool:
    """Puts entries into an empty table; whether there was a place for all."""
    last = np.uint64(len(table) - 1)
    for entry in entries:
        moving, place = entry, (entry & np.uint64(LOW)) & last
        for _ in range(MOVES):
            moving, table[place] = table[place], moving
            if moving == 0:
                break
            key = moving & np.uint64(LOW)
            place = second_place(key, last) if place == key & last else key & last
        if moving != 0:
            return False
    return True


@cache
def table_of(name: str) -> Hashes:
    """The n-grams of a model, made once per process."""
    model = boundary_model(name)
    return two_places(model.keys, model.weights)


class Windows(NamedTuple):
    """What windows of `SPAN` characters say, kept while a batch is worked on: most come again.

    Attributes:
        rows: uint64 (slots, 3): a window's characters, 16 bits each, and what its n-grams add for each of its
            characters, 32 bits each; no slots for models that are not made for it.
        places: int64 (templates,), which character of a window an n-gram speaks for.
        missing: int64 (`BLOCK` + `SPAN`,), scratch, as the others.
        characters: uint64 (`SPAN`, `BLOCK` + `SPAN`).
        added: int64 (`SPAN`, `BLOCK` + `SPAN`).
    """

    rows: Hashes
    places: Integers
    missing: Integers
    characters: Hashes
    added: Integers


def windows_for(model: BoundaryModel, units: int) -> Windows:
    """Empty windows for so many units, or none for a model with longer n-grams or other units than characters."""
    left, right = model.templates[:, 0], model.templates[:, 1]
    places = -np.minimum(np.clip(left, 1 - SPAN, 0), right + 1 - SPAN).clip(1 - SPAN)
    fits = model.units == CHARACTERS and not model.templates[:, 2].any()
    fits = fits and bool((left + places >= 0).all() and (right + places < SPAN).all())
    slots = 1 << min(units, MOST_WINDOWS).bit_length() if fits else 0
    rows = np.zeros((slots, 3), np.uint64)
    if slots:
        rows[0, 0] = 1  # a window of zeros would be found there
    characters = np.empty((SPAN, BLOCK + SPAN), np.uint64)
    return Windows(
        rows, places, np.empty(BLOCK + SPAN, np.int64), characters, np.empty_like(characters, np.int64)
    )


@kernel
def weigh_windows(  # noqa: PLR0917
    codes: Hashes,
    first: int,
    stop: int,
    begin: int,
    end: int,
    templates: Integers,
    table: Hashes,
    windows: Windows,
    hashes: Hashes,
    sums: Integers,
) -> None:
    """As `weigh`, window by window; the sums stand behind `SPAN` - 1 others, and `SPAN` follow them."""
    rows, missing = windows.rows, windows.missing
    shift, low, high = window_shift(len(rows)), max(first, begin - SPAN + 1), min(end, stop - SPAN + 1)
    ahead = SPAN - 1 - begin
    # Unsigned: numba would look for negative places at each.
    count, to, large = np.uint64(0), np.uint64(low + ahead), np.uint64(low)
    key, a, b, c = np.uint64(0), np.int64(0), np.int64(0), np.int64(0)
    sums[: SPAN - 1] = 0
    for at in range(np.uint64(low), np.uint64(max(low, min(low + SPAN - 1, stop)))):
        key = key >> np.uint64(16) | codes[at] << np.uint64(48)
        large = at + np.uint64(1) if codes[at] > LARGEST else large
    for at in range(np.uint64(low), np.uint64(max(low, high))):
        code = codes[at + np.uint64(SPAN - 1)]
        key = key >> np.uint64(16) | code << np.uint64(48)
        large = at + np.uint64(SPAN) if code > LARGEST else large
        slot = (key * np.uint64(GOLDEN)) >> shift
        # Without branches: about a third is not there, which no processor foresees.
        found = np.uint64(rows[slot, 0] == key) & np.uint64(at >= large)
        mask = np.uint64(0) - found
        one, other = rows[slot, 1] & mask, rows[slot, 2] & mask
        missing[count] = at
        count += np.uint64(1) - found
        # What is known so far of this character and the three behind it.
        sums[to] = a + lower(one)
        a, b, c = b + upper(one), c + lower(other), upper(other)
        to += np.uint64(1)
    high = max(low, high)
    sums[high + ahead], sums[high + ahead + 1], sums[high + ahead + 2] = a, b, c
    sums[high + ahead + 3 : end + ahead] = 0
    if count:
        look_up_windows(codes, templates, table, windows, hashes, int(count))
        keep_windows(codes, windows, shift, int(count), sums, ahead)
    for at in range(begin, end):
        if at < first + SPAN or at >= stop - SPAN:
            sums[at + ahead] += beside_windows(codes, first, stop, at, templates, table, windows.places)


@kernel
def window_shift(slots: int) -> np.uint64:
    """How far a hash is shifted to be a slot."""
    shift = np.uint64(64)
    while slots > 1:
        slots, shift = slots >> 1, shift - np.uint64(1)
    return shift


@kernel
def keep_windows(
    codes: Hashes, windows: Windows, shift: np.uint64, count: int, sums: Integers, ahead: int
) -> None:
    """Adds and keeps what was found for the missing windows."""
    rows, added, missing = windows.rows, windows.added, windows.missing
    for k in range(count):
        at, key, largest = missing[k], np.uint64(0), np.uint64(0)
        for part in range(SPAN):
            code = codes[at + part]
            key |= code << np.uint64(16 * part)
            largest |= code
            sums[at + part + ahead] += added[part, k]
        if largest <= LARGEST:
            slot = (key * np.uint64(GOLDEN)) >> shift
            rows[slot, 0] = key
            rows[slot, 1] = np.uint64(added[0, k] & LOW | added[1, k] << 32)
            rows[slot, 2] = np.uint64(added[2, k] & LOW | added[3, k] << 32)


@inlined_kernel
def lower(both: np.uint64) -> np.int64:
    return np.int64(np.int32(both & np.uint64(LOW)))


@inlined_kernel
def upper(both: np.uint64) -> np.int64:
    return np.int64(both) >> 32


@kernel
def look_up_windows(
    codes: Hashes, templates: Integers, table: Hashes, windows: Windows, hashes: Hashes, count: int
) -> None:
    """What the n-grams of the missing windows add, into `windows.added`."""
    characters, added, missing = windows.characters, windows.added, windows.missing
    for part in range(SPAN):
        for k in range(count):
            characters[part, k] = codes[missing[k] + part]
        added[part, :count] = 0
    last = np.uint64(len(table) - 1)
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
            row_added[k] += weight_of(table, last, hashes[k])


@kernel
def beside_windows(
    codes: Hashes, first: int, stop: int, at: int, templates: Integers, table: Hashes, places: Integers
) -> np.int64:
    """What n-grams say of a character whose window would reach beyond the text."""
    found, last = np.int64(0), np.uint64(len(table) - 1)
    for template in range(len(templates)):
        begin, left, right = at - places[template], templates[template, 0], templates[template, 1]
        inside = first <= begin <= stop - SPAN
        if inside or at + left < first or at + right >= stop:
            continue
        seed = np.uint64(template + 1) * np.uint64(GOLDEN)
        for part in range(at + left, at + right + 1):
            seed = mixed(seed, codes[part])
        found += weight_of(table, last, seed)
    return found


@kernel
def label(  # noqa: PLR0917
    codes: Hashes,
    classes: Hashes,
    offsets: Integers,
    templates: Integers,
    table: Hashes,
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
        for start in range(first, stop, BLOCK):
            end = min(start + BLOCK, stop)
            if len(windows.rows):
                weigh_windows(codes, first, stop, start, end, templates, table, windows, hashes, sums)
            else:
                weigh(codes, classes, first, stop, start, end, templates, table, hashes, sums)
            ahead = -start
            if len(windows.rows):
                ahead += SPAN - 1
            for at in range(start, end):
                # Where the best way to each label comes from, in two bits, until the way back.
                begins[at] = (begun + begin_on > on + on_on) + 2 * (begun + begin_begin > on + on_begin)
                if at > first:
                    on, begun = max(on + on_on, begun + begin_on), max(on + on_begin, begun + begin_begin)
                begun += sums[at + ahead]
        chosen = begun > on
        for at in range(stop - 1, first - 1, -1):
            way = (begins[at] >> chosen) & 1
            begins[at] = chosen
            chosen = way == 1
