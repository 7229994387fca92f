"""Text as duplicates are searched in: what two documents may differ in and still be the same (plain reference).

- `recipe`: as published. Lower case, each number `0`, separating punctuation and white space one space, canonical
  decomposition, no nonspacing mark. It turns Thai vowels, Indic vowel signs and Hangul into other text.
- `unicode`: the same, but a nonspacing mark goes only where its script writes it as an accent or a point that
  readers add or leave out: Latin, Greek, Cyrillic, Glagolitic, Coptic, Arabic, Hebrew, Syriac, Samaritan, and marks
  of no one script. All others stay: vowel signs, viramas, nuktas and tones of Thai, Lao, Khmer, Burmese, Tibetan and
  the Indic scripts, the voicing marks of Kana. Hangul is composed to syllables. Texts that are canonically
  equivalent become the same text. Punctuation that the recipe does not know (dandas, tsheg, zero width space) goes.

Here Python's own tables rule; the kernel's (simplify_kernel.py) are those of one version of Unicode everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

import regex

from ..langid.unicode_data import NO_SCRIPT, script_table
from .punctuation import SEPARATOR_PUNCTUATION

Mode = Literal["recipe", "unicode"]

NUMBERS = regex.compile(r"\p{Nd}+(?:[.,،٫⎖⎗⎘]\p{Nd}+)?")
SPACES = re.compile(r"\s+")
PUNCTUATION_TO_SPACE = str.maketrans(dict.fromkeys(SEPARATOR_PUNCTUATION, " "))
HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7a3]+")

ACCENTING_SCRIPTS = frozenset(
    {NO_SCRIPT, "Latn", "Grek", "Cyrl", "Glag", "Copt", "Arab", "Hebr", "Syrc", "Samr"}
)
"""Scripts whose nonspacing marks `unicode` removes."""

# What ends a word or a syllable besides the recipe's punctuation; ICU would count each as a word of its own, so that
# five words of Tibetan were two or three. Zero width space (Khmer, Burmese, Thai), dandas, Tibetan tsheg and shad,
# Khmer, Burmese, Ethiopic, Armenian and Hebrew punctuation.
WORD_SEPARATORS = "".join(
    chr(point)
    for first, last in (
        (0x200B, 0x200B), (0x0964, 0x0965), (0x0F0B, 0x0F14), (0x17D4, 0x17DA), (0x104A, 0x104B), (0x1361, 0x1368),
        (0x055A, 0x055F), (0x0589, 0x0589), (0x05BE, 0x05BE), (0x05C0, 0x05C0), (0x05C3, 0x05C3),
    )
    for point in range(first, last + 1)
    if point != 0x17D7  # a sign of repetition, part of the word
)  # fmt: skip
SEPARATORS_TO_SPACE = str.maketrans(dict.fromkeys(WORD_SEPARATORS, " "))

VOICING_MARKS = frozenset("\u3099\u309a")
"""Marks of Hiragana and Katakana, of no one script in Unicode, that make another letter: か, が."""


def simplify_text(text: str, mode: Mode = "recipe") -> str:
    """Text as it is compared.

    `recipe` equals datatrove's `simplify_text` (utils/text.py), step by step in its order.

    >>> simplify_text("Ação, 3,14 — Ça va ?")
    'acao 0 ca va'
    >>> simplify_text("ที่นี่ हिन्दी"), simplify_text("ที่นี่ हिन्दी", "unicode")
    ('ทน हिनदी', 'ที่นี่ हिन्दी')
    """
    text = NUMBERS.sub("0", text.lower()).translate(PUNCTUATION_TO_SPACE)
    if mode == "unicode":
        text = text.translate(SEPARATORS_TO_SPACE)
    text = SPACES.sub(" ", text.strip())
    return MODES[mode](unicodedata.normalize("NFD", text)).strip()


def is_accent(character: str) -> bool:
    """Whether `unicode` removes a nonspacing mark.

    >>> [is_accent(c) for c in "\\u0301\\u064e\\u0e48\\u094d\\u3099"]
    [True, True, False, False, False]
    """
    table = script_table()
    return table.codes[table.numbers[ord(character)]] in ACCENTING_SCRIPTS and character not in VOICING_MARKS


def _without_marks(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) != "Mn")


def _without_accents(text: str) -> str:
    kept = "".join(c for c in text if unicodedata.category(c) != "Mn" or not is_accent(c))
    return HANGUL.sub(lambda match: unicodedata.normalize("NFC", match[0]), kept)


MODES: dict[str, Callable[[str], str]] = {"recipe": _without_marks, "unicode": _without_accents}
