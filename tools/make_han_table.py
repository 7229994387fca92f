#!/usr/bin/env python3
"""Writes langid/data/han_forms.csv: characters that only simplified or only traditional Chinese uses.

    python tools/make_han_table.py OPENCC_DICTIONARY_FOLDER

The folder is `opencc/dictionary` of the package opencc-python-reimplemented 0.1.7 (Apache-2.0), whose files
STCharacters and TSCharacters give the other form of each character. A character that is among its own other forms is
written in both. Only the Basic Multilingual Plane: rarer characters decide nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "langid" / "data" / "han_forms.csv"


def only(file: Path) -> str:
    """The characters of the first column whose other forms are all different from them."""
    pairs = (line.split("\t") for line in file.read_text("utf-8").splitlines() if line.strip())
    own = {own for own, others in pairs if own not in others.split() and len(own) == 1 and ord(own) < 0x10000}
    return "".join(sorted(own))


def main(folder: str) -> None:
    simplified, traditional = (set(only(Path(folder) / f"{name}Characters.txt")) for name in ("ST", "TS"))
    both = simplified & traditional
    rows = (("Hans", simplified - both), ("Hant", traditional - both))
    lines = ["script,characters", *(f"{script},{''.join(sorted(own))}" for script, own in rows)]
    TARGET.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{TARGET}: {', '.join(f'{len(own):,} {script}' for script, own in rows)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
