"""Text to words: Unicode word boundaries, or the tokenizers of the published recipe.

- `unicode`: UAX #29 as ICU implements it (locale root), with its dictionaries, then a few rules that join segments (see
  `joined_words.joined`), with switches by label (see `SWITCHES`); in a few languages a word list or model instead
  (model_words.py). docs/words.md says how all of it was chosen.
- `datatrove`: the tokenizer that datatrove assigns to the label (spaCy, Kiwi, PyThaiNLP, Indic NLP, ...), for
  decisions equal to the recipe's. A label without one, such as und_Zyyy, is split as by `unicode`.

`segment` is the way for batches; `unicode_words` is its reference.
"""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..langid.errors import PolysiftError, did_you_mean
from ..langid.kernels import Strings, Words, to_arrow, words_from_lists
from . import word_tables
from .boundary_model import MODELS
from .dictionary_words import Divided
from .joined_words import by_punctuation, chunked, joined, stripped, without_underscores
from .model_words import model_words, with_models
from .word_break_rules import icu_segments
from .word_kernel import segment_batch

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
    >>> segmenter("unicode", "tha_Thai")("ภาษาไทยง่าย")
    ['ภาษาไทย', 'ง่าย']
    """
    if kind not in SEGMENTERS:
        allowed = ", ".join(SEGMENTERS)
        raise PolysiftError(f"words: found {kind!r}, allowed: {allowed}{did_you_mean(kind, SEGMENTERS)}")
    split = SEGMENTERS[kind](label)
    return lambda text: split(SURROGATE.sub("\ufffd", text)) if text else []


SWITCHES = {
    "compounds": word_tables.COMPOUNDS,
    "ranges": word_tables.RANGES,
    "slashes": word_tables.SLASHES,
    "elision": word_tables.ELISION,
    "ordinals": word_tables.ORDINALS,
    "brackets": word_tables.BRACKETS,
    "initials": word_tables.INITIALS,
    "links": word_tables.LINKS,
    "underscores": word_tables.UNDERSCORES,
    "sentences": word_tables.SENTENCES,
    "colons": word_tables.COLONS,
    "counts": word_tables.COUNTS,
    "clitics": word_tables.CLITICS,
    "hashtags": word_tables.HASHTAGS,
    "articles": word_tables.ARTICLES,
    "stops": word_tables.STOPS,
    "apart": word_tables.APART,
    "punctuation": word_tables.PUNCTUATION,
    "numbers": word_tables.NUMBERS,
    "segments": word_tables.SEGMENTS,
    "units": word_tables.UNITS,
    "quotes": word_tables.QUOTES,
    "abbreviations": word_tables.ABBREVIATIONS,
}


"""What a style is made of; its name joins them by `+`, and a style without any has the rules of `joined` alone.

- compounds: a hyphen between letters stays in its word.
- ranges: so does one between digits.
- slashes: so do / and ~ behind and before letters.
- elision: what is before an apostrophe between letters is a word of its own, with the apostrophe.
- ordinals: a full stop stays with the number before it.
- brackets: a bracket, quote (not '), exclamation or question mark between letters is a word of its own.
- initials: a full stop stays with a capital letter that no other one precedes, one of a to z that is a word, and a
  letter with a combining mark of U+0300 to U+036F.
- links: what follows // or a www. at the beginning of a word is not divided.
- underscores: each underscore at an end of a segment is a segment of its own.
- sentences: a full stop between a small and a capital letter, or letters without case, is a word of its own.
- colons: so is a colon between letters.
- counts: so is a hyphen between a letter and a digit.
- clitics: an apostrophe at the beginning of a chunk stays with a single letter.
- hashtags: so does # with the word behind it.
- articles: a hyphen stays between two vowels of ASCII, the second alone (Ligurian a-o, da-a).
- stops: a full stop stays with a letter before it.
- apart: no segments are joined.
- punctuation: words and marks are not ICU's, see `by_punctuation`; with `numbers`, `,` `.` `:` and `/` stay between
  digits, with spaces or without.
- units: a unit such as km behind a number, which a segment begins with, is a word of its own, at the end of a chunk
  or before punctuation.
- quotes: a full stop between a small letter, or one without case, and a quote inside of a chunk is a word of its own.
- abbreviations: so is one between letters without case, a single one after it.
- segments: ICU's segments as they are, with white space; for tests.

The name of a model of `boundary_model` is a style of its own: that model says where words begin, and nothing else does.
"""


GENERAL = "initials+links+underscores+sentences+colons+units+quotes"


"""The style of a label that is not in the table, and of most tokenizers."""


def style_number(style: str) -> int:
    """A style as the kernel takes it.

    >>> style_number("compounds+ranges")
    3
    >>> style_number("thai") == 5 * word_tables.MODEL
    True
    """
    if style in MODELS:
        return word_tables.MODEL * (1 + MODELS.index(style))
    return sum(SWITCHES[switch] for switch in style.split("+") if switch)


@cache
def word_styles() -> dict[str, str]:
    """Label to style, of the labels whose style is not `GENERAL` (filters/data/word_styles.csv).

    >>> word_styles()["hin_Deva"], word_styles().get("eng_Latn", GENERAL)
    ('punctuation+numbers', 'initials+links+underscores+sentences+colons+units+quotes')
    """
    with (Path(__file__).parent / "data" / "word_styles.csv").open(encoding="ascii", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {row["label"]: row["style"] for row in rows}


def style_numbers(labels: Iterable[str]) -> npt.NDArray[np.uint32]:
    """The styles of labels, as `segment` takes them: uint32 (labels,)."""
    return np.array([style_number(word_styles().get(label, GENERAL)) for label in labels], np.uint32)


def segment(
    texts: Strings, styles: npt.NDArray[np.uint32] | None = None, divided: Divided | None = None
) -> Words:
    """The words of texts, `words: unicode`; equal to `unicode_words`.

    Args:
        texts: any languages together, valid UTF-8.
        styles: uint32 (texts,), see `SWITCHES` and `style_numbers`; None: all `GENERAL`.
        divided: what ICU has divided in other texts like these, which need not be done again; written to.

    Returns:
        Spans in order, stripped of white space, none empty: of the texts' own bytes, but for styles that are models
        those of a copy behind them.

    >>> from polysift.langid.kernels import from_arrow
    >>> import pyarrow as pa
    >>> words = segment(from_arrow(pa.array(["Olá, mundo!", "", "ภาษาไทย"])))
    >>> words.starts, words.ends, words.offsets
    (array([ 0,  4,  6, 11, 12, 24], dtype=int32), array([ 4,  5, 11, 12, 24, 33], dtype=int32), array([0, 4, 4, 6]))
    """
    if styles is None:
        styles = np.full(len(texts.offsets) - 1, style_number(GENERAL), np.uint32)
    words = segment_batch(texts, styles, Divided() if divided is None else divided)
    return with_models(words, texts, styles)


def segmenter_batch(kind: Literal["unicode", "datatrove"], label: str) -> Callable[[Strings], Words]:
    """The segmenter of a language for batches of texts; raises what `segmenter` raises.

    With 'datatrove' the spans are of a copy of the words.
    """
    split = segmenter(kind, label)
    style = style_numbers([label])
    if kind == "unicode":
        return lambda texts: segment(texts, np.repeat(style, len(texts.offsets) - 1))
    return lambda texts: words_from_lists(list(map(split, to_arrow(texts).to_pylist())))


def unicode_words(text: str, style: str = GENERAL) -> list[str]:
    """The words of one text; the reference of `segment`.

    >>> unicode_words("Привет,мир! (3,5 км/ч) 12:30... foo@example.org")
    ['Привет', ',', 'мир', '!', '(', '3,5', 'км', '/', 'ч', ')', '12:30', '...', 'foo@example.org']
    >>> unicode_words("E-Mail"), unicode_words("E-Mail", "compounds")
    (['E', '-', 'Mail'], ['E-Mail'])
    """
    if style in MODELS:
        return [word for part in model_words(text, style) if (word := stripped(part))]
    switches = set(style.split("+"))
    if "punctuation" in switches:
        return by_punctuation(text, numbers="numbers" in switches)
    segments = icu_segments(text)
    if "segments" in switches:
        return segments
    if "underscores" in switches:
        segments = [part for segment in segments for part in without_underscores(segment)]
    chunks = chunked(segments, switches)
    if "apart" in switches:
        return [part for chunk in chunks for part in chunk]
    return [word for chunk in chunks for word in joined(chunk, switches)]


def _unicode(label: str) -> Segmenter:
    style = word_styles().get(label, GENERAL)
    return lambda text: unicode_words(text, style)


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
