#!/usr/bin/env python3
"""Decisions on `words: unicode` against those on datatrove's own tokenizers, language by language.

    python benchmarks/word_agreement.py DATA... [--documents 200] [--languages por_Latn,...] [--out table.md]

DATA are folders of Parquet files with the columns id, text and lang. Of each language and folder at most so many
documents are drawn, always the same. All rules are applied with the shipped thresholds; the table says for each
language how many documents are kept or removed alike, how many words there are for one of datatrove's, and for the ten
languages that agree least which reasons differ.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
from datatrove.utils.word_tokenizers import load_tokenizer_assignments
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.measures import MEASURES, measure
from polysift.filters.rules import REASONS, STOP_WORD_MASK, first_reason
from polysift.filters.thresholds import LanguageConfig
from polysift.filters.words import Segmenter, segmenter, word_styles
from polysift.langid.errors import PolysiftError
from polysift.langid.labels import canonical

KEPT = "kept"


class Agreement(NamedTuple):
    """What the two kinds of words decide on the documents of one language."""

    language: str
    documents: int
    differing: int
    """Documents that only one side keeps."""
    same_reason: int
    """Documents on which the reason is the same too."""
    removed: int
    """By datatrove's words."""
    words: float
    """Words for one of datatrove's."""
    changes: Counter[tuple[str, str]]
    """Datatrove's outcome and ours, of those that differ."""

    @property
    def share(self) -> float:
        """Of the documents, those on which both agree."""
        return 1 - self.differing / self.documents


def draw(folders: Iterable[Path], documents: int) -> dict[str, list[str]]:
    """Canonical label to texts: at most so many of each folder."""
    drawn: dict[str, list[str]] = defaultdict(list)
    for folder in folders:
        found: dict[str, list[str]] = defaultdict(list)
        for file in sorted(folder.glob("*.parquet")):
            table = pq.read_table(file, columns=["text", "lang"])
            for text, label in zip(table["text"].to_pylist(), table["lang"].to_pylist(), strict=True):
                found[_canonical(label)].append(text)
        for label, texts in found.items():
            some = random.Random(label + folder.name)
            drawn[label] += some.sample(texts, min(documents, len(texts)))
    return dict(drawn)


def _canonical(label: str) -> str:
    try:
        return canonical(label)
    except PolysiftError:
        return label


def compare(language: str, texts: list[str], theirs: Segmenter) -> Agreement:
    """Decisions on texts of one language; `theirs` is datatrove's tokenizer."""
    # The precision rule, which comes after the recipe's filters, is left out.
    config = LanguageConfigs(overrides={"precision": None}).resolve(language).config
    ours = segmenter("unicode", language)
    rows, counts = [], np.zeros(2, np.int64)
    for text in texts:
        words = [theirs(text), ours(text)]
        counts += list(map(len, words))
        rows.append([measure(text, split, config.masked_words) for split in words])
    outcomes = [_outcomes([row[side] for row in rows], config) for side in (0, 1)]
    pairs = list(zip(*outcomes, strict=True))
    changes = Counter(pair for pair in pairs if (pair[0] == KEPT) != (pair[1] == KEPT))
    same, removed = sum(a == b for a, b in pairs), sum(a != KEPT for a, _ in pairs)
    ratio = counts[1] / max(counts[0], 1)
    return Agreement(language, len(texts), changes.total(), same, removed, ratio, changes)


def _outcomes(rows: list[tuple[int, ...]], config: LanguageConfig) -> list[str]:
    columns = {
        name: np.array(values, np.uint64 if name == STOP_WORD_MASK else np.int64)
        for name, values in zip(MEASURES, zip(*rows, strict=True), strict=True)
    }
    return [REASONS[reason] if reason >= 0 else KEPT for reason in first_reason(columns, config)]


def agreements(drawn: dict[str, list[str]]) -> Iterator[Agreement]:
    """Of every language whose tokenizer is installed; says which are not."""
    for language, texts in sorted(drawn.items()):
        if language not in load_tokenizer_assignments():
            continue
        try:
            theirs = segmenter("datatrove", language)
        except PolysiftError as error:
            print(f"{language}: skipped: {str(error).partition(chr(10))[0]}")
            continue
        yield compare(language, texts, theirs)


def report(found: list[Agreement], least: int) -> Iterator[str]:
    """The table, in Markdown; languages with fewer than `least` documents are in the total alone."""
    large = [agreement for agreement in found if agreement.documents >= least]
    total, differing = sum(a.documents for a in found), sum(a.differing for a in found)
    mean = np.mean([agreement.share for agreement in large])
    below = sum(agreement.share < 0.98 for agreement in large)
    yield f"{total:,} documents, {len(found)} languages; kept or removed alike: {1 - differing / total:.2%}."
    yield (
        f"Of the {len(large)} languages with {least} documents and more: {mean:.2%} on average, "
        f"{len(large) - below} at least 98 %, {below} below."
    )
    yield ""
    yield "| language | style | documents | removed by datatrove | alike | same reason too | words per datatrove's |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for a in sorted(large, key=lambda agreement: agreement.share):
        style = word_styles().get(a.language, "general")
        counts = (
            f"{a.documents} | {a.removed} | {a.share:.1%} | {a.same_reason / a.documents:.1%} | {a.words:.3f}"
        )
        yield f"| {a.language} | {style} | {counts} |"
    yield ""
    yield "The ten languages that agree least, with datatrove's outcome → ours and how often:"
    yield ""
    for a in sorted(large, key=lambda agreement: agreement.share)[:10]:
        changes = (f"{before} → {after} {count}" for (before, after), count in a.changes.most_common(5))
        yield f"- {a.language}: {'; '.join(changes)}"


def main() -> None:
    """Reads the command line, prints the table, writes it where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, nargs="+", help="folders of Parquet files with text and lang")
    parser.add_argument("--documents", type=int, default=200, help="at most, of each language and folder")
    parser.add_argument("--least", type=int, default=50, help="documents of a language to be in the table")
    parser.add_argument("--languages", default="", help="compare only these, separated by commas")
    parser.add_argument("--out", type=Path, help="write the table here too")
    arguments = parser.parse_args()
    only = set(filter(None, arguments.languages.split(",")))
    drawn = draw(arguments.data, arguments.documents)
    found = list(
        agreements({language: drawn[language] for language in drawn if not only or language in only})
    )
    lines = list(report(found, arguments.least))
    print("\n".join(lines))
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
