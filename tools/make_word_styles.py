#!/usr/bin/env python3
"""Writes filters/data/word_styles.csv: which languages join punctuation to words otherwise than `general`.

    python tools/make_word_styles.py

The thresholds of a language were fitted on the words of the tokenizer that datatrove assigns to it, so the style
follows from that tokenizer. docs/words.md holds what each style was measured to give.
"""

from __future__ import annotations

import csv
from pathlib import Path

from datatrove.utils._import_utils import ASSETS_PATH
from polysift.langid.errors import PolysiftError
from polysift.langid.labels import canonical

TARGET = Path(__file__).parents[1] / "filters" / "data" / "word_styles.csv"
# spaCy's tokenizers that leave a hyphen between letters in its word, where measuring bore it out (not for tt).
COMPOUNDS = {
    "ca",
    "da",
    "de",
    "el",
    "es",
    "fi",
    "fr",
    "hu",
    "hy",
    "ky",
    "lb",
    "nb",
    "nl",
    "pt",
    "ro",
    "sr",
    "sv",
}
APART = {"IndicNLPTokenizer", "LaoTokenizer"}
APART_SPACY = {"ja", "vi", "zh"}


def style(tokenizer: str, code: str) -> str:
    if tokenizer in APART or (tokenizer == "SpaCyTokenizer" and code in APART_SPACY):
        return "apart"
    return "compounds" if tokenizer == "SpaCyTokenizer" and code in COMPOUNDS else "general"


def styles() -> dict[str, str]:
    """Canonical label to style, where it is not 'general'."""
    found = {}
    with (Path(ASSETS_PATH) / "tokenizer_assignment.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            try:
                label = canonical(f"{row['code_3']}_{row['script']}")
            except PolysiftError:
                continue
            found.setdefault(label, style(row["type"], row["tok_code"]))
    return {label: found[label] for label in sorted(found) if found[label] != "general"}


def main() -> None:
    rows = [f"{label},{name}" for label, name in styles().items()]
    source = "# How words are joined, by the tokenizer that datatrove 0.10 (Apache-2.0) assigns to the label"
    TARGET.write_text("\n".join([source, "label,style", *rows]) + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(rows)} labels")


if __name__ == "__main__":
    main()
