"""The quickstart's sample as two dumps, the second deduplicated against the first: as if they had been one."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "configs" / "quickstart.yml"
WEB = ROOT / "tests" / "data" / "web"
UNSEEN = (
    "language_excluded",
    "no_language",
    "language_score_min",
)  # removed before duplicates are looked for
LABELS = ["por_Latn", "eng_Latn", "rus_Cyrl", "arb_Arab", "hin_Deva", "jpn_Jpan", "cmn_Hani", "tha_Thai"]


@pytest.fixture(scope="module")
def dumps(tmp_path_factory, polysift):
    """Runs of the quickstart's config: on each of two dumps, and on both at once. The folder of all of them."""
    folder = tmp_path_factory.mktemp("dumps")

    def run(name, files, **index):
        settings = {
            "input.path": [str(WEB / f"crawl-{letter}.parquet") for letter in files],
            "output": str(folder / name),
            "work": str(folder / f"{name}.work"),
            "languages.include": LABELS,
            "dedup.verify_exactly": False,  # an index holds sketches, not texts
            "executor.workers": 1,
            **{f"dedup.index.{key}": str(folder / value) for key, value in index.items()},
        }
        flags = [flag for key, value in settings.items() for flag in ("--set", f"{key}={json.dumps(value)}")]
        result = polysift("run", QUICKSTART, *flags)
        assert result.code == 0, result.err

    run("first", "a", write="index")
    run("second", "bc", read="index", write="index2")
    run("both", "abc")
    return folder


def documents(folder, kind):
    """Documents of a dataset by id."""
    files = sorted(folder.glob(f"{kind}/*/*.parquet"))
    return {row["id"]: row for file in files for row in pq.read_table(file).to_pylist()}


def test_two_dumps_keep_what_one_would(dumps):
    """What is kept of the first dump, and of the second against its index, is what is kept of both at once."""
    first, second, both = (documents(dumps / name, "data") for name in ("first", "second", "both"))
    assert first.keys() | second.keys() == both.keys()
    assert not first.keys() & second.keys()


def test_the_earlier_document_is_named_with_the_size_over_both(dumps):
    """A duplicate of the second dump has the keeper, similarity and cluster size that it has in a single run."""
    second, both = (documents(dumps / name, "removed") for name in ("second", "both"))
    names = ("reason", "duplicate_of", "similarity", "minhash_cluster_size")
    found = {id: [row[name] for name in names] for id, row in second.items()}
    expected = {id: [both[id][name] for name in names] for id in second}
    first = documents(dumps / "first", "data").keys() | documents(dumps / "first", "removed").keys()
    across = [id for id, row in second.items() if row["duplicate_of"] in first]
    assert len(across) > 5
    assert {id: found[id] for id in across} == {id: expected[id] for id in across}
    assert {row[1] for row in found.values()} == {row[1] for row in expected.values()}


def test_matches_list_the_pairs_across_dumps(dumps):
    """matches/ of the second dataset has a row for each of its documents that the first had already."""
    removed = documents(dumps / "second", "removed")
    first = documents(dumps / "first", "data").keys() | documents(dumps / "first", "removed").keys()
    across = {(id, row["duplicate_of"]) for id, row in removed.items() if row["duplicate_of"] in first}
    files = sorted((dumps / "second" / "matches").glob("*.parquet"))
    rows = pa.concat_tables([pq.read_table(file) for file in files]).to_pylist()
    assert {(row["id"], row["earlier_id"]) for row in rows} == across
    assert {row["drop"] for row in rows} == {"new"}


def test_the_indexes_count_every_document_once(dumps, polysift):
    """Merged, the indexes of both dumps stand for all documents that were looked at."""
    merged = polysift("index", "merge", dumps / "merged", dumps / "index", dumps / "index2")
    assert merged.code == 0, merged.err
    total = sum(
        pa.ipc.open_file(file).read_all().column("documents").to_numpy().sum()
        for file in (dumps / "merged").glob("*.arrow")
    )
    rows = [*documents(dumps / "both", "data").values(), *documents(dumps / "both", "removed").values()]
    looked_at = [row for row in rows if row.get("reason") not in UNSEEN]
    assert total == len([row for row in looked_at if row["text"]])
