"""Text to words: Unicode word boundaries, or the tokenizers of the published recipe.

- `unicode`: UAX #29 as ICU implements it (locale root), with ICU's dictionaries for Thai, Lao, Khmer,
  Burmese, Han and Kana, then a few rules that join segments (see `joined`; docs/words.md says how they were
  measured). One segmenter for every language, in three styles.
- `datatrove`: the tokenizer that datatrove assigns to the label (spaCy, Kiwi, PyThaiNLP, Indic NLP, ...), for
  decisions equal to the recipe's. A label without one, such as und_Zyyy, is split as by `unicode`.

`segment` is the way for batches; `unicode_words` is its reference.
"""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..langid.errors import PolysiftError, did_you_mean
from ..langid.kernels import Strings, Words, to_arrow, words_from_lists
from ..langid.unicode_data import WordBreak, word_break_table
from .word_break_rules import IGNORED, icu_breaker
from .word_kernel import APART, COMPOUNDS, GENERAL, SEGMENTS, segment_batch

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


STYLES = {"general": GENERAL, "compounds": COMPOUNDS, "apart": APART, "segments": SEGMENTS}
"""What becomes of punctuation inside of what white space delimits.

- general: words, numbers and marks that touch are one word, but for marks at its edges and some inside (`joined`).
- compounds: the same, and a hyphen between letters stays in its word.
- apart: no segments are joined.
- segments: ICU's segments as they are, with white space; for tests.
"""


@cache
def word_styles() -> dict[str, str]:
    """Label to style, of the labels whose style is not 'general' (filters/data/word_styles.csv).

    >>> word_styles()["deu_Latn"], word_styles()["hin_Deva"], word_styles().get("tur_Latn", "general")
    ('compounds', 'apart', 'general')
    """
    with (Path(__file__).parent / "data" / "word_styles.csv").open(encoding="ascii", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {row["label"]: row["style"] for row in rows}


def style_numbers(labels: Iterable[str]) -> npt.NDArray[np.uint8]:
    """The styles of labels, as `segment` takes them: uint8 (labels,)."""
    return np.array([STYLES[word_styles().get(label, "general")] for label in labels], np.uint8)


def segment(texts: Strings, styles: npt.NDArray[np.uint8] | None = None) -> Words:
    """The words of texts, `words: unicode`; equal to `unicode_words`.

    Args:
        texts: any languages together, valid UTF-8.
        styles: uint8 (texts,), see `STYLES` and `style_numbers`; None: all general.

    Returns:
        Spans of the texts' own bytes, in order, stripped of white space, none empty.

    >>> from polysift.langid.kernels import from_arrow
    >>> import pyarrow as pa
    >>> words = segment(from_arrow(pa.array(["Olá, mundo!", "", "ภาษาไทย"])))
    >>> words.starts, words.ends, words.offsets
    (array([ 0,  4,  6, 11, 12, 24]), array([ 4,  5, 11, 12, 24, 33]), array([0, 4, 4, 6]))
    """
    if styles is None:
        styles = np.zeros(len(texts.offsets) - 1, np.uint8)
    return segment_batch(texts, styles)


def segmenter_batch(kind: Literal["unicode", "datatrove"], label: str) -> Callable[[Strings], Words]:
    """The segmenter of a language for batches of texts; raises what `segmenter` raises.

    With 'datatrove' the spans are of a copy of the words.
    """
    split = segmenter(kind, label)
    style = style_numbers([label])
    if kind == "unicode":
        return lambda texts: segment(texts, np.repeat(style, len(texts.offsets) - 1))
    return lambda texts: words_from_lists(list(map(split, to_arrow(texts).to_pylist())))


def unicode_words(text: str, style: str = "general") -> list[str]:
    """The words of one text; the reference of `segment`.

    >>> unicode_words("Привет,мир! (3,5 км/ч) 12:30... foo@example.org")
    ['Привет', ',', 'мир', '!', '(', '3,5', 'км', '/', 'ч', ')', '12:30', '...', 'foo@example.org']
    >>> unicode_words("E-Mail"), unicode_words("E-Mail", "compounds")
    (['E', '-', 'Mail'], ['E-Mail'])
    """
    segments = list(icu_breaker(text))
    if style == "segments":
        return segments
    chunks = chunked(segments)
    if style == "apart":
        return [part for chunk in chunks for part in chunk]
    return [word for chunk in chunks for word in joined(chunk, compounds=style == "compounds")]


def chunked(segments: Sequence[str]) -> list[list[str]]:
    """Segments that follow each other without white space between, which is left out; so is a zero-width space."""
    chunks: list[list[str]] = [[]]
    apart = False
    for segment in segments:
        without = _stripped(segment)
        if apart or (without and segment[0] != without[0]):
            chunks.append([])
        if without:
            chunks[-1].append(without)
        apart = not without or segment[-1] != without[-1]
    return chunks


def _stripped(segment: str) -> str:
    blank = "".join(character for character in set(segment) if _joining(character) == "blank")
    return segment.strip(blank) if blank else segment


def joined(chunk: Sequence[str], compounds: bool = False) -> list[str]:
    """The words of a chunk, whose segments are words (with a letter or digit at an end, or of a dictionary) and marks.

    1. Marks of the class `edge` (brackets, quotes, most punctuation) are words of their own at both ends of the chunk
       and, like everything that follows from here, at both sides of what rule 2 and 3 set apart.
    2. Symbols and emoji (`apart`) and two or more full stops in a row are words of their own everywhere.
    3. So is one of , : < > = – — / ~ between a letter or digit and a letter, a hyphen between letters (not with
       `compounds`) or digits, and + ^ between digits.
    4. Segments of scripts written without spaces, and Hangul, are words of their own.
    5. Two words that touch stay two, as ICU divides them.
    6. Everything else that touches is one word: dates, times, URLs, e-mail addresses, -x, x/3, w(or)d.
    7. In Georgian a full stop stays with the word before it.
    """
    words: list[str] = []
    opened = -1  # the last word that may grow; behind it are `marks` words that are edges so far
    marks = 0
    last = ""  # class of the open word's last character
    mark = tail = before = (
        ""  # the mark that the open word ends with, its class, and that of what is before it
    )
    for segment in chunk:
        first, final = _ends(segment)
        is_word = first in WORD_CLASSES or final in WORD_CLASSES or _of_dictionary(segment)
        if first == "stop" and opened >= 0 and not marks and last == "stop_letter":
            first = "joiner"
        if not is_word and first == "apart":
            words.append(segment)
            opened, marks = -1, 0
        elif not is_word and first == "stop" and marks and not words[-1].strip("."):
            words[-1] += segment
            opened, marks = -1, 1
        elif not is_word and first in ("edge", "edge_divider", "stop"):
            words.append(segment)
            marks += 1
        else:
            grows, cut = opened >= 0 and "solid" not in (first, last), False
            if grows and marks:
                between = marks == 1 and _joining(words[-1][0]) == "edge_divider"
                grows = not (is_word and between and last in WORD_CLASSES and first in LETTERS)
            elif grows and is_word:
                cut = tail != "" and _divides(tail, before, first, compounds)
                grows = last not in WORD_CLASSES and not cut
            if cut:
                words[opened] = words[opened][: -len(mark)]
                words.append(mark)
            if grows:
                words[opened:] = ["".join(words[opened:]) + segment]
            else:
                opened = len(words)
                words.append(segment)
            before = last if grows and not marks else ""
            tail = "" if is_word else first
            mark = segment
            last = final if is_word else "joiner"
            marks = 0
    return words


LETTERS = ("letter", "stop_letter")
WORD_CLASSES = (*LETTERS, "digit", "solid")


def _divides(tail: str, before: str, after: str, compounds: bool) -> bool:
    """Whether a mark stands apart from what is before and after it."""
    if tail == "divider":
        return before in (*LETTERS, "digit") and after in LETTERS
    if before == after == "digit":
        return tail in ("hyphen", "operator")
    return tail == "hyphen" and before in LETTERS and after in LETTERS and not compounds


def _kind(character: str) -> WordBreak:
    table = word_break_table()
    kind: WordBreak = table.kinds[table.numbers[ord(character)]]
    return kind


def _joining(character: str) -> str:
    return _kind(character).joining


def _of_dictionary(segment: str) -> bool:
    return any(_kind(character).dictionary for character in segment)


def _ends(segment: str) -> tuple[str, str]:
    """Joining classes of the first character and of the last one that UAX #29 does not look through."""
    for character in reversed(segment):
        kind = _kind(character)
        if kind.dictionary or kind.word_break not in IGNORED:
            return _joining(segment[0]), kind.joining
    return _joining(segment[0]), _joining(segment[0])


def _unicode(label: str) -> Segmenter:
    style = word_styles().get(label, "general")
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
