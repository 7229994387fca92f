from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.precision import (
    CONTAMINATION_MAX,
    count_list_words,
    count_url_terms,
    list_hashes,
    list_word_counts,
    published,
    shipped_list,
    url_term_counts,
)
from polysift.filters.rules import PRECISION, REASONS, first_reason
from polysift.filters.thresholds import THRESHOLDS, LanguageConfig
from polysift.langid.kernels import words_from_lists

WORDS = st.lists(st.text(alphabet="aáß字ก🙂", min_size=1, max_size=4), max_size=12)
PATHS = ["", "/", "/jam/x", "?q=.jm", "#p%C3%A9"]
HOSTS = ["a.jm", "a.jm.", "b.org", "x.jm:80", "jm", "a.jmx", "[::1]"]
URLS = st.one_of(
    st.none(),
    st.text(alphabet="ajm./:?#%20é-P", max_size=20),
    st.builds("https://{}{}".format, st.sampled_from(HOSTS), st.sampled_from(PATHS)),
)  # fmt: skip


@given(st.lists(WORDS, max_size=6), WORDS)
def test_words_are_counted_like_the_reference(documents, listed):
    """The kernel counts a batch as the plain loop counts each document."""
    counts = list_word_counts(words_from_lists(documents), list_hashes(listed))
    assert counts.tolist() == [count_list_words(words, frozenset(listed)) for words in documents]


@given(
    st.lists(URLS, max_size=6),
    st.lists(st.sampled_from([".jm", "jam", "jamaica", "pé", ".co.jm"]), unique=True),
)
def test_url_terms_are_counted_like_the_reference(urls, terms):
    """Arrow's regular expressions find what Python's find, in any URL, null and empty ones too."""
    counts = url_term_counts(pa.array(urls, pa.string()), terms)
    assert counts.tolist() == [count_url_terms(url, terms) for url in urls]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://example.jm/page", True),
        ("http://user@example.JM:8080", True),
        ("//example.jm?x", True),
        ("https://example.jm.", True),
        ("https://example.com/page.jm", False),
        ("https://example.jm.com/", False),
        ("https://example.com/?to=http://example.jm/", False),
        ("https://examplejm/", False),
    ],
)
def test_a_top_level_domain_is_the_end_of_the_host(url, found):
    """What the published test meant to find: `.jm` at the end of the host, and nowhere else."""
    assert count_url_terms(url, [".jm"]) == url_term_counts(pa.array([url]), [".jm"])[0] == found


def test_short_terms_stand_alone():
    """A code such as `ain` is a term between other characters, not a piece of `maintain`; long ones match anywhere."""
    assert count_url_terms("https://x.org/ain/maintain", ["ain"]) == 1
    assert count_url_terms("https://maintain.org/", ["ain"]) == 0
    assert count_url_terms("https://myjamaicanlife.org/", ["jamaican"]) == 1


def test_published_lists_are_those_above_the_threshold():
    """510 of the 515 languages above a tenth have a published list, and their configs ask for the rule."""
    above = [label for label, found in published().items() if found.contamination > CONTAMINATION_MAX]
    lists = [label for label in above if shipped_list(label)]
    assert (len(published()), len(above), len(lists)) == (1900, 515, 510)
    configs = LanguageConfigs()
    assert [label for label in configs.labels() if configs.resolve(label).config.precision == 1] == sorted(
        lists
    )


def test_the_rule_removes_what_has_no_evidence():
    """No word of the list and no term in the URL: `precision`, after the quality rules; either one saves."""
    config = LanguageConfig(**{**dict.fromkeys(THRESHOLDS), "precision": 1, "word_count_min": 3})
    columns = {"n_chars": [9] * 4, "n_nonblank_lines": [1] * 4, "n_non_symbol_words": [5, 5, 5, 2],
               "n_list_words": [0, 1, 0, 0], "n_url_terms": [0, 0, 2, 0]}  # fmt: skip
    reasons = first_reason({name: np.array(values) for name, values in columns.items()}, config)
    assert [None if i < 0 else REASONS[i] for i in reasons] == [
        PRECISION.threshold,
        None,
        None,
        "word_count_min",
    ]


def test_a_list_of_ones_own(tmp_path):
    """A user's folder may bring lists; without one the rule is off, or it would remove every document."""
    (tmp_path / "por_Latn.yml").write_text("precision: 1\n")
    resolved = LanguageConfigs([tmp_path]).resolve("por_Latn")
    assert (resolved.config.precision, resolved.sources["precision"]) == (
        None,
        "off: no word list of por_Latn is known",
    )
    (tmp_path / "precision").mkdir()
    (tmp_path / "precision" / "por_Latn.words.txt").write_text("cafezinho\nfutebol\n")
    (tmp_path / "precision" / "por_Latn.urls.txt").write_text(".br\n")
    configs = LanguageConfigs([tmp_path])
    assert configs.precision_list("por_Latn") == (("cafezinho", "futebol"), (".br",))
    assert configs.resolve("por_Latn").config.precision == 1
