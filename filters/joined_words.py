"""Segments to words, one text at a time: the reference of word_kernel.py, rule by rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ..langid.unicode_data import WordBreak, word_break_table
from .word_break_rules import IGNORED
from .word_tables import CONCATENATED, UNIT_NAMES

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
    return [word for piece in pieces if (word := stripped(piece))]


def chunked(segments: Sequence[str], switches: Collection[str] = ()) -> list[list[str]]:
    """Segments that follow each other without white space between, which is left out; so is a zero-width space.

    A chunk ends where a segment is divided as well.
    """
    chunks: list[list[str]] = [[]]
    apart = False
    for segment, following in zip(segments, [*segments[1:], ""], strict=False):
        parts = _parts(segment, following, switches)
        for at, part in enumerate(parts, 1):
            without = stripped(part)
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


UNIT = re.compile(rf"(?<=[0-9])(?:{'|'.join(sorted(UNIT_NAMES))})\Z")

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


def without_underscores(segment: str) -> list[str]:
    """A segment, the underscores at its ends apart, but for one that a mark is on."""
    parts = []
    while len(segment) > 1 and segment[0] == "_" and not _is_attached(segment[1]):
        parts.append("_")
        segment = segment[1:]
    inner = segment if segment[0] == "_" else segment.rstrip("_")
    return [*parts, inner, *"_" * (len(segment) - len(inner))]


def stripped(segment: str) -> str:
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
                if quoted and words[opened + 1] == "." and ord(words[opened + 2][0]) in CONCATENATED:
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
