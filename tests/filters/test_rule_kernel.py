"""The kernel of rules equals them one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.rules import (
    CHECKS,
    LIST_WORDS,
    REASONS,
    RULES,
    STOP_WORD_MASK,
    URL_TERMS,
    fails,
    first_reason,
)
from polysift.filters.thresholds import LanguageConfig

NAMES = sorted(
    {rule.numerator for rule in CHECKS}
    | {rule.denominator for rule in CHECKS if rule.denominator}
    | {URL_TERMS}
)
LIMITS = st.none() | st.sampled_from([0, 0.25, 1 / 3, 0.5, 1, 2])
CONFIGS = st.fixed_dictionaries({}, optional={rule.threshold: LIMITS for rule in RULES})


def config_of(limits: dict[str, float | None]) -> LanguageConfig:
    """A config with any thresholds, though no language would have them."""
    words = {"stop_words": ("c", "a"), "stop_word_candidates": ("a", "b", "c")}
    return LanguageConfig.model_construct(**(LanguageConfig(**words).model_dump() | words | limits))


@given(st.lists(st.lists(st.integers(0, 4), min_size=len(NAMES), max_size=len(NAMES)), max_size=8), CONFIGS)
def test_the_first_rule_that_fails_is_the_reason(documents, limits):
    """Quotients at, below and above their thresholds, by zero and of nothing, in every order of rules."""
    config = config_of(limits)
    columns = dict(zip(NAMES, np.array(documents, np.int64).reshape(-1, len(NAMES)).T, strict=True))
    columns[STOP_WORD_MASK] = columns[STOP_WORD_MASK].astype(np.uint64)
    failing = [(REASONS.index(rule.threshold), fails(rule, columns, config)) for rule in CHECKS]
    expected = [next((reason for reason, of in failing if of[i]), -1) for i in range(len(documents))]
    assert first_reason(columns, config).tolist() == expected


def test_columns_that_a_rule_in_force_reads_are_enough():
    """Evidence of the precision rule is read only where it is in force, also as numbers of other kinds."""
    off = dict.fromkeys(rule.threshold for rule in RULES)
    columns = {name: np.array([1, 0], np.int32) for name in ("n_chars", "n_nonblank_lines")}
    columns[STOP_WORD_MASK] = np.zeros(2, np.uint64)
    assert first_reason(columns, config_of(off)).tolist() == [-1, REASONS.index("empty")]
    evidence = {LIST_WORDS: np.array([0.0, 1.0]), URL_TERMS: np.array([1.0, np.nan])}
    strict = config_of(off | {"precision": 2})
    assert first_reason(columns | evidence, strict).tolist() == [
        REASONS.index("precision"),
        REASONS.index("empty"),
    ]
