"""Korean simplified text, whose letters are taken apart: our words beside those of the recipe's tokenizer.

    python benchmarks/jamo.py ../shared/data/dev

For the words of the default and for those that its model would make of jamo: of how many documents all words are
Kiwi's, and how many shingles of five words are in common, of those that either side has (mean over documents).
"""

from __future__ import annotations

import argparse
import statistics
from functools import partial
from pathlib import Path

import pyarrow.dataset as ds
from datatrove.utils.text import simplify_text
from datatrove.utils.word_tokenizers import load_word_tokenizer
from polysift.filters.boundary_model import boundary_words
from polysift.filters.joined_words import stripped
from polysift.filters.korean import MODEL, korean_words
from polysift.langid.labels import canonical

LABEL = "kor_Hang"
SHINGLE = 5


def texts_of(folder: Path) -> list[str]:
    """Simplified Korean texts of Parquet with text and lang."""
    table = ds.dataset(folder).to_table(columns=["text", "lang"])
    names = {name for name in table["lang"].unique().to_pylist() if canonical(name) == LABEL}
    return [simplify_text(text) for text in table.filter(ds.field("lang").isin([*names]))["text"].to_pylist()]


def shingles(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}


def in_common(found: list[str], given: list[str]) -> float:
    """The share of shingles that both have; 1 where neither has any."""
    ours, theirs = shingles(found), shingles(given)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of Parquet with text and lang")
    texts = texts_of(parser.parse_args().data)
    kiwi = list(map(load_word_tokenizer(LABEL).word_tokenize, texts))
    for name, split in (
        ("as they are", korean_words),
        ("the model alone", partial(boundary_words, name=MODEL)),
    ):
        found = [[word for part in split(text) if (word := stripped(part))] for text in texts]
        same = sum(a == b for a, b in zip(found, kiwi, strict=True))
        mean = statistics.mean(map(in_common, found, kiwi))
        print(f"{name:<16} {len(texts):>6,} documents {same:>6,} the same {mean:>8.1%} of shingles in common")


if __name__ == "__main__":
    main()
