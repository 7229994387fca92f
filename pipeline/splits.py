"""Which documents make the test split: decided by content, so that a document stays where it is from run to run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import corpus
from .corpus import Parts
from .storage import Folder

TEXT_HASH, ID_HASH = "text_hash", "id_hash"  # the second where annotations carry no hash of the text


def content_hashes(work: Folder, parts: Parts) -> NDArray[np.uint64]:
    """A hash of each document of a language, by content where the annotations have one: uint64 (documents,)."""
    with work.arrow(parts[0].file) as file:
        by_text = TEXT_HASH in file.schema.names
    column = corpus.read(work, parts, [TEXT_HASH if by_text else ID_HASH]).column(0)
    if not by_text:
        found: NDArray[np.uint64] = column.to_numpy()
        return found
    return np.concatenate([corpus.fixed_binary(chunk)[:, :8] for chunk in column.chunks]).view("<u8").ravel()


def held_out(
    hashes: NDArray[np.uint64],
    keepers: NDArray[np.int64],
    kept: NDArray[np.bool_],
    fraction: float,
    most: int,
) -> NDArray[np.bool_]:
    """The documents of the test split: those kept whose cluster's keeper has the lowest hashes.

    What stands for one cluster, or has one content, is never split: it is in the test split whole or not at all.
    Adding documents moves few others: the lowest hashes remain the lowest.

    Args:
        hashes: uint64 (documents,), of the content.
        keepers: int64 (documents,), the number of the document that stands for each one's cluster.
        kept: bool (documents,), which documents the dataset keeps.
        fraction: share of the kept documents at most.
        most: documents at most.

    Returns:
        bool (documents,).

    >>> held_out(np.array([7, 3, 9, 1], np.uint64), np.array([0, 1, 1, 3]), np.array([True] * 4), 0.5, 10)
    array([False, False, False,  True])
    """
    chosen = np.zeros(len(kept), np.bool_)
    numbers = np.flatnonzero(kept)
    limit = min(int(len(numbers) * fraction + 1e-9), most)
    if limit:
        values, counts = np.unique(hashes[keepers[numbers]], return_counts=True)
        groups = int(np.searchsorted(np.cumsum(counts), limit, side="right"))
        chosen[numbers] = np.isin(hashes[keepers[numbers]], values[:groups])
    return chosen
