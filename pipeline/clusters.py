"""clusters: the largest clusters of a run, with samples and the difference of two members."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..langid.errors import PolysiftError, did_you_mean
from ..langid.labels import canonical
from . import corpus
from .corpus import Parts
from .dedup.found import SCHEMA
from .dedup.pool import Pool, pools
from .dedup.results import read_rows
from .stage import Done, Run, completed
from .stages import up_to

SAMPLES = 5  # members shown of a cluster
CONTEXT = 1  # lines around a difference


@dataclass(frozen=True)
class Member:
    """A document of a cluster; its similarity is that to the document kept."""

    id: str
    similarity: float
    text: str


@dataclass(frozen=True)
class Cluster:
    """A cluster of duplicates.

    Attributes:
        label: its language, or `all`.
        number: minhash_cluster_id.
        size: documents, those of earlier crawls included.
        keeper: id of the document that stands for it.
        members: some of this run's, the most similar and the least similar among them; the keeper first, if it is
            this run's.
        difference: lines of a unified diff from the first member to the least similar one.
    """

    label: str
    number: int
    size: int
    keeper: str
    members: tuple[Member, ...]
    difference: tuple[str, ...]


def largest(run: Run, language: str | None = None, most: int = 10) -> list[Cluster]:
    """The largest clusters of a run or of one language, the largest first; equals by language and number.

    Raises:
        PolysiftError: when the run has not found clusters yet, or has no such language.
    """
    done = completed(run, up_to("dedup"))
    chosen = _chosen(pools(run, done), language)
    found = [(pool, *entry) for pool in chosen for entry in _largest_of(run, done, pool, most)]
    found.sort(key=lambda entry: (-entry[2], entry[0].name, entry[1]))
    return [_cluster(run, done, pool, number, size) for pool, number, size in found[:most]]


def _chosen(found: list[Pool], language: str | None) -> list[Pool]:
    if language is None:
        return found
    label = canonical(language)
    chosen = [pool for pool in found if label in pool.labels]
    if not chosen:
        known = [label for pool in found for label in pool.labels]
        raise PolysiftError(
            f"--language {language}: the run has no documents of {label}{did_you_mean(label, known)}; it has "
            f"{', '.join(known[:20])}{', ...' if len(known) > 20 else ''}"
        )
    return chosen


def _files(done: Done, pool: Pool) -> list[str]:
    return [found["files"][0] for found in done["dedup"].values() if found["pool"] == pool.name]


def _largest_of(run: Run, done: Done, pool: Pool, most: int) -> Iterator[tuple[int, int]]:
    """(number, size) of a pool's largest clusters."""
    for name in _files(done, pool):
        with run.work.parquet(name) as file:
            table = file.read(["minhash_cluster_id", "minhash_cluster_size"])
        numbers, first = np.unique(table.column(0).to_numpy(), return_index=True)
        sizes = table.column(1).to_numpy()[first]
        order = np.lexsort((numbers, -sizes))[:most]
        yield from zip(numbers[order].tolist(), sizes[order].tolist(), strict=True)


def _cluster(run: Run, done: Done, pool: Pool, number: int, size: int) -> Cluster:
    rows = _rows(run, done, pool, number)
    numbers, similarity = rows.column("document").to_numpy(), rows.column("similarity").to_numpy()
    order = np.lexsort((numbers, -similarity))
    order = order[np.argsort(numbers[order] != rows.column("keeper").to_numpy()[order], kind="stable")]
    sample = order[np.unique(np.linspace(0, len(order) - 1, min(SAMPLES, len(order))).round().astype(int))]
    members = _members(run, pool.all_parts, numbers[sample], similarity[sample])
    keeper = rows.column("earlier")[0].as_py() or members[0].id
    difference = _difference(members[0], members[-1]) if len(members) > 1 else ()
    return Cluster(pool.name, number, size, keeper, members, difference)


def _rows(run: Run, done: Done, pool: Pool, number: int) -> pa.Table:
    """A cluster's rows: it lies whole in one file."""
    for name in _files(done, pool):
        rows = read_rows(run.work, [name], SCHEMA)
        rows = rows.filter(pc.equal(rows.column("minhash_cluster_id"), number))
        if len(rows):
            return rows
    raise PolysiftError(f"cluster {number} of {pool.name} is gone; run `polysift dedup CONFIG`")


def _members(
    run: Run, parts: Parts, numbers: NDArray[np.int64], similarity: NDArray[np.float32]
) -> tuple[Member, ...]:
    ids, texts = (corpus.take(run.work, parts, name, np.sort(numbers)) for name in ("id", "text"))
    return tuple(
        Member(ids[number], float(similar), texts[number])
        for number, similar in zip(numbers.tolist(), similarity, strict=True)
    )


def _difference(a: Member, b: Member) -> tuple[str, ...]:
    lines = difflib.unified_diff(a.text.splitlines(), b.text.splitlines(), a.id, b.id, lineterm="", n=CONTEXT)
    return tuple(lines)
