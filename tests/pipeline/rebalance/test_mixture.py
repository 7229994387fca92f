from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.errors import PolysiftError
from polysift.pipeline.config import Mixture
from polysift.pipeline.rebalance.mixture import Supply, portions, tempered, unimax
from polysift.pipeline.rebalance.plan import allocate

sizes = st.dictionaries(
    st.sampled_from(["por_Latn", "spa_Latn", "glg_Latn", "rus_Cyrl", "hin_Deva", "jpn_Jpan"]),
    st.integers(1, 10**9),
    min_size=1,
)


@given(sizes, st.integers(1, 10**10), st.floats(0.5, 10))
def test_unimax_is_even_up_to_the_cap(available, budget, epochs):
    """Nobody gets more than the cap allows, whoever gets less than another is at the cap, the budget is used up."""
    units = unimax(available, budget, epochs)
    capacity = {label: size * epochs for label, size in available.items()}
    assert sum(units.values()) == pytest.approx(min(budget, sum(capacity.values())))
    most = max(units.values())
    for label, got in units.items():
        assert got <= capacity[label] * (1 + 1e-9)
        assert got == pytest.approx(capacity[label]) or got == pytest.approx(most)


@given(sizes, st.integers(1, 10**10), st.floats(1, 20))
def test_temperature_flattens(repeated, budget, temperature):
    """The whole budget is given out, in the order of the sizes, no ratio larger than that of the sizes."""
    units = tempered(repeated, budget, temperature)
    assert sum(units.values()) == pytest.approx(budget)
    largest, smallest = max(repeated, key=repeated.get), min(repeated, key=repeated.get)
    assert units[largest] >= units[smallest] * (1 - 1e-9)
    assert units[largest] / units[smallest] <= repeated[largest] / repeated[smallest] * (1 + 1e-9)


def supply(once, repeated):
    return Supply(documents=10, available=once, repeated=repeated, bytes=6 * repeated, copies=20)


SUPPLY = {"por_Latn": supply(1000, 3000), "glg_Latn": supply(100, 100), "xho_Latn": supply(0, 0)}


def test_without_a_budget_each_language_is_passed_over_once():
    """One pass takes each document as often as its weight."""
    found = portions(SUPPLY, allocate(Mixture(), SUPPLY))
    assert found["por_Latn"].passes == found["glg_Latn"].passes == 1
    assert found["por_Latn"].epochs == 3
    assert found["xho_Latn"].units == 0


def test_unimax_counts_repeats_against_the_cap():
    """Four epochs of a text that each pass repeats three times are one pass and a third."""
    settings = Mixture(budget=10**9, sampling="unimax", max_epochs=4)
    found = portions(SUPPLY, allocate(settings, SUPPLY))
    assert found["por_Latn"].epochs == found["glg_Latn"].epochs == 4
    assert found["por_Latn"].passes == pytest.approx(4 / 3)


def test_fixed_shares_are_kept():
    """Shares divide the budget, under any spelling of a label; a language that is not named gives nothing."""
    settings = Mixture(budget=1000, sampling="shares", shares={"pt": 0.25, "glg_Latn": 0.75})
    found = portions({**SUPPLY, "spa_Latn": supply(50, 50)}, allocate(settings, SUPPLY))
    assert [found[label].share for label in ("por_Latn", "glg_Latn", "spa_Latn")] == [0.25, 0.75, 0]
    twice = Mixture(budget=1000, sampling="shares", shares={"pt": 0.25, "por_Latn": 0.25, "glg_Latn": 0.5})
    assert allocate(twice, SUPPLY) == {"por_Latn": 500, "glg_Latn": 500}


def test_a_share_of_what_is_not_there():
    """A language without text cannot have a share: the error names it and those that are there."""
    settings = Mixture(budget=1000, sampling="shares", shares={"xho_Latn": 1})
    with pytest.raises(PolysiftError, match="no text in xho_Latn"):
        allocate(settings, SUPPLY)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"unit": "tokens"}, "unit: tokens and tokenizer: FILE go together"),
        ({"budget": 10, "sampling": "shares"}, "go together"),
        ({"budget": 10, "sampling": "shares", "shares": {"por_Latn": 0.5}}, "must add up to 1"),
        ({"sampling": "unimax"}, "sampling: unimax needs a budget"),
    ],
)
def test_what_does_not_go_together_is_said(config, polysift, settings, words):
    """Keys of the mixture that contradict each other are errors of the config."""
    result = polysift("run", config(rebalance={"mixture": settings}))
    assert result.code == 2
    assert words in result.err
