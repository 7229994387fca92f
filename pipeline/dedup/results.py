"""What dedup found, read by later stages: the cluster of each document of a language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .. import corpus
from ..corpus import Parts
from ..schema import CLUSTER
from ..settings import wanted
from ..stage import Done, Run
from ..storage import Folder
from .pool import GLOBAL, pool_name

ID, SIZE = CLUSTER.names

# A row for each document of a language, in order.
SCHEMA = pa.schema(
    [
        *CLUSTER,
        pa.field("keeper", pa.int64(), nullable=False),  # number in the pool; a document kept has its own
        pa.field("similarity", pa.float32()),  # to the keeper; null for a document kept
        pa.field("earlier", pa.string()),  # id of the keeper where it is of an earlier index
    ]
)


class Found(NamedTuple):
    """Where the clusters of a language are.

    Attributes:
        files: of its pool's clusters.
        digests: of these.
        start: number in the pool of the language's first document.
        parts: of the pool.
    """

    files: tuple[str, ...]
    digests: tuple[str, ...]
    start: int
    parts: Parts


def found_by_language(run: Run, done: Done) -> dict[str, Found]:
    """Where the clusters of each language that the run wants are."""
    by_pool: dict[str, list[Mapping[str, Any]]] = {}
    for manifest in done["dedup"].values():
        by_pool.setdefault(manifest["pool"], []).append(manifest)
    languages = {
        label: parts for label, parts in corpus.by_language(done["annotate"]).items() if wanted(run, label)
    }
    everything = tuple(part for parts in languages.values() for part in parts)
    found, start = {}, 0
    for label, parts in languages.items():
        name = pool_name(run, label)
        manifests = by_pool.get(name, [])
        whole = name == GLOBAL
        found[label] = Found(
            tuple(manifest["files"][0] for manifest in manifests),
            tuple(manifest["digest"] for manifest in manifests),
            start if whole else 0,
            everything if whole else parts,
        )
        start += corpus.documents(parts)
    return found


def alone(count: int, start: int = 0) -> pa.Table:
    """Documents of which each is a cluster of its own."""
    numbers = np.arange(start, start + count)
    nothing = [pa.nulls(count, SCHEMA.field(name).type) for name in ("similarity", "earlier")]
    return pa.table([numbers, np.ones(count, np.int64), numbers, *nothing], schema=SCHEMA)


def clusters_of(work: Folder, found: Found, count: int) -> pa.Table:
    """The clusters of a language of `count` documents, a row for each, in order."""
    named = [table for name in found.files if len(table := _rows_of(work, name, found.start, count))]
    whole = alone(count, found.start)
    if not named:
        return whole
    table = pa.concat_tables(named).combine_chunks()
    rows = table.column("document").to_numpy() - found.start
    removed = table.column("keeper").to_numpy() != table.column("document").to_numpy()
    columns = {name: whole.column(name).to_numpy().copy() for name in (ID, SIZE, "keeper")}
    for name, column in columns.items():
        column[rows] = table.column(name).to_numpy()
    place = np.full(count, -1)
    place[rows[removed]] = np.flatnonzero(removed)
    indices = pa.array(place, mask=place < 0)
    rest = [table.column(name).take(indices) for name in ("similarity", "earlier")]
    return pa.table([*columns.values(), *rest], schema=SCHEMA)


def keepers_among(work: Folder, files: Sequence[str], start: int, count: int) -> NDArray[np.bool_]:
    """Which of the `count` documents of a pool from number `start` on stand for themselves: bool (documents,).

    Reads only the row groups that hold them.
    """
    found = np.ones(count, np.bool_)
    for name in files:
        with work.parquet(name) as file:
            for index in range(file.num_row_groups):
                numbers = file.metadata.row_group(index).column(0).statistics
                if numbers is None or numbers.max < start or numbers.min >= start + count:
                    continue
                group = file.read_row_group(index, ["document", "keeper"])
                document, keeper = (group.column(of).to_numpy() for of in ("document", "keeper"))
                removed = document[document != keeper] - start
                found[removed[(removed >= 0) & (removed < count)]] = False
    return found


def _rows_of(work: Folder, name: str, start: int, count: int) -> pa.Table:
    with work.parquet(name) as file:
        table: pa.Table = file.read()
    numbers = table.column("document").to_numpy()
    return table.slice(*_range(numbers, start, count))


def _range(numbers: Sequence[int] | np.ndarray[Any, Any], start: int, count: int) -> tuple[int, int]:
    first, last = np.searchsorted(numbers, [start, start + count]).tolist()
    return first, last - first


def read_rows(work: Folder, names: Sequence[str], schema: pa.Schema) -> pa.Table:
    """The rows of several Parquet files of one schema."""
    return pa.concat_tables(
        [schema.empty_table(), *(pq.read_table(work.fs.open(work.path(n), "rb")) for n in names)]
    )
