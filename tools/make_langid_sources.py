#!/usr/bin/env python
"""Labelled text for labels that the training sentences lack, from documents with a known language.

    python tools/make_langid_sources.py DOCUMENTS SENTENCES OUT.parquet

DOCUMENTS and SENTENCES are folders of Parquet: documents with columns text, url, source, lang, sentences with
text, label, source. Only documents under CC0, CC BY, CC BY-SA or in the public domain are taken, and only
those in a language of which SENTENCES has fewer than 300. Writes text, label, source.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

FEW = 300  # sentences
DOCUMENTS_MOST = 120  # of one label from one source
CHARACTERS_LEAST = 2_500  # of one label: less is no sample of a language

# Source names as they stand in the model card; None: the licence is that of the document, in its address.
LICENCES = {
    "bible_corpus": "christos-c/bible-corpus, CC0 1.0",
    "bibles_other": "open-bibles and gratis-bible, public domain",
    "common_voice_joined": "Mozilla Common Voice sentences, CC0 1.0",
    "wikipedia_ml": "Wikipedia, CC BY-SA 3.0",
    "asp_source": "African Storybook, CC BY 4.0",
    "global_asp": "African Storybook (global-asp), CC BY 4.0",
}


def main(documents: str, sentences: str, out: str) -> None:
    counts = Counter(_rows(sentences, ["label"])["label"])
    rows = _rows(documents, ["text", "url", "source", "lang"])
    kept: Counter[tuple[str, str]] = Counter()
    found = []
    for text, url, source, label in zip(*rows.values(), strict=True):
        if counts[label] >= FEW or source not in LICENCES:
            continue
        if "asp" in source and not (url or "").endswith("license=CC-BY"):
            continue
        if source == "bibles_other" and label != "hbo_Hebr":
            continue  # the others' headers give other terms
        kept[label, source] += 1
        if kept[label, source] <= DOCUMENTS_MOST:
            found.append((text, label, LICENCES[source]))
    characters: Counter[str] = Counter()
    for text, label, _ in found:
        characters[label] += len(text)
    enough = [row for row in found if characters[row[1]] >= CHARACTERS_LEAST or counts[row[1]]]
    pq.write_table(
        pa.table([list(column) for column in zip(*enough, strict=True)], ["text", "label", "source"]), out
    )
    print(f"{len(enough):,} documents of {len({row[1] for row in enough})} labels")


def _rows(folder: str, columns: list[str]) -> dict[str, list[str]]:
    files = sorted(Path(folder).glob("*.parquet"))
    return dict(pa.concat_tables([pq.read_table(file, columns=columns) for file in files]).to_pydict())


if __name__ == "__main__":
    main(*sys.argv[1:])
