"""The reference for every decision is datatrove: the recipe's own filters, on words that a test gives."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datatrove.data import Document
from datatrove.pipeline.filters import FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.utils.word_tokenizers import WordTokenizer
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polysift.filters.language_config import LanguageConfig
from polysift.filters.language_files import language_values
from polysift.filters.measures import MEASURES, measure
from polysift.filters.rules import FINEWEB2_REASONS, OPTIONAL, REASONS, RULES, first_reason, verdicts
from polysift.filters.thresholds import THRESHOLDS
from polysift.filters.words import Segmenter, segmenter

CASES = json.loads((Path(__file__).parents[1] / "cases" / "rules.json").read_text(encoding="utf-8"))
ENGLISH: dict[str, Any] = {
    "dup_line_frac": 0.3,
    "top_n_grams": [[2, 0.2], [3, 0.18], [4, 0.16]],
    "dup_n_grams": [[5, 0.15], [6, 0.14], [7, 0.13], [8, 0.12], [9, 0.11], [10, 0.1]],
    "line_punct_thr": 0.12,
    "new_line_ratio": 0.3,
    "min_avg_word_length": 3,
    "max_avg_word_length": 10,
    "max_non_alpha_words_ratio": 0.8,
    "stopwords": ["the", "be", "to", "of", "and", "that", "have", "with"],
}


OFF = float("inf")

# What a FineWeb2 file does not hold because the recipe fixes it.
FIXED: dict[str, float | None] = {
    "duplicate_line_char_fraction_max": 0.1,
    "word_count_min": 50,
    "word_count_max": 100_000,
    "hash_word_ratio_max": 0.1,
    "ellipsis_word_ratio_max": 0.1,
    "bullet_line_fraction_max": 0.9,
    "ellipsis_line_fraction_max": 0.3,
    "stop_word_count_min": 2,
}


class GivenWords(WordTokenizer):  # type: ignore[misc]
    """Splits every text into the words it was made with."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self.words = list(words)

    def word_tokenize(self, text: str) -> list[str]:
        return self.words

    def sent_tokenize(self, text: str) -> list[str]:
        raise NotImplementedError

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        raise NotImplementedError


def datatrove_reason(
    text: str, words: Sequence[str], published: Mapping[str, Any], fixed: Mapping[str, float | None] = FIXED
) -> str | None:
    """FineWeb2's reason for removing a document, None where it passes the three filters.

    Args:
        text: the document.
        words: what its tokenizer gives.
        published: a FineWeb2 file's content.
        fixed: thresholds that it does not hold, in polysift's names; None: off.
    """
    language = GivenWords(words)
    duplicate_chars = fixed["duplicate_line_char_fraction_max"]
    filters = (
        GopherRepetitionFilter(
            language=language,
            dup_para_frac=0,
            dup_line_char_frac=0,
            dup_para_char_frac=0,
            dup_line_frac=published["dup_line_frac"],
            top_n_grams=published["top_n_grams"],
            dup_n_grams=published["dup_n_grams"],
        ),
        FineWebQualityFilter(
            language=language,
            short_line_thr=999,
            char_duplicates_ratio=OFF if duplicate_chars is None else duplicate_chars,
            line_punct_thr=published["line_punct_thr"],
            new_line_ratio=published["new_line_ratio"],
        ),
        GopherQualityFilter(
            language=language,
            min_doc_words=fixed["word_count_min"],
            max_doc_words=fixed["word_count_max"],
            min_avg_word_length=published["min_avg_word_length"],
            max_avg_word_length=published["max_avg_word_length"],
            max_symbol_word_ratio=fixed["hash_word_ratio_max"],
            max_bullet_lines_ratio=fixed["bullet_line_fraction_max"],
            max_ellipsis_lines_ratio=fixed["ellipsis_line_fraction_max"],
            max_non_alpha_words_ratio=published["max_non_alpha_words_ratio"],
            min_stop_words=fixed["stop_word_count_min"],
            stop_words=published["stopwords"],
        ),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean length of no words
        for block in filters:
            outcome = block.filter(Document(text=text, id="0"))
            if outcome is not True:
                return str(outcome[1])
    return None


def columns_of(documents: list[tuple[str, list[str]]], stop_words: tuple[str, ...]) -> dict[str, Any]:
    rows = [measure(text, words, stop_words) for text, words in documents]
    return {
        name: np.array([row[i] for row in rows], dtype=np.uint64 if name == "stop_word_mask" else np.int64)
        for i, name in enumerate(MEASURES)
    }


def reason(text: str, words: list[str], config: LanguageConfig) -> str | None:
    index = first_reason(columns_of([(text, words)], config.stop_words), config)[0]
    return None if index < 0 else REASONS[index]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_cases(case: dict[str, Any]) -> None:
    """Each text is removed by the rule that it was written for, as by datatrove's filters, or kept."""
    published = {**ENGLISH, **case.get("published", {})}
    fixed = {**FIXED, **case.get("fixed", {})}
    text, words = case["text"], case.get("words", case["text"].split())
    config = LanguageConfig(**language_values(published, case["name"]), **fixed)
    found = reason(text, words, config)
    assert (found and FINEWEB2_REASONS[found]) == case["reason"]
    assert datatrove_reason(text, words, published, fixed) == case["reason"]


def test_every_reason_has_a_case() -> None:
    """The cases name every reason that the rules give."""
    assert {case["reason"] for case in CASES} == {None, *FINEWEB2_REASONS.values()} - {
        "language_score",
        "duplicate",
        "precision_filter",
        "mixed_language",
        "script_mismatch",
        "model_disagreement",
    }


PIECES = [
    "the",
    "of",
    "the of",
    "na",
    "字",
    "ไทย",
    "नमः",
    "e\u0301",
    "\ud800",
    "#",
    "...",
    "…",
    "-",
    "•",
    ".",
    "12",
    "😀",
]
SEPARATORS = [" ", " ", " ", "\n", "\n\n", ".\n", "\r\n", "\u2028", "…\n", "\n- ", ""]
REPETITIVE = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(SEPARATORS)), max_size=120).map(
    lambda pairs: "".join(piece + separator for piece, separator in pairs)
)
# Thresholds that often let through, so that the later rules are reached too.
LIMIT = st.sampled_from([9] * 9 + [0, 0.02, 0.1, 0.2, 1 / 3, 1.5])
POSITIVE = st.sampled_from([None] * 3 + [0.02, 0.1, 1 / 3, 0.9])
PUBLISHED = st.fixed_dictionaries(
    {
        "dup_line_frac": LIMIT,
        "top_n_grams": st.tuples(LIMIT, LIMIT, LIMIT).map(
            lambda t: [list(e) for e in zip((2, 3, 4), t, strict=True)]
        ),
        "dup_n_grams": st.tuples(*[LIMIT] * 6).map(
            lambda t: [list(e) for e in zip(range(5, 11), t, strict=True)]
        ),
        "line_punct_thr": st.sampled_from([-1] * 6 + [0, 0.1, 1 / 3, 0.5, 1]),
        "new_line_ratio": LIMIT,
        "min_avg_word_length": st.sampled_from([0, 0, 1, 2, 3]),
        "max_avg_word_length": st.sampled_from([3, 4, 9, 20]),
        "max_non_alpha_words_ratio": st.sampled_from([0, 0, 0.1, 1 / 3, 0.5, 1]),
        "stopwords": st.lists(
            st.sampled_from(["the", "of", "na", "字", "the of", "x"]), min_size=1, unique=True
        ),
    }
)
FIXED_LIMITS = st.fixed_dictionaries(
    {
        "duplicate_line_char_fraction_max": LIMIT,
        "word_count_min": st.sampled_from([None, None, 1, 10, 30]),
        "word_count_max": st.sampled_from([None, None, 60, 90]),
        "hash_word_ratio_max": POSITIVE,
        "bullet_line_fraction_max": POSITIVE,
        "ellipsis_line_fraction_max": POSITIVE,
        "stop_word_count_min": st.sampled_from([None, 1, 2, 4]),
    }
).map(
    lambda fixed: {**fixed, "ellipsis_word_ratio_max": fixed["hash_word_ratio_max"]}
)  # datatrove has one for both


# Characters that Python's version of Unicode knows: datatrove asks it which are letters.
KNOWN = st.characters(exclude_categories=["Cs", "Cn"])


@settings(max_examples=200)
@given(
    REPETITIVE | REPETITIVE.map(lambda text: f"{text}\n{text}") | st.text(KNOWN, max_size=80),
    st.sampled_from([str.split, segmenter("unicode", "und_Zyyy")]),
    PUBLISHED,
    FIXED_LIMITS,
)
@example("", str.split, ENGLISH, FIXED)
@example(" \n ", str.split, ENGLISH, FIXED)
@example("a", str.split, {**ENGLISH, "line_punct_thr": -1}, dict.fromkeys(FIXED))
def test_decisions_equal_datatroves(
    text: str, split: Segmenter, published: dict[str, Any], fixed: dict[str, float | None]
) -> None:
    """Outcome and reason equal those of the recipe's own filters, whatever the text and the thresholds."""
    words = split(text)
    config = LanguageConfig(**language_values(published, "published"), **fixed)
    found = reason(text, words, config)
    try:
        expected = datatrove_reason(text, words, published, fixed)
    except ZeroDivisionError:  # no words but a line: there the recipe breaks off, and we go on
        return
    assert (found and FINEWEB2_REASONS[found]) == expected


def test_no_words_never_divide_by_zero() -> None:
    """A line that its tokenizer finds no word in passes every rule whose measure is undefined."""
    config = LanguageConfig(word_count_min=None, stop_word_count_min=None)
    assert reason("###\n#.", [], config) is None
    assert reason("###\n#.", [], LanguageConfig()) == "word_count_min"


def test_a_batch_is_decided_like_its_documents() -> None:
    """Documents of one language are decided at once as each one alone, an empty batch included."""
    documents = [(case["text"], case["text"].split()) for case in CASES]
    config = LanguageConfig()
    together = first_reason(columns_of(documents, config.stop_words), config)
    assert together.dtype == np.int16
    assert [None if i < 0 else REASONS[i] for i in together] == [reason(*pair, config) for pair in documents]
    assert first_reason(columns_of([], config.stop_words), config).shape == (0,)


def test_all_rules_off_keep_everything_but_empty_texts() -> None:
    """With every threshold None only a text without a line is removed."""
    config = LanguageConfig(**dict.fromkeys(THRESHOLDS))
    assert [reason(text, text.split(), config) for text in ("", " \n", "#\n#", "...")] == [
        "empty",
        "empty",
        None,
        None,
    ]


def test_verdicts_name_every_rule_beside_its_limit() -> None:
    """`verdicts` gives each measure, its threshold and whether it fails; NaN where nothing is divided."""
    config = LanguageConfig(newline_word_ratio_max=None, stop_words=("nu", "ni"))
    columns = columns_of([("", []), ("nu, pogodi!\nnu", ["nu", ",", "pogodi", "!", "nu"])], config.stop_words)
    found = {verdict.threshold: verdict for verdict in verdicts(columns, 1, config)}
    assert list(found) == [rule.threshold for rule in RULES if rule not in OPTIONAL]
    assert found["newline_word_ratio_max"][1:] == (0.2, None, False)
    assert found["mean_word_length_min"][1:] == (10 / 3, 3.0, False)
    assert found["stop_word_count_min"][1:] == (1.0, 2, True)
    assert math.isnan(verdicts(columns, 0, config)[0].value) is False
    assert math.isnan({v.threshold: v for v in verdicts(columns, 0, config)}["alpha_word_fraction_min"].value)


def test_names_of_the_table() -> None:
    """A threshold ends in its bound, no two rules share a name, and FineWeb2's reasons map one to one."""
    assert all(rule.threshold.endswith(f"_{rule.bound}") for rule in RULES if rule != OPTIONAL[0])
    assert len({rule.threshold for rule in RULES}) == len(RULES) == len(THRESHOLDS) - 1
    assert len(set(FINEWEB2_REASONS.values())) == len(REASONS)
    doubts = ("script_mismatch", "model_disagreement")
    assert REASONS[:5] == (*doubts, "language_score_min", "duplicate", "empty")
