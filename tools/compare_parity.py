"""Compares a run of polysift with the decisions of FineWeb2's recipe on the same documents.

    python tools/compare_parity.py DATASET EXPECTED [--languages por_Latn,...]

DATASET is the dataset that `polysift run` wrote with `words: datatrove`, the input's own labels and
`export.removed: true`; EXPECTED is the table that tools/make_parity_sample.py makes of the peer's output.
Which document of a cluster stays depends in the recipe on the order of unions, here it is the first. So
outcomes and reasons are compared on the documents that neither side calls a duplicate, and clusters as sets.

Prints a table with a row per language and the ids that differ; exit status 1 when any do.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
from polysift.filters.rules import DUPLICATE, FINEWEB2_REASONS

KEPT = "kept"
MISSING = "missing"
OURS = ["id", "language", "language_script", "minhash_cluster_id", "minhash_cluster_size"]
DUPLICATES = FINEWEB2_REASONS[DUPLICATE]


class Decision(NamedTuple):
    """What one side decided on a document; `outcome` is 'kept' or FineWeb2's name of the reason."""

    id: str
    language: str
    outcome: str
    cluster: int | None
    """None for a document without duplicates; counts within the language."""
    cluster_size: int


class Comparison(NamedTuple):
    """The two sides of one language."""

    language: str
    documents: int
    compared: int
    """Documents that neither side calls a duplicate."""
    differing: dict[str, tuple[str, str]]
    """Document id to the peer's and our outcome."""
    clusters: int
    differing_clusters: list[frozenset[str]]
    """Sets of ids that are a cluster on one side only."""
    differing_sizes: list[str]
    """Documents whose minhash_cluster_size is not the same."""

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.differing or self.differing_clusters or self.differing_sizes)


def our_decisions(dataset: Path) -> Iterator[Decision]:
    """The decisions of a dataset: its kept documents in data/, the others in removed/ with their reason."""
    for path in sorted(dataset.glob("data/*/*.parquet")):
        for row in pq.ParquetFile(path).read(columns=OURS).to_pylist():
            yield our_decision(row, KEPT)
    for path in sorted(dataset.glob("removed/*/*.parquet")):
        for row in pq.ParquetFile(path).read(columns=[*OURS, "reason"]).to_pylist():
            yield our_decision(row, FINEWEB2_REASONS.get(row["reason"], row["reason"]))


def our_decision(row: dict[str, object], outcome: str) -> Decision:
    """One row of our output; a cluster of one is none."""
    label, size = f"{row['language']}_{row['language_script']}", int(str(row["minhash_cluster_size"]))
    cluster = int(str(row["minhash_cluster_id"])) if size > 1 else None
    return Decision(str(row["id"]), label, outcome, cluster, size)


def peer_decisions(expected: Path) -> Iterator[Decision]:
    """The decisions in the table of make_parity_sample.py."""
    for row in pq.read_table(expected).to_pylist():
        size = row["minhash_cluster_size"]
        yield Decision(row["id"], row["language"], row["outcome"], row["cluster_id"], size)


def clusters(decisions: Iterable[Decision]) -> set[frozenset[str]]:
    """The clusters of one language as sets of ids."""
    members = defaultdict(set)
    for decision in decisions:
        if decision.cluster is not None:
            members[decision.cluster].add(decision.id)
    return {frozenset(ids) for ids in members.values()}


def compare(language: str, peer: list[Decision], ours: list[Decision]) -> Comparison:
    """Compares the two sides of one language; a document that one side lacks differs."""
    peer_by_id, ours_by_id = {d.id: d for d in peer}, {d.id: d for d in ours}
    pairs = {
        id: (
            peer_by_id[id].outcome if id in peer_by_id else MISSING,
            ours_by_id[id].outcome if id in ours_by_id else MISSING,
        )
        for id in sorted(peer_by_id.keys() | ours_by_id.keys())
    }
    compared = {id: pair for id, pair in pairs.items() if DUPLICATES not in pair or MISSING in pair}
    peer_clusters = clusters(peer)
    return Comparison(
        language,
        len(pairs),
        len(compared),
        {id: pair for id, pair in compared.items() if pair[0] != pair[1]},
        len(peer_clusters),
        sorted(peer_clusters ^ clusters(ours), key=sorted),
        [
            id
            for id in sorted(peer_by_id.keys() & ours_by_id.keys())
            if peer_by_id[id].cluster_size != ours_by_id[id].cluster_size
        ],
    )


def compare_all(peer: Iterable[Decision], ours: Iterable[Decision]) -> list[Comparison]:
    """Compares every language of the peer's decisions, in the order of their names.

    A document to which the two sides give different labels is missing in one of them.
    """
    sides: tuple[dict[str, list[Decision]], dict[str, list[Decision]]] = defaultdict(list), defaultdict(list)
    for side, decisions in zip(sides, (peer, ours), strict=True):
        for decision in decisions:
            side[decision.language].append(decision)
    return [compare(language, sides[0][language], sides[1][language]) for language in sorted(sides[0])]


def report(comparisons: list[Comparison]) -> Iterator[str]:
    """The lines of the table, and below it every difference."""
    yield f"{'language':<10} {'documents':>9} {'compared':>9} {'agree':>9} {'clusters':>9}  clusters equal"
    for c in comparisons:
        agree, equal = (
            c.compared - len(c.differing),
            "no" if c.differing_clusters or c.differing_sizes else "yes",
        )
        yield f"{c.language:<10} {c.documents:>9,} {c.compared:>9,} {agree:>9,} {c.clusters:>9,}  {equal}"
    compared = sum(c.compared for c in comparisons)
    agree = compared - sum(len(c.differing) for c in comparisons)
    documents, several = sum(c.documents for c in comparisons), sum(c.clusters for c in comparisons)
    equal = (
        f"{sum(not (c.differing_clusters or c.differing_sizes) for c in comparisons)} of {len(comparisons)}"
    )
    yield f"{'total':<10} {documents:>9,} {compared:>9,} {agree:>9,} {several:>9,}  {equal}"
    for c in comparisons:
        for id, (theirs, ours) in c.differing.items():
            yield f"{c.language} {id}: expected {theirs}, found {ours}"
        for ids in c.differing_clusters:
            yield f"{c.language}: a cluster on one side only: {', '.join(sorted(ids))}"
        if c.differing_sizes:
            yield f"{c.language}: another minhash_cluster_size: {', '.join(c.differing_sizes)}"


def main() -> None:
    """Reads the command line, prints the report, exits with 1 when anything differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dataset", type=Path, help="folder with data/ and removed/")
    parser.add_argument("expected", type=Path, help="expected.parquet")
    parser.add_argument("--languages", default="", help="compare only these, separated by commas")
    arguments = parser.parse_args()
    only = set(filter(None, arguments.languages.split(",")))
    peer = (d for d in peer_decisions(arguments.expected) if not only or d.language in only)
    comparisons = compare_all(peer, our_decisions(arguments.dataset))
    print("\n".join(report(comparisons)))
    sys.exit(not all(comparison.equal for comparison in comparisons))


if __name__ == "__main__":
    main()
