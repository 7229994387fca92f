"""Texts as the units of `boundary_model`, as numba kernels: characters, and Khmer and Burmese clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, decode, kernel
from .boundary_model import (
    CONSONANT,
    DIACRITIC,
    GOLDEN,
    OTHER,
    SUBSCRIPT,
    VOWEL,
)

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]  # int32 or int64, by `span_type`
Hashes = npt.NDArray[np.uint64]

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
