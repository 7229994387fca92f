from __future__ import annotations

import inspect
from typing import Any

import pytest
from datatrove.pipeline.filters import FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.filters.gopher_quality_filter import STOP_WORDS
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.rules import RULES
from polysift.filters.thresholds import KEYS, THRESHOLDS, WORDS, LanguageConfig, validated
from pydantic import ValidationError


def defaults(block: type) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in inspect.signature(block).parameters.items()}


def test_keys_are_the_rules_in_order() -> None:
    """The model holds the language score, every threshold of the table in its order, and stop words."""
    assert list(KEYS) == ["language_score_min", *(rule.threshold for rule in RULES), *WORDS]
    assert set(THRESHOLDS) == set(KEYS) - {*WORDS}


def test_defaults_are_the_recipes_english_ones() -> None:
    """Without a file, thresholds are the defaults of datatrove's filters, but for one that FineWeb2 sets."""
    config = LanguageConfig()
    repetition, fineweb, gopher = map(
        defaults, (GopherRepetitionFilter, FineWebQualityFilter, GopherQualityFilter)
    )
    assert config.duplicate_line_fraction_max == repetition["dup_line_frac"]
    for n, threshold in repetition["top_n_grams"]:
        assert getattr(config, f"top_{n}_gram_char_fraction_max") == threshold
    for n, threshold in repetition["dup_n_grams"]:
        assert getattr(config, f"duplicate_{n}_gram_char_fraction_max") == threshold
    assert config.terminal_punctuation_line_fraction_min == fineweb["line_punct_thr"]
    assert config.newline_word_ratio_max == fineweb["new_line_ratio"]
    assert config.word_count_min == gopher["min_doc_words"]
    assert config.word_count_max == gopher["max_doc_words"]
    assert config.mean_word_length_min == gopher["min_avg_word_length"]
    assert config.mean_word_length_max == gopher["max_avg_word_length"]
    assert config.hash_word_ratio_max == config.ellipsis_word_ratio_max == gopher["max_symbol_word_ratio"]
    assert config.bullet_line_fraction_max == gopher["max_bullet_lines_ratio"]
    assert config.ellipsis_line_fraction_max == gopher["max_ellipsis_lines_ratio"]
    assert config.alpha_word_fraction_min == gopher["max_non_alpha_words_ratio"]
    assert config.stop_word_count_min == gopher["min_stop_words"]
    assert list(config.stop_words) == STOP_WORDS
    assert (config.language_score_min, config.duplicate_line_char_fraction_max) == (0.65, 0.1)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_every_threshold_can_be_off(threshold: str) -> None:
    """None is a value of every threshold, and the only one that means off: 0 stays 0."""
    assert validated({threshold: None}, {}) == ({threshold: None}, [])
    assert validated({threshold: 0}, {}) == ({threshold: 0}, [])


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("duplicate_line_fraction_max", -0.1, "found -0.1, should be greater than or equal to 0"),
        ("newline_word_ratio_max", float("nan"), "found nan, should be a finite number"),
        ("newline_word_ratio_max", "0.3", "found '0.3', should be a valid number"),
        ("newline_word_ratio_max", True, "found True, should be a valid number"),
        ("alpha_word_fraction_min", 1.01, "found 1.01, should be less than or equal to 1"),
        ("word_count_min", 2.5, "found 2.5, should be a valid integer"),
        ("word_cuont_min", 5, "no such key; did you mean 'word_count_min'?"),
        ("stop_words[1]", ["og", False], "found False, should be a valid string; put it in quotes"),
        ("stop_words[1]", ["og", " i"], "found ' i', must be a word without white space around it"),
    ],
)
def test_impossible_values_are_named(key: str, value: Any, complaint: str) -> None:
    """An error names the key, what it found and what is allowed."""
    assert validated({key.partition("[")[0]: value}, {}) == ({}, [f"{key}: {complaint}"])


def test_no_more_stop_words_than_bits() -> None:
    """The mask has 64 bits, so that a 65th stop word is an error."""
    _, problems = validated({"stop_words": [str(i) for i in range(65)]}, {})
    assert "at most 64 items" in problems[0]


def test_minimum_above_maximum() -> None:
    """A minimum and a maximum that contradict each other are an error; one of them alone is not."""
    _, problems = validated({"mean_word_length_min": 12, "mean_word_length_max": 11}, {})
    assert problems == ["mean_word_length_max: found 11, must not be below the minimum, 12"]
    assert validated({"mean_word_length_min": 12}, {}) == ({"mean_word_length_min": 12.0}, [])


def test_all_errors_at_once() -> None:
    """Every wrong key is reported, not only the first."""
    _, problems = validated({"word_count_min": "x", "hash_word_ratio_max": -1, "stop_word": []}, {})
    assert [problem.split(":")[0] for problem in problems] == [
        "word_count_min",
        "hash_word_ratio_max",
        "stop_word",
    ]


def test_config_is_frozen() -> None:
    """A config cannot be changed after it was checked."""
    with pytest.raises(ValidationError):
        LanguageConfig().word_count_min = 1


@given(st.lists(st.text(min_size=1).filter(lambda word: word == word.strip()), max_size=64))
def test_stop_words_keep_their_first_order(words: list[str]) -> None:
    """Repeated stop words are dropped, and the order of the others is kept: it gives the mask's bits."""
    assert LanguageConfig(stop_words=tuple(words)).stop_words == tuple(dict.fromkeys(words))
