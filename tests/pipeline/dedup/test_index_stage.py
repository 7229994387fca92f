"""Indexes of earlier crawls: what a new dump makes of them."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest


def clusters(rows):
    """Each document's keeper, cluster and its size, similarity and reason."""
    return {
        row["id"]: tuple(
            row.get(name)
            for name in ("duplicate_of", "minhash_cluster_id", "minhash_cluster_size", "similarity", "reason")
        )
        for row in rows
    }


@pytest.fixture
def dumps(documents, lines, tmp_path):
    """Two dumps: the second holds a copy of a page of the first, another page, and a page twice."""
    spanish = [row for row in documents if row["lang"] == "spa_Latn" and "-copy" not in row["id"]]
    first, second, third = ({"text": row["text"]} for row in spanish)
    one = lines(
        tmp_path / "one" / "a.jsonl", [{**first, "id": "1a"}, {**first, "id": "1b"}, {**second, "id": "1c"}]
    )
    changed = first["text"] + "\nUna línea más."
    two = lines(
        tmp_path / "two" / "a.jsonl",
        [{"text": changed, "id": "2a"}, {**third, "id": "2b"}, {**third, "id": "2c"}, {**first, "id": "2d"}],
    )
    return one, two


def of_dump(config, folder, name, **index):
    """Config of the run of one dump, with its own output and work."""
    return config(
        f"{name}.yml",
        input={"path": folder},
        output=name,
        work=f"{name}.work",
        languages={"include": "spa_Latn"},
        dedup={"index": index},
    )


@pytest.mark.parametrize(
    ("memory", "keep"),
    [("2 GB", "first"), ("1 KB", "first"), ("1 KB", {"column": "id", "order": "oldest"})],
)
def test_a_new_dump_against_an_earlier_one(config, polysift, rows, dumps, tmp_path, memory, keep):
    """The second dump loses what the first had, names the earlier document, and sizes add up over both; a third
    run knows of both.
    """

    def dump(folder, name, **index):
        run_config = of_dump(config, folder, name, **index)
        flags = ("--set", f"dedup.memory={memory}", "--set", f"dedup.keep={json.dumps(keep)}")
        result = polysift("run", run_config, *flags)
        assert result.code == 0, result.err
        return rows(tmp_path / name), rows(tmp_path / name, "removed")

    dump(dumps[0], "first", write="index1")
    data, removed = dump(dumps[1], "second", read="index1", write="index2")
    assert {row["id"]: row["minhash_cluster_size"] for row in data} == {"2b": 2}
    assert {row["id"]: row["duplicate_of"] for row in removed} == {"2a": "1a", "2c": "2b", "2d": "1a"}
    sizes = {row["id"]: row["minhash_cluster_size"] for row in removed}
    assert sizes == {"2a": 4, "2c": 2, "2d": 4}
    assert all(0.7 <= row["similarity"] <= 1 for row in removed)
    matches = pq.read_table(tmp_path / "second" / "matches" / "spa_Latn.parquet").to_pylist()
    assert [(row["id"], row["earlier_id"], row["drop"]) for row in matches] == [
        ("2a", "1a", "new"),
        ("2d", "1a", "new"),
    ]
    data, removed = dump(dumps[0], "third", read=["index1", "index2"])
    assert not data
    assert {row["id"]: row["minhash_cluster_size"] for row in removed} == {"1a": 6, "1b": 6, "1c": 2}
    merged = polysift("index", "merge", tmp_path / "index3", tmp_path / "index1", tmp_path / "index2")
    assert merged.code == 0, merged.err
    again = dump(dumps[0], "fourth", read="index3")
    assert clusters(again[1]) == clusters(removed)


@pytest.mark.parametrize(
    ("drop", "expected"),
    [
        ("new", {"2b": (2, None), "2a": (4, "1a"), "2d": (4, "1a"), "2c": (2, "2b")}),
        ("all", {"2b": (2, None), "2a": (4, "1a"), "2d": (4, "1a"), "2c": (2, "2b")}),
        ("old", {"2b": (2, None), "2a": (4, None), "2d": (4, "2a"), "2c": (2, "2b")}),
        ("report", {"2b": (2, None), "2a": (2, None), "2d": (2, "2a"), "2c": (2, "2b")}),
    ],
)
def test_what_to_drop_of_two_dumps(config, run, polysift, rows, dumps, tmp_path, drop, expected):
    """new and all take this run's document away, old and report leave it; the earlier one is listed in any case."""
    assert polysift("run", of_dump(config, dumps[0], "first", write="index1")).code == 0
    run(of_dump(config, dumps[1], "second", read="index1", drop=drop))
    found = rows(tmp_path / "second") + rows(tmp_path / "second", "removed")
    assert {row["id"]: (row["minhash_cluster_size"], row.get("duplicate_of")) for row in found} == expected
    matches = pq.read_table(tmp_path / "second" / "matches" / "spa_Latn.parquet").to_pylist()
    assert {(row["earlier_id"], row["drop"]) for row in matches} == {("1a", drop)}


def test_an_index_of_other_parameters_is_refused(config, polysift, dumps, tmp_path):
    """An index made with other shingles is refused, with what differs; so is a folder without an index."""
    assert polysift("run", of_dump(config, dumps[0], "first", write="index1")).code == 0
    second = of_dump(config, dumps[1], "second", read="index1")
    result = polysift("run", second, "--set", "dedup.ngram=4")
    assert result.code == 1
    message = " ".join(result.err.split())
    assert (
        "index1 was made with other parameters, so its signatures cannot be compared: ngram 5, here 4"
        in message
    )
    result = polysift("run", of_dump(config, dumps[1], "second", read="nothing"))
    assert result.code == 1
    assert "nothing holds no index.json" in " ".join(result.err.split())
    assert not (tmp_path / "second.work").exists()


def test_an_index_is_read_once_only(config, run, polysift, dumps, tmp_path):
    """The same index twice, also under another name or within a merged one, is refused: sizes would count twice."""
    run(of_dump(config, dumps[0], "first", write="index1"))
    shutil.copytree(tmp_path / "index1", tmp_path / "copy")
    run(of_dump(config, dumps[1], "second", read="index1", write="index2"))
    index1, index2, merged = (tmp_path / name for name in ("index1", "index2", "merged"))
    assert polysift("index", "merge", merged, index1, index2).code == 0
    for twice in (["index1", "index1"], ["index1", "copy"], ["merged", "index2"]):
        result = polysift("run", of_dump(config, dumps[1], "third", read=twice))
        assert result.code == 1
        message = " ".join(result.err.split())
        assert f"{twice[1]} holds the same entries as {tmp_path / twice[0]}, whose documents would" in message
    result = polysift("index", "merge", tmp_path / "more", merged, index1)
    assert result.code == 1
    assert f"{index1} holds the same entries as {merged}" in " ".join(result.err.split())
    assert not (tmp_path / "more").exists()


def test_a_dump_without_documents_leaves_an_index(config, lines, run, polysift, rows, dumps, tmp_path):
    """Its index has no entries, and can be read and merged as any other."""
    nothing = lines(tmp_path / "nothing" / "a.jsonl", [{"id": "0", "text": ""}])
    run(of_dump(config, nothing, "first", write="index1"))
    run(of_dump(config, dumps[0], "second", read="index1", write="index2"))
    assert {row["id"] for row in rows(tmp_path / "second")} == {"1a", "1c"}
    merged = polysift("index", "merge", *(tmp_path / name for name in ("merged", "index1", "index2")))
    assert merged.code == 0, merged.err
    assert "2 entries of 1 languages" in merged.out


def test_a_lost_index_is_written_again(config, run, tree, dumps, tmp_path):
    """An index that somebody deleted comes back as it was; otherwise a second run has nothing to do."""
    first = of_dump(config, dumps[0], "first", write="index1")
    run(first)
    before = tree(tmp_path / "index1")
    assert "index up to date" in " ".join(run(first).err.split())
    shutil.rmtree(tmp_path / "index1")
    run(first)
    assert tree(tmp_path / "index1") == before
