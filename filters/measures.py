"""Text and words to exact integers: the numerators and denominators of every rule.

Written to be read: the kernels must equal it. Definitions follow the recipe's blocks (see rules.py) to the
letter, also where these differ from each other in what a line is. All lengths but `n_bytes` are code points.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from .characters import WHITE_SPACE, has_letter
from .punctuation import PUNCTUATION, TERMINAL_PUNCTUATION

BULLETS = ("•", "-")
ELLIPSES = ("...", "…")


class Characters(NamedTuple):
    """Measures that need the text alone."""

    n_bytes: int
    """Of UTF-8; a lone surrogate counts 3, like the U+FFFD that stands for it in the output."""
    n_chars: int
    n_newlines: int
    n_chars_without_newlines: int
    n_hashes: int
    n_ellipses: int


class Lines(NamedTuple):
    """Measures of lines, of which the recipe has three kinds."""

    n_lines: int
    """Pieces between runs of newlines; an empty first and last one count."""
    n_duplicate_lines: int
    n_nonblank_lines: int
    """Pieces between single newlines that hold more than white space."""
    n_terminal_punctuation_lines: int
    n_duplicate_line_chars: int
    """Of the non-blank lines."""
    n_split_lines: int
    """Pieces of `str.splitlines`, which also breaks at carriage returns, form feeds, U+2028 and others."""
    n_bullet_lines: int
    n_ellipsis_lines: int


class NGrams(NamedTuple):
    """Characters in the most common n-gram of words, and in n-grams that have occurred before."""

    n_top_2_gram_chars: int
    n_top_3_gram_chars: int
    n_top_4_gram_chars: int
    n_duplicate_5_gram_chars: int
    n_duplicate_6_gram_chars: int
    n_duplicate_7_gram_chars: int
    n_duplicate_8_gram_chars: int
    n_duplicate_9_gram_chars: int
    n_duplicate_10_gram_chars: int


class Words(NamedTuple):
    """Measures of single words. A symbol is a word made only of punctuation."""

    n_words: int
    n_non_symbol_words: int
    n_non_symbol_word_chars: int
    n_alpha_words: int
    """Words with a letter (Unicode categories L*)."""
    stop_word_mask: int
    """Bit i says that the language's i-th stop word occurs."""


MEASURES: tuple[str, ...] = Characters._fields + Lines._fields + NGrams._fields + Words._fields


def measure(text: str, words: Sequence[str], stop_words: Sequence[str]) -> tuple[int, ...]:
    """All measures of one document.

    Args:
        text: the document.
        words: its words in order, stripped, none empty.
        stop_words: at most 64 words, compared case-sensitively; their order gives the mask's bits.

    Returns:
        One integer for each name in `MEASURES`, in that order; all below 2**63, but the mask below 2**64.

    >>> words = ["Olá", ",", "olá", "!", "สวัสดี"]
    >>> values = dict(zip(MEASURES, measure("Olá, olá!\\nสวัสดี", words, ["e", "olá"])))
    >>> values["n_words"], values["n_non_symbol_words"], values["n_non_symbol_word_chars"]
    (5, 3, 12)
    >>> values["n_terminal_punctuation_lines"], values["n_nonblank_lines"], bin(values["stop_word_mask"])
    (1, 2, '0b10')
    """
    return _characters(text) + _lines(text) + _n_grams(words) + _words(words, stop_words)


def _characters(text: str) -> Characters:
    newlines = text.count("\n")
    return Characters(
        n_bytes=len(text.encode("utf-8", "surrogatepass")),
        n_chars=len(text),
        n_newlines=newlines,
        n_chars_without_newlines=len(text) - newlines,
        n_hashes=text.count("#"),
        n_ellipses=sum(map(text.count, ELLIPSES)),
    )


def _lines(text: str) -> Lines:
    lines = re.split("\n+", text)
    nonblank = [line for line in text.split("\n") if line.strip(WHITE_SPACE)]
    split = text.splitlines()
    return Lines(
        n_lines=len(lines),
        n_duplicate_lines=len(lines) - len(set(lines)),
        n_nonblank_lines=len(nonblank),
        n_terminal_punctuation_lines=sum(line[-1] in TERMINAL_PUNCTUATION for line in nonblank),
        n_duplicate_line_chars=sum(map(len, nonblank)) - sum(map(len, set(nonblank))),
        n_split_lines=len(split),
        n_bullet_lines=sum(line.lstrip(WHITE_SPACE).startswith(BULLETS) for line in split),
        n_ellipsis_lines=sum(line.rstrip(WHITE_SPACE).endswith(ELLIPSES) for line in split),
    )


def _n_grams(words: Sequence[str]) -> NGrams:
    # An n-gram is a slice of the joined words. Two that read the same are the same, whatever their words.
    spaced, spaced_starts = " ".join(words), array("q", accumulate((len(w) + 1 for w in words), initial=0))
    dense, dense_starts = "".join(words), array("q", accumulate(map(len, words), initial=0))
    return NGrams(
        *(_top_n_gram_chars(spaced, spaced_starts, n) for n in (2, 3, 4)),
        *(_duplicate_n_gram_chars(dense, dense_starts, n) for n in (5, 6, 7, 8, 9, 10)),
    )


def _top_n_gram_chars(joined: str, starts: array[int], n: int) -> int:
    """Length times count of the most common n-gram, joined by spaces; of several, the first one seen.

    `starts` holds where each word starts in `joined`, and at the end where one more would.
    """
    counts = Counter(joined[start : end - 1] for start, end in zip(starts, starts[n:], strict=False))
    n_gram = max(counts, key=counts.__getitem__, default="")  # of several the first: a Counter keeps order
    return len(n_gram) * counts[n_gram]


def _duplicate_n_gram_chars(joined: str, starts: array[int], n: int) -> int:
    """Length of the n-grams, joined without spaces, that have been seen before; finding one skips n words."""
    seen: set[str] = set()
    chars = resume = 0
    for start, end in zip(starts, starts[n:], strict=False):
        if start < resume:
            continue
        n_gram = joined[start:end]
        if n_gram in seen:
            chars += len(n_gram)
            resume = end
        seen.add(n_gram)
    return chars


def _words(words: Sequence[str], stop_words: Sequence[str]) -> Words:
    counts = Counter(words)
    symbols = {word for word in counts if PUNCTUATION.issuperset(word)}
    return Words(
        n_words=len(words),
        n_non_symbol_words=sum(n for word, n in counts.items() if word not in symbols),
        n_non_symbol_word_chars=sum(len(word) * n for word, n in counts.items() if word not in symbols),
        n_alpha_words=sum(n for word, n in counts.items() if has_letter(word)),
        stop_word_mask=sum(1 << bit for bit, word in enumerate(stop_words) if word in counts),
    )
