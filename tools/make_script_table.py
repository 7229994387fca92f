#!/usr/bin/env python3
"""Writes langid/data/scripts.csv and script_extensions.csv: ranges of code points and their scripts.

    python tools/make_script_table.py

The property values are those of the installed `regex` module, whose tables are generated from the Unicode
Character Database. Common, Inherited and unassigned code points are left out of the first file: they say nothing of
a script. Those of them that only some scripts use (property Script_Extensions) are in the second.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import regex
from langcodes.data_dicts import ALL_SCRIPTS

DATA = Path(__file__).parents[1] / "langid" / "data"
TARGET = DATA / "scripts.csv"
EXTENSIONS = DATA / "script_extensions.csv"
EVERYTHING = "".join(map(chr, range(sys.maxunicode + 1)))

# Scripts that langcodes does not list yet.
RECENT = {"Berf", "Gara", "Gukh", "Kawi", "Krai", "Nagm", "Onao"}
RECENT |= {"Seal", "Sidt", "Sunu", "Tayo", "Todr", "Tols", "Tutg"}
NO_SCRIPT = {"Zyyy", "Zinh", "Zzzz"}
# Second names: of Inherited, and of Coptic.
PRIVATE = {"Qaai", "Qaac"}


class Range(NamedTuple):
    first: int
    last: int
    script: str


def ranges_of(script: str) -> list[Range]:
    try:
        pattern = regex.compile(rf"\p{{Script={script}}}+")
    except regex.error:  # a code of ISO 15924 that Unicode has no property value for, such as Hans or Jpan
        return []
    return [Range(match.start(), match.end() - 1, script) for match in pattern.finditer(EVERYTHING)]


def scripted_ranges() -> list[Range]:
    scripts = (ALL_SCRIPTS | RECENT) - NO_SCRIPT - PRIVATE
    ranges = sorted(found for script in scripts for found in ranges_of(script))
    covered = sum(last - first + 1 for first, last, _ in ranges)
    rest = sum(last - first + 1 for script in NO_SCRIPT for first, last, _ in ranges_of(script))
    if covered + rest != len(EVERYTHING):
        missing = len(EVERYTHING) - covered - rest
        raise SystemExit(f"{missing} code points have a script that is not listed: add its code to RECENT")
    return ranges


def extension_ranges() -> list[Range]:
    """Ranges of the Common and Inherited characters that have script extensions, with these, parted by blanks."""
    scripts = sorted((ALL_SCRIPTS | RECENT) - NO_SCRIPT - PRIVATE)
    shared = {
        c for script in NO_SCRIPT for first, last, _ in ranges_of(script) for c in range(first, last + 1)
    }
    users: dict[int, list[str]] = {}
    for script in scripts:
        try:
            pattern = regex.compile(rf"\p{{Script_Extensions={script}}}")
        except regex.error:
            continue
        for match in pattern.finditer(EVERYTHING):
            if match.start() in shared:
                users.setdefault(match.start(), []).append(script)
    ranges: list[Range] = []
    for point, found in sorted(users.items()):
        names = " ".join(found)
        if ranges and ranges[-1].last == point - 1 and ranges[-1].script == names:
            ranges[-1] = ranges[-1]._replace(last=point)
        else:
            ranges.append(Range(point, point, names))
    return ranges


def unicode_version() -> str:
    """The Unicode version which the description of the regex module states."""
    description = distribution("regex").read_text("METADATA") or ""
    stated = regex.search(r"supports Unicode (\d+\.\d+\.\d+)", description)
    return stated[1] if stated else "unknown"


def write(path: Path, comment: str, column: str, ranges: list[Range]) -> None:
    rows = (f"{first:04X},{last:04X},{script}" for first, last, script in ranges)
    path.write_text("\n".join([comment, f"first,last,{column}", *rows]) + "\n", encoding="utf-8")


def main() -> None:
    ranges = scripted_ranges()
    source = f"Unicode {unicode_version()}, from regex {regex.__version__}; Unicode licence, see README.md"
    write(TARGET, f"# Unicode Script property, {source}", "script", ranges)
    write(EXTENSIONS, f"# Unicode Script_Extensions property, {source}", "scripts", extension_ranges())
    print(f"{TARGET}: {len(ranges)} ranges, {len({found.script for found in ranges})} scripts; {source}")


if __name__ == "__main__":
    main()
