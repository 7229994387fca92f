from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.language_config import LanguageConfig
from polysift.filters.measures import MEASURES, measure
from polysift.filters.thresholds import THRESHOLDS
from polysift.pipeline.config import Config
from polysift.pipeline.decide import NO_LANGUAGE, REASONS, counts, decide, split_evenly
from polysift.pipeline.settings import wanted
from polysift.pipeline.stage import Run

GOOD = "five words are enough here"


def config(**thresholds):
    """A config in which all rules are off but a least number of words."""
    return LanguageConfig(**{**dict.fromkeys(THRESHOLDS), "word_count_min": 5, **thresholds})


def columns(texts, scores):
    rows = [measure(text, text.split(), LanguageConfig().stop_words) for text in texts]
    arrays = {name: np.array(values) for name, values in zip(MEASURES, zip(*rows, strict=True), strict=True)}
    arrays["stop_word_mask"] = arrays["stop_word_mask"].astype(np.uint64)
    return {**arrays, "language_score": np.array(scores)}


def reasons(texts, scores, keepers, config):
    found = decide(columns(texts, scores), {"keeper": np.array(keepers)}, config)
    return [None if index < 0 else REASONS[index] for index in found]


def test_reasons_come_in_the_recipes_order():
    """Score before duplicates before rules: a document that misses all has the first as its reason."""
    strict = config(language_score_min=0.5)
    found = reasons([GOOD, "short", "short", "short"], [0.9, 0.1, 0.9, 0.9], [0, 0, 0, 3], strict)
    assert found == [None, "language_score_min", "duplicate", "word_count_min"]


def test_a_score_equal_to_the_threshold_passes():
    """The recipe keeps `score >= threshold`."""
    assert reasons([GOOD], [0.5], [0], config(language_score_min=0.5)) == [None]


def test_a_threshold_of_none_is_off():
    """Without a language_score threshold any score passes."""
    assert reasons([GOOD], [0.0], [0], config()) == [None]


def test_an_excluded_language_has_its_own_reason():
    """All documents of a language that the run does not want are removed with one reason."""
    assert reasons([GOOD, GOOD], [1.0, 1.0], [0, 1], None) == ["language_excluded"] * 2


def test_the_funnel_of_a_language_adds_up():
    """Documents are kept plus removed, and repeated ids are counted."""
    found = counts(np.array([-1, 1, 1, 2], np.int8), np.array([7, 7, 8, 9], np.uint64))
    assert found["documents"] == found["kept"] + sum(found["removed"].values()) == 4
    assert found["removed"] == {REASONS[1]: 2, REASONS[2]: 1}
    assert found["duplicate_ids"] == 1


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 100))
def test_shards_cover_every_document_once_within_their_size(sizes, most):
    """Ranges are in order, hold every document with bytes, and exceed the limit only by a single document."""
    ranges = split_evenly(np.array(sizes, np.float64), most)
    covered = [i for start, stop in ranges for i in range(start, stop)]
    assert covered == sorted(set(covered))
    assert sum(sizes[i] for i in covered) == sum(sizes)
    for start, stop in ranges:
        held = [size for size in sizes[start:stop] if size]
        assert held
        assert sum(held) <= most or len(held) == 1


@pytest.mark.parametrize("count", [1, 2, 7])
def test_equal_documents_make_even_shards(count):
    """Ten times as much as a shard holds becomes equal shards, no small rest at the end."""
    ranges = split_evenly(np.full(100, 10.0), 1000 // count)
    sizes = {stop - start for start, stop in ranges}
    assert max(sizes) - min(sizes) <= max(sizes) // 2


def test_text_in_no_language_has_a_reason_of_its_own():
    """A noise label that nobody asked for is no exclusion of a language."""
    columns = {"language_score": np.ones(2)}
    found = decide(columns, {"keeper": np.arange(2)}, None, NO_LANGUAGE)
    assert [REASONS[reason] for reason in found] == ["no_language"] * 2


def test_noise_labels_are_wanted_by_name_only(tmp_path):
    """und and zxx stay out unless `languages.include` names them; languages are in unless it does not."""
    base = {"input": {"path": str(tmp_path)}, "output": str(tmp_path / "out")}
    every, some = (
        Run(Config.model_validate({**base, "languages": {"include": names}}))
        for names in (None, ["zxx_Latn"])
    )
    labels = ["por_Latn", "und_Zyyy", "zxx_Latn"]
    assert [wanted(every, label) for label in labels] == [True, False, False]
    assert [wanted(some, label) for label in labels] == [False, False, True]
