"""Which document of a cluster is kept, and within what documents clusters are sought."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ("first", "a"),
        ("longest", "c"),
        ({"column": "date", "order": "newest"}, "b"),
        ({"column": "date", "order": "oldest"}, "c"),
        ({"column": "site", "values": ["good", "fair"]}, "d"),
        ({"column": "rank"}, "a"),
    ],
)
def test_policies_of_keeping(config, kept, lines, run, rows, spanish, tmp_path, *, keep, expected):
    """The first, the longest, the newest or oldest, the one of the preferred source, the greatest number."""
    text = spanish["text"]
    copies = [
        {"id": "a", "text": text, "date": "2021-01-05", "site": "poor", "rank": 30},
        {"id": "b", "text": text + "\n", "date": "2023-07-01", "site": "fair", "rank": 4},
        {"id": "c", "text": text + "\nUna línea más.", "date": "2019-03-01", "rank": 5},
        {"id": "d", "text": text, "site": "good"},
    ]
    folder = lines(tmp_path / "in" / "a.jsonl", copies)
    run(config(input={"path": folder}, dedup={"keep": keep}, languages={"include": "spa_Latn"}))
    assert kept() == [expected]
    removed = rows(tmp_path / "dataset", "removed")
    assert {row["duplicate_of"] for row in removed} == {expected}
    assert {row["minhash_cluster_size"] for row in removed} == {4}


def test_a_cluster_survives_if_any_member_is_good(config, kept, lines, run, spanish, tmp_path):
    """keep: best keeps the one document that passes the rules; keep: first loses the cluster."""
    bad = spanish["text"] + "\n" + "\n".join(["- lista"] * 3)
    folder = lines(
        tmp_path / "in" / "a.jsonl", [{"id": "a", "text": bad}, {"id": "b", "text": spanish["text"]}]
    )
    sections = {"input": {"path": folder}, "languages": {"include": "spa_Latn"}}
    rules = {"duplicate_line_char_fraction_max": 0.001}
    run(config(**sections, rules=rules))
    assert kept() == []
    run(config(**sections, rules=rules, dedup={"keep": "best"}))
    assert kept() == ["b"]
    assert kept("removed") == ["a"]


def test_a_column_to_keep_by_has_an_order(config, polysift, spanish, tmp_path):
    """Lists and bytes have none: the error says of what type the column is."""
    (tmp_path / "in").mkdir()
    table = pa.table({"text": [spanish["text"]], "tags": [["a"]], "raw": [b"a"]})
    pq.write_table(table, tmp_path / "in" / "a.parquet")
    for column, kind in (("tags", "list"), ("raw", "binary")):
        keep = {"column": column, "values": ["a"]}
        result = polysift("run", config(input={"path": str(tmp_path / "in")}, dedup={"keep": keep}))
        assert result.code == 1
        assert f"dedup.keep.column: '{column}' is of type {kind}" in " ".join(result.err.split())
        assert not (tmp_path / "work" / "annotate").exists()


def test_a_column_to_keep_by_must_be_there(config, polysift):
    """A column that the input lacks is an error with a suggestion."""
    result = polysift("run", config(dedup={"keep": {"column": "dat"}}))
    assert result.code == 1
    assert "dedup.keep.column: the input has no column 'dat'; did you mean 'date'?" in " ".join(
        result.err.split()
    )


def test_scopes(config, lines, run, rows, spanish, documents, tmp_path):
    """Duplicates are looked for within a language, within a dump or a source of it, or over all languages."""
    text = spanish["text"]
    copies = [
        {"id": "a", "text": text, "dump": "one", "lang": "spa_Latn", "source": "news"},
        {"id": "b", "text": text, "dump": "two", "lang": "spa_Latn", "source": None},
        {"id": "c", "text": text, "dump": "two", "lang": "por_Latn", "source": "news"},
        {"id": "d", "text": text, "dump": "two", "lang": "spa_Latn", "source": "news"},
        {"id": "e", "text": text, "dump": "six", "lang": "spa_Latn", "source": None},
    ]
    folder = lines(tmp_path / "in" / "a.jsonl", copies)
    twins = {
        "language": {"b": "a", "d": "a", "e": "a"},
        "dump": {"d": "b"},
        "column:source": {"d": "a", "e": "b"},
        "global": {"a": "c", "b": "c", "d": "c", "e": "c"},
    }
    for scope, expected in twins.items():
        for memory in ("2 GB", "1 KB"):
            run(
                config(
                    input={"path": folder},
                    language_id={"model": "column:lang"},
                    dedup={"scope": scope, "memory": memory},
                    rules={"stop_word_count_min": None},
                ),
            )
            removed = rows(tmp_path / "dataset", "removed")
            assert {
                row["id"]: row["duplicate_of"] for row in removed if row["reason"] == "duplicate"
            } == expected


def test_a_scope_by_numbers_that_some_files_lack(config, lines, run, rows, spanish, tmp_path):
    """Documents without a value, and those of files without the column, are a source of their own."""
    page = {"text": spanish["text"], "lang": "spa_Latn"}
    files = {
        "a": [{"id": "a", "number": 7}, {"id": "b", "number": None}, {"id": "c", "number": 8}],
        "b": [{"id": "d"}, {"id": "e"}],
        "c": [{"id": "f", "number": 8}, {"id": "g", "number": 7}],
    }
    for name, documents in files.items():
        folder = lines(tmp_path / "in" / f"{name}.jsonl", [{**page, **row} for row in documents])
    run(
        config(
            input={"path": folder},
            language_id={"model": "column:lang"},
            dedup={"scope": "column:number"},
            rules={"stop_word_count_min": None},
        ),
    )
    removed = rows(tmp_path / "dataset", "removed")
    twins = {row["id"]: row["duplicate_of"] for row in removed if row["reason"] == "duplicate"}
    assert twins == {"d": "b", "e": "b", "f": "c", "g": "a"}


def test_a_scope_that_is_none(config, polysift):
    """What is no scope, a column that is not there or has no values to compare, and an index: each with its reason."""
    for dedup, code, message in (
        ({"scope": "source"}, 2, "must be language, dump, global, or column:NAME"),
        ({"scope": "column:"}, 2, "with the name of a column"),
        ({"scope": "column:dat"}, 1, "dedup.scope: the input has no column 'dat'; did you mean 'date'?"),
        ({"scope": "column:date", "index": {"write": "index"}}, 2, "scope: column:date does not"),
    ):
        result = polysift("run", config(dedup=dedup))
        assert result.code == code
        assert message in " ".join(result.err.split())
