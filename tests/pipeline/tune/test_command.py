from __future__ import annotations

import re

import numpy as np
import pytest
import yaml
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.thresholds import KEYS


def test_configs_with_provenance(runs, polysift, tmp_path):
    """Each language gets a file that loads, with method, corpora, documents, date, versions and sources in it."""
    result = polysift("tune", runs.labelled, "--reference", runs.labelled, "--output", tmp_path)
    assert result.code == 0, result.err
    names = sorted(file.stem for file in tmp_path.glob("*.yml"))
    assert names == ["arb_Arab", "eng_Latn", "isl_Latn", "por_Latn"]
    configs = LanguageConfigs([tmp_path])
    configs.check()
    content = yaml.safe_load((tmp_path / "por_Latn.yml").read_text("utf-8"))
    provenance = content.pop("provenance")
    assert list(content) == [key for key in KEYS if key in content]
    assert {"method", "reference", "crawl", "date", "versions", "values"} <= provenance.keys()
    assert provenance["versions"]["words"] == "unicode"
    assert provenance["reference"]["documents"] > 10
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", provenance["date"])
    assert provenance["values"]["newline_word_ratio_max"].startswith("10Tail on the reference")
    assert provenance["values"]["top_2_gram_char_fraction_max"].startswith("MeanStd on the crawl")
    assert "thresholds lean on relatives" in " ".join(provenance["warnings"])
    assert 8 <= len(content["stop_words"]) <= len(content["stop_word_candidates"]) <= 64
    assert "de" in content["stop_words"]


def test_english_keeps_the_english_thresholds(runs, polysift, tmp_path):
    """Whatever the method, the thresholds of English are those that the others are measured against."""
    flags = [f"--method={rule}=MedianRatio" for rule in ("newline_word_ratio_max", "alpha_word_fraction_min")]
    polysift("tune", runs.labelled, "--output", tmp_path, "--label", "eng_Latn", "--no-words", *flags)
    tuned, shipped = (
        LanguageConfigs([tmp_path]).resolve("eng_Latn").config,
        LanguageConfigs().resolve("eng_Latn").config,
    )
    assert tuned.model_copy(update={"language_score_min": shipped.language_score_min}) == shipped


def test_the_same_annotations_give_the_same_bytes(runs, polysift, tmp_path, tree):
    """Two calls write equal files; no clock is read."""
    for name in ("a", "b"):
        polysift("tune", runs.labelled, "--reference", runs.labelled, "--output", tmp_path / name)
    assert tree(tmp_path / "a") == tree(tmp_path / "b") != {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--output", "{tmp}", "--reference", "{datatrove}"],
            r"words: 'datatrove' against 'unicode'.*--transfer-from",
        ),
        ([], "nothing to do; give --output FOLDER"),
        (["--output", "{tmp}", "--method", "newline_word_ratio_max=Tail"], "no method 'Tail'"),
        (["--output", "{tmp}", "--method", "newline_word_ratio_max"], "expected RULE=METHOD"),
        (["--output", "{tmp}", "--label", "deu_Latn"], "no document of deu_Latn"),
        (["--output", "{tmp}", "--target-precision", "0.9"], "name the column with --gold"),
        (
            ["--output", "{tmp}", "--target-precision", "0.9", "--gold", "language_"],
            "--gold language_: .* no such col",
        ),
        (["--output", __file__], "is a file; give a folder"),
        (
            ["--transfer-from", "{labelled}", "--output", "{tmp}"],
            "both have words: unicode; --transfer-from takes",
        ),
        (["--transfer-from", "{datatrove}", "--method", "a=b"], "--transfer-from does not go with --method"),
        (["--compare", "{tmp}", "{tmp}", "--output", "{tmp}"], "--compare does not go with --output"),
    ],
)
def test_wrong_usage(runs, polysift, tmp_path, options, words):
    """Contradictions, unknown names and annotations made with other settings are refused, saying which."""
    given = [
        option.format(tmp=tmp_path, datatrove=runs.datatrove, labelled=runs.labelled) for option in options
    ]
    result = polysift("tune", runs.labelled, *given)
    assert result.code == 1
    assert re.search(words, " ".join(result.err.split()))
    assert not list(tmp_path.iterdir())


def test_a_run_without_annotations(runs, polysift, tmp_path):
    """A run whose annotate is missing is refused, with what to run."""
    config = yaml.safe_load(runs.labelled.read_text()) | {"work": str(tmp_path / "none")}
    (tmp_path / "run.yml").write_text(yaml.safe_dump(config))
    result = polysift("tune", tmp_path / "run.yml", "--output", tmp_path / "out")
    assert result.code == 1
    assert "run `polysift" in " ".join(result.err.split())


def test_annotations_made_with_another_config(runs, polysift, tmp_path):
    """A run's config that has changed since is refused, and the message says which key."""
    changed = yaml.safe_load(runs.labelled.read_text()) | {"words": "datatrove"}
    path = runs.folder / "changed.yml"
    path.write_text(yaml.safe_dump(changed))
    result = polysift("tune", path, "--output", tmp_path / "out")
    assert result.code == 1
    assert "words changed from 'unicode' to 'datatrove'" in " ".join(result.err.split())


def test_a_reference_in_the_wrong_language(polysift, annotated, sample, tmp_path):
    """Portuguese text labelled Icelandic is noticed by language id."""
    rows = [row | {"lang": "isl_Latn"} for row in sample() if row["lang"] == "por_Latn"]
    run = annotated(tmp_path, "wrong", rows)
    result = polysift("tune", run, "--reference", run, "--output", tmp_path / "out", "--no-words")
    assert "isl_Latn: the reference may be in another language" in " ".join(result.out.split())
    assert "as por_Latn" in " ".join(result.out.split())


def test_ten_documents(polysift, annotated, sample, tmp_path):
    """Ten documents give a config that is nine tenths its relatives', and a warning."""
    rows = [row for row in sample() if row["lang"] == "por_Latn"][:10]
    run = annotated(tmp_path, "ten", rows)
    result = polysift("tune", run, "--output", tmp_path / "out")
    assert "10 documents of the crawl, fewer than 1,000; thresholds lean on relatives" in " ".join(
        result.out.split()
    )
    source = yaml.safe_load((tmp_path / "out" / "por_Latn.yml").read_text("utf-8"))["provenance"]["values"]
    assert "weight 0.10; the rest of the relatives" in source["mean_word_length_max"]


def test_a_score_for_a_precision(runs, polysift, tmp_path):
    """With labelled text the score threshold is the lowest one that reaches the precision."""
    options = [
        "--output",
        tmp_path,
        "--label",
        "por_Latn",
        "--no-words",
        "--target-precision",
        "0.9",
        "--gold",
        "lang",
    ]
    polysift("tune", runs.labelled, *options)
    content = yaml.safe_load((tmp_path / "por_Latn.yml").read_text("utf-8"))
    assert content["language_score_min"] == 1
    assert content["provenance"]["values"]["language_score_min"].startswith(
        "lowest score with precision 0.9 on lang"
    )


def test_comparison(runs, polysift, tmp_path):
    """Two folders: what each rule removes under either, what flips, and samples of what flips."""
    for name, threshold in (("a", 50), ("b", 150)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "por_Latn.yml").write_text(f"word_count_min: {threshold}\n")
    result = polysift(
        "tune", runs.labelled, "--compare", tmp_path / "a", tmp_path / "b", "--label", "por_Latn"
    )
    assert result.code == 0, result.err
    head, row = (line.split("\t") for line in result.out.splitlines()[:2])
    counts = dict(zip(head, row, strict=True))
    flipped = int(counts["now removed"])
    assert flipped > 0
    assert int(counts["kept"]) - int(counts["then"]) == flipped
    change = next(
        line.split("\t")[-1] for line in result.out.splitlines() if line.startswith("word_count_min")
    )
    assert int(change) >= flipped  # more than what flips: it comes before rules that had removed others
    assert result.out.count("now removed (word_count_min)") == min(3, flipped)


def test_presets_can_be_compared(runs, polysift, tmp_path):
    """The name of shipped presets stands for them; what is neither a folder nor a name of presets is an error."""
    (tmp_path / "a").mkdir()
    result = polysift("tune", runs.labelled, "--compare", "fineweb2", tmp_path / "a", "--label", "por_Latn")
    assert result.code == 0, result.err
    assert result.out.splitlines()[1].endswith("\t0\t0")  # no file of the folder, and the same presets
    wrong = polysift("tune", runs.labelled, "--compare", "fineweb3", tmp_path / "a")
    assert wrong.code == 1
    assert "fineweb3 is no folder" in " ".join(wrong.err.split())


def test_transfer_to_other_words(runs, polysift, tmp_path):
    """Thresholds of the recipe's words become those that remove the same share by Unicode words."""
    result = polysift("tune", runs.labelled, "--transfer-from", runs.datatrove, "--output", tmp_path)
    assert result.code == 0, result.err
    moved = yaml.safe_load((tmp_path / "arb_Arab.yml").read_text("utf-8"))
    assert "from words: datatrove to unicode by matching quantiles on" in moved["provenance"]["method"]
    assert moved["terminal_punctuation_line_fraction_min"] == (
        LanguageConfigs(presets="fineweb2").resolve("arb_Arab").config.terminal_punctuation_line_fraction_min
    )
    head, *rows = (line.split("\t") for line in result.out.splitlines() if line.count("\t") == 5)
    assert head == ["language", "threshold", "before", "after", "removed", "removes"]
    for row in rows:
        before, after = (float(cell.removesuffix("%")) for cell in row[-2:])
        assert abs(before - after) < 12, row


def test_transfer_needs_the_same_documents(runs, polysift, annotated, sample, tmp_path):
    """Other documents are refused."""
    other = annotated(tmp_path, "other", sample()[:-40], words="datatrove")
    result = polysift("tune", runs.labelled, "--transfer-from", other, "--output", tmp_path / "out")
    assert result.code == 1
    assert "are not over the same documents" in " ".join(result.err.split())


def test_the_order_of_documents_does_not_matter(polysift, annotated, sample, tmp_path, tree, monkeypatch):
    """Shuffled documents give the same bytes, also where only some of the texts are read."""
    monkeypatch.setattr("polysift.pipeline.tune.fit.WORDS_COUNTED", 12)
    monkeypatch.setattr("polysift.pipeline.tune.fit.DOCUMENTS_CHECKED", 7)
    monkeypatch.setattr("polysift.pipeline.tune.fit.CHECKED", 5)
    monkeypatch.setattr("polysift.pipeline.tune.fit.JUDGED", 1)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    found = []
    for name, seed in (("a", 1), ("b", 7)):
        rows = sample()
        (tmp_path / name).mkdir()
        shuffled = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]
        run = annotated(tmp_path / name, "run", shuffled)
        run.write_text(run.read_text().replace(str(tmp_path / name), "."))
        options = ["--target-precision", "0.9", "--gold", "lang", "--output", tmp_path / name / "out"]
        result = polysift("tune", run, "--reference", run, *options)
        assert result.code == 0, result.err
        found.append(tree(tmp_path / name / "out"))
    assert found[0] == found[1] != {}


def test_contamination_needs_documents(polysift, annotated, sample, tmp_path):
    """A word list is not used on the word of a few documents."""
    rows = [row for row in sample() if row["lang"] == "isl_Latn"][:5]
    other = [row for row in sample() if row["lang"] == "por_Latn"]
    run = annotated(tmp_path, "few", [row | {"lang": "fao_Latn"} for row in rows] + other)
    result = polysift("tune", run, "--reference", run, "--output", tmp_path / "out", "--label", "fao_Latn")
    assert "contamination" not in result.out
    assert "precision" not in yaml.safe_load((tmp_path / "out" / "fao_Latn.yml").read_text("utf-8"))


def test_a_reference_that_the_models_do_not_know(polysift, annotated, sample, tmp_path):
    """Text that is surely English under the label of a language that no model knows is noticed."""
    rows = [row | {"lang": "zyj_Latn"} for row in sample() if row["lang"] == "eng_Latn"]
    run = annotated(tmp_path, "unknown", rows)
    result = polysift("tune", run, "--reference", run, "--output", tmp_path / "out", "--no-words")
    assert "zyj_Latn: the reference may be in another language" in " ".join(result.out.split())
    assert "as eng_Latn" in result.out
