"""Deduplication as stages of a run: by disk or in memory, scopes, keepers, indexes of earlier crawls."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from contextlib import suppress
from itertools import product

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polysift.pipeline.storage import TEMPORARY

BY_DISK = "2 KB"  # memory of three documents: every language of more goes by disk
LARGE_STAGES = ("bands", "groups", "components", "sets")
IN_BLOCKS = "1 KB"  # memory of one document: near-duplicates do not fit, and are clustered in blocks
BLOCK_STAGES = ("deal", "links", "blocks")
BANDS = {"bands": 4}  # few units, for the tests that start processes


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


def lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path.parent)


@pytest.fixture
def spanish(documents):
    """A Spanish document of the crawl, of which it holds a copy with a line more."""
    return next(row for row in documents if row["lang"] == "spa_Latn")


@pytest.fixture
def similar(spanish, tmp_path):
    """Sections of a config: five pages that differ in their last line, one of them twice."""
    text = spanish["text"]
    last = ("Hoy llueve.", "Fin de la página.", "Volver al inicio.", "Gracias por leer.", "Hasta mañana.")
    pages = [{"id": str(i), "text": f"{text}\n{last[i % 5]}"} for i in range(6)]
    folder = lines(tmp_path / "similar" / "a.jsonl", pages)
    return {"input": {"path": folder}, "languages": {"include": "spa_Latn"}}


@pytest.mark.parametrize("verify", [0.7, "off"])
def test_by_disk_the_dataset_is_the_same(config, polysift, tree, tmp_path, verify):
    """Cut into slices, key ranges and sets of components, a language has the same clusters, to the byte."""
    run(polysift, config(dedup={"verify": verify}))
    in_memory = tree(tmp_path / "dataset")
    assert not any(units(tmp_path, stage) for stage in (*LARGE_STAGES, *BLOCK_STAGES))
    run(polysift, config(dedup={"verify": verify, "memory": BY_DISK}))
    assert tree(tmp_path / "dataset") == in_memory
    assert all(units(tmp_path, stage) for stage in LARGE_STAGES)
    assert len([name for name in units(tmp_path, "bands") if name.startswith("jpn_Jpan-")]) == 3
    assert not units(tmp_path, "dedup").count("jpn_Jpan")


@pytest.mark.parametrize("verify", [0.7, "off"])
def test_in_blocks_the_dataset_is_the_same(config, polysift, tree, similar, tmp_path, verify):
    """Near-duplicates that do not fit in memory together have the same clusters, to the byte."""
    run(polysift, config(dedup={**BANDS, "verify": verify}, **similar))
    in_memory = tree(tmp_path / "dataset")
    run(polysift, config(dedup={**BANDS, "verify": verify, "memory": IN_BLOCKS}, **similar))
    assert tree(tmp_path / "dataset") == in_memory
    assert all(bool(units(tmp_path, stage)) == (verify != "off") for stage in BLOCK_STAGES)
    assert len(units(tmp_path, "blocks")) in (0, 5)


def test_workers_and_the_order_of_tasks_make_no_difference(config, polysift, tree, similar, tmp_path):
    """By disk with three workers, where tasks end in any order, the files of work and dataset are those of one."""
    path = config(dedup={**BANDS, "memory": IN_BLOCKS}, **similar)
    run(polysift, path)
    one = {name: tree(tmp_path / "work" / name) for name in (*LARGE_STAGES, *BLOCK_STAGES, "dedup")}
    dataset = tree(tmp_path / "dataset")
    assert polysift("run", path, "--restart", "--workers", 3).code == 0
    assert tree(tmp_path / "dataset") == dataset
    for name, files in one.items():
        written = {file: digest for file, digest in files.items() if not file.endswith(".json")}
        again = tree(tmp_path / "work" / name)
        assert {file: again[file] for file in written} == written
        assert again.keys() == files.keys()


@pytest.mark.parametrize("stage", [*LARGE_STAGES, *BLOCK_STAGES, "dedup"])
def test_killed_in_any_sub_step_it_ends_the_same(config, start, polysift, tree, similar, tmp_path, stage):
    """SIGKILL to planner and workers while a sub-step is under way: the next run keeps what was complete and ends
    with the same bytes.
    """
    run(polysift, config(output="reference", work="reference.work", dedup=BANDS, **similar))
    path = config(dedup={**BANDS, "memory": IN_BLOCKS}, **similar)
    for _ in range(5):
        process = start("run", path, "--workers", 2)
        end = time.monotonic() + 600
        while not units(tmp_path, stage) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.wait(600):
            break
        shutil.rmtree(tmp_path / "work")
    else:
        pytest.fail(f"five runs had ended before they could be killed in {stage}")
    done = {
        name: (tmp_path / "work" / stage / f"{name}.json").read_bytes() for name in units(tmp_path, stage)
    }
    assert done
    run(polysift, path)
    assert tree(tmp_path / "dataset") == tree(tmp_path / "reference")
    assert (
        done.items()
        <= {
            name: (tmp_path / "work" / stage / f"{name}.json").read_bytes() for name in units(tmp_path, stage)
        }.items()
    )
    assert not list(tmp_path.rglob(f"{TEMPORARY}*"))


def outcomes(folder):
    """Of each block that was compared, the file of what became of it: when it was written."""
    files = (folder / "work" / "blocks").glob("[!.]*.stars.bin")
    return {file.name: file.stat().st_mtime_ns for file in files if file.stat().st_size}


def test_killed_within_a_component_it_goes_on_from_that_block(
    config, start, polysift, tree, spanish, tmp_path
):
    """SIGKILL while the blocks of one component are compared: those that were are not compared again, and the bytes
    are the same.
    """
    words = ["".join(pair) * 2 for pair in product("bcdfgl", "aeiou")]
    pages = [{"id": word, "text": f"{spanish['text']}\n{word.capitalize()}."} for word in words]
    folder = lines(tmp_path / "pages" / "a.jsonl", pages)
    sections = {"input": {"path": folder}, "languages": {"include": "spa_Latn"}}
    run(polysift, config(output="reference", work="reference.work", dedup=BANDS, **sections))
    path = config(dedup={**BANDS, "memory": "4 KB"}, **sections)
    for _ in range(5):
        process = start("run", path)
        while len(outcomes(tmp_path)) < 5 and process.poll() is None:
            time.sleep(0.001)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(600)
        compared = outcomes(tmp_path)
        if len(compared) < len(units(tmp_path, "blocks")):
            break
        shutil.rmtree(tmp_path / "work")
    else:
        pytest.fail("five runs had compared all blocks before they could be killed")
    assert len(compared) >= 5
    assert not units(tmp_path, "dedup")
    run(polysift, path)
    assert len(outcomes(tmp_path)) == len(units(tmp_path, "blocks")) == len(pages) // 2
    assert compared.items() <= outcomes(tmp_path).items()
    assert tree(tmp_path / "dataset") == tree(tmp_path / "reference")
    assert not list(tmp_path.rglob(f"{TEMPORARY}*"))


def test_other_memory_leaves_nothing_behind(config, polysift, tree, finished, tmp_path):
    """Back in memory, what went by disk is removed."""
    run(polysift, config(dedup={"memory": BY_DISK}))
    run(polysift, config())
    assert not any((tmp_path / "work" / stage).exists() and units(tmp_path, stage) for stage in LARGE_STAGES)
    assert tree(tmp_path / "work" / "dedup").keys() == tree(finished.work / "dedup").keys()
    assert tree(tmp_path / "dataset") == tree(finished.output)


def kept(rows, tmp_path, kind="data"):
    return [row["id"] for row in rows(tmp_path / "dataset", kind)]


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
def test_policies_of_keeping(config, polysift, rows, spanish, tmp_path, keep, expected):
    """The first, the longest, the newest or oldest, the one of the preferred source, the greatest number."""
    text = spanish["text"]
    copies = [
        {"id": "a", "text": text, "date": "2021-01-05", "site": "poor", "rank": 30},
        {"id": "b", "text": text + "\n", "date": "2023-07-01", "site": "fair", "rank": 4},
        {"id": "c", "text": text + "\nUna línea más.", "date": "2019-03-01", "rank": 5},
        {"id": "d", "text": text, "site": "good"},
    ]
    folder = lines(tmp_path / "in" / "a.jsonl", copies)
    run(polysift, config(input={"path": folder}, dedup={"keep": keep}, languages={"include": "spa_Latn"}))
    assert kept(rows, tmp_path) == [expected]
    removed = rows(tmp_path / "dataset", "removed")
    assert {row["duplicate_of"] for row in removed} == {expected}
    assert {row["minhash_cluster_size"] for row in removed} == {4}


def test_a_cluster_survives_if_any_member_is_good(config, polysift, rows, spanish, tmp_path):
    """keep: best keeps the one document that passes the rules; keep: first loses the cluster."""
    bad = spanish["text"] + "\n" + "\n".join(["- lista"] * 3)
    folder = lines(
        tmp_path / "in" / "a.jsonl", [{"id": "a", "text": bad}, {"id": "b", "text": spanish["text"]}]
    )
    sections = {"input": {"path": folder}, "languages": {"include": "spa_Latn"}}
    rules = {"duplicate_line_char_fraction_max": 0.001}
    run(polysift, config(**sections, rules=rules))
    assert kept(rows, tmp_path) == []
    run(polysift, config(**sections, rules=rules, dedup={"keep": "best"}))
    assert kept(rows, tmp_path) == ["b"]
    assert kept(rows, tmp_path, "removed") == ["a"]


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


def test_scopes(config, polysift, rows, spanish, documents, tmp_path):
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
                polysift,
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


def test_a_scope_by_numbers_that_some_files_lack(config, polysift, rows, spanish, tmp_path):
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
        polysift,
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


@pytest.fixture
def dumps(documents, tmp_path):
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
def test_what_to_drop_of_two_dumps(config, polysift, rows, dumps, tmp_path, drop, expected):
    """new and all take this run's document away, old and report leave it; the earlier one is listed in any case."""
    assert polysift("run", of_dump(config, dumps[0], "first", write="index1")).code == 0
    run(polysift, of_dump(config, dumps[1], "second", read="index1", drop=drop))
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


def test_an_index_is_read_once_only(config, polysift, dumps, tmp_path):
    """The same index twice, also under another name or within a merged one, is refused: sizes would count twice."""
    run(polysift, of_dump(config, dumps[0], "first", write="index1"))
    shutil.copytree(tmp_path / "index1", tmp_path / "copy")
    run(polysift, of_dump(config, dumps[1], "second", read="index1", write="index2"))
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


def test_a_dump_without_documents_leaves_an_index(config, polysift, rows, dumps, tmp_path):
    """Its index has no entries, and can be read and merged as any other."""
    nothing = lines(tmp_path / "nothing" / "a.jsonl", [{"id": "0", "text": ""}])
    run(polysift, of_dump(config, nothing, "first", write="index1"))
    run(polysift, of_dump(config, dumps[0], "second", read="index1", write="index2"))
    assert {row["id"] for row in rows(tmp_path / "second")} == {"1a", "1c"}
    merged = polysift("index", "merge", *(tmp_path / name for name in ("merged", "index1", "index2")))
    assert merged.code == 0, merged.err
    assert "2 entries of 1 languages" in merged.out


def test_a_lost_index_is_written_again(config, polysift, tree, dumps, tmp_path):
    """An index that somebody deleted comes back as it was; otherwise a second run has nothing to do."""
    first = of_dump(config, dumps[0], "first", write="index1")
    run(polysift, first)
    before = tree(tmp_path / "index1")
    assert "index up to date" in " ".join(run(polysift, first).err.split())
    shutil.rmtree(tmp_path / "index1")
    run(polysift, first)
    assert tree(tmp_path / "index1") == before
