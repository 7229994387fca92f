"""From band keys to clusters and their keepers (NumPy reference, one language in memory)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .minhash import similarity

Edges = tuple[NDArray[np.int64], NDArray[np.int64]]


class Clusters(NamedTuple):
    """Clusters of the documents of a language, one row per document, in order.

    Attributes:
        cluster: int64, number of the cluster's first document.
        size: int64, documents of the cluster, at least 1.
        keeper: int64, number of the document that stands for the cluster.
    """

    cluster: NDArray[np.int64]
    size: NDArray[np.int64]
    keeper: NDArray[np.int64]


def candidates(bands: NDArray[np.uint64], documents: NDArray[np.int64]) -> Iterator[Edges]:
    """Pairs of documents that share a band, enough of them to connect all that do.

    Args:
        bands: band keys, shape (documents, bands).
        documents: the number of each row's document, ascending.

    Yields:
        for each band, (earlier, later) document numbers: each document of a bucket with the one before it and
        with the bucket's first.
    """
    for keys in bands.T:
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        same = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        first = starts[np.searchsorted(starts, same, side="right") - 1]
        numbers = documents[order]
        chain, star = numbers[same - 1], numbers[first]
        apart = chain != star
        yield np.r_[chain, star[apart]], np.r_[numbers[same], numbers[same][apart]]


def connected(count: int, edges: Iterator[Edges]) -> NDArray[np.int64]:
    """The lowest number in the connected component of each of `count` documents."""
    root = np.arange(count)
    pairs = list(edges)
    a = np.concatenate([pair[0] for pair in pairs]) if pairs else np.empty(0, np.int64)
    b = np.concatenate([pair[1] for pair in pairs]) if pairs else np.empty(0, np.int64)
    while len(a):
        # Hook the higher root of each edge under the lower one, then halve all paths, until edges lie within trees.
        ra, rb = root[a], root[b]
        np.minimum.at(root, np.maximum(ra, rb), np.minimum(ra, rb))
        while not np.array_equal(root, root[root]):
            root = root[root]
        apart = root[a] != root[b]
        a, b = a[apart], b[apart]
    return root


def verified(edges: Iterator[Edges], sketches: NDArray[np.uint8], least: float) -> Iterator[Edges]:
    """Only the edges whose sketches (row = document number) estimate a similarity of at least `least`."""
    for a, b in edges:
        similar = similarity(sketches[a], sketches[b]) >= least
        yield a[similar], b[similar]


def keep_first(cluster: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first document of each cluster."""
    return cluster


def keep_longest(cluster: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The longest document of each cluster, the first of equally long ones."""
    order = np.lexsort((np.arange(len(cluster)), -lengths, cluster))
    ordered = cluster[order]
    heads = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])[: len(ordered)]
    best = np.empty(len(cluster), np.int64)
    best[ordered[heads]] = order[heads]
    return best[cluster]


KEEPERS: dict[str, Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]] = {
    "first": keep_first,
    "longest": keep_longest,
}


def cluster(
    bands: NDArray[np.uint64],
    signed: NDArray[np.bool_],
    lengths: NDArray[np.int64],
    keep: str = "first",
    sketches: NDArray[np.uint8] | None = None,
    verify: float | None = None,
) -> Clusters:
    """Clusters of one language.

    Args:
        bands: uint64 (documents, bands); rows of unsigned documents are ignored.
        signed: bool (documents,), which documents take part.
        lengths: int64 (documents,), code points.
        keep: a name of KEEPERS.
        sketches: uint8 (documents, hashes), needed with `verify`.
        verify: least estimated similarity of an edge; None connects all that share a band, as datatrove does.
    """
    numbers = np.flatnonzero(signed)
    edges = candidates(bands[numbers], numbers)
    if verify is not None and sketches is not None:
        edges = verified(edges, sketches, verify)
    roots = connected(len(signed), edges)
    size = np.bincount(roots, minlength=len(roots))[roots]
    return Clusters(roots, size, KEEPERS[keep](roots, lengths))
