"""Which document of a cluster to keep: an order of preference over all documents, the same in every run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..config import Keep

Columns = Mapping[str, Any]

# What each policy looks at besides the order of the input: columns of the annotations.
LENGTH, SCORE, PASSES, VALUE = "n_chars", "language_score", "passes", "value"


def preference(keep: Keep, columns: Columns, count: int) -> NDArray[np.int64]:
    """Rows from the document preferred most to the least; the earlier of equals comes first.

    Args:
        keep: the policy.
        columns: `n_chars` and `language_score`, arrays (documents,); `passes`, bool, whether the rules keep it
            (for best); `value`, an Arrow array of the policy's column (for column).
        count: documents.

    >>> preference(Keep(policy="longest"), {"n_chars": np.array([3, 9, 9])}, 3)
    array([1, 2, 0])
    """
    # lexsort takes the last key first and is stable: equals stay in the order of the input.
    return np.lexsort((np.zeros(count, bool), *POLICIES[keep.policy](keep, columns)))


def _first(keep: Keep, columns: Columns) -> tuple[NDArray[Any], ...]:
    return ()


def _longest(keep: Keep, columns: Columns) -> tuple[NDArray[Any], ...]:
    return (-columns[LENGTH],)


def _best(keep: Keep, columns: Columns) -> tuple[NDArray[Any], ...]:
    return -columns[LENGTH], -columns[SCORE], ~columns[PASSES]


def _column(keep: Keep, columns: Columns) -> tuple[NDArray[Any], ...]:
    """By rank of the value, or by its place among the preferred values; a document without one comes last."""
    values = columns[VALUE]
    if keep.values:
        listed = pa.array(keep.values, pa.string())
        place = pc.index_in(values.cast(pa.string()), listed)
        return (place.fill_null(len(listed)).to_numpy(zero_copy_only=False),)
    ascending = "descending" if keep.order == "newest" else "ascending"
    ranks = pc.rank(values, ascending, tiebreaker="dense")  # nulls come last
    return (ranks.to_numpy(zero_copy_only=False),)


POLICIES: dict[str, Callable[[Keep, Columns], tuple[NDArray[Any], ...]]] = {
    "first": _first,
    "longest": _longest,
    "best": _best,
    "column": _column,
}
