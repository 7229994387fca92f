from __future__ import annotations

import pytest
from datatrove.pipeline.filters.gopher_repetition_filter import (
    find_all_duplicate,
    find_duplicates,
    find_top_duplicate,
    get_n_grams,
)
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.measures import MEASURES, measure
from polysift.filters.rules import CHECKS, OPTIONAL

WORDS = st.lists(st.sampled_from(["a", "aa", "b", "ba", "ab", "có thể", "न", "字", "😀", "..."]), max_size=60)
TEXTS = st.text(st.sampled_from("a b\n\n\r\v\f\x1c\x85\u2028.…•-#|é字नि😀\ud800"), max_size=60) | st.text(
    max_size=60
)


def measures(text: str, words: list[str] | None = None, stop_words: tuple[str, ...] = ()) -> dict[str, int]:
    values = measure(text, text.split() if words is None else words, stop_words)
    return dict(zip(MEASURES, values, strict=True))


def test_every_column_of_the_rules_is_measured() -> None:
    """The rules divide what is measured, and nothing is measured but that and the length in bytes."""
    columns = {
        name
        for rule in CHECKS
        if rule not in OPTIONAL  # of word lists and of language id, not of the text alone
        for name in (rule.numerator, rule.denominator)
        if name
    }
    assert columns | {"n_bytes"} == set(MEASURES)
    assert len(MEASURES) == len(set(MEASURES))


@pytest.mark.parametrize("text", ["", " ", "\n\n", "😀", "\ud800", "...", "123", "a"])
def test_shortest_texts(text: str) -> None:
    """Nothing in a text of almost nothing raises, and no measure is negative."""
    values = measures(text)
    assert min(values.values()) >= 0
    assert values["n_chars"] == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"n_lines": 1, "n_nonblank_lines": 0, "n_split_lines": 0}),
        ("\n\n", {"n_lines": 2, "n_duplicate_lines": 1, "n_nonblank_lines": 0, "n_split_lines": 2}),
        (
            "a\n\na\n",
            {"n_lines": 3, "n_duplicate_lines": 1, "n_nonblank_lines": 2, "n_duplicate_line_chars": 1},
        ),
        ("a\r\nb\u2028c", {"n_lines": 2, "n_split_lines": 3, "n_newlines": 1, "n_chars_without_newlines": 5}),
        ("নাম।\nনাম।", {"n_terminal_punctuation_lines": 2, "n_duplicate_line_chars": 4, "n_bytes": 25}),
        ("完。\n完。 ", {"n_nonblank_lines": 2, "n_terminal_punctuation_lines": 1}),
        (" • ena\n-duo\n– tri", {"n_split_lines": 3, "n_bullet_lines": 2}),
        ("a...\nb…  \nc..", {"n_ellipses": 2, "n_ellipsis_lines": 2}),
        ("......", {"n_ellipses": 2, "n_alpha_words": 0, "n_non_symbol_words": 0}),
        ("# ## c#", {"n_hashes": 4, "n_words": 3, "n_non_symbol_words": 1}),
        (
            "4 ५ x4 e\u0301",
            {"n_words": 4, "n_non_symbol_words": 4, "n_non_symbol_word_chars": 6, "n_alpha_words": 2},
        ),
    ],
)
def test_lines_symbols_and_words(text: str, expected: dict[str, int]) -> None:
    """Three kinds of lines, symbols and words are counted as the recipe counts them."""
    found = measures(text)
    assert {name: found[name] for name in expected} == expected


def test_first_seen_n_gram_wins_a_tie() -> None:
    """Of two n-grams that are equally common the first one is the top one, although the other is longer."""
    assert measures("", ["a", "a", "bbb", "bbb"])["n_top_2_gram_chars"] == len("a a")


def test_n_grams_that_read_the_same_are_the_same() -> None:
    """Duplicate n-grams are compared without spaces, top n-grams with them, as in the recipe."""
    words = ["có thể", "a", "bc", "d", "e", "có thể", "ab", "c", "d", "e"]
    found = measures("", words)
    assert found["n_duplicate_5_gram_chars"] == len("có thểabcde")
    assert found["n_top_2_gram_chars"] == 2 * len("d e")


def test_stop_words_are_bits_in_their_order() -> None:
    """Bit i stands for the i-th stop word, compared with case, up to the 64th."""
    stop_words = tuple(f"w{i}" for i in range(64))
    assert measures("w0 W1 w63", stop_words=stop_words)["stop_word_mask"] == 1 | 1 << 63
    assert measures("в и на", stop_words=("на", "не", "и"))["stop_word_mask"] == 0b101


@given(WORDS)
def test_n_grams_equal_datatroves(words: list[str]) -> None:
    """Top and duplicate n-grams of random words are those that datatrove finds."""
    found = measures("", words)
    for n in (2, 3, 4):
        n_grams = get_n_grams(words, n)
        assert found[f"n_top_{n}_gram_chars"] == (find_top_duplicate(n_grams) if n_grams else 0)
    for n in (5, 6, 7, 8, 9, 10):
        assert found[f"n_duplicate_{n}_gram_chars"] == find_all_duplicate(words, n)


@given(TEXTS)
def test_line_duplicates_equal_datatroves(text: str) -> None:
    """Characters of repeated lines in random Unicode are those that datatrove finds."""
    lines = [line for line in text.split("\n") if line.strip() != ""]
    assert measures(text)["n_duplicate_line_chars"] == find_duplicates(lines)[1]
