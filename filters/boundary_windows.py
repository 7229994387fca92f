"""Weights of a model's n-grams, as in boundary_weights.py, of all that a window of characters holds in one look-up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..langid.kernels import kernel
from .boundary_model import CHARACTERS, GOLDEN, BoundaryModel
from .boundary_units import Hashes, Integers, mixed
from .boundary_weights import BLOCK, Weights, weight_of

SPAN = 4
"""Characters of a window, see `Windows`."""
MOST_WINDOWS = (1 << 15) - 1
LARGEST = 0xFFFF
"""The largest character of a window that is kept."""
OUTSIDE = np.uint64(0xD800)
"""Stands for each character before a text and behind it; as a surrogate, it is in no text."""


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
