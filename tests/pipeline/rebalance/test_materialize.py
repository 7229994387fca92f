from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
import yaml
from polysift.pipeline.rebalance.materialize import copies, dealt, mix

WEIGHTS = {"weights": {1: 1, 2: 2, 3: 3, 5: 5}, "materialize": True}


@pytest.fixture(scope="module")
def mixed(crawl, tmp_path_factory, polysift):
    """A run that writes its mix in several shards a language."""
    folder = tmp_path_factory.mktemp("mixed")
    content = {
        "input": {"path": str(crawl), "slice_bytes": 24_000},
        "output": "dataset",
        "work": "work",
        "rebalance": WEIGHTS,
        "export": {"shard_bytes": "8 KB"},
        "executor": {"workers": 1},
    }
    (folder / "run.yml").write_text(yaml.safe_dump(content))
    result = polysift("run", folder / "run.yml")
    assert result.code == 0, result.err
    return folder


def test_each_document_stands_as_often_as_its_weight(mixed, rows):
    """One pass: the mix holds each document of the train split as often as upsample_weight says, unchanged."""
    data, mix_rows = (rows(mixed / "dataset", kind) for kind in ("data", "rebalanced"))
    assert Counter(row["id"] for row in mix_rows) == {row["id"]: row["upsample_weight"] for row in data}
    by_id = {row["id"]: row for row in data}
    assert all(row == by_id[row["id"]] for row in mix_rows)
    assert len(mix_rows) > len(data)


def test_copies_lie_in_different_shards(mixed):
    """Five copies of a document are spread over the shards of its language."""
    files = sorted((mixed / "dataset" / "rebalanced" / "jpn_Jpan").glob("*.parquet"))
    assert len(files) > 1
    holding = [file for file in files if 5 in pa.parquet.read_table(file)["upsample_weight"].to_pylist()]
    assert len(holding) > 1


def test_the_card_and_the_plan_describe_the_mix(mixed, rows):
    """README.md lists a config per language and one for all, summary.json and mixture.json the documents."""
    text = (mixed / "dataset" / "README.md").read_text("utf-8")
    configs = {
        of["config_name"]: of["data_files"] for of in yaml.safe_load(text.split("---\n")[1])["configs"]
    }
    assert configs["rebalanced"] == [{"split": "train", "path": "rebalanced/*/train-*.parquet"}]
    assert configs["por_Latn_rebalanced"][0]["path"] == "rebalanced/por_Latn/train-*.parquet"
    summary = json.loads((mixed / "dataset" / "summary.json").read_text())
    plan = json.loads((mixed / "dataset" / "mixture.json").read_text())
    for label, counts in summary["languages"].items():
        found = len(rows(mixed / "dataset", "rebalanced", label))
        assert counts["rebalanced_documents"] == found
        assert plan["languages"].get(label, {"mix_documents": 0})["mix_documents"] == found


def test_any_number_of_workers_gives_the_same_bytes(mixed, polysift, tree, crawl, tmp_path):
    """Four workers write the same mix as one, byte for byte."""
    content = yaml.safe_load((mixed / "run.yml").read_text())
    (tmp_path / "run.yml").write_text(yaml.safe_dump({**content, "executor": {"workers": 4}}))
    assert polysift("run", tmp_path / "run.yml").code == 0
    assert tree(tmp_path / "dataset") == tree(mixed / "dataset")


def test_a_mix_no_longer_wanted_goes(config, polysift, tmp_path):
    """Without `materialize` the next run removes rebalanced/ and mixture.json, and leaves the rest as it is."""
    assert polysift("run", config(rebalance=WEIGHTS)).code == 0
    assert (tmp_path / "dataset" / "mixture.json").exists()
    result = polysift("run", config(rebalance={"weights": WEIGHTS["weights"]}))
    assert "export    up to date" in result.err
    assert not (tmp_path / "dataset" / "mixture.json").exists()
    assert not (tmp_path / "dataset" / "rebalanced").exists()


def test_a_budget_of_tokens(config, polysift, rows, tmp_path):
    """With a tokenizer file the plan counts its tokens in the text as exported, each document once and repeated."""
    tokenizers = pytest.importorskip("tokenizers")
    model = tokenizers.Tokenizer(tokenizers.models.WordLevel({"?": 0}, unk_token="?"))
    model.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    model.save(str(tmp_path / "tokenizer.json"))
    budget = {"budget": 900, "unit": "tokens", "tokenizer": "tokenizer.json"}
    path = config(rebalance={"weights": WEIGHTS["weights"], "mixture": budget})
    result = polysift("run", path)
    assert result.code == 0, result.err
    plan = json.loads((tmp_path / "dataset" / "mixture.json").read_text())
    kept = rows(tmp_path / "dataset", "data", "por_Latn")
    counts = [len(model.encode(row["text"]).ids) for row in kept]
    found = plan["languages"]["por_Latn"]
    assert found["available"] == sum(counts)
    assert found["repeated"] == sum(n * row["upsample_weight"] for n, row in zip(counts, kept, strict=True))
    assert plan["units"] == pytest.approx(900)


def test_a_tokenizer_that_is_none(config, polysift, tmp_path):
    """A file of another kind, and none at all, are errors that name the key and the file."""
    for name in ("run.yml", "missing.json"):
        settings = {"budget": 9, "unit": "tokens", "tokenizer": name}
        result = polysift("run", config(rebalance={"mixture": settings}))
        assert result.code == 1
        assert "rebalance.mixture.tokenizer" in result.err
        assert name in result.err


def test_copies_are_rounded_by_chance_and_meet_their_mean():
    """Two passes and a half over a weight of three are seven or eight copies, seven and a half on average."""
    hashes = np.random.default_rng(0).integers(0, 2**63, 20_000).astype(np.uint64)
    found = copies(hashes, np.full(20_000, 3), 2.5, 1)
    assert set(found.tolist()) == {7, 8}
    assert abs(found.mean() - 7.5) < 0.02


def test_keys_depend_on_content_and_seed_alone():
    """A document's copies have the same keys wherever it stands; another seed deals anew."""
    table = pa.table({"id": [f"doc/{n}" for n in range(50)], "upsample_weight": [3] * 50})
    numbers, keys = dealt(table, 1, 1)
    turned, same = dealt(table.take(list(range(49, -1, -1))), 1, 1)
    assert {(int(n), int(k)) for n, k in zip(numbers, keys, strict=True)} == {
        (49 - int(n), int(k)) for n, k in zip(turned, same, strict=True)
    }
    assert len(set(keys.tolist())) == 150
    assert set(dealt(table, 1, 2)[1].tolist()).isdisjoint(keys.tolist())


def test_mixed_numbers_spread_evenly():
    """Consecutive numbers fall into ten shards alike."""
    counts = np.bincount((mix(np.arange(100_000, dtype=np.uint64), 3) % np.uint64(10)).astype(int))
    assert counts.min() > 9_500
