#!/usr/bin/env python3
"""Writes filters/data/simplify.csv: what simplified text is made with, of the Unicode Character Database.

    pip install icukit-pyicu   # or any PyICU
    python tools/make_simplify_table.py

Properties come as ranges of code points: Nd and Mn (general category), White_Space, Cased, Case_Ignorable,
ccc (canonical combining class). Mappings come one code point a row: lower (full lower case), nfd (full canonical
decomposition, without Hangul syllables, which follow a formula). What maps to itself is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import icu

TARGET = Path(__file__).parents[1] / "filters" / "data" / "simplify.csv"
CODE_POINTS = [*range(0xD800), *range(0xE000, sys.maxunicode + 1)]
HANGUL = range(0xAC00, 0xD7A4)
Row = tuple[str, int, int, str]


def ranges(name: str, value: Callable[[int], object]) -> Iterator[Row]:
    """Runs of code points that share a value; 0 and False are left out."""
    for (found, _), run in groupby(enumerate(CODE_POINTS), lambda pair: (value(pair[1]), pair[1] - pair[0])):
        if found:
            points = [point for _, point in run]
            yield name, points[0], points[-1], "" if found is True else str(found)


def mappings(name: str, value: Callable[[str], str]) -> Iterator[Row]:
    for point in CODE_POINTS:
        mapped = value(chr(point))
        if mapped != chr(point) and not (name == "nfd" and point in HANGUL):
            yield name, point, point, " ".join(f"{ord(c):04X}" for c in mapped)


def rows() -> Iterator[Row]:
    def category(kind: int) -> Callable[[int], bool]:
        return lambda point: icu.Char.charType(point) == kind

    def binary(name: str) -> Callable[[int], bool]:
        return lambda point: bool(icu.Char.hasBinaryProperty(point, getattr(icu.UProperty, name)))

    root, nfd = icu.Locale.getRoot(), icu.Normalizer2.getNFDInstance()
    yield from mappings("lower", lambda c: str(icu.UnicodeString(c).toLower(root)))
    yield from mappings("nfd", lambda c: str(nfd.normalize(c)))
    yield from ranges("Nd", category(icu.UCharCategory.DECIMAL_DIGIT_NUMBER))
    yield from ranges("Mn", category(icu.UCharCategory.NON_SPACING_MARK))
    yield from ranges("White_Space", binary("WHITE_SPACE"))
    yield from ranges("Cased", binary("CASED"))
    yield from ranges("Case_Ignorable", binary("CASE_IGNORABLE"))
    yield from ranges("ccc", icu.Char.getCombiningClass)


def main() -> None:
    found = list(rows())
    version = f"Unicode {icu.UNICODE_VERSION}.0, from ICU {icu.ICU_VERSION}"
    lines = [f"# Case, numbers, marks and decompositions, {version}; Unicode License v3, see NOTICE"]
    lines += ["property,first,last,value", *(f"{p},{a:04X},{b:04X},{value}" for p, a, b, value in found)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="ascii")
    print(f"{TARGET}: {len(found)} rows; {version}")


if __name__ == "__main__":
    main()
