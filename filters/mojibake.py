"""What looks wrongly decoded to ftfy, as tables for a kernel.

ftfy (github.com/rspeer/python-ftfy, Apache-2.0) repairs the encoding only of a line in which its expression
`ftfy.badness.BADNESS_RE` is found: some forty alternatives, each a few sets of characters in a row. The tables
are made from that expression as installed, so that they follow it: code points fall into classes that no set
tells apart, and each place of each alternative is one bit, so that one shift and one mask advance all of them
(Baeza-Yates and Gonnet's Shift-And).

They find at least what the expression finds. An alternative is shortened at its start to what cannot be ASCII,
so that ASCII need not be looked at, and to `LENGTH_MAX` places; its start of a line may be anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import takewhile
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import numpy as np
from ftfy.badness import BADNESS_RE
from ftfy.chardata import CONTROL_CHARS
from numpy.typing import NDArray

from ..langid.errors import PolysiftError

LENGTH_MAX = 4
WORD_BITS = 62
ASTRAL = 0x10000
"""Stands for all code points from here on: in no set that lists its members, in all that do not."""

Members = NDArray[np.bool_]
"""bool (ASTRAL + 1,): which code points a set holds."""


class Mojibake(NamedTuple):
    """The tables.

    Attributes:
        classes: uint8 (ASTRAL + 1,), the class of each code point.
        masks: int64 (words, classes), the bits of the places at which a class may stand.
        starts: int64 (words,), the bits of first places.
        accepts: int64 (words,), those of last places.
    """

    classes: NDArray[np.uint8]
    masks: NDArray[np.int64]
    starts: NDArray[np.int64]
    accepts: NDArray[np.int64]

    @property
    def begins(self) -> NDArray[np.bool_]:
        """Which code points stand at a first place: bool (ASTRAL + 1,)."""
        of_classes: NDArray[np.bool_] = (self.masks & self.starts[:, None] != 0).any(axis=0)
        return of_classes[self.classes]


@cache
def mojibake_tables() -> Mojibake:
    """The tables of the installed ftfy, built once per process in some milliseconds.

    >>> tables = mojibake_tables()
    >>> tables.masks.shape[0], int(tables.classes[ord("a")] == tables.classes[ord("z")])
    (2, 1)
    """
    sequences = [*_alternatives(BADNESS_RE), [_control_characters()]]
    words = _packed(sequences)
    bits = np.zeros((len(words), ASTRAL + 1), np.int64)
    starts, accepts = np.zeros((2, len(words)), np.int64)
    for number, word in enumerate(words):
        bit = 0
        for sequence in word:
            starts[number] |= 1 << bit
            for members in sequence:
                bits[number] |= members.astype(np.int64) << bit
                bit += 1
            accepts[number] |= 1 << (bit - 1)
    first, classes = _distinct(bits)
    if len(first) > 256:
        raise PolysiftError(f"ftfy: {len(first)} classes of characters, at most 256 are supported")
    return Mojibake(classes.astype(np.uint8), np.ascontiguousarray(bits[:, first]), starts, accepts)


def _distinct(bits: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each distinct column is first, and the number of every column among them."""
    numbers = np.zeros(bits.shape[1], np.int64)
    for row in bits:
        found, places = np.unique(row, return_inverse=True)
        _, first, numbers = np.unique(numbers * len(found) + places, return_index=True, return_inverse=True)
    return first, numbers


def _packed(sequences: list[list[Members]]) -> list[list[list[Members]]]:
    """The sequences in as many words of `WORD_BITS` places as they need."""
    words: list[list[list[Members]]] = [[]]
    for sequence in sequences:
        if sum(map(len, words[-1])) + len(sequence) > WORD_BITS:
            words.append([])
        words[-1].append(sequence)
    return words


def _control_characters() -> Members:
    """The characters beyond ASCII that ftfy removes."""
    members = np.zeros(ASTRAL + 1, bool)
    members[[code_point for code_point in CONTROL_CHARS if 0x80 <= code_point < ASTRAL]] = True
    return members


def _alternatives(expression: re.Pattern[str]) -> Iterator[list[Members]]:
    """The sequences of sets that an expression looks for, or shorter ones that are found wherever they are.

    Raises:
        PolysiftError: where an alternative may be found in ASCII; ftfy 6.3 has none.
    """
    parsed = list(parser.parse(expression.pattern, expression.flags))
    branches = parsed[0][1][1] if parsed[0][0] is constants.BRANCH and len(parsed) == 1 else [parsed]
    for branch in branches:
        sets = [_members(node) for node in branch]
        while sets and (sets[0] is None or sets[0][:0x80].any()):
            sets.pop(0)
        known = list(takewhile(lambda found: found is not None, sets))
        if not known:
            raise PolysiftError("ftfy: its installed version looks for what is not known here; try ftfy 6.3")
        yield [found for found in known[:LENGTH_MAX] if found is not None]


def _members(node: tuple[Any, Any]) -> Members | None:
    """The set of characters that one node of a parsed expression takes; None where it is no such node."""
    kind, value = node
    if kind is constants.ANY:
        return np.ones(ASTRAL + 1, bool)
    if kind is constants.LITERAL:
        return _union([(kind, value)])
    if kind is constants.NOT_LITERAL:
        return _complement(_union([(constants.LITERAL, value)]))
    if kind is not constants.IN:
        return None
    return _complement(_union(value[1:])) if value[0][0] is constants.NEGATE else _union(value)


def _complement(members: Members | None) -> Members | None:
    if members is None:
        return None
    others = ~members
    others[ASTRAL] = True
    return others


def _union(items: list[tuple[Any, Any]]) -> Members | None:
    members = np.zeros(ASTRAL + 1, bool)
    for kind, value in items:
        if kind is constants.LITERAL:
            members[min(value, ASTRAL)] = True
        elif kind is constants.RANGE:
            members[min(value[0], ASTRAL) : min(value[1], ASTRAL) + 1] = True
        elif kind is constants.CATEGORY and value in CATEGORIES:
            members |= _category(value)
        else:
            return None
    return members


@cache
def _category(value: Any) -> Members:
    return np.array([*map(CATEGORIES[value], map(chr, range(ASTRAL))), True])


CATEGORIES: dict[Any, Callable[[str], bool]] = {
    constants.CATEGORY_SPACE: str.isspace,
    constants.CATEGORY_WORD: lambda character: character.isalnum() or character == "_",
}
