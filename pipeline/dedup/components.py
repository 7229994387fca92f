"""Connected components of documents by union-find: 4 bytes a document, 8 from 2**32 documents on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import kernel

Numbers = NDArray[Any]  # uint32 or int64, see `number_type`


def number_type(count: int) -> np.dtype[Any]:
    """The type of a document's number among `count`.

    >>> number_type(10), number_type(2**33)
    (dtype('uint32'), dtype('int64'))
    """
    return np.dtype(np.uint32 if count < 2**32 else np.int64)


def forest(count: int) -> Numbers:
    """Documents of which each is a component of its own."""
    return np.arange(count, dtype=number_type(count))


@kernel
def _root(parents: Numbers, number: Any) -> Any:
    while np.int64(parents[number]) != number:
        parents[number] = parents[np.int64(parents[number])]  # halves the path
        number = np.int64(parents[number])
    return number


@kernel
def unite(parents: Numbers, a: Numbers, b: Numbers) -> None:
    """Joins the components of each pair (a[i], b[i]), in place; the lowest number is the root."""
    for i in range(len(a)):
        first, second = _root(parents, np.int64(a[i])), _root(parents, np.int64(b[i]))
        if first < second:
            parents[second] = first
        elif second < first:
            parents[first] = second


@kernel
def flatten(parents: Numbers) -> None:
    """Makes each document's entry the root of its component, in place."""
    for number in range(len(parents)):  # a parent is lower, so it is flat already
        parents[number] = parents[np.int64(parents[number])]


def components(count: int, a: Numbers, b: Numbers) -> Numbers:
    """The lowest number in the component of each of `count` documents.

    >>> components(5, np.array([3, 1]), np.array([1, 4])).tolist()
    [0, 1, 2, 1, 1]
    """
    parents = forest(count)
    unite(parents, a, b)
    flatten(parents)
    return parents


def components_reference(count: int, a: Numbers, b: Numbers) -> NDArray[np.int64]:
    """What `components` gives: hooks the higher root of each edge under the lower one, until none is left."""
    root = np.arange(count)
    while len(a):
        ra, rb = root[a], root[b]
        np.minimum.at(root, np.maximum(ra, rb), np.minimum(ra, rb))
        while not np.array_equal(root, root[root]):
            root = root[root]
        apart = root[a] != root[b]
        a, b = a[apart], b[apart]
    return root
