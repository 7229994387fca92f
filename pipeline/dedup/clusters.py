"""Clusters of documents whose signatures fit in memory: exact duplicates, buckets, components or verified stars.

All documents of a small language; of a large one a set of whole components (disk.py), one after the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .buckets import grouped, joined, number_buckets
from .components import components
from .minhash import similarity
from .stars import Jaccard, Stars, stars

PAIRS_AT_A_TIME = 100_000


class Signatures(NamedTuple):
    """What documents are compared by, rows in the order of their numbers.

    Attributes:
        bands: uint64 (documents, bands); anything where not signed.
        sketches: uint8 (documents, hashes); anything where not signed.
        hashes: uint64 (documents, 2): equal where documents are exact duplicates; see `exact_hashes`.
        signed: bool (documents,), which have bands and a sketch.
        exact: bool (documents,), which have a hash; not those of no text, and none that take no part.
    """

    bands: NDArray[np.uint64]
    sketches: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    signed: NDArray[np.bool_]
    exact: NDArray[np.bool_]


class Clusters(NamedTuple):
    """Clusters of documents, one row per document, in order.

    Attributes:
        cluster: int64, number of the cluster's first document.
        size: int64, documents of the cluster, at least 1.
        keeper: int64, number of the document that stands for the cluster.
        similarity: float32, Jaccard similarity to the keeper; 1 for a keeper.
    """

    cluster: NDArray[np.int64]
    size: NDArray[np.int64]
    keeper: NDArray[np.int64]
    similarity: NDArray[np.float32]


def find_stars(
    signatures: Signatures,
    order: NDArray[np.int64],
    threshold: float | None,
    jaccard: Jaccard | None = None,
) -> Stars:
    """The keeper of every document.

    Args:
        signatures: of all documents that may be together.
        order: int64 (documents,), rows from the one preferred most to the least: the first of a cluster is kept.
        threshold: least similarity of a document to its keeper; None: all that shared bands connect, through
            whatever others, are together, as in datatrove's clusters.
        jaccard: exact similarity of pairs of rows; see `stars.stars`.

    >>> bands = np.array([[1, 5], [1, 6], [2, 6]], np.uint64)
    >>> signatures = Signatures(bands, np.zeros((3, 8), np.uint8), bands, np.ones(3, bool), np.ones(3, bool))
    >>> find_stars(signatures, np.arange(3), None).keeper
    array([0, 0, 0])
    """
    heads = exact_heads(signatures.hashes, order, takes_part(signatures, threshold))
    chosen = order[(heads[order] == order) & signatures.signed[order]]  # by preference, exact duplicates out
    buckets = bucket_numbers(signatures.bands, chosen)
    shared = (buckets >= 0).any(axis=1)
    chosen, buckets = chosen[shared], buckets[shared]
    sketches = signatures.sketches[chosen]
    if threshold is None:
        found = _transitive(buckets, sketches)
    else:
        asked = None if jaccard is None else lambda a, b: jaccard(chosen[a], chosen[b])
        found = stars(buckets, sketches, threshold, asked)
    keeper, similarity = np.arange(len(order)), np.ones(len(order), np.float32)
    keeper[chosen], similarity[chosen] = chosen[found.keeper], found.similarity
    return Stars(keeper[heads], similarity[heads])


def takes_part(signatures: Signatures, threshold: float | None) -> NDArray[np.bool_]:
    """Which documents may be exact duplicates; without a threshold only signed ones, as in datatrove."""
    return signatures.exact if threshold is not None else signatures.exact & signatures.signed


def exact_heads(
    hashes: NDArray[np.uint64], order: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The preferred one of the documents with the same 128-bit hash as each, int64 (documents,).

    Args:
        hashes: uint64 (documents, 2).
        order: int64 (documents,), rows by preference.
        chosen: bool (documents,); any other document has itself.
    """
    heads = np.arange(len(order))
    rows = order[chosen[order]]
    first, later = joined(*grouped(hashes[rows, 0]))
    first, later = rows[first], rows[later]
    same = hashes[first, 1] == hashes[later, 1]
    heads[later[same]] = first[same]
    return heads


def bucket_numbers(bands: NDArray[np.uint64], rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Numbers of the buckets of some rows, int32 (rows, bands): equal where a band's keys are, -1 where alone."""
    buckets = np.empty((len(rows), bands.shape[1]), np.int32)
    number = 0
    for band in range(bands.shape[1]):
        column = np.empty(len(rows), np.int32)
        number = number_buckets(*grouped(bands[rows, band]), column, number)
        buckets[:, band] = column
    return buckets


def _transitive(buckets: NDArray[np.int32], sketches: NDArray[np.uint8]) -> Stars:
    """The first row of each component; similarities as estimated, however low."""
    first, later = [], []
    for band in buckets.T:
        rows = np.flatnonzero(band >= 0)
        a, b = joined(*grouped(band[rows].astype(np.uint64)))
        first.append(rows[a])
        later.append(rows[b])
    none = np.empty(0, np.int64)
    roots = components(len(buckets), np.concatenate([none, *first]), np.concatenate([none, *later]))
    keeper = roots.astype(np.int64)
    return Stars(keeper, similarities(sketches, keeper))


def similarities(sketches: NDArray[np.uint8], keeper: NDArray[np.int64]) -> NDArray[np.float32]:
    """The estimated similarity of each row to its keeper, float32 (documents,)."""
    found = np.ones(len(keeper), np.float32)
    removed = np.flatnonzero(keeper != np.arange(len(keeper)))
    for start in range(0, len(removed), PAIRS_AT_A_TIME):
        rows = removed[start : start + PAIRS_AT_A_TIME]
        found[rows] = similarity(sketches[rows], sketches[keeper[rows]])
    return found


def of_keepers(keeper: NDArray[np.int64], similarity: NDArray[np.float32]) -> Clusters:
    """Cluster numbers and sizes from the keepers.

    >>> of_keepers(np.array([0, 3, 2, 3]), np.ones(4, np.float32)).cluster
    array([0, 1, 2, 1])
    """
    count = len(keeper)
    first = np.arange(count)
    np.minimum.at(first, keeper, np.arange(count))
    size = np.bincount(keeper, minlength=count)
    return Clusters(first[keeper], size[keeper], keeper, similarity)


def exact_hashes(
    text: NDArray[np.uint64], simplified: NDArray[np.uint64], signed: NDArray[np.bool_]
) -> NDArray[np.uint64]:
    """What exact duplicates are found by: the simplified text, but the text itself where it is too short to sign.

    Args:
        text: uint64 (documents, 2), 128-bit hash of the text as given.
        simplified: uint64 (documents, 2), of the simplified text.
        signed: bool (documents,).
    """
    return np.where(signed[:, None], simplified, text)
