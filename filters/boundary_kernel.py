"""The words of `boundary_model`, as numba kernels: texts to units, units to labels, labels to words."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, Words, decode, inlined_kernel, kernel, span_type
from ..langid.unicode_data import blank_kinds, word_break_table
from .boundary_model import (
    CHARACTERS,
    CLUSTERS,
    CONSONANT,
    DIACRITIC,
    GOLDEN,
    OTHER,
    SUBSCRIPT,
    SYLLABLES,
    VOWEL,
    BoundaryModel,
    boundary_model,
)
from .syllables import letters, read_syllables

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]  # int32 or int64, by `span_type`
Hashes = npt.NDArray[np.uint64]

BLOCK = 1024
"""Units whose weights are added up in one go: what that takes stays in the processor's nearest cache."""
SPAN = 4
"""Characters of a window, see `Windows`."""
MOST_WINDOWS = (1 << 15) - 1
LARGEST = 0xFFFF
LOW = (1 << 32) - 1
MOVES = 500
"""Entries that may be moved to make room for another."""
NEWLINE, SPACE, ZERO_WIDTH_SPACE, HAIR_SPACE, LINE_SEPARATOR = 0x0A, 0x20, 0x200B, 0x200A, 0x2028


@kernel
def mixed(found: np.uint64, code: np.uint64) -> np.uint64:
    """One step of the hash of `boundary_model.key_of`."""
    found = (found ^ code) * np.uint64(GOLDEN)
    return found ^ (found >> np.uint64(29))


@kernel
def is_digit(code: int) -> bool:
    return 0x17E0 <= code <= 0x17E9 or 0x30 <= code <= 0x39


@kernel
def read_characters(
    texts: Strings,
    rows: Integers,
    drops: bool,
    folds: bool,
    data: Bytes,
    firsts: Integers,
    codes: Hashes,
    offsets: Integers,
) -> None:
    """Units of one character each.

    Args:
        texts, rows: which texts.
        drops, folds: see `BoundaryModel`.
        data: where the units' bytes go if some are dropped.
        firsts: int64 (rows,), where the first unit of each text begins: in `data`, or in the texts.
        codes: see `boundary_model.code_of`.
        offsets: int64 (rows + 1,), where the units of each text begin.
    """
    source, to, count = texts.data, 0, 0
    for i in range(len(rows)):
        at, stop = texts.offsets[rows[i]], texts.offsets[rows[i] + 1]
        firsts[i] = to if drops else at
        while at < stop:
            code, width = decode(source, at)
            if drops:
                if code == SPACE:
                    at += width
                    continue
                for byte in range(width):
                    data[to + byte] = source[at + byte]
                to += width
            if folds and code < 0x80:
                if 0x30 <= code <= 0x39:
                    code = 0x30
                elif 0x61 <= code | 0x20 <= 0x7A:
                    code = 0x61
            codes[count] = np.uint64(code)
            count, at = count + 1, at + width
        offsets[i + 1] = count


@kernel
def khmer_class(code: int) -> int:
    if 0x1780 <= code <= 0x17B3:
        return CONSONANT
    if 0x17B4 <= code <= 0x17C8:
        return VOWEL
    if code == 0x17D2:
        return SUBSCRIPT
    return DIACRITIC if 0x17C9 <= code <= 0x17D0 else OTHER


@kernel
def is_khmer(code: int) -> bool:
    return 0x1780 <= code <= 0x17FF or 0x19E0 <= code <= 0x19FF or code in (0x2C, 0x2E, 0x3F, SPACE)


@kernel
def goes_on(code: int, following: int) -> bool:
    """Whether a cluster that has one character goes on with the next, as `boundary_model.clusters` has it."""
    if SPACE in (code, following):
        return False
    if not is_khmer(code):
        return not is_khmer(following)
    if is_digit(code) and is_digit(following):
        return True
    if code == 0x17D2:
        return True
    if not 0x1780 <= following <= 0x17FF:
        return False
    sign = following in (0x17D4, 0x17D5, 0x17D7, 0x17D8, 0x17D9, 0x17DA, 0x17DB)
    return not (following <= 0x17B3 or sign or is_digit(following))


@kernel
def read_clusters(
    texts: Strings,
    rows: Integers,
    data: Bytes,
    starts: Integers,
    codes: Hashes,
    classes: Hashes,
    offsets: Integers,
) -> None:
    """Units as `boundary_model.clusters` has them; see `read_characters`.

    Args:
        data: where the units' bytes go.
        starts: int64 (units + 1,), where each unit begins in `data`.
        classes: uint64 (units,), see `boundary_model.class_of`.
    """
    to = count = 0
    for i, row in enumerate(rows):
        at, previous, length = texts.offsets[row], -1, 0
        while at < texts.offsets[row + 1]:
            code, width = decode(texts.data, at)
            if code == ZERO_WIDTH_SPACE:
                previous = -1
            elif code not in (NEWLINE, HAIR_SPACE, LINE_SEPARATOR):
                if previous < 0 or not goes_on(previous, code):
                    starts[count] = to
                    codes[count] = np.uint64(GOLDEN)
                    count, length = count + 1, 0
                    classes[count - 1] = np.uint64(khmer_class(code))
                length += 1
                if length <= 16:
                    classes[count - 1] += np.uint64(5)
                for byte in range(width):
                    data[to + byte] = texts.data[at + byte]
                    codes[count - 1] = mixed(codes[count - 1], np.uint64(texts.data[at + byte]))
                to, previous = to + width, code
            at += width
        offsets[i + 1] = count
    starts[count] = to


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


@kernel
def join_characters(  # noqa: PLR0917
    codes: Hashes,
    firsts: Integers,
    begins: Bytes,
    offsets: Integers,
    numbers: Bytes,
    blank: npt.NDArray[np.bool_],
    starts: Spans,
    ends: Spans,
    word_offsets: Integers,
) -> None:
    """The words of characters; white space divides them as well.

    Args:
        codes, firsts, offsets: see `read_characters`.
        begins: which of them begin words.
        numbers, blank: the kind of each code point, and whether such a kind is white space.
        starts, ends, word_offsets: see `Words`, room for one word more; written to.
    """
    count = np.int64(0)
    for i in range(len(offsets) - 1):
        apart, at = np.int64(1), firsts[i]
        for unit in range(np.uint64(offsets[i]), np.uint64(offsets[i + 1])):
            code = codes[unit]
            end = at + 1 + np.int64(code >= 0x80) + np.int64(code >= 0x800) + np.int64(code >= 0x10000)
            space = np.int64(blank[numbers[code]])
            # Without branches: what is written behind the last word is written anew.
            starts[count] = at
            count += (1 - space) & (np.int64(begins[unit]) | apart)
            ends[count - 1 + space] = end
            apart, at = space, end
        word_offsets[i + 1] = count


@kernel
def join_clusters(  # noqa: PLR0917
    data: Bytes,
    unit_starts: Integers,
    begins: Bytes,
    offsets: Integers,
    numbers: Bytes,
    blank: npt.NDArray[np.bool_],
    starts: Spans,
    ends: Spans,
    word_offsets: Integers,
) -> None:
    """The words of clusters, without white space at their ends; see `read_clusters` and `join_characters`."""
    count = 0
    for i in range(len(offsets) - 1):
        opened = False
        for unit in range(offsets[i], offsets[i + 1]):
            opened = opened and begins[unit] == 0
            at = unit_starts[unit]
            while at < unit_starts[unit + 1]:
                code, width = decode(data, at)
                if not blank[numbers[code]]:
                    if not opened:
                        starts[count] = at
                        count, opened = count + 1, True
                    ends[count - 1] = at + width
                at += width
        word_offsets[i + 1] = count


@kernel
def join_syllables(
    unit_starts: Spans,
    unit_ends: Spans,
    begins: Bytes,
    apart: Bytes,
    offsets: Integers,
    starts: Spans,
    ends: Spans,
    word_offsets: Integers,
) -> None:
    """The words of syllables; units that begin where they end count for nothing.

    Args:
        unit_starts, unit_ends, apart, offsets: see `read_syllables`.
        begins: which units begin words, as far as the model knows.
        starts, ends, word_offsets: see `Words`; written to.
    """
    count = 0
    for i in range(len(offsets) - 1):
        opened = False
        for unit in range(offsets[i], offsets[i + 1]):
            opened = opened and begins[unit] | apart[unit] == 0
            if unit_starts[unit] == unit_ends[unit]:
                continue
            if not opened:
                starts[count] = unit_starts[unit]
                count, opened = count + 1, True
            ends[count - 1] = unit_ends[unit]
        word_offsets[i + 1] = count


def boundary_words_batch(texts: Strings, rows: Integers, name: str) -> Words:
    """The words of some texts; equal to `boundary_model.boundary_words`.

    Args:
        texts: valid UTF-8.
        rows: int64 (rows,), which of them.
        name: of a model.

    Returns:
        Spans of the texts' own bytes, or of a copy of those that count.
    """
    words_of = {CHARACTERS: _character_words, CLUSTERS: _cluster_words, SYLLABLES: _syllable_words}
    return words_of[boundary_model(name).units](texts, rows, name)


def _syllable_words(texts: Strings, rows: Integers, name: str) -> Words:
    size = int((texts.offsets[rows + 1] - texts.offsets[rows]).sum())
    spans = span_type(int(texts.offsets[-1]))
    unit_starts, unit_ends = np.empty((2, size), spans)
    codes, classes = np.empty((2, size), np.uint64)
    apart = np.empty(size, np.uint8)
    offsets, word_offsets = np.zeros((2, len(rows) + 1), np.int64)
    known = *letters(), word_break_table().numbers, blank_kinds()
    read_syllables(texts, rows, *known, unit_starts, unit_ends, codes, classes, apart, offsets)
    begins = _labels(codes, classes, offsets, name)
    starts, ends = np.empty((2, int(offsets[-1])), spans)
    join_syllables(unit_starts, unit_ends, begins, apart, offsets, starts, ends, word_offsets)
    count = word_offsets[-1]
    return Words(texts.data, starts[:count], ends[:count], word_offsets)


def _character_words(texts: Strings, rows: Integers, name: str) -> Words:
    model = boundary_model(name)
    size = int((texts.offsets[rows + 1] - texts.offsets[rows]).sum())
    data, codes = np.empty(size if model.drops else 0, np.uint8), np.empty(size, np.uint64)
    firsts, (offsets, word_offsets) = np.empty(len(rows), np.int64), np.zeros((2, len(rows) + 1), np.int64)
    read_characters(texts, rows, model.drops, model.folds, data, firsts, codes, offsets)
    begins = _labels(codes, codes, offsets, name)
    data = data if model.drops else texts.data
    starts, ends = np.empty((2, int(offsets[-1]) + 1), span_type(len(data)))
    known = word_break_table().numbers, blank_kinds()
    join_characters(codes, firsts, begins, offsets, *known, starts, ends, word_offsets)
    count = word_offsets[-1]
    return Words(data, starts[:count], ends[:count], word_offsets)


def _cluster_words(texts: Strings, rows: Integers, name: str) -> Words:
    size = int((texts.offsets[rows + 1] - texts.offsets[rows]).sum())
    data, unit_starts = np.empty(size, np.uint8), np.empty(size + 1, np.int64)
    codes, classes = np.empty((2, size), np.uint64)
    offsets, word_offsets = np.zeros((2, len(rows) + 1), np.int64)
    read_clusters(texts, rows, data, unit_starts, codes, classes, offsets)
    begins = _labels(codes, classes, offsets, name)
    starts, ends = np.empty((2, size), span_type(size))
    known = word_break_table().numbers, blank_kinds()
    join_clusters(data, unit_starts, begins, offsets, *known, starts, ends, word_offsets)
    count = word_offsets[-1]
    return Words(data, starts[:count], ends[:count], word_offsets)


def _labels(codes: Hashes, classes: Hashes, offsets: Integers, name: str) -> Bytes:
    model, table = boundary_model(name), table_of(name)
    begins = np.empty(offsets[-1], np.uint8)
    scratch = np.empty(BLOCK + SPAN, np.uint64), np.empty(BLOCK + 2 * SPAN, np.int64)
    windows = windows_for(model, len(begins))
    label(codes, classes, offsets, model.templates, table, model.transitions, windows, *scratch, begins)
    return begins
