"""Thai words as PyThaiNLP's newmm finds them: as few words of a list as possible, ending where clusters of letters end.

A cluster is what cannot be divided in writing: a consonant with the vowels and marks around it (`CLUSTERS`). From a
place all words of the list that end with a cluster lead on; where the ways meet in one place, the one of the fewest
words is taken. Where no word leads on, everything up to the next word of the list is one word, or a run of letters,
digits or marks of other scripts. A long text is divided into parts of at most `LONGEST` characters before. Numbers with
a full stop, comma or colon inside are joined in the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .lexicon import word_list

NAME = "thai"
LONGEST, LOOKED_AT = 140, 40
"""Parts are shorter than LONGEST; a longer text is divided among the last LOOKED_AT of so many characters."""
MOST_EDGES = 50
"""So many words lead on until the ways meet; from then on one from each place."""

# c: consonant, t: perhaps a tone, k: perhaps a silent end, >: what follows begins a syllable. The first that fits is
# taken. After Theeramunkong et al. 2000 (doi 10.1145/355214.355225) with PyThaiNLP's improvements (Apache-2.0).
CLUSTERS = (
    *("เc็ck", "เcctาะk", "เccีtยะk", "เccีtย>k", "เcc็ck", "เcิc์ck", "เcิtck", "เcีtยะ?k", "เcืtอะ?k", "เc[ิีุู]tย>k"),
    *("เctา?ะ?k", "cัtวะk", "c[ัื]tc[ุิะ]?k", "c[ิุู]์", "c[ะ-ู]tk", "cรรc์", "c็", "ct[ะาำ]?k", "แc็c", "แcc์", "แctะ"),
    *("แcc็c", "แccc์", "โctะ", "[เ-ไ]ct"),
)
NAMED = {"c": "[ก-ฮ]", "t": "[่-๋]?", "k": "(?:[ก-ฮ][ก-ฮ]?[ุูิ]?์)?", ">": "(?=[เ-ไก-ฮ]|$)"}
CLUSTER = re.compile(
    "|".join(re.sub("[ctk>]", lambda found: NAMED[found[0]], cluster) for cluster in CLUSTERS)
)
SILENT = ("ccd์", "cc์", "cd์", "c์", "")
FOREIGN = re.compile(r"[-a-zA-Z]+|\d+(?:[,.]\d+)*|[ \t]+|\r?\n|[^\u0E00-\u0E7F \t\r\n]+")
NUMBER = re.compile(r"(?:\d+[.,:])+\d+")
SHORT = re.compile("[ก-ฮ]{0,2}")
FIRST, SYMBOLS, OTHER_SYMBOL, END_SYMBOL = 0x0E00, 130, 128, 129
"""Symbols of `ClusterTable`: letters of the Thai block from FIRST on, any other character, the end of the text."""


def thai_words(text: str) -> list[str]:
    """The words of a text, with white space among them.

    >>> thai_words("ภาษาไทย 12:30")
    ['ภาษาไทย', ' ', '12:30']
    """
    return _with_numbers([word for part in _parts(text) for word in part_words(part)])


def _parts(text: str) -> Iterator[str]:
    while len(text) >= LONGEST:
        sample = text[LONGEST - LOOKED_AT : LONGEST]
        at = sample.rfind(" ") + 1
        if not at:
            words = part_words(sample)
            longest = max(range(len(words)), key=lambda number: (len(words[number]), number))
            at = sum(map(len, words[:longest]))
        at += LONGEST - LOOKED_AT
        yield text[:at]
        text = text[at:]
    if text:
        yield text


def part_words(text: str) -> list[str]:
    """The words of a part."""
    ends = cluster_ends(text)
    words: list[str] = []
    edges: dict[int, list[int]] = {}
    waiting, done, count = {0}, 0, 0
    while (at := min(waiting)) < len(text):
        waiting.remove(at)
        for end in listed_ends(text, at, ends):
            edges.setdefault(at, []).append(end)
            waiting.add(end)
            count += 1
            if count > MOST_EDGES:
                break
        if len(waiting) > 1:
            continue
        if waiting:
            way = _fewest(edges, done, min(waiting))
            words += [text[a:b] for a, b in zip([done, *way], way, strict=False)]
            done = way[-1]
        else:
            done = _skipped(text, at, ends)
            words.append(text[at:done])
            waiting = {done}
        edges, count = {}, 0
    return words


def cluster_ends(text: str) -> set[int]:
    """Where clusters end."""
    ends, at = set(), 0
    while at < len(text):
        found = CLUSTER.match(text[at:])
        at += found.end() if found else 1
        ends.add(at)
    return ends


def listed_ends(text: str, at: int, ends: set[int]) -> Iterator[int]:
    """Where words of the list end that begin here, the shortest first."""
    words, begins = word_list(NAME), _beginnings()
    end = at + 1
    while end <= len(text) and text[at:end] in begins:
        if end in ends and text[at:end] in words:
            yield end
        end += 1


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word[:end] for word in word_list(NAME) for end in range(1, len(word) + 1))


def _fewest(edges: dict[int, list[int]], start: int, goal: int) -> list[int]:
    """The ends of the fewest words between two places; those of the words that come first, if several are as few."""
    before = {start: start}
    queue = [start]
    for at in queue:
        for end in edges.get(at, ()):
            if end not in before:
                before[end] = at
                queue.append(end)
        if goal in before:
            break
    way = [goal]
    while before[way[-1]] != start:
        way.append(before[way[-1]])
    return way[::-1]


def _skipped(text: str, at: int, ends: set[int]) -> int:
    """Where something ends that is not in the list."""
    if found := FOREIGN.match(text, at):
        return found.end()
    for end in range(at + 1, len(text)):
        if end in ends:
            long = (text[end:to] for to in listed_ends(text, end, ends))
            if FOREIGN.match(text, end) or any(not SHORT.fullmatch(word) for word in long):
                return end
    return len(text)


def _with_numbers(words: list[str]) -> list[str]:
    """The words, those that a number reaches over joined."""
    numbers = [found.span() for found in NUMBER.finditer("".join(words))][::-1]
    joined: list[str] = []
    at = reached = 0
    for word in words:
        if at < reached:
            joined[-1] += word
        else:
            joined.append(word)
            while numbers and numbers[-1][1] <= at:
                numbers.pop()
            if numbers and numbers[-1][0] <= at:
                reached = numbers[-1][1]
        at += len(word)
    return joined


class ClusterTable(NamedTuple):
    """The clusters as an automaton.

    Attributes:
        next: int16 (states, SYMBOLS), the state behind a symbol; 0: no cluster goes on, 1: the start.
        order: int16 (states,), which of all spelled out clusters ends here, the first one of several; -1: none.
        back: int16 (states,): whether the last symbol is not of the cluster but what must follow.
    """

    next: npt.NDArray[np.int16]
    order: npt.NDArray[np.int16]
    back: npt.NDArray[np.int16]


@cache
def cluster_table() -> ClusterTable:
    spelled = [symbols for cluster in CLUSTERS for symbols in _spelled_out(cluster)]
    rows, order, back = [], [-1], [0]
    numbers: dict[frozenset[tuple[int, int]], int] = {frozenset(): 0}
    start = frozenset((number, 0) for number in range(len(spelled)))
    numbers[start] = 1
    order.append(-1)
    back.append(0)
    queue = [frozenset[tuple[int, int]](), start]
    for state in queue:
        row = []
        by_symbol: dict[int, set[tuple[int, int]]] = {}
        for number, at in state:
            symbols, _ = spelled[number]
            if at < len(symbols):
                for symbol in symbols[at]:
                    by_symbol.setdefault(symbol, set()).add((number, at + 1))
        for symbol in range(SYMBOLS):
            reached = frozenset(by_symbol.get(symbol, ()))
            if reached not in numbers:
                numbers[reached] = len(numbers)
                queue.append(reached)
                first = min((number for number, at in reached if at == len(spelled[number][0])), default=-1)
                order.append(first)
                back.append(int(first >= 0 and spelled[first][1]))
            row.append(numbers[reached])
        rows.append(row)
    return ClusterTable(np.array(rows, np.int16), np.array(order, np.int16), np.array(back, np.int16))


def _spelled_out(cluster: str) -> Iterator[tuple[list[frozenset[int]], bool]]:
    """A cluster without its options, in the order in which they are tried, and whether its last symbol must follow."""
    items = re.findall(r"\[.*?\]\??|[^\[]\??", cluster.replace("t", "[่-๋]?"))
    options = [SILENT if item == "k" else (item[:-1], "") if item[-1] == "?" else (item,) for item in items]
    for chosen in product(*options):
        symbols: list[frozenset[int]] = []
        must_follow = False
        for item in chosen:
            if item == ">":
                must_follow = chosen[-1] == ""
                if must_follow:
                    symbols.append(_symbols("[เ-ไก-ฮ]") | {END_SYMBOL})
            else:
                symbols += [_symbols(one) for one in re.findall(r"\[.*?\]|.", item)]
        yield symbols, must_follow


def _symbols(item: str) -> frozenset[int]:
    pattern = re.compile({"c": NAMED["c"], "d": "[ุูิ]"}.get(item, item))
    return frozenset(code for code in range(128) if pattern.fullmatch(chr(FIRST + code)))
