from __future__ import annotations

import json

import pytest

LEARNED = {"weights": "learned", "min_documents": 0, "smoothing": False}


def test_a_file_of_removal_rates_gives_the_published_set(polysift, tmp_path):
    """`polysift weights --distribution FILE --max-repeats N` prints the set as published: here, that of pwg_Latn."""
    content = {
        "cluster_sizes": [1, 2, 3, 4, 5, 6, 7, 8, 9],
        "cluster_removal_rates": [95.62620012801365, 26.576576576576578, 23.4375, 69.23076923076923, 68.96551724137932,
                                  63.63636363636363, 73.68421052631578, 100.0, 80.0],
        "cluster_post_filtering_doc_counts": [205, 163, 49, 8, 9, 8, 5, 0, 1],
        "tail_threshold": 10,
        "tail_removal_rate": 100.0,
        "tail_post_filtering_doc_counts": 0,
        "global_removal_rate": 91.21396352225926,
    }  # fmt: skip
    (tmp_path / "pwg_Latn.json").write_text(json.dumps(content))
    draw = ("--pictures", tmp_path / "drawn")
    ten = polysift("weights", "--distribution", tmp_path / "pwg_Latn.json", "--max-repeats", 10, *draw)
    three = polysift("weights", "--distribution", tmp_path / "pwg_Latn.json", "--max-repeats", 3)
    assert json.loads(ten.out) == {"1": 1, "2": 10, "3": 6, "5": 5, "6": 3, "8": 2, "10": 1}
    assert json.loads(three.out) == {"1": 1, "2": 3, "3": 2, "7": 1}
    assert {file.name for file in (tmp_path / "drawn").iterdir()} == {
        "pwg_Latn-sizes.svg",
        "pwg_Latn-removal.svg",
    }


@pytest.mark.parametrize("arguments", [(), ("run.yml", "--distribution", "x.json")])
def test_either_a_run_or_a_file(polysift, arguments):
    """Neither or both is wrong usage."""
    result = polysift("weights", *arguments)
    assert result.code == 2
    assert "give either CONFIG or --distribution FILE" in result.err


def test_a_run_learns_from_its_own_decisions(config, polysift, rows, tmp_path):
    """Weights follow the removal rates of the run's keepers, and stand in the dataset by cluster size."""
    path = config(rebalance=LEARNED)
    printed = polysift("weights", path)
    assert printed.code == 0, printed.err
    sets = json.loads(printed.out)
    assert polysift("run", path).code == 0
    counts = json.loads((tmp_path / "work" / "decide" / "por_Latn.json").read_text())["cluster_sizes"]
    kept = rows(tmp_path / "dataset", "data", "por_Latn")
    judged = kept + [
        row for row in rows(tmp_path / "dataset", "removed", "por_Latn") if row["reason"] != "duplicate"
    ]
    for size, count, passed in zip(counts["size"], counts["judged"], counts["kept"], strict=True):
        assert count == sum(row["minhash_cluster_size"] == size for row in judged)
        assert passed == sum(row["minhash_cluster_size"] == size for row in kept)
    for label, weights in sets.items():
        for row in rows(tmp_path / "dataset", "data", label):
            starts = [int(size) for size in weights if int(size) <= row["minhash_cluster_size"]]
            assert row["upsample_weight"] == weights[str(max(starts))]
    assert max(sets["por_Latn"].values()) > 1


def test_too_few_documents_are_said(config, polysift):
    """Thirty-three documents make no curve: every weight is 1, and a note says why."""
    result = polysift("weights", config(rebalance={"weights": "learned"}))
    assert all(weights == {"1": 1} for weights in json.loads(result.out).values())
    assert "under 1,000 documents" in result.err


def test_changed_weights_export_anew_what_they_concern(config, polysift, tmp_path):
    """Another table re-exports; decisions stay as they are, and a table with the same effect does nothing."""
    assert polysift("run", config()).code == 0
    same = polysift("run", config(rebalance={"weights": {1: 1, 2: 2, 3: 3, 5: 5, 100: 8, 1000: 1}}))
    assert "weights   up to date" in same.err
    other = polysift("run", config(rebalance={"weights": {1: 2}}))
    assert "decide    up to date" in other.err
    assert "export    stale" in other.err
