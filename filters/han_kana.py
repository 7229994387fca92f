"""ICU's dictionary for runs of Han and Kana, and how words are found with it: the reference of han_kana_kernel.py.

Every word has a cost, and a run is divided so that the costs add up to the least. ICU brings text to normal form
(NFKC) first; `PLAIN` are the characters that are in it already, so that a run of them needs no ICU.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = Path(__file__).parent / "data" / "han_kana.parquet"

# fmt: off
PLAIN = (
    (0x3005, 0x3005), (0x3007, 0x3007), (0x3041, 0x3096), (0x309D, 0x309E), (0x30A1, 0x30FA), (0x30FC, 0x30FE),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B81E), (0x2B820, 0x2CEAD),
    (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x30000, 0x3134A), (0x31350, 0x33479),
)
# fmt: on
"""Ranges of characters that ICU divides by this dictionary and that are equal to their NFKC form: 々〇, Hiragana and
Katakana of full width, Han but for compatibility ideographs. tests/filters/test_han_kana.py asks ICU about each."""

LONGEST = 20
"""Words of more characters are not looked for; nor are runs of Katakana of so many characters words (ICU)."""
UNKNOWN = 255
"""The cost of a character that is no word of its own (ICU)."""
KATAKANA = (0x30A1, 0x30FE)
KATAKANA_COSTS = (8192, 984, 408, 240, 204, 252, 300, 372, 480)
"""What a whole run of Katakana costs as a word, by its length; longer ones cost as much as an empty one (ICU)."""


@cache
def dictionary() -> dict[str, int]:
    """The words and their costs."""
    table = load_dictionary()
    return dict(zip(table["word"].to_pylist(), table["cost"].to_pylist(), strict=True))


def load_dictionary() -> pa.Table:
    """`word` (string, sorted by code points) and `cost` (uint8, none is 0)."""
    return pq.read_table(WORDS, use_threads=False)


def is_plain(text: str) -> bool:
    """Whether a run consists of characters that need no normal form."""
    return all(any(first <= ord(character) <= last for first, last in PLAIN) for character in text)


def is_katakana(character: str) -> bool:
    return KATAKANA[0] <= ord(character) <= KATAKANA[1]


def divide(text: str) -> list[str]:
    """The words of a run of plain characters.

    >>> divide("日本語です")
    ['日本語', 'です']
    """
    words = dictionary()
    costs, begins = [0, *[1 << 62] * len(text)], [0] * (len(text) + 1)
    for start in range(len(text)):
        ways = {1: words.get(text[start], UNKNOWN)}
        ends = range(start + 2, min(start + LONGEST, len(text)) + 1)
        ways |= {end - start: words[text[start:end]] for end in ends if text[start:end] in words}
        run = katakana_run(text, start)
        if 0 < run < LONGEST:
            cost = KATAKANA_COSTS[run if run < len(KATAKANA_COSTS) else 0]
            ways[run] = min(cost, ways.get(run, cost))
        for length, cost in ways.items():
            if costs[start] + cost < costs[start + length]:
                costs[start + length], begins[start + length] = costs[start] + cost, start
    found, end = [], len(text)
    while end:
        found.append(text[begins[end] : end])
        end = begins[end]
    return found[::-1]


def katakana_run(text: str, start: int) -> int:
    """How many characters of Katakana begin here, if none stands before them; at most `LONGEST`."""
    if start and is_katakana(text[start - 1]):
        return 0
    end = start
    while end < min(len(text), start + LONGEST) and is_katakana(text[end]):
        end += 1
    return end - start
