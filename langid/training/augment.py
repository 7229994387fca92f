"""What the web does to text: other case, fragments, addresses and numbers in between, lost diacritics."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .noise import address, number

SHORTEST = 15  # characters that a fragment keeps at least; shorter ones are nobody's language
LETTERS_LEAST = 0.5  # of the characters of a text without diacritics, or it stays


@dataclass(frozen=True)
class Augmentation:
    """The share of the lines that each change is made to; changes add up."""

    lower: float = 0.1
    upper: float = 0.04
    title: float = 0.02
    fragment: float = 0.25
    mixed_in: float = 0.08
    no_diacritics: float = 0.0


def augment(text: str, settings: Augmentation, rng: np.random.Generator) -> str:
    """The text with some changes, or none, drawn from `rng`.

    >>> settings = Augmentation(lower=1, upper=0, title=0, fragment=0, mixed_in=0, no_diacritics=1)
    >>> augment("Onde está a Biblioteca?", settings, np.random.default_rng(1))
    'onde esta a biblioteca?'
    """
    chance = rng.random(4)
    if chance[0] < settings.fragment:
        text = fragment(text, rng)
    if chance[1] < settings.no_diacritics:
        text = without_diacritics(text)
    text = _case(settings, chance[2])(text)
    return mixed_in(text, rng) if chance[3] < settings.mixed_in else text


def fragment(text: str, rng: np.random.Generator) -> str:
    """A piece of the text, of at least 15 characters, cut between words where there are spaces."""
    words = text.split(" ")
    if len(words) >= 4:
        length = int(rng.integers(2, len(words)))
        start = int(rng.integers(0, len(words) - length + 1))
        piece = " ".join(words[start : start + length])
    else:
        length = int(rng.integers(min(SHORTEST, len(text)), len(text) + 1))
        start = int(rng.integers(0, len(text) - length + 1))
        piece = text[start : start + length].strip()
    return piece if len(piece) >= SHORTEST else text


def mixed_in(text: str, rng: np.random.Generator) -> str:
    """The text with one to three addresses or numbers between its words."""
    words = text.split(" ")
    for _ in range(int(rng.integers(1, 4))):
        token = address(rng) if rng.random() < 0.5 else number(rng)
        words.insert(int(rng.integers(0, len(words) + 1)), token)
    return " ".join(words)


def without_diacritics(text: str) -> str:
    """The text without combining marks, as people type it who lack the keys; left as it is in scripts whose
    vowels are marks.

    >>> without_diacritics("São Tomé"), without_diacritics("हिन्दी")
    ('Sao Tome', 'हिन्दी')
    """
    split = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in split if unicodedata.combining(c) == 0 or unicodedata.category(c) != "Mn")
    few_marks = sum(unicodedata.category(c)[0] == "M" for c in text) < 0.05 * len(text)
    return unicodedata.normalize("NFC", bare) if few_marks else text


def _case(settings: Augmentation, chance: float) -> Callable[[str], str]:
    if chance < settings.lower:
        return str.lower
    if chance < settings.lower + settings.upper:
        return str.upper
    if chance < settings.lower + settings.upper + settings.title:
        return str.title
    return partial(str)
