"""The dataset's card and summary, and that `datasets` loads what they describe."""

from __future__ import annotations

import json
import re
import shutil

import pytest
import yaml
from polysift.langid.languages import languages as known_languages

STAGES = {
    *("scan", "annotate", "lines", "boilerplate", "bands", "groups", "components", "sets"),
    *("deal", "links", "blocks", "dedup", "index"),
    *("decide", "weights", "export", "card"),
}


@pytest.fixture(scope="module")
def card(finished):
    """The front matter and the text of README.md."""
    text = (finished.output / "README.md").read_text("utf-8")
    _, head, body = text.split("---\n", 2)
    return yaml.safe_load(head), body


@pytest.fixture
def load_dataset(tmp_path, monkeypatch):
    """`datasets.load_dataset` without network, with its cache in the test's folder."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")
    return lambda folder, name: datasets.load_dataset(str(folder), name, cache_dir=str(tmp_path / "cache"))


def test_front_matter_says_what_the_dataset_is(card, finished):
    """Name, licence, languages, size and one config per language and kind are in the front matter."""
    head, _ = card
    kept = [label for label, counts in finished.summary["languages"].items() if counts["kept"]]
    removed = [label for label, counts in finished.summary["languages"].items() if counts["removed"]]
    assert (head["pretty_name"], head["license"]) == ("polysift dataset", "other")
    assert head["language"] == sorted({label[:3] for label in kept})
    assert head["size_categories"] == ["n<1K"]
    assert [config["config_name"] for config in head["configs"]] == [
        *kept,
        *(f"{label}_removed" for label in removed),
    ]
    for config in head["configs"]:
        (files,) = config["data_files"]
        assert files["split"] == "train"
        assert list(finished.output.glob(files["path"]))


def test_table_lists_each_language_with_its_numbers(card, finished):
    """Each language has a line: label, name, documents in and kept, by what the others went, bytes of text."""
    _, body = card
    rows = {
        cells[1]: cells[2:]
        for line in body.splitlines()
        if (cells := re.split(r" *\| *", line)) and len(cells) > 8
    }
    for label, counts in finished.summary["languages"].items():
        removed = dict(counts["removed"])
        duplicates, score = removed.pop("duplicate", 0), removed.pop("language_score_min", 0)
        numbers = (counts["documents"], counts["kept"], duplicates, score, sum(removed.values()))
        assert rows[label][:6] == [known_languages()[label].name, *map(str, numbers)]
        assert re.fullmatch(r"0 B|[\d.]+ kB", rows[label][6])
    for reason, count in finished.summary["totals"]["removed"].items():
        assert f"| `{reason}` | {count} |" in body


def test_card_explains_every_column(card, finished, rows):
    """Each column that polysift writes, measures apart, is explained in the card."""
    _, body = card
    explained = {
        name for names in re.findall(r"^\| `([^`]+)` \|", body, re.M) for name in re.findall(r"\w+", names)
    }
    columns = set(rows(finished.output)[0]) - {"source", "lang", "place", "rank", "crawler"}
    assert columns | {"reason", "duplicate_of", "similarity"} <= explained


def test_card_takes_name_licence_and_description_from_the_config(config, polysift, finished, tmp_path):
    """A changed card section rewrites the card alone."""
    for name in ("work", "dataset"):
        shutil.copytree(finished.output.parent / name, tmp_path / name)
    named = {"name": "Crawl: a sample", "license": "cc-by-4.0", "description": "Páginas de teste. 测试页面。"}
    result = polysift("run", config(card=named))
    assert result.code == 0
    assert "export    up to date" in result.err
    assert "card      stale: 1 of 1 units: card.description changed from '' to 'Páginas" in result.err
    text = (tmp_path / "dataset" / "README.md").read_text("utf-8")
    head = yaml.safe_load(text.split("---\n")[1])
    assert (head["pretty_name"], head["license"]) == (named["name"], named["license"])
    assert f"# {named['name']}\n" in text
    assert named["description"] in text


def test_summary_has_every_number(finished):
    """summary.json has the counts of each language and in total, and the seconds of each stage."""
    summary = finished.summary
    for counts in (*summary["languages"].values(), summary["totals"]):
        assert {"documents", "kept", "removed", "quarantined"} <= counts.keys()
        assert all(isinstance(counts[key], int) for key in ("documents", "kept", "quarantined"))
        assert all(isinstance(count, int) and count > 0 for count in counts["removed"].values())
    for key in ("documents", "kept", "quarantined"):
        assert summary["totals"][key] == sum(counts[key] for counts in summary["languages"].values())
    assert summary["stages"].keys() == STAGES
    assert all(
        of["seconds"] > 0 for name, of in summary["stages"].items() if of["units"] and name != "weights"
    )


@pytest.mark.parametrize("label", ["por_Latn", "arb_Arab", "cmn_Hani"])
def test_datasets_loads_a_language(load_dataset, finished, rows, label):
    """`load_dataset(FOLDER, LABEL)` gives the kept documents of that language with all their columns."""
    found = load_dataset(finished.output, label)
    assert list(found) == ["train"]
    assert found["train"].to_list() == rows(finished.output, "data", label)


def test_datasets_loads_what_was_removed(load_dataset, finished, rows):
    """`load_dataset(FOLDER, "LABEL_removed")` gives the removed documents with reason and measures."""
    found = load_dataset(finished.output, "por_Latn_removed")["train"].to_list()
    assert found == rows(finished.output, "removed", "por_Latn")
    assert {row["reason"] for row in found} == {"duplicate", "terminal_punctuation_line_fraction_min"}


def test_datasets_loads_several_shards(load_dataset, config, polysift, finished, rows, tmp_path):
    """A language of several files loads as one."""
    for name in ("work", "dataset"):
        shutil.copytree(finished.output.parent / name, tmp_path / name)
    assert polysift("run", config(export={"shard_bytes": "6 KB"})).code == 0
    assert len(list(tmp_path.glob("dataset/data/jpn_Jpan/*"))) > 1
    found = load_dataset(tmp_path / "dataset", "jpn_Jpan")["train"].to_list()
    assert found == rows(finished.output, "data", "jpn_Jpan")


def test_a_dataset_of_which_nothing_is_kept(load_dataset, config, polysift, finished, tmp_path):
    """Rules that remove everything leave a valid card, and the removed documents load."""
    for name in ("work", "dataset"):
        shutil.copytree(finished.output.parent / name, tmp_path / name)
    result = polysift("run", config(rules={"word_count_max": 1, "word_count_min": None}))
    assert result.code == 0
    assert "0 of 33 documents kept" in result.out
    assert not list(tmp_path.glob("dataset/data/*/*.parquet"))
    head = yaml.safe_load((tmp_path / "dataset" / "README.md").read_text("utf-8").split("---\n")[1])
    assert all(config["config_name"].endswith("_removed") for config in head["configs"])
    assert len(load_dataset(tmp_path / "dataset", "hin_Deva_removed")["train"]) == 3


def test_datasets_loads_both_splits(load_dataset, config, polysift, finished, rows, tmp_path):
    """With half of the documents held out, each language loads as train and test, no cluster in both."""
    for name in ("work", "dataset"):
        shutil.copytree(finished.output.parent / name, tmp_path / name)
    assert polysift("run", config(splits={"test_fraction": 0.5})).code == 0
    found = load_dataset(tmp_path / "dataset", "rus_Cyrl")
    assert set(found) == {"train", "test"}
    kept = {row["id"]: row for row in rows(finished.output, "data", "rus_Cyrl")}
    assert len(found["test"]) == len(kept) // 2
    both = [*found["train"], *found["test"]]
    assert {row["id"]: row for row in both} == kept
    clusters = [set(found[split]["minhash_cluster_id"]) for split in ("train", "test")]
    assert clusters[0].isdisjoint(clusters[1])
    summary = json.loads((tmp_path / "dataset" / "summary.json").read_text("utf-8"))
    assert summary["languages"]["rus_Cyrl"]["test_documents"] == len(found["test"])
