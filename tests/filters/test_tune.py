from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.distributions import SKETCH_POINTS, distribution, sketch
from polysift.filters.methods import (
    METHODS,
    PUBLISHED,
    TUNABLE,
    language_score,
    mean_std,
    median_ratio,
    quantile,
    score_for_precision,
    ten_tail,
)
from polysift.filters.rules import measured
from polysift.filters.thresholds import LanguageConfig
from polysift.filters.tune import ENOUGH, Proxy, by_each_method, choices, distributions, fit, fit_score
from polysift.langid.errors import PolysiftError

RULES = {rule.threshold: rule for rule in TUNABLE}
PROXY = Proxy("nob_Latn", LanguageConfig(newline_word_ratio_max=0.2, mean_word_length_min=None))
VALUES = st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=40).map(distribution)
DUPLICATE_LINES = "duplicate_line_fraction_max"
GRID = np.arange(1001) / 1000  # 0, 0.001, ..., 1


def columns(count, **given):
    """Columns of documents in which every measure is 0.5 (`given` names other numerators, of 1000)."""
    names = {name for rule in TUNABLE for name in (rule.numerator, rule.denominator)}
    found = {name: np.full(count, 1000 if not name.endswith("_chars") else 500) for name in names}
    found |= {rule.numerator: np.full(count, 500) for rule in TUNABLE}
    found |= {rule.denominator: np.full(count, 1000) for rule in TUNABLE}
    return found | {name: np.asarray(values) for name, values in given.items()}


def test_mean_std_golden():
    """English mean 0, deviation 1, threshold 2: two deviations from the language's mean, 5 + 2 * 3."""
    english, own = distribution([-1, 1]), distribution([2, 8])
    assert mean_std(own, english, 2.0, "max") == pytest.approx(11)


def test_quantile_golden():
    """An English threshold that removes 30 % removes 30 % of the language: of a grid twice as wide, twice as far."""
    english, own = distribution(GRID), distribution(2 * GRID)
    found = quantile(own, english, 0.7, "max")
    assert found == pytest.approx(1.4)
    assert own.removed(found, "max") == pytest.approx(english.removed(0.7, "max"), abs=1e-9)
    assert quantile(own, english, 0.3, "min") == pytest.approx(0.6)
    assert quantile(distribution(GRID**2), english, 0.5, "max") == pytest.approx(0.25, abs=1e-3)


def test_ten_tail_golden():
    """A hundred of a thousand documents are removed, whatever the values."""
    own = distribution(np.random.default_rng(1).permutation(GRID[:1000]) ** 3)
    for bound in ("max", "min"):
        removed = own.removed(ten_tail(own, own, 0.0, bound), bound)
        assert removed * 1000 == pytest.approx(100)


def test_median_ratio_golden():
    """Half the English median, half the threshold; an English median of 0 gives none."""
    english, own = distribution([0.2, 0.4, 0.9]), distribution([0.1, 0.2, 0.3])
    assert median_ratio(own, english, 0.5, "max") == pytest.approx(0.25)
    assert median_ratio(own, distribution([0, 0, 1]), 0.5, "max") is None
    assert median_ratio(distribution([0, 0, 1]), distribution([0, 0, 1]), 0.5, "max") == 0.5


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.95] * 5, 0.9),  # tha_Thai: 0.9, as of all whose script is their own
        ([0.2, 0.3, 0.4], 0.3),  # as of the languages that the model hardly knows
        ([0.899, 0.899 - 0.1 * 2**0.5, 0.899, 0.899 + 0.1 * 2**0.5], 0.799),  # por_Latn: 0.799
        ([0.5], 0.5),
    ],
)
def test_language_score_on_published_cases(scores, expected):
    """max(0.3, min(0.9, median - std)): both limits, and a value of the published files between them."""
    assert language_score(np.array(scores)) == pytest.approx(expected)


def test_published_scores_lie_within_the_formulas_limits():
    """Every published language_score is one that the formula can give."""
    from polysift.filters.language_config import LanguageConfigs

    configs = LanguageConfigs()
    scores = [configs.resolve(label).config.language_score_min for label in configs.labels()]
    assert (min(scores), max(scores)) == (0.3, 0.9)


@given(VALUES, st.floats(0, 100))
def test_english_as_its_own_reference(english, threshold):
    """With English as the language, every method that compares with English returns the English threshold."""
    for name in ("English", "MeanStd", "Quantile", "MedianRatio"):
        for bound in ("max", "min"):
            found = METHODS[name](english, english, threshold, bound)
            if english.std == 0 and name == "MeanStd":
                assert found in (None, pytest.approx(threshold))
            elif found is not None or name != "MedianRatio":
                assert found == pytest.approx(threshold, abs=1e-9)


def test_ten_tail_of_english_where_english_removes_a_tenth():
    """10Tail gives the English threshold where that removes a tenth, and English keeps its own in any case."""
    grid = distribution(np.arange(1, 1001) / 1000)
    assert ten_tail(grid, grid, 0.9001, "max") == pytest.approx(0.9001)
    for rule in TUNABLE:
        found = by_each_method("eng_Latn", rule, grid, grid)
        assert found == dict.fromkeys(METHODS, getattr(LanguageConfig(), rule.threshold))


@given(VALUES, VALUES, st.floats(0, 100), st.floats(0, 100))
def test_monotone_in_the_english_threshold(own, english, first, second):
    """A laxer English threshold never gives a stricter one, by any method."""
    low, high = sorted((first, second))
    for bound in ("max", "min"):
        for method in METHODS.values():
            found = method(own, english, low, bound), method(own, english, high, bound)
            if None not in found:
                assert found[0] <= found[1] + 1e-9


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=1, max_size=30),
    VALUES,
    st.floats(0, 100),
)
def test_monotone_in_the_languages_values(pairs, english, threshold):
    """Larger values never give a smaller threshold by the methods of order; a shift of all never does by any."""
    low = distribution([value for value, _ in pairs])
    high = distribution([value + more for value, more in pairs])
    shifted = distribution([value + 3 for value, _ in pairs])
    for bound in ("max", "min"):
        for name, method in METHODS.items():
            before, moved = (method(own, english, threshold, bound) for own in (low, shifted))
            if name != "MeanStd":
                after = method(high, english, threshold, bound)
                assert None in (before, after) or before <= after + 1e-9
            assert None in (before, moved) or before <= moved + 1e-9


@given(st.randoms(use_true_random=False))
def test_order_of_documents_does_not_matter(random):
    """The same documents in another order give the same thresholds, to the last bit."""
    rng = np.random.default_rng(5)
    own = columns(300, n_newlines=rng.integers(0, 900, 300), n_top_2_gram_chars=rng.integers(0, 400, 300))
    order = list(range(300))
    random.shuffle(order)
    english = {"crawl": distributions(columns(50, n_newlines=np.arange(50) * 9))}
    first, second = (
        fit("deu_Latn", {"crawl": distributions(found)}, english, PROXY)
        for found in (own, {name: values[order] for name, values in own.items()})
    )
    assert first == second


def test_published_choice_of_methods():
    """10Tail and Quantile on the reference, MeanStd on the crawl; a flag changes one rule."""
    assert PUBLISHED["newline_word_ratio_max"] == ("10Tail", "reference")
    assert PUBLISHED["terminal_punctuation_line_fraction_min"] == ("10Tail", "reference")
    assert {PUBLISHED[key] for key in RULES if "word" in key and key != "newline_word_ratio_max"} == {
        ("Quantile", "reference")
    }
    assert {PUBLISHED[key] for key in RULES if "duplicate" in key or "top" in key} == {("MeanStd", "crawl")}
    assert choices({"newline_word_ratio_max": "Quantile"})["newline_word_ratio_max"] == (
        "Quantile",
        "reference",
    )
    for wrong, word in (({"newline_ratio": "Quantile"}, "did you mean 'newline_word_ratio_max'"),
                        ({"newline_word_ratio_max": "Quantle"}, "did you mean 'Quantile'"),
                        ({"newline_word_ratio_max": "Quantile@wiki"}, "known: reference, crawl")):  # fmt: skip
        with pytest.raises(PolysiftError, match=word):
            choices(wrong)


def fitted(key, values, count=None, clip=True, label="deu_Latn", methods=None):
    """One threshold fitted on values (of 1000) of the rule's measure; English has an even spread."""
    rule = RULES[key]
    own = columns(len(values), **{rule.numerator: np.asarray(values)})
    english = {"crawl": distributions(columns(1001, **{rule.numerator: np.arange(1001)}))}
    return fit(label, {"crawl": distributions(own)}, english, PROXY, methods, clip)[key]


def test_off_bounds_become_none():
    """A least share of 0, or a largest share of 1, can remove nothing: the rule is off, without a sentinel."""
    assert fitted("terminal_punctuation_line_fraction_min", [0] * 300 + list(range(1000))).value is None
    constant = fitted("duplicate_line_fraction_max", [1000] * 2000, methods={DUPLICATE_LINES: "10Tail"})
    assert constant.value is None
    assert fitted("mean_word_length_min", [1000] * 2000).value is None  # every word one character long


def test_guard_rails_clip_and_report():
    """A rule that alone removes over three quarters is moved to three quarters; one that removes nothing, to 0.1 %."""
    values = np.arange(2000) // 2
    harsh = fitted("newline_word_ratio_max", values, methods={"newline_word_ratio_max": "MedianRatio"})
    assert harsh.removed["crawl"] <= 0.75
    english = {"crawl": distributions(columns(1001, n_newlines=np.arange(1001) + 900))}
    own = {"crawl": distributions(columns(2000, n_newlines=values + 100))}
    for clip in (True, False):
        found = fit("deu_Latn", own, english, PROXY, {"newline_word_ratio_max": "English"}, clip)
        assert any(
            "alone removes 79.9%, more than 75%" in note for note in found["newline_word_ratio_max"].notes
        )
        assert found["newline_word_ratio_max"].removed["crawl"] == pytest.approx(
            0.75 if clip else 0.799, abs=2e-3
        )
    lax = fitted("newline_word_ratio_max", values // 10, methods={"newline_word_ratio_max": "English"})
    assert lax.notes == ("no reference",) or "clipped: removes nothing" in lax.notes
    assert lax.removed["crawl"] <= 0.011


def test_few_documents_shrink_to_the_proxy():
    """Ten documents have a tenth of the say; a thousand have all; the source says whose the rest is."""
    few, many = fitted("newline_word_ratio_max", [400] * 10), fitted("newline_word_ratio_max", [400] * ENOUGH)
    assert few.value == pytest.approx(0.1 * 0.4 + 0.9 * 0.2)
    assert (few.weight, few.proxy) == (pytest.approx(0.1), "nob_Latn")
    assert "weight 0.10; the rest of nob_Latn" in few.source
    assert (many.weight, many.proxy) == (1.0, None)
    assert (
        fitted("mean_word_length_min", [5000] * 10).value is None
    )  # off in the proxy, which has more weight


def test_relatives_that_contradict_the_documents_are_left_out():
    """Where only the mixture with a relative's threshold removes over three quarters, the own one stands."""
    values = 1500 + np.arange(250) * 2  # mean word lengths of 1.5 to 2; the relative asks for 4
    proxy = Proxy("ksw_Mymr", LanguageConfig(mean_word_length_min=4.0))
    key = "mean_word_length_min"
    own = {"crawl": distributions(columns(250, n_non_symbol_word_chars=values))}
    english = {"crawl": distributions(columns(1001, n_non_symbol_word_chars=np.arange(1001) * 10))}
    found = fit("mya_Mymr", own, english, proxy, {key: "10Tail"})[key]
    assert found.value == pytest.approx(1.55, abs=0.01)
    assert found.removed["crawl"] == pytest.approx(0.1, abs=0.01)
    assert (found.weight, found.proxy) == (1.0, None)
    assert "not mixed with ksw_Mymr: that alone removes 100.0%" in found.notes
    few = {"crawl": distributions(columns(50, n_non_symbol_word_chars=values[:50]))}
    assert fit("mya_Mymr", few, english, proxy, {key: "10Tail"})[key].proxy == "ksw_Mymr"


def test_a_corpus_of_very_few_documents_is_not_fitted_on():
    """A reference of 29 documents is passed over for a crawl of more, and the source says so; one of 30 is not."""
    crawl, english = (
        distributions(columns(500)),
        {"crawl": distributions(columns(100, n_newlines=np.arange(100)))},
    )
    for count, corpus in ((29, "crawl"), (30, "reference")):
        own = {"reference": distributions(columns(count)), "crawl": crawl}
        found = fit("deu_Latn", own, english, PROXY)["newline_word_ratio_max"]
        assert found.corpus == corpus
        assert ("only 29 documents in the reference" in found.notes) == (count == 29)


def test_constant_measures_are_said():
    """A measure that is the same in every document gives a threshold, and a note."""
    assert "constant measure, 0.4 in every document" in fitted("newline_word_ratio_max", [400] * 2000).notes


def test_no_document_is_an_error():
    """There is nothing to fit on."""
    with pytest.raises(PolysiftError, match="deu_Latn: no document to fit thresholds on"):
        fitted("newline_word_ratio_max", [])


def test_scores_of_few_documents_shrink_too():
    """language_score by the formula; with 0 documents it is the proxy's."""
    assert fit_score(np.full(100, 0.6), PROXY).value == 0.6
    nothing = fit_score(np.empty(0), PROXY)
    assert (nothing.value, nothing.weight) == (PROXY.config.language_score_min, 0.0)


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans()), max_size=12), st.floats(0, 1)
)
def test_score_for_a_precision_is_the_lowest_that_reaches_it(pairs, precision):
    """The same as trying every score as the threshold."""
    scores = np.array([score for score, _ in pairs], dtype=float)
    right = np.array([good for _, good in pairs], dtype=bool)
    reached = [s for s in sorted({*scores.tolist()}) if right[scores >= s].mean() >= precision]
    assert score_for_precision(scores, right, precision) == (reached[0] if reached else None)


def test_a_sketch_stands_for_the_distribution():
    """Quantiles of a sketch are those of the documents within a step, mean and deviation the same."""
    full = distribution(np.random.default_rng(2).exponential(size=10_000))
    small = sketch(full)
    assert (len(small.values), small.documents, small.mean, small.std) == (
        SKETCH_POINTS,
        10_000,
        full.mean,
        full.std,
    )
    for share in (0.01, 0.1, 0.5, 0.9):
        assert small.quantile(share) == pytest.approx(full.quantile(share), rel=0.05)
    for rule in TUNABLE:
        assert len(measured(rule, columns(3))) == 3
