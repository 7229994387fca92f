"""How right a removal of near-duplicates is, against the exact similarities of a test set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from dedup_testset import EDITS, MAY, MUST, TestSet
from numpy.typing import NDArray


class Answer(NamedTuple):
    """What a tool said: which documents to remove, and a number of each one's cluster."""

    removed: NDArray[np.bool_]
    cluster: NDArray[np.int64]


class Scores(NamedTuple):
    """Of removal, and of clusters.

    Attributes:
        precision: of the documents removed, the share to which a document that stays is similar (0.7 or more).
        recall: of the documents to remove (all but one of each source and its copies of 0.8 or more), the share
            removed.
        f1: harmonic mean of the two.
        rand: adjusted Rand index of the clusters; what is neither right nor wrong left out.
        removed: number of documents removed.
        wrong: number of documents removed to which none that stays is similar.
        templates: share of template pages removed wrongly.
    """

    precision: float
    recall: float
    f1: float
    rand: float
    removed: int
    wrong: int
    templates: float


def score(test: TestSet, answer: Answer) -> Scores:
    wrong = wrongly_removed(test, answer)
    right = int(answer.removed.sum() - wrong.sum())
    precision = right / max(1, int(answer.removed.sum()))
    found, due = recalled(test, answer)
    recall = found / due
    pages = np.array([document.kind == "template" for document in test.documents])
    return Scores(
        precision,
        recall,
        2 * precision * recall / max(precision + recall, 1e-9),
        adjusted_rand(*_labels(test, answer)),
        int(answer.removed.sum()),
        int(wrong.sum()),
        float(wrong[pages].mean()),
    )


def wrongly_removed(test: TestSet, answer: Answer) -> NDArray[np.bool_]:
    """Documents that are gone although none that stays is similar to them: bool (documents,)."""
    wrong = np.zeros(len(test.documents), np.bool_)
    for numbers, similar in test.similar.values():
        gone, kept = answer.removed[numbers], ~answer.removed[numbers]
        nearest = similar[np.ix_(gone, kept)].max(axis=1, initial=0.0)
        wrong[numbers[gone]] = nearest < MAY
    return wrong


def copies(test: TestSet) -> NDArray[np.bool_]:
    """Documents that must be removed, unless they are kept in place of their source: bool (documents,)."""
    edited = np.array([document.kind in EDITS for document in test.documents])
    return edited & (test.to_source >= MUST)


def recalled(test: TestSet, answer: Answer) -> tuple[int, int]:
    """Documents removed of those to remove, and how many these are."""
    families: dict[tuple[str, int], list[int]] = {}
    due = copies(test)
    for number, document in enumerate(test.documents):
        if due[number] or document.kind == "source":
            families.setdefault((document.language, document.family), []).append(number)
    found = [min(int(answer.removed[members].sum()), len(members) - 1) for members in families.values()]
    return sum(found), sum(len(members) - 1 for members in families.values())


def _labels(test: TestSet, answer: Answer) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """True and found cluster of each document whose true one is known."""
    due = copies(test)
    grey = np.array([document.kind in EDITS for document in test.documents]) & ~due & (test.to_source >= MAY)
    families: dict[tuple[str, int], int] = {}
    true = np.arange(len(test.documents))
    for number, document in enumerate(test.documents):
        if due[number] or document.kind == "source":
            true[number] = families.setdefault((document.language, document.family), number)
    return true[~grey], answer.cluster[~grey]


def adjusted_rand(true: NDArray[np.int64], found: NDArray[np.int64]) -> float:
    """Agreement of two partitions, 1 for equal ones, 0 for what chance gives (Hubert and Arabie 1985)."""

    def pairs(*labels: NDArray[np.int64]) -> float:
        counts = np.unique(np.column_stack(labels), axis=0, return_counts=True)[1].astype(np.float64)
        return float((counts * (counts - 1) / 2).sum())

    both, one, other = pairs(true, found), pairs(true), pairs(found)
    expected = one * other / (len(true) * (len(true) - 1) / 2)
    return (both - expected) / ((one + other) / 2 - expected)


def by_kind(test: TestSet, answers: Sequence[Answer]) -> list[tuple[str, str, int, list[float]]]:
    """Share of documents removed or standing for one that is, by kind of edit and band of similarity to the source.

    Returns:
        kind, band, documents, and of each answer the share whose cluster is that of the source (of templates, sites
        and translations: the share removed).
    """
    rows = []
    families = {(d.language, d.family): n for n, d in enumerate(test.documents) if d.kind == "source"}
    bands = (("1.00 to 0.90", 0.9, 1.1), ("0.90 to 0.80", MUST, 0.9), ("0.80 to 0.70", MAY, MUST),
             ("0.70 to 0.50", 0.5, MAY), ("under 0.50", -1, 0.5))  # fmt: skip
    kinds = np.array([document.kind for document in test.documents])
    heads = np.array([families.get((d.language, d.family), n) for n, d in enumerate(test.documents)])
    for kind in EDITS:
        for name, low, high in bands:
            chosen = (kinds == kind) & (test.to_source >= low) & (test.to_source < high)
            if chosen.any():
                shares = [float((a.cluster[chosen] == a.cluster[heads[chosen]]).mean()) for a in answers]
                rows.append((kind, name, int(chosen.sum()), shares))
    for kind in ("template", "site", "translation"):
        chosen = kinds == kind
        rows.append(
            (kind, "under 0.70", int(chosen.sum()), [float(a.removed[chosen].mean()) for a in answers])
        )
    return rows
