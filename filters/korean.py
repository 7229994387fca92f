"""Korean words: those of a boundary model, but for letters that are taken apart.

Simplified text (simplify.py, as published) has Hangul as conjoining jamo, and so has some text as it is written. The
model was fitted to syllables and knows no jamo: a run of them is a word, as it is to Kiwi, the tokenizer of the
recipe. What stands between two runs is divided as a text of its own.

This is the reference; filters/korean_kernel.py is what runs.
"""

from __future__ import annotations

import re

from .boundary_model import boundary_words

MODEL = "korean"
JAMO = re.compile("([\u1100-\u11ff]+)")


def korean_words(text: str) -> list[str]:
    """The words of one text, some empty or with white space at their ends.

    >>> [word for word in korean_words("나는 집에") if word]
    ['나', '는', '집에']
    >>> import unicodedata
    >>> jamo = unicodedata.normalize("NFD", "나는 pc에")
    >>> [unicodedata.normalize("NFC", word) for word in korean_words(jamo) if word]
    ['나는', 'pc', '에']
    """
    words: list[str] = []
    for at, part in enumerate(JAMO.split(text)):
        words += [part] if at % 2 else boundary_words(part, MODEL)
    return words
