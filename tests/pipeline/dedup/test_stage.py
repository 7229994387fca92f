"""Deduplication as stages of a run: by disk or in memory, scopes, keepers, indexes of earlier crawls."""

from __future__ import annotations

import pytest

BY_DISK = "2 KB"  # memory of three documents: every language of more goes by disk
LARGE_STAGES = ("bands", "groups", "components")


def run(polysift, path):
    result = polysift("run", path)
    assert result.code == 0, result.err
    return result


def units(folder, stage):
    return [path.stem for path in (folder / "work" / stage).glob("[!.]*.json")]


def clusters(rows):
    """Each document's keeper, cluster and its size, similarity and reason."""
    return {
        row["id"]: tuple(
            row.get(name)
            for name in ("duplicate_of", "minhash_cluster_id", "minhash_cluster_size", "similarity", "reason")
        )
        for row in rows
    }


@pytest.mark.parametrize("verify", [0.7, "off"])
def test_by_disk_the_dataset_is_the_same(config, polysift, tree, tmp_path, verify):
    """Cut into slices, key ranges and sets of components, a language has the same clusters, to the byte."""
    run(polysift, config(dedup={"verify": verify}))
    in_memory = tree(tmp_path / "dataset")
    assert not any(units(tmp_path, stage) for stage in LARGE_STAGES)
    run(polysift, config(dedup={"verify": verify, "memory": BY_DISK}))
    assert tree(tmp_path / "dataset") == in_memory
    assert all(units(tmp_path, stage) for stage in LARGE_STAGES)
    assert len([name for name in units(tmp_path, "bands") if name.startswith("jpn_Jpan-")]) == 3
    assert not units(tmp_path, "dedup").count("jpn_Jpan")
