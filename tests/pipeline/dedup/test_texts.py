"""Deduplication of real texts: edited copies go, templated pages and chains stay."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from polysift.filters.words import segmenter
from polysift.pipeline.dedup.texts import cluster_texts

WEB = Path(__file__).resolve().parents[2] / "data" / "web"
LABELS = ("por_Latn", "rus_Cyrl", "arb_Arab", "hin_Deva", "zho_Hans", "jpn_Jpan", "tha_Thai", "kor_Hang")


@pytest.fixture(scope="module")
def pages():
    """Texts of at least 400 characters by label, without copies."""
    found = {}
    for file in sorted(WEB.glob("*.parquet")):
        for row in pq.read_table(file, columns=["id", "text", "lang"]).to_pylist():
            if row["lang"] in LABELS and len(row["text"]) >= 400 and not row["id"].startswith("copy/"):
                found.setdefault(row["lang"], []).append(row["text"])
    return {label: list(dict.fromkeys(texts))[:20] for label, texts in found.items()}


def edited(text, split, other, share, seed):
    """The text with a run of its words replaced by words of another one."""
    words, others = split(text), split(other)
    count = round(share * len(words))
    at = random.Random(seed).randrange(max(1, len(words) - count))
    return " ".join([*words[:at], *others[:count], *words[at + count :]])


@pytest.mark.parametrize("label", LABELS)
def test_edited_copies_go_and_other_pages_stay(pages, label):
    """Copies with two per cent of the words changed are removed for their original; others and heavy edits stay."""
    split = segmenter("unicode", label)
    texts = [" ".join(split(text)) for text in pages[label][:10]]  # as the edited ones are joined
    light = [edited(text, split, texts[i - 1], 0.02, i) for i, text in enumerate(texts)]
    heavy = [edited(text, split, texts[i - 1], 0.6, i) for i, text in enumerate(texts)]
    found = cluster_texts([*texts, *light, *heavy], split)
    count = len(texts)
    assert found.keeper.tolist() == [*range(count), *range(count), *range(2 * count, 3 * count)]
    assert (found.similarity[count : 2 * count] >= 0.7).all()


def different(texts):
    """The lists of words that share no five words in a row with one before."""
    seen, found = set(), []
    for words in texts:
        shingles = {tuple(words[i : i + 5]) for i in range(len(words) - 4)}
        if not shingles & seen:
            found.append(words)
        seen |= shingles
    return found


def without_repeats(words):
    """Words that make no five in a row twice."""
    seen, found = set(), []
    for word in words:
        shingle = (*found[-4:], word)
        if shingle not in seen:
            found.append(word)
        seen.add(shingle)
    return found


def templated(texts, split):
    """Pages of one site: the same 200 words around 70 others."""
    words = [split(text) for text in texts]
    content = different([w[:70] for w in words if len(w) >= 70])[:12]
    frame = without_repeats(word for w in words[::-1] for word in w[70:])[:200]
    assert (len(frame), len(content) >= 8) == (200, True)
    return [" ".join([*frame[:100], *middle, *frame[100:]]) for middle in content]


@pytest.mark.parametrize("label", LABELS)
def test_templated_pages_do_not_collapse(pages, label):
    """Pages with the same boilerplate around other content all stay."""
    split = segmenter("unicode", label)
    site = templated(pages[label], split)
    assert cluster_texts(site, split).keeper.tolist() == list(range(len(site)))


def test_templated_pages_collapse_without_verification(pages):
    """The pages above do share bands: in most languages transitive clusters remove some of them."""
    collapsed = 0
    for label in LABELS:
        split = segmenter("unicode", label)
        site = templated(pages[label], split)
        collapsed += len(set(cluster_texts(site, split, verify=None).keeper.tolist())) < len(site)
    assert collapsed > len(LABELS) / 2


def test_a_chain_of_versions_is_no_cluster(pages):
    """A page that changes bit by bit: each version is like the one before, the last not like the first. Every one
    that is removed is like the version kept in its place.
    """
    split = segmenter("unicode", "por_Latn")
    old = split(" ".join(pages["por_Latn"][:4]))[:300]
    new = split(" ".join(pages["por_Latn"][4:9]))[:300]
    versions = [" ".join([*new[: 15 * step], *old[15 * step :]]) for step in range(21)]
    transitive = cluster_texts(versions, split, verify=None)
    assert np.bincount(transitive.keeper).max() > 12
    found = cluster_texts(versions, split)
    assert 3 <= len(set(found.keeper.tolist())) < 12
    removed = found.keeper != np.arange(len(versions))
    assert (found.similarity[removed] >= 0.7).all()
    assert (found.keeper[found.keeper] == found.keeper).all()
