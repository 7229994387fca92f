"""What clustering found about documents, and the rows of files that are made of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..schema import CLUSTER
from .pool import Pool
from .rows import Rows
from .stars import Stars

# A row for each document of a cluster of at least two.
SCHEMA = pa.schema(
    [
        pa.field("document", pa.int64(), nullable=False),  # number in the pool
        *CLUSTER,
        pa.field("keeper", pa.int64(), nullable=False),  # number in the pool
        pa.field("similarity", pa.float32(), nullable=False),  # to the keeper
        pa.field("earlier", pa.string()),  # id of the keeper where it is of an earlier index
    ]
)
# A row for each pair of a document and a similar one of an earlier index.
MATCHES = pa.schema(
    [
        pa.field("document", pa.int64(), nullable=False),
        pa.field("earlier", pa.string(), nullable=False),
        pa.field("similarity", pa.float32(), nullable=False),
        pa.field("removed", pa.bool_(), nullable=False),  # whether it is the document that stands aside
    ]
)


class Found(NamedTuple):
    """Clusters of some documents, whole ones.

    Attributes:
        numbers: int64 (documents,), ascending.
        keeper: int64 (documents,), row of the document's keeper.
        similarity: float32 (documents,), to it.
        sizes: int64 (documents,), of a keeper: documents of its cluster. Anything elsewhere.
        lowest: int64 (documents,), of a keeper: the lowest number among them.
    """

    numbers: NDArray[np.int64]
    keeper: NDArray[np.int64]
    similarity: NDArray[np.float32]
    sizes: NDArray[np.int64]
    lowest: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Rows, stars: Stars) -> Found:
        gathered = rows.gathered(stars.keeper)
        return cls(rows.numbers, stars.keeper, stars.similarity, gathered.sizes, gathered.lowest)

    def rows_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self.numbers, numbers)


def clusters_table(pool: Pool, found: Found, numbers: NDArray[np.int64], rows: NDArray[np.int64]) -> pa.Table:
    """Those of some documents that are of this run and in clusters of at least two.

    Args:
        pool: theirs.
        found: the clusters.
        numbers: int64 (documents,), ascending.
        rows: int64 (documents,), where each is found: its own row, or that of the document it is a copy of.
    """
    keeper = found.keeper[rows]
    chosen = numbers < pool.documents
    chosen &= (found.sizes[keeper] > 1) | (found.numbers[keeper] != numbers)
    numbers, rows, keeper = numbers[chosen], rows[chosen], keeper[chosen]
    keepers = found.numbers[keeper]
    columns = [numbers, found.lowest[keeper], found.sizes[keeper], keepers, found.similarity[rows]]
    return pa.table([*columns, earlier_ids(pool, keepers)], schema=SCHEMA)


def matches_table(pool: Pool, found: Found, numbers: NDArray[np.int64], rows: NDArray[np.int64]) -> pa.Table:
    """Pairs of a document and a similar one of an earlier index, one of which is the other's keeper."""
    keeper = found.numbers[found.keeper[rows]]
    ours = numbers < pool.documents
    across = np.flatnonzero(ours != (keeper < pool.documents))
    numbers, keeper = numbers[across], keeper[across]
    earlier = earlier_ids(pool, np.maximum(numbers, keeper))
    columns = [np.minimum(numbers, keeper), earlier, found.similarity[rows[across]], ours[across]]
    return pa.table([*columns, np.maximum(numbers, keeper)], schema=MATCHES.append(EARLIER_NUMBER))


EARLIER_NUMBER = pa.field("number", pa.int64())  # only to sort by


def one_table(matches: list[pa.Table]) -> pa.Table:
    """All matches, by document and earlier one."""
    empty = MATCHES.append(EARLIER_NUMBER).empty_table()
    found = pa.concat_tables([empty, *matches])
    return found.sort_by([("document", "ascending"), ("number", "ascending")]).select(MATCHES.names)


def earlier_ids(pool: Pool, numbers: NDArray[np.int64]) -> pa.Array:
    """Ids of the documents of earlier indexes among these; null for this run's."""
    ids = [pa.array([], pa.string())]
    rows, count = np.full(len(numbers), -1), 0
    first = pool.documents
    for one in pool.earlier:
        here = (numbers >= first) & (numbers < first + one.documents)
        wanted, places = np.unique(numbers[here] - first, return_inverse=True)
        ids.append(one.ids(wanted))
        rows[here] = count + places
        count += len(wanted)
        first += one.documents
    return pa.concat_arrays(ids).take(pa.array(rows, mask=rows < 0))
