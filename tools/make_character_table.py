#!/usr/bin/env python3
"""Writes filters/data/characters.csv: the ranges of code points that are letters, and white space.

    python tools/make_character_table.py

Letters are the Unicode general categories L*, of the installed `regex` module, whose tables are generated from the
Unicode Character Database. White space is that of `str.isspace`, which no Unicode property gives alone: category Zs,
or bidirectional class WS, B or S. tests/filters/test_characters.py holds both to the running interpreter.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from itertools import groupby
from pathlib import Path

import regex

TARGET = Path(__file__).parents[1] / "filters" / "data" / "characters.csv"


def ranges(property: str, members: list[int]) -> list[str]:
    """Rows for runs of consecutive code points."""
    runs = [list(run) for _, run in groupby(enumerate(members), key=lambda pair: pair[1] - pair[0])]
    return [f"{run[0][1]:04X},{run[-1][1]:04X},{property}" for run in runs]


def unicode_version() -> str:
    """The Unicode version which the description of the regex module states."""
    stated = regex.search(
        r"supports Unicode (\d+\.\d+\.\d+)", distribution("regex").read_text("METADATA") or ""
    )
    return stated[1] if stated else "unknown"


def main() -> None:
    code_points, letter = range(sys.maxunicode + 1), regex.compile(r"\p{L}")
    letters = [point for point in code_points if letter.match(chr(point))]
    spaces = [point for point in code_points if chr(point).isspace()]
    source = f"Unicode {unicode_version()}, from regex {regex.__version__}; Unicode License v3, see NOTICE"
    rows = [*ranges("letter", letters), *ranges("white_space", spaces)]
    TARGET.write_text("\n".join([f"# {source}", "first,last,property", *rows]) + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(letters)} letters, {len(spaces)} of white space, {len(rows)} ranges; {source}")


if __name__ == "__main__":
    main()
