"""What the kernels of words look up: switches of styles, kinds of characters, and the automaton of ICU's rules."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.unicode_data import word_break_table
from .word_break_rules import DEAD, IGNORED, START, word_automaton

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]  # int32 or int64, by `span_type`

# Switches of a style, see `words.SWITCHES`.
COMPOUNDS, RANGES, SLASHES, ELISION, ORDINALS, BRACKETS, INITIALS, LINKS = (1 << bit for bit in range(8))
UNDERSCORES, SENTENCES, COLONS, COUNTS, CLITICS, HASHTAGS, ARTICLES, STOPS = (
    1 << bit for bit in range(8, 16)
)
APART, PUNCTUATION, NUMBERS, SEGMENTS, UNITS, QUOTES, ABBREVIATIONS = (1 << bit for bit in range(16, 23))
MODEL = 1 << 24  # times the number of a model, from 1 on
JOINING = (
    *("blank", "joiner", "apart", "stop", "edge", "bracket", "edge_divider", "divider", "hyphen", "operator"),
    *("digit", "letter", "caseless", "capital", "stop_letter", "solid"),
)
BLANK, JOINER, PLACED_APART, STOP, EDGE, BRACKET, EDGE_DIVIDER, DIVIDER, HYPHEN, OPERATOR = range(10)
DIGIT, LETTER, CASELESS, CAPITAL, STOP_LETTER, SOLID = range(10, 16)  # those of words, from DIGIT on
TAB, NEWLINE, RETURN, SPACE, FULL_STOP, SLASH, UNDERSCORE, LOWER_A = 9, 10, 13, 32, 46, 47, 95, 97
HASH, COLON, APOSTROPHE, QUOTE, LOWER_W, LOWER_Z, DELETE = 35, 58, 39, 0x2019, 119, 122, 127
COMMA = 44
BEGINS, GOES_ON, STOPPED = 1, 2, 4
"""What is known of a letter: words may begin with it, or go on; a full stop behind it is a word of its own."""
VOWELS = tuple(b"aeiou")
CONCATENATED = tuple(map(ord, "\"',`\u00ab\u00b4\u00bb\u2018\u2019\u201a\u201c\u201d\u201e"))
"""Quotes, and the comma, before which a full stop may be a word."""
_UNITS = (
    "km m dm cm mm ha nm yd in ft kg g mg t lb oz kmh mph hPa Pa mbar mb MB kb KB gb GB tb TB T G M K "
    "км м дм см мм нм кг г мг кПа Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ тб"
)
UNIT_NAMES = tuple(_UNITS.split())


class Tables(NamedTuple):
    """Attributes:
    numbers: uint8 (0x110000,), the kind of each code point.
    next: uint8 (states, kinds), the automaton, its accepting states last.
    accepting: int64 (1,), the first accepting state.
    joining: uint8 (kinds,), index into `JOINING`.
    ignored: bool (kinds,), whether the rules look through such a character.
    divided: bool (kinds,), whether ICU has a dictionary for it.
    attached: bool (kinds,), whether it belongs to the character before it, also where ICU has a dictionary for it.
    plain: uint8 (0x110000,), of each code point a sum of `BEGINS`, `GOES_ON` and `STOPPED`.
    units: int64 (units,), the units of `UNIT_NAMES` as `unit_at` counts them, sorted.
    """

    numbers: Bytes
    next: Bytes
    accepting: Integers
    joining: Bytes
    ignored: npt.NDArray[np.bool_]
    divided: npt.NDArray[np.bool_]
    attached: npt.NDArray[np.bool_]
    plain: Bytes
    units: Integers


@cache
def tables() -> Tables:
    """The tables of the kernel, built once per process."""
    table, automaton = word_break_table(), word_automaton()
    order = np.argsort(automaton.accepts, kind="stable")
    order = np.concatenate([[DEAD, START], order[(order != DEAD) & (order != START)]])
    renumbered = np.empty(len(order), np.uint8)
    renumbered[order] = np.arange(len(order))
    moves = np.ascontiguousarray(renumbered[automaton.next][order])
    joining = np.array([JOINING.index(kind.joining) for kind in table.kinds], np.uint8)
    divided = np.array([kind.dictionary for kind in table.kinds])
    return Tables(
        numbers=table.numbers,
        next=moves,
        accepting=np.array([np.count_nonzero(~automaton.accepts)]),
        joining=joining,
        ignored=np.array([kind.word_break in IGNORED and not kind.dictionary for kind in table.kinds]),
        divided=divided,
        attached=np.array([kind.word_break in IGNORED for kind in table.kinds]),
        plain=_plain(moves, joining, divided, int(table.numbers[LOWER_A]))[table.numbers],
        units=np.array(
            sorted(sum(ord(c) << 11 * at for at, c in enumerate(reversed(name))) for name in UNIT_NAMES)
        ),
    )


def _plain(moves: Bytes, joining: Bytes, divided: npt.NDArray[np.bool_], letter: int) -> Bytes:
    """Kinds whose characters behind letters leave the automaton in the state of letters: see `Tables.plain`."""
    state = moves[START, letter]
    goes_on = (moves[state] == state) & ~divided & (joining != BLANK)
    begins = goes_on & (moves[START] == state)
    stopped = begins & np.isin(joining, (LETTER, CASELESS))
    known: Bytes = (BEGINS * begins + GOES_ON * goes_on + STOPPED * stopped).astype(np.uint8)
    return known
