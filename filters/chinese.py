"""Chinese words as jieba finds them: the likeliest words of a list, and likely words where the list has none.

Han characters and those of numbers, Latin words and addresses make blocks; any other character is a word. In a block
the words of the list are taken whose frequencies have the greatest product. Where that leaves single characters in a
row, a hidden Markov model whose states are the beginning, middle and end of a word and a word of one character
divides them. Sums are made in jieba's order, so that they equal its own to the last bit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from .lexicon import FOLDER, word_list

NAME = "chinese"
BLOCK = re.compile(r"([\u4E00-\u9FD5a-zA-Z0-9+#&._%\-]+)")
HAN = re.compile(r"([\u4E00-\u9FD5]+)")
LATIN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
FIRST, LAST = 0x4E00, 0x9FD5
IMPOSSIBLE = -3.14e100
BEGIN, END, MIDDLE, SINGLE = range(4)
"""The states, in the order in which the later one wins where both are as likely."""
START = (-0.26268660809250016, IMPOSSIBLE, IMPOSSIBLE, -1.4652633398537678)
# A state, and each that may be before it with the logarithm of its probability; the winner of a tie is second.
BEFORE = (
    ((END, -0.5897149736854513), (SINGLE, -0.7211965654669841)),
    ((BEGIN, -0.51082562376599), (MIDDLE, -0.33344856811948514)),
    ((BEGIN, -0.916290731874155), (MIDDLE, -1.2603623820268226)),
    ((END, -0.8085250474669937), (SINGLE, -0.6658631448798212)),
)


@cache
def emissions() -> npt.NDArray[np.float64]:
    """Logarithms of the probability of a character in a state: float64 (4, characters)."""
    table = pq.read_table(FOLDER / f"{NAME}_states.parquet")
    found = np.full((4, LAST + 1 - FIRST), IMPOSSIBLE)
    found[table["state"].to_numpy(), table["character"].to_numpy() - FIRST] = table["probability"].to_numpy()
    return found


@cache
def total() -> float:
    """The logarithm of the number of all words that the list was counted on."""
    return math.log(int(pq.read_metadata(FOLDER / f"{NAME}.parquet").metadata[b"total"]))


def chinese_words(text: str) -> list[str]:
    """The words of a text, with white space among them.

    >>> chinese_words("今天天气好。abc 3.5%")
    ['今天天气', '好', '。', 'abc', ' ', '3.5%']
    """
    found: list[str] = []
    for number, part in enumerate(BLOCK.split(text)):
        found += _block_words(part) if number % 2 else part
    return found


def _block_words(block: str) -> Iterator[str]:
    words = word_list(NAME)
    at = 0
    singles = ""
    for end in _ends(block):
        if end == at + 1:
            singles += block[at]
        else:
            yield from _divided(singles, words)
            yield block[at:end]
            singles = ""
        at = end
    yield from _divided(singles, words)


def _ends(block: str) -> list[int]:
    """Where the words of the list end that have the greatest product of frequencies; the longest of equal ones."""
    words, begins = word_list(NAME), _beginnings()
    best, ends = [0.0] * (len(block) + 1), [0] * len(block)
    for at in range(len(block) - 1, -1, -1):
        found = []
        end = at + 1
        while end <= len(block) and block[at:end] in begins:
            if block[at:end] in words:
                found.append(end)
            end += 1
        best[at], ends[at] = max(
            (words.get(block[at:end], 0.0) - total() + best[end], end) for end in found or [at + 1]
        )
    way, at = [], 0
    while at < len(block):
        at = ends[at]
        way.append(at)
    return way


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(word[:end] for word in word_list(NAME) for end in range(1, len(word) + 1))


def _divided(singles: str, words: dict[str, float]) -> Iterator[str]:
    """Characters that the list leaves single, as words."""
    if len(singles) < 2 or singles in words:
        yield from singles
        return
    for number, part in enumerate(HAN.split(singles)):
        if number % 2:
            yield from _likely_words(part)
        else:
            yield from (piece for piece in LATIN.split(part) if piece)


def _likely_words(characters: str) -> Iterator[str]:
    codes = [ord(character) - FIRST for character in characters]
    emitted = emissions()
    scores = [START[state] + emitted[state, codes[0]] for state in range(4)]
    ways: list[list[int]] = []
    for code in codes[1:]:
        found = [
            max((scores[before] + moved + emitted[state, code], before) for before, moved in BEFORE[state])
            for state in range(4)
        ]
        scores = [score for score, _ in found]
        ways.append([before for _, before in found])
    state = SINGLE if scores[SINGLE] >= scores[END] else END
    states = [state]
    for way in reversed(ways):
        state = way[state]
        states.append(state)
    word = ""
    for character, of in zip(characters, reversed(states), strict=True):
        word += character
        if of in (END, SINGLE):
            yield word
            word = ""
