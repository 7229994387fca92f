"""What the web does to text: other case, fragments, addresses and numbers in between, lost diacritics."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .noise import address, number

SHORTEST = 15  # characters that a fragment keeps at least
SHORT = (5, 40)  # characters of what people write in a search field or a chat
DENSE = (3, 15)  # the same in scripts without spaces
EXCLAIMED = ("!!", "!!!", "??", "?!", "...", " :)", " :-)", " ;)", " <3", " xD", " haha", " lol")
EMOJI = "😀😂🤣😍😊😭🙏👍❤🔥✨🎉💪😎🤔😅"
LETTERS_LEAST = 0.5  # of the characters of a text without diacritics, or it stays


@dataclass(frozen=True)
class Augmentation:
    """The share of the lines that each change is made to; changes add up."""

    lower: float = 0.11
    upper: float = 0.1
    title: float = 0.04
    fragment: float = 0.25
    short: float = 0.22
    mixed_in: float = 0.08
    informal: float = 0.07
    no_diacritics: float = 0.03


def augment(text: str, settings: Augmentation, rng: np.random.Generator) -> str:
    """The text with some changes, or none, drawn from `rng`.

    >>> settings = Augmentation(lower=1, upper=0, title=0, fragment=0, short=0, mixed_in=0, informal=0,
    ...     no_diacritics=1)
    >>> augment("Onde está a Biblioteca?", settings, np.random.default_rng(1))
    'onde esta a biblioteca?'
    """
    chance = rng.random(5)
    if chance[0] < settings.short:
        text = short(text, rng)
    elif chance[0] < settings.short + settings.fragment:
        text = fragment(text, rng)
    if chance[1] < settings.no_diacritics:
        text = without_diacritics(text)
    text = _case(settings, chance[2])(text)
    if chance[4] < settings.informal:
        text = informal(text, rng)
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


def short(text: str, rng: np.random.Generator) -> str:
    """A few words of the text, of 5 to 40 characters, or 3 to 15 characters where there are no spaces."""
    words = text.split(" ")
    if len(words) * DENSE[1] < len(text):
        length = int(rng.integers(DENSE[0], DENSE[1] + 1))
        start = int(rng.integers(0, max(1, len(text) - length + 1)))
        return text[start : start + length].strip() or text
    least, start = int(rng.integers(SHORT[0], SHORT[1] - 5)), int(rng.integers(0, len(words)))
    piece = words[start]
    for word in words[start + 1 :]:
        if len(piece) >= least:
            break
        piece += " " + word
    return piece if len(piece) >= SHORT[0] else text


def informal(text: str, rng: np.random.Generator) -> str:
    """The text as in a chat: a letter drawn out, marks repeated, emoji at the end.

    >>> informal("Que bom!", np.random.default_rng(4))
    'Que bommmm! 😍'
    """
    letters = [i for i, c in enumerate(text) if c.isalpha() and c.isascii()]
    if letters and rng.random() < 0.4:
        at = letters[int(rng.integers(len(letters)))]
        text = text[:at] + text[at] * int(rng.integers(2, 6)) + text[at + 1 :]
    if rng.random() < 0.4:
        text += EXCLAIMED[int(rng.integers(len(EXCLAIMED)))]
    if rng.random() < 0.6:
        text += " " + "".join(rng.choice(list(EMOJI), int(rng.integers(1, 4))))
    return text


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
