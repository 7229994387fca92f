"""Text to words: Unicode word boundaries, or the tokenizers of the published recipe.

- `unicode`: UAX #29 as ICU implements it (locale root), with ICU's dictionaries for Thai, Lao, Khmer,
  Burmese, Han and Kana. One segmenter for every language.
- `datatrove`: the tokenizer that datatrove assigns to the label (spaCy, Kiwi, PyThaiNLP, Indic NLP, ...), for
  decisions equal to the recipe's. A label without one, such as und_Zyyy, is split as by `unicode`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache
from typing import Literal

from icu4py.breakers import WordBreaker

from ..langid.errors import PolysiftError, did_you_mean

Segmenter = Callable[[str], list[str]]
"""Text to its words in order, stripped of white space, none empty; an empty text has none."""

SURROGATE = re.compile("[\ud800-\udfff]")


@cache
def segmenter(kind: Literal["unicode", "datatrove"], label: str) -> Segmenter:
    """The word segmenter of a language.

    A lone surrogate, which no tokenizer takes, is read as U+FFFD; lengths stay the same.

    Args:
        kind: 'unicode' or 'datatrove'.
        label: language and script, such as 'por_Latn'; only 'datatrove' depends on it.

    Raises:
        PolysiftError: for a tokenizer whose package is not installed, and for an unknown `kind`.

    >>> segmenter("unicode", "por_Latn")("Não há 3,5 km.")
    ['Não', 'há', '3,5', 'km', '.']
    >>> segmenter("unicode", "tha_Thai")("ภาษาไทย")
    ['ภาษา', 'ไทย']
    """
    if kind not in SEGMENTERS:
        allowed = ", ".join(SEGMENTERS)
        raise PolysiftError(f"words: found {kind!r}, allowed: {allowed}{did_you_mean(kind, SEGMENTERS)}")
    split = SEGMENTERS[kind](label)
    return lambda text: split(SURROGATE.sub("\ufffd", text)) if text else []


def unicode_words(text: str) -> list[str]:
    """Segments between Unicode word boundaries that hold more than white space.

    >>> unicode_words("Привет, мир!")
    ['Привет', ',', 'мир', '!']
    """
    return [word for segment in WordBreaker(text, "root") if (word := segment.strip())]


def _unicode(label: str) -> Segmenter:
    return unicode_words


def _datatrove(label: str) -> Segmenter:
    # Imported here: datatrove's loader and spaCy take seconds that `words: unicode` need not pay.
    from datatrove.utils.word_tokenizers import load_tokenizer_assignments, load_word_tokenizer

    if label not in load_tokenizer_assignments():
        return unicode_words
    # It reports on stderr that it loads its dictionary, and sets its own level when imported: filter instead.
    logging.getLogger("jieba").addFilter(lambda record: record.levelno >= logging.WARNING)
    try:
        tokenizer = load_word_tokenizer(label)
        tokenizer.word_tokenize("a b")  # packages are imported at first use: fail here, before any document
    except ImportError as error:
        raise PolysiftError(
            f"words: datatrove: the tokenizer of {label} needs a package that is not installed: {error}\n"
            f"Try pip install 'polysift[tokenizers]' or the package named here, or set "
            f"languages.exclude: [{label}] or words: unicode"
        ) from error
    return tokenizer.word_tokenize  # type: ignore[no-any-return]


SEGMENTERS: dict[str, Callable[[str], Segmenter]] = {"unicode": _unicode, "datatrove": _datatrove}


def segment(texts):  # TEMP
    from ..langid.kernels import to_arrow, words_from_lists

    return words_from_lists([unicode_words(t) for t in to_arrow(texts).to_pylist()])
