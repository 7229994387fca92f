"""The sample that the quickstart curates: its size, its languages, its duplicates and its papers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FOLDER = Path(__file__).resolve().parent / "data" / "web"
EXCERPTS = "HPLT v2.0 manual-inspection sample"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str | None]]:
    """All documents of the sample."""
    files = sorted(FOLDER.glob("*.parquet"))
    rows: list[dict[str, str | None]] = pa.concat_tables([pq.read_table(file) for file in files]).to_pylist()
    return rows


def test_sample_is_large_enough_and_small_enough(rows):
    """At least 4,000 documents fit into 4 MB of Parquet, in several files of several row groups."""
    files = sorted(FOLDER.glob("*.parquet"))
    assert len(rows) >= 4000
    assert sum(file.stat().st_size for file in files) <= 4_000_000
    assert len(files) >= 3
    assert all(pq.ParquetFile(file).num_row_groups > 1 for file in files)


def test_every_web_language_is_in_the_sample(rows):
    """The web excerpts have 182 languages, each with about the same number of documents."""
    languages = Counter(row["lang"] for row in rows if row["source"] == EXCERPTS)
    assert len(languages) == 182
    assert min(languages.values()) >= 18


def test_ids_are_unique(rows):
    """No two documents share an id, copies included."""
    assert len({row["id"] for row in rows}) == len(rows)


def test_sample_has_duplicates_and_noise(rows):
    """Some texts occur more than once, in several languages, and one is empty."""
    texts = Counter(row["text"] for row in rows)
    repeated = {row["lang"] for row in rows if texts[row["text"]] > 1}
    assert len(repeated) >= 15
    assert "" in texts


def test_readme_states_every_source_with_its_counts(rows):
    """The README's table gives for each source the documents and languages that the files hold."""
    stated = re.findall(r"^\| (.+?) \| ([\d,]+) \| (\d+) \|", (FOLDER / "README.md").read_text("utf-8"), re.M)
    originals = Counter(row["source"] for row in rows if not str(row["id"]).startswith("copy/"))
    languages = {
        source: len({row["lang"] for row in rows if row["source"] == source}) for source in originals
    }
    found = {source: (f"{count:,}", str(languages[source])) for source, count in originals.items()}
    assert {source: (count, several) for source, count, several in stated} == found


def test_licence_of_the_web_excerpts_stands_beside_them():
    """The MIT licence of the excerpts is given in full."""
    assert "Copyright (c) 2026 The HPLT Team" in (FOLDER / "LICENSE.hplt").read_text("utf-8")
