from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.rules import RULES
from polysift.filters.thresholds import LanguageConfig
from polysift.filters.transfer import WORD_RULES, enough_stop_words, transfer

NAMES = {name for rule in RULES for name in (rule.numerator, rule.denominator) if name}


def columns(count, **given):
    """Columns of documents in which numerators spread over 0 to count - 1, of 1000."""
    spread = np.random.default_rng(4).permutation(count)
    found = {name: spread.copy() for name in NAMES}
    found |= {rule.denominator: np.full(count, 1000) for rule in RULES if rule.denominator}
    return found | {name: np.asarray(values) for name, values in given.items()}


def test_the_same_words_keep_the_thresholds():
    """Carried to the very same words, a threshold inside the documents stays where it is."""
    config = LanguageConfig()
    before = columns(1000)
    for key, found in transfer(config, before, before).items():
        assert found.after == pytest.approx(found.before, abs=2e-3), key
        assert found.removed_before == pytest.approx(found.removed_after, abs=2e-3)


def test_half_the_words_halve_a_number_of_words():
    """With words twice as long there are half as many: the least number halves, newlines per word double."""
    before = columns(1000, n_non_symbol_words=np.arange(1000), n_newlines=np.arange(1000))
    after = before | {"n_non_symbol_words": np.arange(1000) // 2, "n_words": np.full(1000, 500)}
    found = transfer(LanguageConfig(), before, after)
    assert found["word_count_min"].after == 25
    assert found["newline_word_ratio_max"].after == pytest.approx(0.6, abs=2e-3)
    for key in ("word_count_min", "newline_word_ratio_max"):
        assert found[key].removed_before == pytest.approx(found[key].removed_after, abs=2e-3)


def test_rules_of_lines_are_left():
    """What divides no words does not depend on words."""
    keys = {rule.threshold for rule in WORD_RULES}
    assert "terminal_punctuation_line_fraction_min" not in keys
    assert "bullet_line_fraction_max" not in keys
    assert not {"stop_word_count_min", "word_count_max"} & keys
    assert {"newline_word_ratio_max", "alpha_word_fraction_min", "top_2_gram_char_fraction_max"} <= keys


def test_off_stays_off():
    """A threshold that is off, or can remove nothing, is carried as it is."""
    config = LanguageConfig(newline_word_ratio_max=None, mean_word_length_min=1)
    found = transfer(config, columns(1000), columns(1000))
    assert (found["newline_word_ratio_max"].after, found["mean_word_length_min"].after) == (None, 1)


@given(
    st.lists(st.lists(st.sampled_from("abcdefghijk"), max_size=6), min_size=1, max_size=20), st.floats(0, 1)
)
def test_enough_stop_words_are_the_first_that_suffice(documents, removed):
    """As many as a plain search finds: the fewest, at least 3, under which the rule removes no larger share."""
    ranked = list("abcdefghij")

    def share(count):
        return np.mean([len({*words} & {*ranked[:count]}) < 2 for words in documents])

    expected = next((count for count in range(3, 11) if share(count) <= removed), 10)
    found = enough_stop_words(ranked, documents, removed, least=3)
    assert found == tuple(ranked[:expected])
