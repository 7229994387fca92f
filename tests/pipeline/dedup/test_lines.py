"""Lines that many documents of a site have: keys, counts, measures, and the cleaned text."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.thresholds import THRESHOLDS
from polysift.langid.kernels import from_arrow
from polysift.pipeline.dedup.lines import (
    NONE,
    are_among,
    distinct_keys,
    frequent,
    host,
    line_keys,
    line_keys_reference,
    site_seeds,
)
from polysift.pipeline.dedup.lines_stage import _stretches

LINES = st.lists(st.sampled_from(["", " ", "ação", "b\t", " b", "c\r", "\u3000", "日本語"]), max_size=5).map(
    "\n".join
)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(LINES | ANY, st.sampled_from([NONE, 1, 2**64 - 1])), max_size=8))
def test_keys_are_those_of_the_reference(documents):
    """The kernel and the plain loop give every line of every text the same key, in order."""
    texts, seeds = [text for text, _ in documents], [seed for _, seed in documents]
    keys, starts = line_keys(*from_arrow(pa.array(texts, pa.string())), np.array(seeds, np.uint64))
    found = [keys[a:b].tolist() for a, b in pairwise(starts)]
    expected = line_keys_reference(texts, seeds)
    assert found == expected
    once = sorted(key for own in expected for key in set(own) if key != NONE)
    assert sorted(distinct_keys(keys, starts).tolist()) == once


def test_a_line_counts_within_its_site():
    """The same line of another host, of no host, or blank, is another one; white space at its ends is not seen."""
    urls = pa.array(["https://a.pt/1", "http://A.pt/2", "https://b.pt/", None, "https://[/"])
    seeds = site_seeds(urls)
    texts = pa.array(["x\n \ny", " x\r\n", "x", "x", "x"])
    keys, starts = line_keys(*from_arrow(texts), seeds)
    first = [keys[start] for start in starts[:-1]]
    assert first[0] == first[1] != first[2]
    assert first[3] == first[4] == keys[1] == NONE
    assert host("https://[/") is None


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 5))
def test_frequent_lines_are_those_that_occur_more_often(keys, more_than):
    """A line is boilerplate from the document on that is one too many."""
    found = frequent(np.array(keys, np.uint64), more_than)
    assert found.tolist() == sorted(key for key in set(keys) if keys.count(key) > more_than)
    asked = np.arange(8, dtype=np.uint64)
    assert are_among(asked, found).tolist() == [key in found.tolist() for key in range(8)]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 20))
def test_ranges_are_taken_as_memory_allows(sizes, most):
    """Every range is in one stretch; none has too many keys but for a single range that does."""
    found = _stretches(sizes, most)
    assert [index for start, stop in found for index in range(start, stop)] == list(range(len(sizes)))
    assert all(stop - start == 1 or sum(sizes[start:stop]) <= most for start, stop in found)


@pytest.fixture
def site(documents, tmp_path):
    """Eight pages of two sites, each with its site's menu around other content."""
    pages = [row["text"] for row in documents if row["lang"] in ("spa_Latn", "por_Latn", "rus_Cyrl")][:8]
    folder = tmp_path / "in"
    folder.mkdir()
    rows = [
        {
            "id": f"page{i}",
            "text": f"Inicio | Noticias | Contacto\n{page}\nTodos los derechos reservados",
            "url": f"https://{'uno' if i < 5 else 'dos'}.es/{i}",
        }
        for i, page in enumerate(pages)
    ]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder, {f"page{i}": page for i, page in enumerate(pages)}


@pytest.mark.parametrize("memory", ["2 GB", "1 KB"])
def test_boilerplate_is_measured_and_left_out(config, polysift, rows, site, tmp_path, memory):
    """With more_than: 3 the menu of the site of five pages is boilerplate, that of the site of three is not; clean
    leaves it out of what is kept.
    """
    folder, pages = site
    lines = {"more_than": 3, "clean": True}
    rules = dict.fromkeys(("word_count_min", "stop_word_count_min", "terminal_punctuation_line_fraction_min"))
    path = config(input={"path": str(folder)}, dedup={"lines": lines, "memory": memory}, rules=rules)
    assert polysift("run", path).code == 0
    data, removed = rows(tmp_path / "dataset"), rows(tmp_path / "dataset", "removed")
    assert len(data) + len(removed) == 8
    assert {row["id"] for row in data} & {"page0", "page1", "page2", "page3", "page4"}
    menu = len("Inicio | Noticias | Contacto") + len("Todos los derechos reservados")
    for row in data + removed:
        repeated = row["url"].startswith("https://uno.es/")
        assert (row["n_boilerplate_lines"], row["n_boilerplate_chars"]) == ((2, menu) if repeated else (0, 0))
    for row in data:
        assert ("Noticias" in row["text"]) == row["url"].startswith("https://dos.es/")
        assert row["text"].strip().endswith(pages[row["id"]].strip()[-20:]) or "dos.es" in row["url"]
    assert all("Noticias" in row["text"] for row in removed)


def test_a_page_crawled_again_is_no_boilerplate(config, polysift, rows, site, tmp_path):
    """Only one document of a cluster of duplicates counts: lines of a page that the crawl has five times stay, whether
    the copies are exact or not, in memory or by disk. A page of nothing but boilerplate keeps its text.
    """
    folder, pages = site
    crawled = [json.loads(line) for line in (folder / "a.jsonl").read_text("utf-8").splitlines()]
    more = [
        {**crawled[0], "id": f"again{i}", "text": crawled[0]["text"] + "\nVisto hoy." * (i % 2)}
        for i in range(4)
    ]
    menu = {**crawled[0], "id": "menu", "text": "\n".join(crawled[0]["text"].split("\n")[::10_000]) + "\n"}
    lines = "".join(json.dumps(row) + "\n" for row in (*crawled, *more, menu))
    (folder / "a.jsonl").write_text(lines, encoding="utf-8")
    found = []
    for memory in ("2 GB", "1 KB"):
        path = config(
            input={"path": str(folder)},
            dedup={"lines": {"more_than": 3, "clean": True}, "memory": memory},
            rules=dict.fromkeys(THRESHOLDS),
            languages={"adapt": False},
        )
        assert polysift("run", path).code == 0
        found.append({row["id"]: row["text"] for row in rows(tmp_path / "dataset")})
    assert found[0] == found[1]
    assert found[0]["menu"].strip() == "Inicio | Noticias | Contacto"
    assert "Noticias" not in found[0]["page0"]
    assert pages["page0"].strip()[-40:] in found[0]["page0"]
    counted = {row["id"]: row["n_boilerplate_lines"] for row in rows(tmp_path / "dataset", "removed")}
    assert counted == {f"again{i}": 2 for i in range(4)}


def test_without_the_key_there_are_no_such_columns(finished, rows):
    """Off, nothing of it is written."""
    assert "n_boilerplate_lines" not in rows(finished.output)[0]
    assert not (finished.work / "lines").exists()
