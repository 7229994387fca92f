"""Words of languages whose tokenizer learned where words begin: a linear chain over the characters of a text.

Some of the recipe's tokenizers are conditional random fields with two labels: a unit (a character, or a cluster of
them) begins a word or goes on with it. What such a field knows is a weight for each n-gram of units around a unit;
the labels are those of the greatest sum of weights, found by Viterbi's algorithm. A model is a file in
filters/data/boundaries, written by tools/make_boundary_models.py; NOTICE names the sources. All weights are integers,
so that sums do not depend on their order.

This is the reference; filters/boundary_kernel.py is what runs.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from ..langid.unicode_data import word_break_table
from . import syllables

MODELS = ("burmese", "khmer", "vietnamese", "chinese", "thai", "korean")
"""The models by number; also the names of their styles, see `words.SWITCHES`."""
FOLDER = Path(__file__).parent / "data" / "boundaries"
SCALE = 512
"""A weight of 1 in the files."""

CHARACTERS, CLUSTERS, SYLLABLES = range(3)
UNITS = {"characters": CHARACTERS, "clusters": CLUSTERS, "syllables": SYLLABLES}
"""What the units are: single characters, Khmer's consonants with all that belongs to them, or Vietnamese syllables."""
SPACE, ZERO_WIDTH_SPACE = " ", "\u200b"
DROPPED_KHMER = ("\n", "\u2028", "\u200a")
GOLDEN = syllables.GOLDEN
MASK = (1 << 64) - 1


class BoundaryModel(NamedTuple):
    """Attributes:
    units: see `UNITS`.
    drops: whether spaces count for nothing, so that a word may go on behind one.
    folds: whether all letters of ASCII are one, and all its digits.
    templates: int64 (templates, 3): first and last unit of an n-gram, from the unit that it speaks for, and 1 where
      it is made of the units' classes.
    keys: uint32 (n-grams,), the hashes of n-grams.
    weights: int32 (n-grams,): how much more an n-gram speaks for a beginning than against one.
    transitions: int64 (2, 2), the weight of a label (0: goes on, 1: begins) behind another.
    """

    units: int
    drops: bool
    folds: bool
    templates: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint32]
    weights: npt.NDArray[np.int32]
    transitions: npt.NDArray[np.int64]


@cache
def boundary_model(name: str) -> BoundaryModel:
    """A shipped model, read once per process."""
    table = pq.read_table(FOLDER / f"{name}.parquet")
    about = json.loads(table.schema.metadata[b"model"])
    return BoundaryModel(
        units=UNITS[about["units"]],
        drops=about["drops"],
        folds=about["folds"],
        templates=np.array(about["templates"], np.int64),
        keys=table["key"].to_numpy(),
        weights=table["weight"].to_numpy().astype(np.int32),
        transitions=np.array(about["transitions"], np.int64),
    )


def key_of(template: int, codes: list[int]) -> int:
    """The key of an n-gram: 32 bits of a multiplicative hash of its template's number and its units.

    >>> key_of(0, [97]) != key_of(1, [97])
    True
    """
    found = (template + 1) * GOLDEN & MASK
    for code in codes:
        found = (found ^ code) * GOLDEN & MASK
        found ^= found >> 29
    return max(1, found >> 32)


def boundary_words(text: str, name: str) -> list[str]:
    """The words of one text, some with white space at their ends, by a model.

    >>> boundary_words("ကျွန်တော် ကျောင်းသွားသည်။", "burmese")
    ['ကျွန်တော်', 'ကျောင်း', 'သွား', 'သည်', '။']
    """
    model = boundary_model(name)
    if model.units == SYLLABLES:
        return _syllable_words(text, name)
    units = clusters(text) if model.units == CLUSTERS else characters(text, model.drops)
    begins = labels(units, name)
    words: list[str] = []
    for unit, label in zip(units, begins, strict=True):
        if label or not words:
            words.append("")
        words[-1] += unit
    if model.units == CHARACTERS:
        words = [part for word in words for part in _apart(word)]
    return words


def _syllable_words(text: str, name: str) -> list[str]:
    """Words of syllables, with the white space between."""
    spans = syllables.syllables(text)
    units = [text[start:end] for start, end in spans]
    apart = (True, *(syllables.kept_apart(before, unit) for before, unit in pairwise(units)))
    begins = [at for at, label in enumerate(labels(units, name)) if label or apart[at]]
    ends = [*begins[1:], len(units)]
    return [text[spans[a][0] : spans[b - 1][1]] for a, b in zip(begins, ends, strict=False)]


def labels(units: list[str], name: str) -> list[int]:
    """Which units begin words, by Viterbi's algorithm."""
    model, weights = boundary_model(name), _weights(name)
    codes = [code_of(unit, model) for unit in units], [class_of(unit, model) for unit in units]
    (a, b), (c, d) = model.transitions.tolist()
    ways: list[tuple[int, int]] = []
    on = begun = 0
    for at in range(len(units)):
        weight = sum(weights.get(key, 0) for key in _keys(codes, at, model.templates.tolist()))
        ways.append((int(begun + c > on + a), int(begun + d > on + b)))
        if at:
            on, begun = max(on + a, begun + c), max(on + b, begun + d)
        begun += weight
    found, label = [], int(begun > on)
    for way in reversed(ways):
        found.append(label)
        label = way[label]
    return found[::-1]


def _keys(codes: tuple[list[int], list[int]], at: int, templates: list[list[int]]) -> list[int]:
    return [
        key_of(number, codes[of][at + first : at + last + 1])
        for number, (first, last, of) in enumerate(templates)
        if at + first >= 0 and at + last < len(codes[0])
    ]


@cache
def _weights(name: str) -> dict[int, int]:
    model = boundary_model(name)
    return dict(zip(model.keys.tolist(), model.weights.tolist(), strict=True))


def characters(text: str, drops: bool) -> list[str]:
    return list(text.replace(SPACE, "") if drops else text)


def code_of(unit: str, model: BoundaryModel) -> int:
    """A unit as a number: a character's code point, or a hash of a cluster's bytes or a syllable's small letters."""
    if model.units != CHARACTERS:
        found = GOLDEN
        for number in unit.encode() if model.units == CLUSTERS else map(ord, syllables.small(unit)):
            found = (found ^ number) * GOLDEN & MASK
            found ^= found >> 29
        return found
    if model.folds and unit.isascii() and unit.isalnum():
        return ord("0") if unit.isdigit() else ord("a")
    return ord(unit)


KHMER_CLASSES = ("consonant", "vowel", "subscript", "diacritic", "other")
CONSONANT, VOWEL, SUBSCRIPT, DIACRITIC, OTHER = range(5)


def khmer_class(character: str) -> int:
    """Which of `KHMER_CLASSES` a character is; digits and punctuation are others."""
    code = ord(character)
    if 0x1780 <= code <= 0x17B3:
        return CONSONANT
    if 0x17B4 <= code <= 0x17C8:
        return VOWEL
    if code == 0x17D2:
        return SUBSCRIPT
    return DIACRITIC if 0x17C9 <= code <= 0x17D0 else OTHER


def class_of(unit: str, model: BoundaryModel) -> int:
    """The class of a cluster, that of its first character and how long it is, up to 16; or of a syllable."""
    if model.units == SYLLABLES:
        return syllables.class_of(unit)
    return 5 * min(len(unit), 16) + khmer_class(unit[0])


def is_khmer(character: str) -> bool:
    return "\u1780" <= character <= "\u17ff" or "\u19e0" <= character <= "\u19ff" or character in ",.? "


def clusters(text: str) -> list[str]:
    """Khmer consonants with their vowels and marks, runs of digits, and runs of everything else but marks and spaces.

    A zero-width space ends a cluster; it, line ends and hair spaces are left out.

    >>> clusters("ខ្មែរ abc១២។")
    ['ខ្មែ', 'រ', ' ', 'abc', '១២', '។']
    """
    for mark in DROPPED_KHMER:
        text = text.replace(mark, "")
    found: list[str] = []
    for part in text.split(ZERO_WIDTH_SPACE):
        opened = False
        for at, character in enumerate(part):
            found.append(found.pop() + character if opened else character)
            following = part[at + 1 : at + 2]
            opened = (
                bool(following) and SPACE not in (character, following) and _goes_on(character, following)
            )
    return found


def _goes_on(character: str, following: str) -> bool:
    """Whether a cluster goes on with the character behind it, neither of them a space."""
    if not is_khmer(character):
        return not is_khmer(following)
    if _is_digit(character) and _is_digit(following):
        return True
    return not _starts(following) or khmer_class(character) == SUBSCRIPT


def _starts(character: str) -> bool:
    """Whether a cluster begins here whatever is before: anything but Khmer's vowels and marks."""
    if not "\u1780" <= character <= "\u17ff":
        return True
    return khmer_class(character) == CONSONANT or character in "៕។៛ៗ៚៙៘" or _is_digit(character)


def _is_digit(character: str) -> bool:
    return "\u17e0" <= character <= "\u17e9" or "0" <= character <= "9"


def _is_blank(character: str) -> bool:
    table = word_break_table()
    return bool(table.kinds[table.numbers[ord(character)]].joining == "blank")


def _apart(word: str) -> list[str]:
    """A word, divided where white space is."""
    return "".join("\n" if _is_blank(character) else character for character in word).split("\n")
