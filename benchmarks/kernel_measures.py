#!/usr/bin/env python3
"""Measures and rules against datatrove's three filters, on the same words of the same documents.

    python benchmarks/kernel_measures.py FOLDER_OF_PARQUET [--label por_Latn] [--documents 300]

Prints CPU microseconds per document: of the three filters with words split by themselves and with words given, of
`measure_batch` and of `first_reason`. Fails where a decision differs.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from datatrove.data import Document
from datatrove.pipeline.filters import FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.utils.word_tokenizers import WordTokenizer
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.measure_kernel import columns, measure_batch
from polysift.filters.rules import FINEWEB2_REASONS, REASONS, first_reason
from polysift.filters.stop_words import stop_words_of
from polysift.filters.thresholds import LanguageConfig
from polysift.filters.words import segmenter
from polysift.langid.kernels import from_arrow, words_from_lists


class GivenWords(WordTokenizer):  # type: ignore[misc]
    """Looks up the words that a text was split into before."""

    def __init__(self, words: dict[str, list[str]]) -> None:
        super().__init__()
        self.words = words

    def word_tokenize(self, text: str) -> list[str]:
        return self.words[text]

    def sent_tokenize(self, text: str) -> list[str]:
        raise NotImplementedError

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        raise NotImplementedError


def stock_filters(config: LanguageConfig, language: str | WordTokenizer) -> list[Any]:
    """The recipe's three blocks with a language's thresholds; a rule that is off gets a bound nothing reaches."""
    values = {key: value for key, value in config.model_dump().items() if value is not None}

    def top(key: str) -> float:
        return float(values.get(key, float("inf")))

    grams = "{}_{}_gram_char_fraction_max".format
    return [
        GopherRepetitionFilter(
            language=language,
            dup_para_frac=0,
            dup_line_char_frac=0,
            dup_para_char_frac=0,
            dup_line_frac=values.get("duplicate_line_fraction_max", 0),
            top_n_grams=[(n, top(grams("top", n))) for n in (2, 3, 4)],
            dup_n_grams=[(n, top(grams("duplicate", n))) for n in range(5, 11)],
        ),
        FineWebQualityFilter(
            language=language,
            short_line_thr=999,
            char_duplicates_ratio=top("duplicate_line_char_fraction_max"),
            line_punct_thr=values.get("terminal_punctuation_line_fraction_min", 0),
            new_line_ratio=top("newline_word_ratio_max"),
        ),
        GopherQualityFilter(
            language=language,
            min_doc_words=values.get("word_count_min"),
            max_doc_words=values.get("word_count_max"),
            min_avg_word_length=values.get("mean_word_length_min"),
            max_avg_word_length=values.get("mean_word_length_max"),
            max_symbol_word_ratio=values.get("hash_word_ratio_max"),
            max_bullet_lines_ratio=values.get("bullet_line_fraction_max"),
            max_ellipsis_lines_ratio=values.get("ellipsis_line_fraction_max"),
            max_non_alpha_words_ratio=values.get("alpha_word_fraction_min"),
            min_stop_words=values.get("stop_word_count_min"),
            stop_words=list(config.stop_words),
        ),
    ]


def stock_reason(filters: list[Any], text: str) -> str | None:
    """FineWeb2's reason for a removal. All three blocks run, as they do on a document that is kept."""
    outcomes = [block.filter(Document(text=text, id="0")) for block in filters]
    return next((outcome[1] for outcome in outcomes if outcome is not True), None)


def seconds(function: Callable[[], object], times: int = 3) -> float:
    """Least CPU time of some calls."""

    def once() -> float:
        start = time.process_time()
        function()
        return time.process_time() - start

    return min(once() for _ in range(times))


def compare(texts: list[str], label: str) -> dict[str, float]:
    """CPU microseconds per document of each way, after a check that all decide alike."""
    config = LanguageConfigs().resolve(label).config
    lists = list(map(segmenter("datatrove", label), texts))
    given = stock_filters(config, GivenWords(dict(zip(texts, lists, strict=True))))
    split = stock_filters(config, label)
    strings, words = from_arrow(pa.array(texts, pa.large_string())), words_from_lists(lists)
    languages, stop_words = np.zeros(len(texts), np.int32), stop_words_of([config.stop_words])

    def measured() -> Any:
        return columns(measure_batch(strings, words, languages, stop_words))

    named = measured()
    ours = [FINEWEB2_REASONS[REASONS[i]] if i >= 0 else None for i in first_reason(named, config)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean length of no words
        stock = [stock_reason(given, text) for text in texts]
        if ours != stock:
            raise SystemExit(f"{sum(a != b for a, b in zip(ours, stock, strict=True))} decisions differ")
        many = {name: np.tile(column, 1 + 500_000 // len(texts)) for name, column in named.items()}
        return {
            "three filters, splitting words": seconds(
                lambda: [stock_reason(split, text) for text in texts], 1
            )
            / len(texts)
            * 1e6,
            "three filters, words given": seconds(lambda: [stock_reason(given, text) for text in texts])
            / len(texts)
            * 1e6,
            "measure_batch": seconds(measured) / len(texts) * 1e6,
            "first_reason": seconds(lambda: first_reason(many, config)) / len(many["n_words"]) * 1e6,
        }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder")
    parser.add_argument("--label", default="por_Latn")
    parser.add_argument("--documents", type=int, default=300)
    args = parser.parse_args()
    table = ds.dataset(args.folder).to_table(columns=["text"], filter=ds.field("lang") == args.label)
    texts = list(dict.fromkeys(table["text"].to_pylist()))[: args.documents]
    size = sum(len(text.encode()) for text in texts) / len(texts)
    print(f"{args.label}: {len(texts)} documents of {size:.0f} bytes")
    figures = compare(texts, args.label)
    ours = figures["measure_batch"] + figures["first_reason"]
    for name, value in figures.items():
        print(f"{name:32} {value:12.2f} µs per document  {value / ours:8.2f} x ours")


if __name__ == "__main__":
    main()
