"""ICU's word-break rules (root locale) as an automaton over the classes of code points.

The rules are those of Unicode Standard Annex #29, section 4.1, in the form that ICU gives them: a segment is the
longest text that some chain of rules matches, where a rule may begin on the character on which another ended. ICU
differs from the annex in which code point has which class (langid/data/word_break.csv), and in Hangul syllables and
Kana or Han, which stay together among themselves but not with letters.
tests/filters/test_word_break_rules.py holds the automaton to ICU itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from icu4py.breakers import WordBreaker

from ..langid.unicode_data import word_break_table

Classes = frozenset[str]


class Rule(NamedTuple):
    """A sequence of sets of classes; a starred one may stand any number of times, or not at all."""

    parts: tuple[tuple[Classes, bool], ...]
    anchored: bool = False
    """Matches at the start of a segment only, never on a character on which another rule ended."""


class Automaton(NamedTuple):
    """Attributes:
    next: uint8 (states, classes); state 0 means that the segment cannot go on, state 1 is the start.
    accepts: bool (states,): whether a segment may end in this state.
    """

    next: npt.NDArray[np.uint8]
    accepts: npt.NDArray[np.bool_]


DEAD, START = 0, 1

_State = frozenset[tuple[int, int]]
"""Which rule has been matched up to which of its parts; `_MET` instead, where one is met."""
_BEGIN, _MET = (-1, 0), (-2, 0)

IGNORED = frozenset({"Extend", "Format", "ZWJ"})
_LETTER = frozenset({"ALetter", "Hebrew_Letter"})
_WORD = _LETTER | {"Numeric", "Katakana"}


def _rule(*parts: Classes | str, anchored: bool = False) -> Rule:
    """One rule; '*' stands for any run of characters that the annex's rule 4 ignores."""
    sets = [
        (IGNORED, True) if p == "*" else (frozenset({p}) if isinstance(p, str) else p, False) for p in parts
    ]
    return Rule(tuple(sets), anchored)


# Named by their numbers in the annex. The rule for single characters (999) and what it ignores after them (4)
# are in `_rules`, because they are about every class.
RULES: tuple[Rule, ...] = (
    _rule("CR", "LF"),  # 3
    _rule("ZWJ", "Extended_Pictographic"),  # 3c
    _rule("WSegSpace", "WSegSpace"),  # 3d
    Rule(((IGNORED, False), (IGNORED, True)), anchored=True),  # 4, at the start of a segment
    _rule(_LETTER, "*", _LETTER),  # 5
    _rule(_LETTER, "*", frozenset({"MidLetter", "MidNumLet", "Single_Quote"}), "*", _LETTER),  # 6, 7
    _rule("Hebrew_Letter", "*", "Single_Quote"),  # 7a
    _rule("Hebrew_Letter", "*", "Double_Quote", "*", "Hebrew_Letter"),  # 7b, 7c
    _rule("Numeric", "*", "Numeric"),  # 8
    _rule(_LETTER, "*", "Numeric"),  # 9
    _rule("Numeric", "*", _LETTER),  # 10
    _rule("Numeric", "*", frozenset({"MidNum", "MidNumLet", "Single_Quote"}), "*", "Numeric"),  # 11, 12
    _rule("Katakana", "*", "Katakana"),  # 13
    _rule(_WORD | {"ExtendNumLet"}, "*", "ExtendNumLet"),  # 13a
    _rule("ExtendNumLet", "*", _WORD),  # 13b
    _rule("Regional_Indicator", "*", "Regional_Indicator", anchored=True),  # 15, 16
    _rule("Hangul_Syllable", "Hangul_Syllable"),  # ICU
    _rule("Kana_Han", "Kana_Han"),  # ICU
)


def _rules(members: tuple[Classes, ...]) -> tuple[Rule, ...]:
    everything = frozenset().union(*members)
    followed = everything - IGNORED - {"CR", "LF", "Newline"}
    return (*RULES, Rule(((followed, False), (IGNORED, True))), Rule(((everything, False),)))


def icu_breaker(text: str) -> WordBreaker:
    """ICU's word boundaries of a text, root locale.

    ICU loads a dictionary at the first letter of its script; before that it takes the long vowel mark of Kana for
    a word of its own. So that a text is always divided in the same way, all are loaded first.
    """
    _load_dictionaries()
    return WordBreaker(text, "root")


def icu_segments(text: str) -> list[str]:
    """The segments of a text, each divided as if it stood alone.

    A character that ICU leaves to dictionaries although none knows it (the repeat marks of Kana and a few more) makes
    it take the long vowel mark for such a one too, in all that follows. With these, each segment is divided apart.
    """
    if not unknown_to_dictionaries().search(text):
        return list(icu_breaker(text))
    kinds = word_break_table().numbers[[ord(character) for character in text]].tolist()
    ends = segment_ends(kinds, word_automaton())
    found: list[str] = []
    for start, end in zip([0, *ends], ends, strict=False):
        listed = any(word_break_table().kinds[kind].dictionary for kind in kinds[start:end])
        found += icu_breaker(text[start:end]) if listed else [text[start:end]]
    return found


@cache
def unknown_to_dictionaries() -> re.Pattern[str]:
    """Characters of the class that dictionaries divide, which no dictionary knows."""
    table = word_break_table()
    kinds = [n for n, kind in enumerate(table.kinds) if "Kana_Han" in kind.word_break and not kind.dictionary]
    return re.compile(f"[{''.join(chr(code) for code in np.flatnonzero(np.isin(table.numbers, kinds)))}]")


@cache
def _load_dictionaries() -> None:
    for script in ("ไทย", "ລາວ", "ខ្មែរ", "မြန်မာ", "日本", "カナ"):
        list(WordBreaker(script, "root"))


@cache
def word_automaton() -> Automaton:
    """The automaton for the classes of `word_break_table`, built once per process."""
    return automaton_of(tuple(kind.word_break for kind in word_break_table().kinds))


def automaton_of(names: tuple[str, ...]) -> Automaton:
    """The automaton for some classes; several that a code point has at once are joined by `+`.

    >>> automaton = automaton_of(("Numeric", "MidNum"))
    >>> segment_ends([0, 1, 0, 1], automaton)  # like 3,5,
    [3, 4]
    """
    members = tuple(frozenset(name.split("+")) for name in names)
    rules = _rules(members)
    numbers = {frozenset(): DEAD, frozenset({_BEGIN}): START}
    rows = []
    for positions in _growing(numbers):
        reached = [_step(rules, positions, kind) for kind in members]
        rows.append([numbers.setdefault(state, len(numbers)) for state in reached])
    accepts = [_MET in state for state in numbers]
    return Automaton(np.array(rows, np.uint8), np.array(accepts, np.bool_))


def segment_ends(kinds: Sequence[int], automaton: Automaton) -> list[int]:
    """Where segments of a text end, given the numbers of its characters' classes: the longest match each time."""
    ends: list[int] = []
    start = 0
    while start < len(kinds):
        state, end = START, start
        for at in range(start, len(kinds)):
            state = automaton.next[state, kinds[at]]
            if state == DEAD:
                break
            end = at + 1 if automaton.accepts[state] else end
        ends.append(end)
        start = end
    return ends


def _growing(numbers: dict[_State, int]) -> Iterator[_State]:
    """The states in order, with those added on the way."""
    at = 0
    while at < len(numbers):
        yield list(numbers)[at]
        at += 1


def _step(rules: tuple[Rule, ...], state: _State, kind: Classes) -> _State:
    """The state after a character of this kind."""
    begun = range(len(rules)) if _BEGIN in state else ()
    before = {(rule, 0) for rule in begun} | (state - {_BEGIN, _MET})
    reached = {place for rule, at in before for place in _after(rules, rule, at, kind)}
    if _MET in reached:  # others may begin on its last character
        free = (rule for rule in range(len(rules)) if not rules[rule].anchored)
        reached |= {place for rule in free for place in _after(rules, rule, 0, kind)}
    return frozenset(reached)


def _after(rules: tuple[Rule, ...], rule: int, at: int, kind: Classes) -> _State:
    """Positions in a rule after a character of this kind was taken at `at`, starred parts skipped."""
    parts = rules[rule].parts
    found: set[int] = set()
    while at < len(parts):
        classes, starred = parts[at]
        if kind & classes:
            found |= set(_skipped(rules[rule], at if starred else at + 1))
        if not starred:
            break
        at += 1
    return frozenset((rule, place) if place < len(parts) else _MET for place in found)


def _skipped(rule: Rule, at: int) -> list[int]:
    """A position and, as starred parts may be left out, those behind them."""
    positions = [at]
    while at < len(rule.parts) and rule.parts[at][1]:
        at += 1
        positions.append(at)
    return positions
