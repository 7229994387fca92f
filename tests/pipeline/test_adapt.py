from __future__ import annotations

import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.methods import language_score
from polysift.filters.thresholds import THRESHOLDS
from polysift.langid.errors import PolysiftError
from polysift.pipeline.config_file import load


def test_language_score_auto_is_short_for_it(tmp_path):
    """`language_score: auto` is `language_id: {threshold: auto}`; giving both is an error."""
    file = tmp_path / "run.yml"
    for content, threshold in (("language_score: auto", "auto"), ("language_score: 0.5", 0.5)):
        file.write_text(f"input: {{path: .}}\noutput: out\n{content}\n")
        assert load(file).language_id.threshold == threshold
    file.write_text("input: {path: .}\noutput: out\nlanguage_score: auto\nlanguage_id: {threshold: 0.5}\n")
    with pytest.raises(PolysiftError, match="language_score: no such key"):
        load(file)


@pytest.fixture
def unknown(documents, tmp_path):
    """The documents with a column of labels, the Portuguese ones of a language that has no config."""
    folder = tmp_path / "labelled"
    folder.mkdir()
    rng = np.random.default_rng(3)
    rows = [
        row
        | {
            "lang": "xyz_Latn" if row["lang"] == "por_Latn" else row["lang"],
            "score": float(rng.uniform(0.2, 1)),
        }
        for row in documents
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
    return {"path": str(folder)}, rows


def manifest(tmp_path, label):
    return json.loads((tmp_path / "work" / "decide" / f"{label}.json").read_text())


def test_scores_set_their_own_threshold(config, polysift, unknown, tmp_path):
    """With `auto`, language_score_min is median - std of the run's own scores under each label, in dedup and decide."""
    section, rows = unknown
    identify = {"model": "column:lang", "score_column": "score", "threshold": "auto"}
    result = polysift("run", config(input=section, language_id=identify))
    assert result.code == 0, result.err
    scores = np.array([row["score"] for row in rows if row["lang"] == "jpn_Jpan"])
    found = manifest(tmp_path, "jpn_Jpan")["thresholds"]["language_score_min"]
    weight = min(1.0, (len(scores) / 30) ** 0.5)
    assert "median - std on the crawl" in found["source"]
    lent = LanguageConfigs().proxy_of("jpn_Jpan")[1].language_score_min
    assert found["value"] == pytest.approx(weight * language_score(scores) + (1 - weight) * lent, abs=1e-4)
    removed = manifest(tmp_path, "jpn_Jpan")["removed"].get("language_score_min", 0)
    assert removed == int((scores < found["value"]).sum())


def test_a_label_without_a_config_adapts(config, polysift, unknown, tmp_path):
    """Its thresholds come from its own documents and, as these are few, mostly from elsewhere; each value says so."""
    section, _ = unknown
    path = config(input=section, language_id={"model": "column:lang"})
    first = polysift("run", path)
    assert first.code == 0
    assert re.search(r"from their own documents.*: 1: xyz_Latn \(\d+\)", " ".join(first.out.split()))
    found = manifest(tmp_path, "xyz_Latn")["thresholds"]
    assert len(found) == 16
    assert "the rest of the defaults" in found["mean_word_length_max"]["source"]
    assert found["newline_word_ratio_max"]["source"].startswith("auto: 10Tail on the crawl")
    summary = json.loads((tmp_path / "dataset" / "summary.json").read_text())
    assert summary["languages"]["xyz_Latn"]["thresholds"] == found
    assert summary["languages"]["spa_Latn"]["thresholds"] == {}
    card = (tmp_path / "dataset" / "README.md").read_text("utf-8")
    for key, entry in found.items():
        assert f"| xyz_Latn | `{key}` | " in card
        assert f" | {entry['source'].removeprefix('auto: ')} |" in card
    assert "| spa_Latn | `mean_word_length_max` |" not in card
    shown = polysift("languages", "xyz_Latn", "--config", path).out
    assert "auto: 10Tail on the crawl" in shown
    again = polysift("run", path)
    assert "decide    up to date" in again.err


def test_adaptation_can_be_switched_off(config, polysift, unknown, tmp_path):
    """With `languages.adapt: false` such a label takes its relatives' or the default thresholds as they are."""
    section, _ = unknown
    path = config(input=section, language_id={"model": "column:lang"}, languages={"adapt": False})
    assert polysift("decide", path).code == 0
    assert manifest(tmp_path, "xyz_Latn")["thresholds"] == {}


def test_rules_of_the_run_win(config, polysift, unknown, tmp_path):
    """A threshold that the run sets for all languages is not fitted."""
    section, _ = unknown
    path = config(input=section, language_id={"model": "column:lang"}, rules={"newline_word_ratio_max": 0.7})
    assert polysift("decide", path).code == 0
    assert "newline_word_ratio_max" not in manifest(tmp_path, "xyz_Latn")["thresholds"]


@pytest.mark.parametrize("threshold", [None, "auto"])
def test_an_index_knows_what_the_runs_own_thresholds_let_through(
    config, polysift, unknown, rows, tmp_path, threshold
):
    """Entries are of the documents whose score passes the fitted threshold, and pass the rules where `decide` keeps
    them by the fitted ones.
    """
    section, _ = unknown
    identify = {"model": "column:lang", "score_column": "score", "threshold": threshold}
    path = config(input=section, language_id=identify, dedup={"index": {"write": "index"}})
    assert polysift("run", path).code == 0
    for label in ("xyz_Latn", "jpn_Jpan"):
        reasons = {row["id"]: None for row in rows(tmp_path / "dataset", "data", label)}
        reasons |= {row["id"]: row["reason"] for row in rows(tmp_path / "dataset", "removed", label)}
        entries = pa.ipc.open_file(tmp_path / "index" / f"{label}.arrow").read_all()
        found = dict(zip(entries.column("id").to_pylist(), entries.column("passes").to_pylist(), strict=True))
        judged = {
            id: reason for id, reason in reasons.items() if reason not in ("language_score_min", "duplicate")
        }
        assert found == {id: reason is None for id, reason in judged.items()}


def test_the_best_of_a_cluster_passes_the_fitted_rules(config, polysift, unknown, rows, tmp_path):
    """keep: best asks the rules as `decide` does where these are fitted: a longer copy that only the default rules
    would pass is not kept.
    """
    section, documents = unknown
    first = next(row for row in documents if row["lang"] == "xyz_Latn")
    broken = first | {"id": "broken", "text": first["text"].replace(" ", " \n", 82)}
    pq.write_table(pa.Table.from_pylist([*documents, broken]), tmp_path / "labelled" / "a.parquet")
    others = dict.fromkeys({*THRESHOLDS} - {"newline_word_ratio_max", "language_score_min"})
    path = config(input=section, language_id={"model": "column:lang"}, rules=others, dedup={"keep": "best"})
    assert polysift("run", path).code == 0
    found = manifest(tmp_path, "xyz_Latn")["thresholds"]["newline_word_ratio_max"]["value"]
    (row,) = (row for row in rows(tmp_path / "dataset", "removed", "xyz_Latn") if row["id"] == "broken")
    default = LanguageConfigs().resolve("xyz_Latn").config.newline_word_ratio_max
    assert found < row["n_newlines"] / row["n_words"] < default
    assert row["reason"] == "duplicate"
