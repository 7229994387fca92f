from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from polysift.filters.language_config import LanguageConfig, LanguageConfigs
from polysift.filters.thresholds import KEYS
from polysift.langid.errors import PolysiftError
from polysift.langid.labels import canonical
from polysift.langid.languages import languages


def folder(path: Path, **files: str) -> Path:
    path.mkdir()
    for label, content in files.items():
        (path / f"{label}.yml").write_text(content, encoding="utf-8")
    return path


def test_every_shipped_file_loads() -> None:
    """The 1,929 published language-scripts and English each have a file that sets every key they tune."""
    configs = LanguageConfigs()
    labels = configs.labels()
    assert len(labels) == 1930
    for label in labels:
        config, sources, proxy = configs.resolve(label)
        assert (canonical(label), proxy, tuple(sources)) == (label, None, KEYS)
        assert 8 <= len(config.stop_words) <= 64
        assert config.stop_word_count_min == 2
        assert sources["mean_word_length_max"] == f"configs/languages/{label}.yml"


def test_english_has_the_recipes_defaults() -> None:
    """English, which FineWeb2 leaves out, ships with the recipe's English defaults."""
    assert LanguageConfigs().resolve("eng_Latn").config == LanguageConfig()


def test_layers_win_key_by_key(tmp_path: Path) -> None:
    """The run's rules win over the later folder, that over the earlier one, that over the shipped file."""
    first = folder(
        tmp_path / "a", por_Latn="newline_word_ratio_max: 0.5\nstop_words: [de]\nword_count_min: 10\n"
    )
    second = folder(tmp_path / "b", por_Latn="newline_word_ratio_max: 0.6\nhash_word_ratio_max: 0.2\n")
    configs = LanguageConfigs([first, second], {"hash_word_ratio_max": None, "language_score_min": 0.5})
    config, sources, proxy = configs.resolve("por_Latn")
    assert config.newline_word_ratio_max == 0.6
    assert sources["newline_word_ratio_max"] == str(second / "por_Latn.yml")
    assert (config.stop_words, sources["stop_words"]) == (("de",), str(first / "por_Latn.yml"))
    assert (config.word_count_min, config.mean_word_length_max) == (10, 13)
    assert (config.hash_word_ratio_max, sources["hash_word_ratio_max"]) == (None, "rules")
    assert (config.language_score_min, sources["language_score_min"]) == (0.5, "rules")
    assert (sources["bullet_line_fraction_max"], proxy) == ("default", None)
    assert configs.resolve("spa_Latn").sources["newline_word_ratio_max"] == "configs/languages/spa_Latn.yml"


@pytest.mark.parametrize(
    ("label", "proxy"),
    [
        ("por_Cyrl", "por_Latn"),  # the same language in another script
        ("cmn_Latn", "cmn_Hani"),
        ("acq_Arab", "arb_Arab"),  # the largest of the same macro-language
        ("afb_Hebr", "heb_Hebr"),  # the largest of the family in the same script
        ("und_Zyyy", None),
    ],
)
def test_fallback(label: str, proxy: str | None) -> None:
    """A label without a file borrows thresholds, never stop words, and goes without their rule."""
    configs = LanguageConfigs()
    config, sources, found = configs.resolve(label)
    lender = configs.resolve(proxy).config if proxy else LanguageConfig()
    without = {"stop_words": (), "stop_word_candidates": (), "stop_word_count_min": None}
    assert (found, config) == (proxy, lender.model_copy(update=without))
    assert sources["mean_word_length_max"] == (
        f"fallback: {proxy} (configs/languages/{proxy}.yml)" if proxy else "default"
    )
    assert sources["stop_words"] == f"none of {label} are known"
    assert sources["stop_word_count_min"] == f"off: no stop words of {label} are known"


def test_own_stop_words_bring_their_rule_back(tmp_path: Path) -> None:
    """A user's stop words for a label that falls back are used, and so is the rule."""
    user = folder(tmp_path / "a", por_Cyrl="stop_words: [де, а]\n", cmn_Hani="hash_word_ratio_max: 0.25\n")
    config, sources, proxy = LanguageConfigs([user]).resolve("por_Cyrl")
    assert (config.stop_words, config.stop_word_count_min, proxy) == (("де", "а"), 2, "por_Latn")
    assert sources["stop_words"] == str(user / "por_Cyrl.yml")
    lent = LanguageConfigs([user]).resolve("cmn_Latn")
    assert lent.config.hash_word_ratio_max == 0.25
    assert lent.sources["hash_word_ratio_max"] == f"fallback: cmn_Hani ({user / 'cmn_Hani.yml'})"


def test_every_known_label_resolves() -> None:
    """Each label of FineWeb2, undetermined ones included, has a config with a source for each key."""
    configs = LanguageConfigs()
    for label in languages():
        assert tuple(configs.resolve(label).sources) == KEYS


def test_other_names_of_a_label(tmp_path: Path) -> None:
    """A file is found by any spelling of its label, and two files for one label are an error."""
    user = folder(tmp_path / "a", est_Latn="word_count_min: 7\n")
    assert LanguageConfigs([user]).resolve("ekk_Latn").config.word_count_min == 7
    (user / "ekk_Latn.yml").write_text("word_count_min: 8\n", encoding="utf-8")
    with pytest.raises(
        PolysiftError, match=r"stands for ekk_Latn, as ekk_Latn\.yml does; keep one of the two"
    ):
        LanguageConfigs([user])


def test_names_that_are_no_labels(tmp_path: Path) -> None:
    """A misspelt file name would be ignored silently, and is an error instead."""
    user = folder(tmp_path / "a", por_Lat="", portugues="")
    with pytest.raises(PolysiftError) as caught:
        LanguageConfigs([user])
    first, second = str(caught.value).splitlines()
    assert "por_Lat.yml" in first
    assert "did you mean 'por_Latn'?" in first
    assert "portugues.yml" in second


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that does not exist is an error that says what to give."""
    with pytest.raises(PolysiftError, match=r"languages\.configs: .*nowhere is no folder; give a folder of"):
        LanguageConfigs([tmp_path / "nowhere"])


def test_check_reads_every_user_file(tmp_path: Path) -> None:
    """`check` reports the errors of all files together; `resolve` reads only those of its language."""
    configs = LanguageConfigs([folder(tmp_path / "a", por_Latn="x: 1\n", rus_Cyrl="word_count_min: -1\n")])
    assert configs.resolve("spa_Latn").config.word_count_min == 50
    with pytest.raises(PolysiftError) as caught:
        configs.check()
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()] == [
        "x: no such key",
        "word_count_min: found -1, should be greater than or equal to 0",
    ]


def test_impossible_overrides() -> None:
    """Wrong thresholds for all languages are errors when the configs are made."""
    with pytest.raises(
        PolysiftError, match=r"^rules: word_count_min: found -1, .*\nrules: worc_count_max: no such key"
    ):
        LanguageConfigs(overrides={"word_count_min": -1, "worc_count_max": 5})


def test_files_that_contradict_each_other(tmp_path: Path) -> None:
    """A minimum over another file's maximum is an error that names the language and the places."""
    user = folder(tmp_path / "a", por_Latn="mean_word_length_min: 14\n")
    with pytest.raises(
        PolysiftError, match=r"por_Latn: mean_word_length_max: found 13.*from .*por_Latn\.yml"
    ):
        LanguageConfigs([user]).resolve("por_Latn")


def test_configs_travel_to_workers(tmp_path: Path) -> None:
    """Configs can be pickled, as executors send them to other processes."""
    configs = LanguageConfigs([folder(tmp_path / "a", por_Latn="word_count_min: 7\n")], {"word_count_max": 9})
    assert pickle.loads(pickle.dumps(configs)).resolve("por_Latn") == configs.resolve("por_Latn")
