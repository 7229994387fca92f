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
        recall: of the documents of which a near-duplicate (0.8 or more) stays, the share removed.
        f1: harmonic mean of the two.
        rand: adjusted Rand index of the clusters; what is neither right nor wrong left out.
        removed: number of documents removed.
        wrong: number of documents removed to which none that stays is similar.
        missed: number of documents that stay beside a near-duplicate.
        templates: share of template pages removed wrongly.
    """

    precision: float
    recall: float
    f1: float
    rand: float
    removed: int
    wrong: int
    missed: int
    templates: float


def score(test: TestSet, answer: Answer) -> Scores:
    wrong = wrongly_removed(test, answer)
    right = int(answer.removed.sum() - wrong.sum())
    precision = right / max(1, int(answer.removed.sum()))
    found, missed = found_and_missed(test, answer)
    recall = found / max(1, found + missed)
    pages = np.array([document.kind == "template" for document in test.documents])
    return Scores(
        precision,
        recall,
        2 * precision * recall / max(precision + recall, 1e-9),
        adjusted_rand(*_labels(test, answer)),
        int(answer.removed.sum()),
        int(wrong.sum()),
        missed,
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


def found_and_missed(test: TestSet, answer: Answer) -> tuple[int, int]:
    """Documents removed of which a near-duplicate (0.8 or more) stays; documents that stay although one before them
    that stays is a near-duplicate of them.
    """
    found, missed = 0, 0
    for numbers, similar in test.similar.values():
        gone, kept = answer.removed[numbers], ~answer.removed[numbers]
        found += int((similar[np.ix_(gone, kept)].max(axis=1, initial=0.0) >= MUST).sum())
        among = np.tril(similar[np.ix_(kept, kept)], -1)
        missed += int((among.max(axis=1, initial=0.0) >= MUST).sum())
    return found, missed


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
    """What became of the documents of each kind.

    Returns:
        kind of edit, similarity to the source, documents, and for each answer: from 0.7 on the share of documents that
        do not stay beside their source, below it the share wrongly removed.
    """
    rows = []
    wrong = [wrongly_removed(test, answer) for answer in answers]
    families = {(d.language, d.family): n for n, d in enumerate(test.documents) if d.kind == "source"}
    bands = (("1.00 to 0.90", 0.9, 1.1), ("0.90 to 0.80", MUST, 0.9), ("0.80 to 0.70", MAY, MUST),
             ("0.70 to 0.50", 0.5, MAY), ("under 0.50", -1, 0.5))  # fmt: skip
    kinds = np.array([document.kind for document in test.documents])
    heads = np.array([families.get((d.language, d.family), n) for n, d in enumerate(test.documents)])
    for kind in EDITS:
        for name, low, high in bands:
            chosen = (kinds == kind) & (test.to_source >= low) & (test.to_source < high)
            if chosen.any():
                shares = [
                    float(
                        (a.removed | a.removed[heads])[chosen].mean() if low >= MAY else lost[chosen].mean()
                    )
                    for a, lost in zip(answers, wrong, strict=True)
                ]
                rows.append((kind, name, int(chosen.sum()), shares))
    for kind in ("template", "site", "translation"):
        chosen = kinds == kind
        rows.append((kind, "under 0.70", int(chosen.sum()), [float(lost[chosen].mean()) for lost in wrong]))
    return rows
