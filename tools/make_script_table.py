#!/usr/bin/env python3
"""Writes langid/data/scripts.csv: the ranges of code points that belong to each Unicode script.

    python tools/make_script_table.py

The property values are those of the installed `regex` module, whose tables are generated from the Unicode
Character Database. Common, Inherited and unassigned code points are left out: they say nothing about a script.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import regex
from langcodes.data_dicts import ALL_SCRIPTS

TARGET = Path(__file__).parents[1] / "langid" / "data" / "scripts.csv"
NO_SCRIPT = regex.compile(r"[\p{Script=Zyyy}\p{Script=Zinh}\p{Script=Zzzz}]")
# Scripts that langcodes does not list yet.
RECENT = {"Berf", "Gara", "Gukh", "Kawi", "Krai", "Nagm", "Onao", "Seal", "Sidt", "Sunu", "Tayo", "Todr", "Tols", "Tutg"}


class Range(NamedTuple):
    first: int
    last: int
    script: str


def scripted_ranges() -> list[Range]:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    ranges = sorted(found for script in ALL_SCRIPTS | RECENT for found in ranges_of(script, everything))
    covered = sum(last - first + 1 for first, last, _ in ranges)
    expected = len(everything) - len(NO_SCRIPT.findall(everything))
    if covered != expected:
        raise SystemExit(f"{expected - covered} code points have a script that is not in the list: add its code to RECENT")
    return ranges


def ranges_of(script: str, everything: str) -> list[Range]:
    if script in {"Zyyy", "Zinh", "Zzzz", "Qaai"}:
        return []
    try:
        pattern = regex.compile(rf"\p{{Script={script}}}+")
    except regex.error:  # an ISO 15924 code that Unicode has no property value for, such as Hans or Jpan
        return []
    # Two codes may name one script (Copt, Qaac): keep the one that is not for private use.
    return [] if script.startswith("Qaa") else [Range(m.start(), m.end() - 1, script) for m in pattern.finditer(everything)]


def unicode_version() -> str:
    """The Unicode version which the regex module's description states."""
    stated = regex.search(r"supports Unicode (\d+\.\d+\.\d+)", distribution("regex").read_text("METADATA") or "")
    return stated[1] if stated else "unknown"


def main() -> None:
    ranges = scripted_ranges()
    lines = [
        f"# Unicode Script property, Unicode {unicode_version()}, from regex {regex.__version__}; Unicode licence, see README.md",
        "first,last,script",
        *(f"{first:04X},{last:04X},{script}" for first, last, script in ranges),
    ]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(ranges)} ranges, {len({found.script for found in ranges})} scripts, Unicode {unicode_version()}")


if __name__ == "__main__":
    main()
