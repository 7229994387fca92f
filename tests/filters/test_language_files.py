from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.language_files import language_values, read_language_file
from polysift.langid.errors import PolysiftError

FINEWEB2 = Path(__file__).parent / "data" / "fineweb2"
SAMPLES = sorted(FINEWEB2.glob("*.yml"))


def written(folder: Path, content: str) -> Path:
    path = folder / "nob_Latn.yml"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_fineweb2s_files_load_as_they_are(path: Path) -> None:
    """Every number and stop word of a published file arrives under polysift's name, or as None where off."""
    published = yaml.safe_load(path.read_text(encoding="utf-8"))
    values = read_language_file(path)
    assert list(values.get("stop_words", ())) == published["stopwords"]
    assert values["language_score_min"] == published["language_score"]
    assert values["duplicate_line_fraction_max"] == (published["dup_line_frac"] or None)
    assert values["mean_word_length_min"] == (published["min_avg_word_length"] or None)
    assert values["mean_word_length_max"] == published["max_avg_word_length"]
    assert values["alpha_word_fraction_min"] == published["max_non_alpha_words_ratio"]
    assert values["newline_word_ratio_max"] == published["new_line_ratio"]
    off = published["line_punct_thr"] in (0, -1)
    assert values["terminal_punctuation_line_fraction_min"] == (None if off else published["line_punct_thr"])
    for n, threshold in published["top_n_grams"]:
        assert values[f"top_{n}_gram_char_fraction_max"] == threshold
    for n, threshold in published["dup_n_grams"]:
        assert values[f"duplicate_{n}_gram_char_fraction_max"] == threshold
    assert len(values) == 16 + 1


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_shipped_file_equals_the_published_one(path: Path) -> None:
    """The shipped config of a language and FineWeb2's own file of it decide alike."""
    shipped, own = (LanguageConfigs(folders, presets="fineweb2") for folders in ([], [FINEWEB2]))
    assert shipped.resolve(path.stem).config == own.resolve(path.stem).config


def test_both_spellings_in_one_file(tmp_path: Path) -> None:
    """A file may mix polysift's keys and FineWeb2's, and sets no more than it names."""
    path = written(tmp_path, "provenance: {source: me}\nnew_line_ratio: 0.2\nstop_words: [og, 'no']\n")
    assert read_language_file(path) == {"newline_word_ratio_max": 0.2, "stop_words": ("og", "no")}


def test_empty_file_sets_nothing(tmp_path: Path) -> None:
    """A file without keys is a config that changes nothing."""
    assert read_language_file(written(tmp_path, "# nothing yet\n")) == {}


def test_all_errors_of_a_file_at_once(tmp_path: Path) -> None:
    """Unknown keys, wrong types and impossible values are reported together, each in the file's own words."""
    path = written(
        tmp_path,
        "dup_line_frak: 0.3\n"
        "dup_n_grams: [[5, 0.1], [11, 0.1], [7, -1], 8]\n"
        "new_line_ratio: much\n"
        "mean_word_length_max: 9\n"
        "max_avg_word_length: 10\n"
        "stopwords: [og, no]\n"
        "stop_word_count_min: 1.5\n",
    )
    with pytest.raises(PolysiftError) as caught:
        read_language_file(path)
    assert str(caught.value).splitlines() == [
        f"{path}: dup_line_frak: no such key; did you mean 'dup_line_frac'?",
        f"{path}: dup_n_grams[1]: found [11, 0.1], should be [n, threshold] with n of 5, 6, 7, 8, 9, 10",
        f"{path}: dup_n_grams[3]: found 8, should be [n, threshold] with n of 5, 6, 7, 8, 9, 10",
        f"{path}: max_avg_word_length: mean_word_length_max is given twice",
        f"{path}: dup_n_grams[7]: found -1, should be greater than or equal to 0",
        f"{path}: new_line_ratio: found 'much', should be a valid number",
        f"{path}: stop_word_count_min: found 1.5, should be a valid integer",
        f"{path}: stopwords[1]: found False, should be a valid string; put it in quotes",
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("- og\n- i\n", "expected keys such as `stop_words:`, found list"), ("a: [\n", "not valid YAML: ")],
)
def test_files_that_are_no_config(tmp_path: Path, content: str, complaint: str) -> None:
    """A list, or text that is no YAML, is an error that names the file."""
    path = written(tmp_path, content)
    with pytest.raises(PolysiftError) as caught:
        read_language_file(path)
    assert str(caught.value).startswith(f"{path}: {complaint}")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and one that is no UTF-8 are errors that name the file."""
    path = tmp_path / "nob_Latn.yml"
    with pytest.raises(PolysiftError, match=r"nob_Latn\.yml: cannot read the language config \(No such file"):
        read_language_file(path)
    path.write_bytes(b"stop_words: [\xff]\n")
    with pytest.raises(PolysiftError, match=r"nob_Latn\.yml: not valid YAML: 'utf-8' codec"):
        read_language_file(path)


def test_only_fineweb2s_own_stand_ins_mean_off() -> None:
    """-1 stands for off in line punctuation alone, and 0 only where the recipe's filters take it so."""
    values = language_values({"line_punct_thr": -1, "dup_line_frac": 0, "new_line_ratio": 0}, "x")
    assert values == {
        "duplicate_line_fraction_max": None,
        "terminal_punctuation_line_fraction_min": None,
        "newline_word_ratio_max": 0,
    }
    with pytest.raises(PolysiftError, match="x: dup_line_frac: found -1"):
        language_values({"dup_line_frac": -1}, "x")
