"""`polysift run` end to end: the dataset's files, columns and numbers, and what each section of the config does."""

from __future__ import annotations

import json
import re
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from polysift.filters.measures import MEASURES
from polysift.pipeline.config import README_WEIGHTS
from polysift.pipeline.schema import DOUBTS, PRECISION

RTL_AND_HAN = {"arb_Arab", "fas_Arab", "heb_Hebr", "cmn_Hani", "jpn_Jpan"}

COLUMNS = {
    "text": pa.string(),
    "id": pa.string(),
    "url": pa.string(),
    "date": pa.string(),
    "dump": pa.string(),
    "file_path": pa.string(),
    "language": pa.string(),
    "language_script": pa.string(),
    "language_score": pa.float64(),
    "top_langs": pa.string(),
    "minhash_cluster_id": pa.int64(),
    "minhash_cluster_size": pa.int64(),
    "upsample_weight": pa.int64(),
}
REMOVAL = {"reason": pa.string(), "duplicate_of": pa.string(), "similarity": pa.float32()}
MEASURED = {
    name: pa.uint64() if name == "stop_word_mask" else pa.int64() for name in MEASURES
} | dict.fromkeys((*PRECISION.names, *DOUBTS.names), pa.int64())
OTHERS = {
    "source": pa.string(),
    "lang": pa.string(),
    "place": pa.struct([("row", pa.int64()), ("tags", pa.list_(pa.string()))]),
    "rank": pa.int64(),
    "crawler": pa.string(),
}

# FineWeb2's file for Portuguese (its keys, its way to write n-grams), with some thresholds made strict.
FINEWEB2 = """
dup_line_frac: 0.287
dup_n_grams: [[5, 0.163], [6, 0.153], [7, 0.141], [8, 0.13], [9, 0.119], [10, 0.108]]
language_score: 0.5
line_punct_thr: 0.077
max_avg_word_length: 4.5
max_non_alpha_words_ratio: 0.814
min_avg_word_length: 3
new_line_ratio: 0.186
stopwords: [de, a, 'no', "\\xE9"]
top_n_grams: [[2, 0.371], [3, 0.191], [4, 0.163]]
"""


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("[!.]*") if path.is_file()}


def summary(output):
    return json.loads((output / "summary.json").read_text("utf-8"))


def labels(rows):
    return {f"{row['language']}_{row['language_script']}" for row in rows}


def balanced(counts):
    return counts["documents"] == counts["kept"] + sum(counts["removed"].values()) + counts["quarantined"]


def test_the_crawl_has_right_to_left_and_han_scripts(finished):
    """The shared input speaks for scripts that are written right to left or without spaces."""
    assert set(finished.summary["languages"]) >= RTL_AND_HAN


def test_every_language_has_its_folders(finished, rows):
    """Kept documents are in data/<label>/, removed ones in removed/<label>/, card and summary beside them."""
    expected = {"README.md", "summary.json"}
    for label, counts in finished.summary["languages"].items():
        expected |= {f"data/{label}/train-00000-of-00001.parquet"} if counts["kept"] else set()
        expected |= {f"removed/{label}/train-00000-of-00001.parquet"} if counts["removed"] else set()
        assert labels(rows(finished.output, "data", label)) <= {label}
        assert labels(rows(finished.output, "removed", label)) <= {label}
    assert names(finished.output) == expected


def test_columns_and_types(finished):
    """The columns are FineWeb2's, polysift's, then the input's own, in every file and in this order."""
    for file in finished.output.glob("data/*/*.parquet"):
        schema = pq.read_schema(file)
        assert dict(zip(schema.names, schema.types, strict=True)) == COLUMNS | OTHERS
        assert schema.names == [*COLUMNS, *OTHERS]
    for file in finished.output.glob("removed/*/*.parquet"):
        schema = pq.read_schema(file)
        assert dict(zip(schema.names, schema.types, strict=True)) == COLUMNS | REMOVAL | MEASURED | OTHERS
        assert schema.names == [*COLUMNS, *REMOVAL, *MEASURED, *OTHERS]


def test_files_are_zstd_with_a_page_index(finished):
    """Column chunks are zstd with an offset index, and a column index but for long texts nobody searches by."""
    for file in finished.output.glob("*/*/*.parquet"):
        metadata = pq.read_metadata(file)
        for group in range(metadata.num_row_groups):
            chunks = [metadata.row_group(group).column(i) for i in range(metadata.num_columns)]
            assert {chunk.compression for chunk in chunks} == {"ZSTD"}
            assert all(chunk.has_offset_index for chunk in chunks)
            without = {chunk.path_in_schema for chunk in chunks if not chunk.has_column_index}
            assert without == {"text", "top_langs"}


def test_removed_documents_say_why(finished, rows):
    """A removed document has its reason and its measures; a duplicate names the one kept in its place."""
    removed = rows(finished.output, "removed")
    kept = {row["id"] for row in rows(finished.output)}
    reasons = Counter(row["reason"] for row in removed)
    assert dict(reasons) == finished.summary["totals"]["removed"]
    assert len(reasons) > 1
    for row in removed:
        assert row["n_chars"] == len(row["text"])
        assert row["n_bytes"] == len(row["text"].encode())
        assert (row["duplicate_of"] in kept) == (row["reason"] == "duplicate")
        assert row["duplicate_of"] is None or row["id"].startswith(f"{row['duplicate_of']}-copy")
        assert (row["similarity"] is None) == (row["duplicate_of"] is None)
        assert row["similarity"] is None or 0.7 <= row["similarity"] <= 1


def test_every_document_is_there_once_with_all_its_columns(finished, rows, documents):
    """Every input document is in data/ or removed/, with each of the input's columns as it came."""
    found = {row["id"]: row for row in rows(finished.output) + rows(finished.output, "removed")}
    assert sorted(found) == sorted(row["id"] for row in documents)
    half = len(documents) // 2
    for number, row in enumerate(documents):
        here = {key: found[row["id"]][key] for key in (*OTHERS, "url", "date", "dump", "file_path")}
        first = number < half
        assert here == {
            **{key: row[key] for key in ("source", "lang", "place", "url")},
            "rank": number if first else None,
            "crawler": None if first else "test",
            "date": None,
            "dump": None,
            "file_path": "crawl/a.parquet" if first else "crawl/b.jsonl",
        }


def test_clusters_have_their_size_and_weight(finished, rows, documents):
    """Copies put in make clusters of 2, 3 and 5; weights are those of FineWeb2's README; the first is kept."""
    kept = {row["id"]: row for row in rows(finished.output)}
    copies = Counter(row["id"].partition("-copy")[0] for row in documents if "-copy" in row["id"])
    sizes = {id: row["minhash_cluster_size"] for id, row in kept.items() if row["minhash_cluster_size"] > 1}
    assert sizes == {id: count + 1 for id, count in copies.items()}
    assert sorted(sizes.values()) == [2, 3, 5]
    assert {row["upsample_weight"] for row in kept.values() if row["minhash_cluster_size"] == 1} == {1}
    assert all(kept[id]["upsample_weight"] == README_WEIGHTS[size] for id, size in sizes.items())


def test_the_books_balance(finished, documents):
    """For every language and in total, documents in are those kept, removed and quarantined."""
    assert all(balanced(counts) for counts in finished.summary["languages"].values())
    totals = finished.summary["totals"]
    assert balanced(totals)
    assert totals["documents"] == len(documents)
    assert f"{totals['kept']} of {totals['documents']} documents kept" in finished.result.out


def test_books_that_do_not_balance_fail_the_run(config, polysift, tmp_path):
    """A document that a manifest does not account for ends the run with exit code 4 and the numbers."""
    path = config()
    assert polysift("run", path).code == 0
    manifest = tmp_path / "work" / "export" / "data-por_Latn-00000.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "documents": content["documents"] - 1}))
    result = polysift("run", path)
    assert result.code == 4
    assert re.search(
        r"the books of por_Latn do not balance: documents in data/: 1, expected 2",
        " ".join(result.err.split()),
    )


@pytest.mark.parametrize("workers", [2, 4])
def test_the_same_bytes_for_any_number_of_workers(config, polysift, tree, finished, tmp_path, workers):
    """Each file of the dataset is byte for byte that of the run with one worker."""
    result = polysift("run", config(), "--workers", workers)
    assert result.code == 0, result.err
    assert tree(tmp_path / "dataset") == tree(finished.output)
    assert summary(tmp_path / "dataset")["languages"] == finished.summary["languages"]


def test_small_shards_are_numbered_and_hold_the_same(config, polysift, rows, finished, tmp_path):
    """With a small export.shard_bytes a language has several files 0000i-of-0000N, the documents in order."""
    assert polysift("run", config(export={"shard_bytes": "6 KB"})).code == 0
    output = tmp_path / "dataset"
    several = 0
    for label, counts in finished.summary["languages"].items():
        files = sorted(path.name for path in output.glob(f"data/{label}/*"))
        assert files == [f"train-{i:05d}-of-{len(files):05d}.parquet" for i in range(len(files))]
        assert len(files) <= counts["kept"]
        several += len(files) > 1
    assert several
    for kind in ("data", "removed"):
        assert rows(output, kind) == rows(finished.output, kind)


def test_a_changed_shard_size_leaves_no_old_shard(config, polysift, tree, finished, tmp_path):
    """Shards of another size replace those of before, none of which stays."""
    assert polysift("run", config(export={"shard_bytes": "6 KB"})).code == 0
    assert polysift("run", config()).code == 0
    assert tree(tmp_path / "dataset") == tree(finished.output)


def test_removed_can_be_left_out(config, polysift, tmp_path):
    """export.removed: false writes no removed/, and takes away what an earlier run wrote there."""
    assert polysift("run", config()).code == 0
    assert (tmp_path / "dataset" / "removed").is_dir()
    assert polysift("run", config(export={"removed": False})).code == 0
    assert {name.split("/")[0] for name in names(tmp_path / "dataset")} == {
        "data",
        "README.md",
        "summary.json",
    }
    assert summary(tmp_path / "dataset")["totals"]["removed"]["duplicate"] == 7
    assert "_removed" not in (tmp_path / "dataset" / "README.md").read_text("utf-8")


def jsonl(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def few(documents, *langs):
    """The first document of each of some languages."""
    return [next(row for row in documents if row["lang"] == lang) for lang in langs]


@pytest.mark.parametrize("as_text", [False, True])
def test_languages_can_come_from_columns(config, polysift, documents, rows, tmp_path, as_text):
    """column:NAME trusts the input's labels and scores, numbers or text; what is no label or score is quarantined."""
    good = few(documents, "por_Latn", "zho_Hans", "pes_Arab")
    bad = [{"lang": "gibberish"}, {"lang": None}, {"lang": "por_Latn", "conf": None}]
    given = [{"conf": 0.5 + n / 10, **row} for n, row in enumerate(good)]
    given += [{**good[0], "id": f"bad{n}", "conf": 0.5, **change} for n, change in enumerate(bad)]
    jsonl(
        tmp_path / "in" / "a.jsonl",
        [{**row, "conf": str(row["conf"]) if as_text else row["conf"]} for row in given],
    )
    path = config(
        input={"path": "in", "max_quarantined_fraction": 0.5},
        language_id={"model": "column:lang", "score_column": "conf", "threshold": 0.55},
    )
    result = polysift("run", path)
    assert result.code == 0, result.err
    found = rows(tmp_path / "dataset") + rows(tmp_path / "dataset", "removed")
    assert labels(found) == {"por_Latn", "cmn_Hani", "fas_Arab"}
    assert {row["id"]: row["language_score"] for row in found} == {
        row["id"]: 0.5 + n / 10 for n, row in enumerate(good)
    }
    reasons = {row["id"]: row["reason"] for row in rows(tmp_path / "dataset", "removed")}
    assert reasons[good[0]["id"]] == "language_score_min"
    counts = summary(tmp_path / "dataset")
    assert counts["languages"]["und_Zyyy"]["quarantined"] == counts["totals"]["quarantined"] == len(bad)
    (record, *others) = quarantined(tmp_path / "work")
    assert len(others) == len(bad) - 1
    assert record["place"] == "id bad0"
    assert record["cause"] == "column 'lang' gives no language label and score that can be read"
    assert "gibberish" in record["sample"]


def quarantined(work):
    files = sorted(work.glob("quarantine/*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def test_without_a_score_column_the_score_is_one(config, polysift, documents, rows, tmp_path):
    """language_id.model: column:NAME alone gives every document the score 1."""
    jsonl(tmp_path / "in" / "a.jsonl", few(documents, "por_Latn", "jpn_Jpan"))
    assert polysift("run", config(input={"path": "in"}, language_id={"model": "column:lang"})).code == 0
    assert {row["language_score"] for row in rows(tmp_path / "dataset")} == {1.0}


def test_a_language_column_that_is_not_there_is_named(config, polysift, tmp_path):
    """The error says which column is missing, which there are, and which was probably meant."""
    result = polysift("run", config(language_id={"model": "column:lan"}))
    assert result.code == 1
    message = " ".join(result.err.split())
    assert (
        "language_id: the input has no column 'lan'; did you mean 'lang'?; its columns are text, id,"
        in message
    )


def test_included_and_excluded_languages(config, polysift, rows, finished, tmp_path):
    """Languages that are not wanted are removed with the reason language_excluded; labels may be aliases."""
    path = config(languages={"include": ["por_Latn", "zho_Hans", "spa"], "exclude": ["spa_Latn"]})
    assert polysift("run", path).code == 0
    found = summary(tmp_path / "dataset")["languages"]
    for label, before in finished.summary["languages"].items():
        counts = found[label]
        assert balanced(counts)
        if label in ("por_Latn", "cmn_Hani"):
            assert (counts["kept"], counts["removed"]) == (before["kept"], before["removed"])
        else:
            assert counts["removed"] == {"language_excluded": before["documents"]}
    removed = [row for row in rows(tmp_path / "dataset", "removed") if row["reason"] == "language_excluded"]
    assert {row["n_words"] for row in removed} == {None}
    assert {row["minhash_cluster_size"] for row in removed} == {1}


def test_the_longest_of_a_cluster_can_be_kept(config, polysift, rows, documents, tmp_path):
    """dedup.keep: longest keeps the copy with a line more, not the first of the cluster."""
    first = next(row["id"] for row in documents if row["lang"] == "spa_Latn")
    assert polysift("run", config(dedup={"keep": "longest"}, languages={"include": "spa_Latn"})).code == 0
    kept = {row["id"]: row["minhash_cluster_size"] for row in rows(tmp_path / "dataset")}
    assert kept[f"{first}-copy1"] == 2
    assert first not in kept
    duplicate = next(row for row in rows(tmp_path / "dataset", "removed") if row["reason"] == "duplicate")
    assert (duplicate["id"], duplicate["duplicate_of"]) == (first, f"{first}-copy1")


def test_verification_drops_what_is_not_similar_enough(config, polysift, rows, documents, tmp_path):
    """dedup.verify: 1.0 leaves only copies whose whole signature agrees; the edited one is no duplicate then."""
    assert polysift("run", config(dedup={"verify": 1.0})).code == 0
    sizes = Counter(
        row["lang"] for row in rows(tmp_path / "dataset", "removed") if row["reason"] == "duplicate"
    )
    assert sizes == {"por_Latn": 2, "jpn_Jpan": 4}


def test_text_is_formatted_unless_switched_off(config, polysift, rows, documents, tmp_path):
    """Kept text is repaired and rid of addresses; each step can be off; removed text stays as it came."""
    (good,) = few(documents, "por_Latn")
    text = f"{good['text']}\n| | |\nAtenÃ§Ã£o: maria@exemplo.pt em 8.8.8.8."
    jsonl(tmp_path / "in" / "a.jsonl", [{**good, "text": text}, {**good, "id": "copy", "text": text}])
    end = {
        (True, True, True): "\n\n\nAtenção: email@example.com em 22.214.171.124.",
        (False, True, True): "\n\n\nAtenÃ§Ã£o: email@example.com em 22.214.171.124.",
        (False, False, False): text[len(good["text"]) :],
    }
    for (ftfy, pii, table_lines), expected in end.items():
        formatting = {"ftfy": ftfy, "pii": pii, "table_lines": table_lines}
        result = polysift("run", config(input={"path": "in"}, formatting=formatting))
        assert result.code == 0, result.err
        (kept,), (removed,) = rows(tmp_path / "dataset"), rows(tmp_path / "dataset", "removed")
        assert kept["text"] == good["text"] + expected
        assert removed["text"] == text


def test_a_users_folder_wins_key_by_key(config, polysift, finished, tmp_path):
    """A file in languages.configs changes the key it gives and leaves the others as shipped."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "por_Latn.yml").write_text("word_count_min: 100000\n")
    path = config(languages={"configs": "mine"})
    assert polysift("run", path).code == 0
    found = summary(tmp_path / "dataset")["languages"]
    before = finished.summary["languages"]
    assert found["por_Latn"]["removed"] == {
        **before["por_Latn"]["removed"],
        "word_count_min": before["por_Latn"]["kept"],
    }
    assert {**found, "por_Latn": 0} == {**before, "por_Latn": 0}
    shown = polysift("languages", "por_Latn", "--config", path).out
    assert f"word_count_min\t100000\t{tmp_path / 'mine' / 'por_Latn.yml'}" in shown
    assert "mean_word_length_max\t13\tconfigs/languages/por_Latn.yml" in shown


def test_a_folder_of_fineweb2_configs_loads_as_it_is(config, polysift, finished, tmp_path):
    """FineWeb2's keys set polysift's thresholds; a strict mean word length removes with polysift's reason."""
    (tmp_path / "fineweb2").mkdir()
    (tmp_path / "fineweb2" / "por_Latn.yml").write_text(FINEWEB2)
    assert polysift("run", config(languages={"configs": ["fineweb2"], "include": ["por_Latn"]})).code == 0
    removed = summary(tmp_path / "dataset")["languages"]["por_Latn"]["removed"]
    assert removed == {
        **finished.summary["languages"]["por_Latn"]["removed"],
        "mean_word_length_max": finished.summary["languages"]["por_Latn"]["kept"],
    }


def test_a_fault_in_a_users_folder_is_named_at_once(config, polysift, tmp_path):
    """A key that does not exist stops the run before it starts, with file and suggestion."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "xho_Latn.yml").write_text("word_count_mni: 3\n")
    result = polysift("run", config(languages={"configs": ["mine"]}))
    assert result.code == 2
    assert "xho_Latn.yml: word_count_mni: no such key; did you mean 'word_count_min'?" in result.err
    assert not list((tmp_path / "work").glob("annotations/*"))


def test_rules_win_in_every_language(config, polysift, finished, tmp_path):
    """A threshold under `rules` holds in all languages, null switches a rule off, over any other file."""
    off = {"alpha_word_fraction_min": None, "terminal_punctuation_line_fraction_min": None}
    assert polysift("run", config(rules={**off, "word_count_max": 320})).code == 0
    totals = summary(tmp_path / "dataset")["totals"]["removed"]
    assert not set(off) & set(totals)
    assert totals["duplicate"] == finished.summary["totals"]["removed"]["duplicate"]
    assert totals["word_count_max"] > 0


def test_missing_ids_are_made_and_stable(config, polysift, documents, rows, tmp_path):
    """A document without an id gets one of content and place, the same when other input is added."""
    given = [{"content": row["text"]} for row in few(documents, "por_Latn", "arb_Arab")]
    jsonl(tmp_path / "in" / "one" / "a.jsonl", given)
    path = config(input={"path": "in", "columns": {"text": "content"}, "dump": "CC-TEST"})
    assert polysift("run", path).code == 0
    before = {row["id"]: (row["file_path"], row["dump"]) for row in rows(tmp_path / "dataset")}
    assert set(before.values()) == {("in/one/a.jsonl", "CC-TEST")}
    assert all(re.fullmatch("[0-9a-f]{32}", id) for id in before)
    assert len(before) == 2
    jsonl(
        tmp_path / "in" / "two" / "a.jsonl", [{"content": row["text"]} for row in few(documents, "jpn_Jpan")]
    )
    assert polysift("run", path).code == 0
    assert (
        before.items()
        <= {row["id"]: (row["file_path"], row["dump"]) for row in rows(tmp_path / "dataset")}.items()
    )


def test_a_stage_alone_runs_up_to_itself(config, polysift, tmp_path):
    """`polysift decide` leaves decisions and no dataset; `polysift run` then goes on from there."""
    path = config()
    result = polysift("decide", path)
    assert result.code == 0, result.err
    assert list((tmp_path / "work" / "decisions").glob("*.parquet"))
    assert names(tmp_path / "dataset") == set()
    assert "decide    up to date" in polysift("run", path).err


def test_the_shipped_full_config_equals_the_defaults(finished):
    """Nothing in this run's config but paths and workers differs from the defaults, so it shows those at work."""
    given = yaml.safe_load(finished.config.read_text())
    assert set(given) == {"input", "output", "work", "executor"}
