"""The one table of rules: measures and thresholds to reasons, in the order of FineWeb2's recipe.

A measure says what is divided; its threshold is the measure with `_min` or `_max`; the reason of a removal is
the threshold's name. FineWeb2's names of keys and reasons stand beside them and map through this table.

Source: arXiv 2506.20920 and the recipe's blocks, datatrove's GopherRepetitionFilter, FineWebQualityFilter and
GopherQualityFilter (github.com/huggingface/datatrove 0.10, Apache-2.0), to which tests/filters/test_rules.py
holds every decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import read_only
from .rule_kernel import MASK, NONE, Plan, first_failing
from .thresholds import LanguageConfig

SCRIPT_MISMATCH = "script_mismatch"
DISAGREEMENT = "model_disagreement"
LANGUAGE_SCORE = "language_score_min"
DUPLICATE = "duplicate"
EMPTY = "empty"
STOP_WORD_MASK = "stop_word_mask"
LIST_WORDS, URL_TERMS = "n_list_words", "n_url_terms"

Columns = Mapping[str, npt.NDArray[np.generic]]


class Rule(NamedTuple):
    """A document is removed where `numerator / denominator` is above a 'max' or below a 'min' threshold."""

    threshold: str
    """Key of the config and reason of the removal."""
    numerator: str
    """Column of measures; of the stop-word mask, the bits of the chosen words count; words of the precision list
    count together with the URL's terms."""
    denominator: str | None
    """Column of measures; None: the numerator itself is compared."""
    bound: Literal["min", "max"]
    fineweb2_reason: str
    fineweb2_key: str | None = None
    """Key in FineWeb2's YAML; None where the recipe fixes the threshold for all languages."""
    fineweb2_n: int | None = None
    """Which entry of a key that lists n-grams as `[n, threshold]`."""
    fineweb2_off: tuple[float, ...] = ()
    """Values that stand for no threshold in FineWeb2's YAML. Where 0 is not among them, the recipe's block
    compares with 0 like with any other number, and so do we."""


def _top_n_gram(n: int) -> Rule:
    threshold, numerator = f"top_{n}_gram_char_fraction_max", f"n_top_{n}_gram_chars"
    return Rule(threshold, numerator, "n_chars", "max", f"top_{n}_gram", "top_n_grams", n)


def _duplicate_n_gram(n: int) -> Rule:
    threshold, numerator = f"duplicate_{n}_gram_char_fraction_max", f"n_duplicate_{n}_gram_chars"
    return Rule(threshold, numerator, "n_chars", "max", f"duplicated_{n}_n_grams", "dup_n_grams", n)


# fmt: off
REPETITION_RULES = (
    Rule("duplicate_line_fraction_max", "n_duplicate_lines", "n_lines", "max",
         "dup_line_frac", "dup_line_frac", fineweb2_off=(0,)),
    *map(_top_n_gram, (2, 3, 4)),
    *map(_duplicate_n_gram, (5, 6, 7, 8, 9, 10)),
)
FINEWEB_RULES = (
    Rule("terminal_punctuation_line_fraction_min", "n_terminal_punctuation_lines", "n_nonblank_lines", "min",
         "line_punct_ratio", "line_punct_thr", fineweb2_off=(0, -1)),
    Rule("duplicate_line_char_fraction_max", "n_duplicate_line_chars", "n_chars_without_newlines", "max",
         "char_dup_ratio"),
    Rule("newline_word_ratio_max", "n_newlines", "n_words", "max", "list_ratio", "new_line_ratio"),
)
GOPHER_RULES = (
    Rule("word_count_min", "n_non_symbol_words", None, "min", "gopher_short_doc"),
    Rule("word_count_max", "n_non_symbol_words", None, "max", "gopher_long_doc"),
    Rule("mean_word_length_min", "n_non_symbol_word_chars", "n_non_symbol_words", "min",
         "gopher_below_avg_threshold", "min_avg_word_length", fineweb2_off=(0,)),
    Rule("mean_word_length_max", "n_non_symbol_word_chars", "n_non_symbol_words", "max",
         "gopher_above_avg_threshold", "max_avg_word_length", fineweb2_off=(0,)),
    Rule("hash_word_ratio_max", "n_hashes", "n_words", "max", "gopher_too_many_hashes"),
    Rule("ellipsis_word_ratio_max", "n_ellipses", "n_words", "max", "gopher_too_many_ellipsis"),
    Rule("bullet_line_fraction_max", "n_bullet_lines", "n_split_lines", "max", "gopher_too_many_bullets"),
    Rule("ellipsis_line_fraction_max", "n_ellipsis_lines", "n_split_lines", "max",
         "gopher_too_many_end_ellipsis"),
    Rule("alpha_word_fraction_min", "n_alpha_words", "n_words", "min",
         "gopher_below_alpha_threshold", "max_non_alpha_words_ratio", fineweb2_off=(0,)),
    Rule("stop_word_count_min", STOP_WORD_MASK, None, "min", "gopher_enough_stop_words"),
)
# fmt: on

# After the recipe's quality rules, and only where a language's config asks for it: see filters/precision.py.
PRECISION = Rule("precision", LIST_WORDS, None, "min", "precision_filter")

# Only where asked for, and measured only with `language_id.mixed`: see langid/agreement.py.
MIXED = Rule(
    "mixed_language_fraction_max", "n_other_language_lines", "n_language_lines", "max", "mixed_language"
)
OPTIONAL = (PRECISION, MIXED)

RULES: tuple[Rule, ...] = (*REPETITION_RULES, *FINEWEB_RULES, *GOPHER_RULES, *OPTIONAL)

# The recipe's blocks remove, before their rules, a text of length 0 and one without a line that is not blank.
# These checks have no threshold: their least value is 1.
NO_TEXT = Rule(EMPTY, "n_chars", None, "min", EMPTY)
NO_LINE = Rule(EMPTY, "n_nonblank_lines", None, "min", EMPTY)
CHECKS: tuple[Rule, ...] = (
    NO_TEXT,
    *REPETITION_RULES,
    NO_LINE,
    *FINEWEB_RULES,
    *GOPHER_RULES,
    *OPTIONAL,
)

# Every reason of a removal with FineWeb2's name for it, in the order in which they are decided.
FINEWEB2_REASONS: dict[str, str] = {
    SCRIPT_MISMATCH: SCRIPT_MISMATCH,
    DISAGREEMENT: DISAGREEMENT,
    LANGUAGE_SCORE: "language_score",
    DUPLICATE: "duplicate",
    **{rule.threshold: rule.fineweb2_reason for rule in CHECKS},
}
REASONS: tuple[str, ...] = tuple(FINEWEB2_REASONS)


class Verdict(NamedTuple):
    """One rule on one document."""

    threshold: str
    value: float
    """The measure; NaN where its denominator is 0, which no rule removes."""
    limit: float | None
    """The threshold in force; None: the rule is off."""
    fails: bool


def measured(rule: Rule, columns: Columns, config: LanguageConfig | None = None) -> npt.NDArray[np.float64]:
    """The measure of a rule for every document, as float64; NaN where its denominator is 0.

    The number of stop words is that of the config's choice, of all candidates where no config is given.

    Numerators and denominators are far below 2**53, so the quotient is the float64 that Python's `/` gives
    for the two integers, and a decision equals one made from the text bit for bit.
    """
    numerator = columns[rule.numerator]
    if rule.numerator == STOP_WORD_MASK:
        mask = numerator.astype(np.uint64, copy=False)
        numerator = np.bitwise_count(mask if config is None else mask & np.uint64(config.chosen_bits))
    elif rule.numerator == LIST_WORDS:
        numerator = np.add(numerator, columns[URL_TERMS])
    if rule.denominator is None:
        return numerator.astype(np.float64)
    denominator = columns[rule.denominator]
    quotient = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


def limit(rule: Rule, config: LanguageConfig) -> float | None:
    """The threshold of a rule in a config, None where the rule is off; 1 of the checks for empty texts."""
    return 1 if rule.threshold == EMPTY else getattr(config, rule.threshold)


def fails(rule: Rule, columns: Columns, config: LanguageConfig) -> npt.NDArray[np.bool_]:
    """Which documents a rule removes: strictly above its maximum or strictly below its minimum."""
    threshold = limit(rule, config)
    if threshold is None:
        return np.zeros(len(columns[NO_TEXT.numerator]), dtype=bool)
    values = measured(rule, columns, config)
    return values > threshold if rule.bound == "max" else values < threshold


def first_reason(columns: Columns, config: LanguageConfig) -> npt.NDArray[np.int16]:
    """The first rule that removes each document of one language, in the recipe's order.

    Args:
        columns: measures by name (`filters.measures.MEASURES`, and where the config has `precision`, `n_list_words`
            and `n_url_terms`): arrays of shape (documents,).
        config: the language's thresholds; the mask's bit i stands for its i-th candidate.

    Returns:
        int16 array of shape (documents,): index into `REASONS`, -1 where the document passes every rule.
    """
    names, plan = _plan(config)
    some = columns[NO_TEXT.numerator]
    mask = columns[STOP_WORD_MASK] if MASK in plan.numerators else np.zeros(len(some), np.uint64)
    rows: npt.NDArray[Any] = np.concatenate([columns[name] for name in names]).reshape(len(names), -1)
    if rows.dtype.kind in "iu":
        rows = rows.astype(np.int64, copy=False)
    return first_failing(rows, np.ascontiguousarray(mask, np.uint64), plan)


@lru_cache(512)
def _plan(config: LanguageConfig) -> tuple[tuple[str, ...], Plan]:
    """The rules in force of a config, and the columns that they read."""
    rules = [rule for rule in CHECKS if limit(rule, config) is not None]
    addends = [URL_TERMS if rule.numerator == LIST_WORDS else None for rule in rules]
    read = [*(rule.numerator for rule in rules), *addends, *(rule.denominator for rule in rules)]
    names = tuple(dict.fromkeys(name for name in read if name not in (None, STOP_WORD_MASK)))
    row = {None: NONE, STOP_WORD_MASK: MASK} | {name: number for number, name in enumerate(names)}
    plan = Plan(
        numerators=np.array([row[rule.numerator] for rule in rules], np.int64),
        addends=np.array([row[name] for name in addends], np.int64),
        denominators=np.array([row[rule.denominator] for rule in rules], np.int64),
        limits=np.array([limit(rule, config) for rule in rules], np.float64),
        greatest=np.array([rule.bound == "max" for rule in rules], bool),
        reasons=np.array([REASONS.index(rule.threshold) for rule in rules], np.int16),
        chosen=np.array([config.chosen_bits], np.uint64),
    )
    return names, read_only(plan)


def verdicts(columns: Columns, row: int, config: LanguageConfig) -> list[Verdict]:
    """Every rule's measure of one document beside its threshold, in the recipe's order.

    Args:
        columns: measures by name: arrays of shape (documents,).
        row: which document.
        config: the language's thresholds.
    """
    one = {name: column[row : row + 1] for name, column in columns.items()}

    def verdict(rule: Rule) -> Verdict:
        value, failing = measured(rule, one, config).item(), fails(rule, one, config).item()
        return Verdict(rule.threshold, value, limit(rule, config), failing)

    return [verdict(rule) for rule in RULES if rule not in OPTIONAL or limit(rule, config) is not None]
