"""The recipe's two sets of punctuation, as code points in data/punctuation.csv.

They are facts of the recipe: no Unicode property gives them. Source: `PUNCTUATION` and `TERMINAL_PUNCTUATION`
in datatrove's utils/text.py (github.com/huggingface/datatrove 0.10, Apache-2.0), to which
tests/filters/test_punctuation.py holds them.
"""

from __future__ import annotations

import csv
from importlib.resources import files


def _characters(column: str) -> frozenset[str]:
    table = files("polysift.filters").joinpath("data/punctuation.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(table.splitlines())
    return frozenset(chr(int(row["code_point"], 16)) for row in rows if row[column] == "1")


TERMINAL_PUNCTUATION = _characters("terminal")
"""Characters that end a sentence in some script; a line that ends with one counts as punctuated."""

SEPARATOR_PUNCTUATION = _characters("separator")
"""Punctuation and control characters that become spaces before duplicates are searched."""

PUNCTUATION = TERMINAL_PUNCTUATION | SEPARATOR_PUNCTUATION
"""A word made only of these is a symbol, not a word."""
