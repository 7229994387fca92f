"""Text to words: Unicode word boundaries, or the tokenizers of the published recipe.

- `unicode`: UAX #29 as ICU implements it (locale root), with ICU's dictionaries for Thai, Lao, Khmer,
  Burmese, Han and Kana, then a few rules that join segments (see `joined`; docs/words.md says how they were
  measured). One segmenter for every language, with switches by label (see `SWITCHES`).
- `datatrove`: the tokenizer that datatrove assigns to the label (spaCy, Kiwi, PyThaiNLP, Indic NLP, ...), for
  decisions equal to the recipe's. A label without one, such as und_Zyyy, is split as by `unicode`.

`segment` is the way for batches; `unicode_words` is its reference.
"""

from __future__ import annotations

import csv
import logging
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..langid.errors import PolysiftError, did_you_mean
from ..langid.kernels import Strings, Words, to_arrow, words_from_lists
from ..langid.unicode_data import WordBreak, word_break_table
from . import word_kernel
from .boundary_model import MODELS, model_words
from .chinese import chinese_words
from .dictionary_words import Divided
from .thai import thai_words
from .word_break_rules import IGNORED, icu_segments
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
    "compounds": word_kernel.COMPOUNDS,
    "ranges": word_kernel.RANGES,
    "slashes": word_kernel.SLASHES,
    "elision": word_kernel.ELISION,
    "ordinals": word_kernel.ORDINALS,
    "brackets": word_kernel.BRACKETS,
    "initials": word_kernel.INITIALS,
    "links": word_kernel.LINKS,
    "underscores": word_kernel.UNDERSCORES,
    "sentences": word_kernel.SENTENCES,
    "colons": word_kernel.COLONS,
    "counts": word_kernel.COUNTS,
    "clitics": word_kernel.CLITICS,
    "hashtags": word_kernel.HASHTAGS,
    "articles": word_kernel.ARTICLES,
    "stops": word_kernel.STOPS,
    "apart": word_kernel.APART,
    "punctuation": word_kernel.PUNCTUATION,
    "numbers": word_kernel.NUMBERS,
    "segments": word_kernel.SEGMENTS,
    "units": word_kernel.UNITS,
    "quotes": word_kernel.QUOTES,
    "abbreviations": word_kernel.ABBREVIATIONS,
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
    >>> style_number("thai") == 5 * word_kernel.MODEL
    True
    """
    if style in MODELS:
        return word_kernel.MODEL * (1 + MODELS.index(style))
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
    return segment_batch(texts, styles, Divided() if divided is None else divided)


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
        return [word for part in _divided(text, style) if (word := _stripped(part))]
    switches = set(style.split("+"))
    if "punctuation" in switches:
        return by_punctuation(text, numbers="numbers" in switches)
    segments = icu_segments(text)
    if "segments" in switches:
        return segments
    if "underscores" in switches:
        segments = [part for segment in segments for part in _without_underscores(segment)]
    chunks = chunked(segments, switches)
    if "apart" in switches:
        return [part for chunk in chunks for part in chunk]
    return [word for chunk in chunks for word in joined(chunk, switches)]


def _divided(text: str, model: str) -> list[str]:
    """A text as a model divides it, white space too."""
    if model == "chinese":
        return chinese_words(text)
    return thai_words(text) if model == "thai" else model_words(text, model)


PUNCTUATION_MARK = re.compile(r"[!-/:-@\[-`{-~؉؊،؞٪-٭۔।॥᱾᱿꫰꫱꯫-꯯]")
MARK_OF_NUMBERS = re.compile(r"(?<=[0-9])[ \t]*[,.:/][ \t]*(?=[0-9])")


def by_punctuation(text: str, numbers: bool) -> list[str]:
    """Words that spaces and tabs delimit, line ends not, but for marks, which are words of their own.

    The marks are those of ASCII and the full stops, commas and other marks of Indic and Arabic scripts.

    Args:
        text: any.
        numbers: whether , . : and / between digits stay in their word, and spaces beside them.

    >>> by_punctuation("“घर” 3,5 है।", numbers=True)
    ['“घर”', '3,5', 'है', '।']
    """
    spans = [found.span() for found in MARK_OF_NUMBERS.finditer(text)] if numbers else []
    inside = {at for span in spans for at in range(*span)}
    pieces = [""]
    for at, character in enumerate(text):
        if at in inside or not (character in " \t" or PUNCTUATION_MARK.match(character)):
            pieces[-1] += character
        else:
            pieces += [character, ""]
    return [word for piece in pieces if (word := _stripped(piece))]


def chunked(segments: Sequence[str], switches: Collection[str] = ()) -> list[list[str]]:
    """Segments that follow each other without white space between, which is left out; so is a zero-width space.

    A chunk ends where a segment is divided as well.
    """
    chunks: list[list[str]] = [[]]
    apart = False
    for segment, following in zip(segments, [*segments[1:], ""], strict=False):
        parts = _parts(segment, following, switches)
        for at, part in enumerate(parts, 1):
            without = _stripped(part)
            if apart or (without and part[0] != without[0]):
                chunks.append([])
            if without:
                chunks[-1].append(without)
            apart = at < len(parts) or not without or part[-1] != without[-1]
    return [chunk for chunk in chunks if chunk]


def _parts(segment: str, following: str, switches: Collection[str]) -> list[str]:
    """A segment, divided at marks between letters and before a unit as `SWITCHES` says.

    Not so www.example.org, and what ICU has a dictionary for.
    """
    if _of_dictionary(segment):
        return [segment]
    unit = _unit(segment, following) if "units" in switches else ""
    segment = segment[: len(segment) - len(unit)]
    end = [unit] if unit else []
    if segment.startswith("www.") and len(segment) > len("www."):
        return [segment, *end]
    cuts = []
    for at in range(1, len(segment) - 1):
        mark, before, after = segment[at], _joining(segment[at - 1]), _joining(segment[at + 1])
        if before not in LETTERS or after not in LETTERS or _is_attached(segment[at + 1]):
            continue
        small = before in ("letter", "caseless") and after in ("caseless", "capital")
        if mark in "'’" and "elision" in switches:
            cuts.append(at + 1)
        elif (
            (mark == "." and small and "sentences" in switches)
            or (mark == ":" and "colons" in switches)
            or (mark == "’" and "brackets" in switches)
            or (mark == "." and "abbreviations" in switches and _is_abbreviated(segment, at))
        ):
            cuts += [at, at + 1]
    return [*(segment[a:b] for a, b in zip([0, *cuts], [*cuts, len(segment)], strict=True)), *end]


UNIT = re.compile(rf"(?<=[0-9])(?:{'|'.join(sorted(word_kernel.UNIT_NAMES))})\Z")
PUNCTUATION_CLASSES = ("blank", "apart", "stop", "edge", "bracket", "edge_divider")


def _unit(segment: str, following: str) -> str:
    """The unit behind a number that a segment ends with, if white space or punctuation follows, or nothing."""
    found = UNIT.search(segment) if segment[0] in "0123456789" else None
    return found.group() if found and (not following or _joining(following[0]) in PUNCTUATION_CLASSES) else ""


def _is_abbreviated(segment: str, at: int) -> bool:
    """Whether letters without case are around a place, a single one after it."""
    if _joining(segment[at - 1]) != "caseless" or _joining(segment[at + 1]) != "caseless":
        return False
    return next((character == "." for character in segment[at + 2 :] if not _ignored(character)), True)


def _without_underscores(segment: str) -> list[str]:
    """A segment, the underscores at its ends apart, but for one that a mark is on."""
    parts = []
    while len(segment) > 1 and segment[0] == "_" and not _is_attached(segment[1]):
        parts.append("_")
        segment = segment[1:]
    inner = segment if segment[0] == "_" else segment.rstrip("_")
    return [*parts, inner, *"_" * (len(segment) - len(inner))]


def _stripped(segment: str) -> str:
    blank = "".join(character for character in set(segment) if _joining(character) == "blank")
    return segment.strip(blank) if blank else segment


def joined(chunk: Sequence[str], switches: Collection[str] = ()) -> list[str]:  # noqa: PLR0912, PLR0915
    """The words of a chunk, whose segments are words (with a letter or digit at an end, or of a dictionary) and marks.

    `SWITCHES` says what a style changes.

    1. Brackets, quotes and most punctuation (`edge`, `bracket`) are words of their own at both ends of the chunk and,
       like everything that follows from here, at both sides of what rule 2 and 3 set apart.
    2. Symbols and emoji (`apart`) and two or more full stops in a row are words of their own everywhere.
    3. So is one of , : < > = – — / ~ between a letter or digit and a letter, a hyphen between letters (not with
       `compounds`) or digits, and + ^ between digits.
    4. Segments of scripts written without spaces, and Hangul, are words of their own.
    5. Two words that touch stay two, as ICU divides them.
    6. Everything else that touches is one word: dates, times, URLs, e-mail addresses, -x, x/3, w(or)d.
    7. In Georgian a full stop stays with the word before it.
    8. In Tibetan a mark between syllables (tsheg) ends the word that it follows, and is part of it.
    """
    words: list[str] = []
    opened = -1  # the last word that may grow; behind it are `marks` words that are edges so far
    marks = 0
    last = ""  # class of the open word's last character
    mark = tail = before = (
        ""  # the mark that the open word ends with, its class, and that of what is before it
    )
    keeps = link = False  # of the open word: a full stop stays with it; it is a link
    for segment, following in zip(chunk, [*chunk[1:], ""], strict=True):
        first, final = _ends(segment)
        is_word = first in WORD_CLASSES or final in WORD_CLASSES or _of_dictionary(segment)
        if first == "stop" and opened >= 0 and not marks and not following.startswith("."):
            initial = last in LETTERS and keeps and "initials" in switches
            kept = "stops" in switches and last in LETTERS
            if kept or last == "stop_letter" or initial or (last == "digit" and "ordinals" in switches):
                first = "joiner"
        if segment in TSHEGS and opened >= 0 and not marks:
            words[opened] += segment
            opened = -1
        elif not is_word and first == "apart":
            words.append(segment)
            opened, marks = -1, 0
        elif not is_word and first == "stop" and marks and not words[-1].strip("."):
            words[-1] += segment
            opened, marks = -1, 1
        elif not is_word and first in ("edge", "bracket", "edge_divider", "stop"):
            words.append(segment)
            marks += 1
        else:
            was_opened = opened >= 0
            grows, cut = was_opened and "solid" not in (first, last), False
            if grows and marks:
                mark_class = _joining(words[-1][0]) if marks == 1 else ""
                between = mark_class == "edge_divider" or (mark_class == "bracket" and "brackets" in switches)
                grows = link or not (is_word and between and last in WORD_CLASSES and first in LETTERS)
            elif grows and is_word:
                vowels = segment in VOWELS and words[opened][: -len(mark)].endswith(VOWELS)
                article = "articles" in switches and tail == "hyphen" and mark == "-" and vowels
                cut = tail != "" and not link and not article and _divides(tail, before, first, switches)
                grows = last not in WORD_CLASSES and not cut
            if cut:
                words[opened] = words[opened][: -len(mark)]
                words.append(mark)
            if grows:
                link |= "links" in switches and tail == "divider" and segment[0] == "/" == words[-1][-1]
                quoted = "quotes" in switches and marks > 1 and not link and last in ("letter", "caseless")
                if (
                    quoted
                    and words[opened + 1] == "."
                    and ord(words[opened + 2][0]) in word_kernel.CONCATENATED
                ):
                    opened += 2
                words[opened:] = ["".join(words[opened:]) + segment]
            else:
                stays = marks > 0 and not was_opened and _prefixes(words[-1], segment, switches)
                words.append(words.pop() + segment if stays else segment)
                opened = len(words) - 1
                link = "links" in switches and segment.startswith("www.") and len(segment) > len("www.")
            before = last if grows and not marks else ""
            tail = "" if is_word else first
            mark = segment
            last = final if is_word else "joiner"
            keeps = _keeps_stop(segment)
            marks = 0
    return words


TSHEGS = ("\u0f0b", "\u0f0c")
VOWELS = ("a", "e", "i", "o", "u")
LETTERS = ("letter", "caseless", "capital", "stop_letter")
WORD_CLASSES = (*LETTERS, "digit", "solid")


def _divides(tail: str, before: str, after: str, switches: Collection[str]) -> bool:
    """Whether a mark stands apart from what is before and after it."""
    if tail == "divider":
        return before in (*LETTERS, "digit") and after in LETTERS and "slashes" not in switches
    if (before == "digit" and after in LETTERS) or (before in LETTERS and after == "digit"):
        return tail == "hyphen" and "counts" in switches
    if before == after == "digit":
        return tail == "operator" or (tail == "hyphen" and "ranges" not in switches)
    return tail == "hyphen" and before in LETTERS and after in LETTERS and "compounds" not in switches


def _prefixes(mark: str, segment: str, switches: Collection[str]) -> bool:
    """Whether a mark at the beginning of a chunk stays with what follows."""
    letter = len(segment.encode()) == 1 and _joining(segment) in LETTERS
    return (mark == "'" and letter and "clitics" in switches) or (mark == "#" and "hashtags" in switches)


def _kind(character: str) -> WordBreak:
    table = word_break_table()
    kind: WordBreak = table.kinds[table.numbers[ord(character)]]
    return kind


def _joining(character: str) -> str:
    return _kind(character).joining


def _of_dictionary(segment: str) -> bool:
    return any(_kind(character).dictionary for character in segment)


def _ignored(character: str) -> bool:
    kind = _kind(character)
    return kind.word_break in IGNORED and not kind.dictionary


def _is_attached(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return _kind(character).word_break in IGNORED


def _base(segment: str) -> int:
    """Where the last character is that UAX #29 does not look through; the first character if there is none."""
    return next((at for at in range(len(segment) - 1, 0, -1) if not _ignored(segment[at])), 0)


def _ends(segment: str) -> tuple[str, str]:
    """Joining classes of the first character and of the last one that UAX #29 does not look through."""
    return _joining(segment[0]), _joining(segment[_base(segment)])


def _keeps_stop(segment: str) -> bool:
    """Whether a full stop stays with a segment that ends with a letter, see `SWITCHES`."""
    at = _base(segment)
    if "\u0300" <= segment[-1] <= "\u036f" and len(segment) > 1:
        return True
    if _joining(segment[at]) == "capital":
        return at == 0 or _joining(segment[at - 1]) != "capital"
    return len(segment) == 1 and "a" <= segment <= "z"


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
