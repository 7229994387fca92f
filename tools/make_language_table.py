#!/usr/bin/env python3
"""Writes langid/data/languages.csv from FineWeb2's published table of subsets and its config files.

    python tools/make_language_table.py FINEWEB2_FOLDER

FINEWEB2_FOLDER holds `language-distribution.csv` and `configs/*.yml` of the repository huggingface/fineweb-2
(commit d0defb2, Apache-2.0). One row per language-script: every published training subset, every label with a
config file, and English, which the release leaves out. A label without a subset has 0 documents; its name
comes from the same language in another script, else from CLDR (`pip install language_data`).
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import NamedTuple

from langcodes import Language

TARGET = Path(__file__).parents[1] / "langid" / "data" / "languages.csv"


class Row(NamedTuple):
    label: str
    name: str
    family: str
    documents: int


# FineWeb2 sends English to its sibling FineWeb, so its table has no row for it.
ENGLISH = Row("eng_Latn", "English", "Indo-European", 0)


def published(folder: Path) -> dict[str, Row]:
    """The subsets with a training split, without the `_removed` ones."""
    with (folder / "language-distribution.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["subset"]: Row(row["subset"], row["name"], row["family"].strip("-"), int(row["documents"]))
            for row in csv.DictReader(lines)
            if row["split"] == "train" and not row["subset"].endswith("_removed")
        }


def unpublished(label: str, rows: dict[str, Row]) -> Row:
    """The row of a label that has a config but no training subset."""
    code = label[:3]
    sibling = next((row for row in rows.values() if row.label[:3] == code), None)
    if sibling:
        return sibling._replace(label=label, documents=0)
    return Row(label, Language.make(language=code).display_name(), "", 0)


def language_rows(folder: Path) -> list[Row]:
    rows = published(folder)
    configured = {path.stem for path in (folder / "configs").glob("*.yml")}
    rows |= {label: unpublished(label, rows) for label in sorted(configured - set(rows))}
    rows[ENGLISH.label] = ENGLISH
    return sorted(rows.values())


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folder", type=Path, help="FineWeb2's language-distribution.csv and configs/")
    rows = language_rows(parser.parse_args().folder)
    with TARGET.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(rows)
    print(f"{TARGET}: {len(rows)} labels")


if __name__ == "__main__":
    main()
