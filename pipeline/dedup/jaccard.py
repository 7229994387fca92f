"""Exact Jaccard similarity of documents on their shingles, for pairs whose sketches do not decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...filters.simplify import Mode, simplify_text
from ...filters.simplify_kernel import simplify
from ...langid.kernels import Strings, Words, kernel
from .minhash import shingles
from .minhash_kernel import shingle_hashes

SplitBatch = Callable[[Strings], Words]

SHINGLES_HELD = 16_000_000  # hashes kept from one question to the next: 128 MB


class Sets(NamedTuple):
    """Sets of shingles.

    Attributes:
        hashes: uint64 (shingles,), ascending within a set, no repeats.
        offsets: int64 (sets + 1,): set i is `hashes[offsets[i]:offsets[i + 1]]`.
    """

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.int64]


# The sets of documents of ascending numbers, some at a time.
SetsOf = Callable[[NDArray[np.int64]], Iterable[Sets]]


def shingle_sets(texts: Strings, split: SplitBatch, ngram: int, normalise: Mode = "recipe") -> Sets:
    """The set of shingles of each text, as they are signed: of the simplified text's words."""
    hashes, offsets = shingle_hashes(split(simplify(texts, normalise)), ngram)
    return Sets(*_distinct(hashes, offsets))


def shingle_sets_reference(
    texts: Sequence[str], split: Callable[[str], Sequence[str]], ngram: int, normalise: Mode = "recipe"
) -> list[set[int]]:
    """What `shingle_sets` gives, as sets."""
    return [set(shingles(split(simplify_text(text, normalise)), ngram).tolist()) for text in texts]


@kernel
def _distinct(
    hashes: NDArray[np.uint64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hashes of each document in ascending order, each once."""
    found, starts = np.empty_like(hashes), np.zeros_like(offsets)
    count = 0
    for document in range(len(offsets) - 1):
        own = np.sort(hashes[offsets[document] : offsets[document + 1]])
        for i in range(len(own)):
            if i == 0 or own[i] != own[i - 1]:
                found[count] = own[i]
                count += 1
        starts[document + 1] = count
    return found[:count].copy(), starts


def _concatenated(sets: Sequence[NDArray[np.uint64]]) -> Sets:
    offsets = np.cumsum([0, *map(len, sets)], dtype=np.int64)
    return Sets(np.concatenate([np.empty(0, np.uint64), *sets]), offsets)


def jaccard_reference(a: set[int], b: set[int]) -> float:
    """Shared shingles by all of both; 0 where there are none."""
    return len(a & b) / len(a | b) if a | b else 0.0


@kernel
def jaccard(
    hashes: NDArray[np.uint64], offsets: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Jaccard similarity of each pair of sets (a[i], b[i]), float64 (pairs,)."""
    found = np.zeros(len(a))
    for pair in range(len(a)):
        i, i_end = offsets[a[pair]], offsets[a[pair] + 1]
        j, j_end = offsets[b[pair]], offsets[b[pair] + 1]
        total, shared = i_end - i + j_end - j, 0
        while i < i_end and j < j_end:
            x, y = hashes[i], hashes[j]
            shared += x == y
            i += x <= y
            j += y <= x
        if total:
            found[pair] = shared / (total - shared)
    return found


class ShingleJaccard:
    """Exact similarities of documents by number; reads and shingles each text once, while memory allows.

    Args:
        read: reads the sets of documents of ascending numbers.
        held: shingles kept; beyond, sets are read anew where they are needed again.
    """

    def __init__(self, read: SetsOf, held: int = SHINGLES_HELD) -> None:
        self.read, self.held = read, held
        self.numbers = np.empty(0, np.int64)
        self.sets = Sets(np.empty(0, np.uint64), np.zeros(1, np.int64))

    def __call__(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
        """Similarity of each pair of documents (a[i], b[i]), float64 (pairs,)."""
        found = np.empty(len(a))
        for start, stop in self._loaded(a, b):
            rows = (np.searchsorted(self.numbers, x[start:stop]) for x in (a, b))
            found[start:stop] = jaccard(*self.sets, *rows)
        return found

    def _loaded(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Ranges of pairs, whose sets are in memory while each is looked at."""
        stack = [(0, len(a))]
        while stack:
            start, stop = stack.pop()
            needed = np.unique(np.r_[a[start:stop], b[start:stop]])
            if self._load(needed, stop - start > 1):
                yield start, stop
            else:
                middle = (start + stop) // 2
                stack += [(middle, stop), (start, middle)]

    def _load(self, needed: NDArray[np.int64], divisible: bool) -> bool:
        """Brings sets into memory; False where they are too many and fewer can be asked for."""
        missing = np.setdiff1d(needed, self.numbers, assume_unique=True)
        if not len(missing):
            return True
        if len(self.sets.hashes) > self.held // 2:  # make room: forget all that is not needed now
            self._keep(np.isin(self.numbers, needed))
        added: list[NDArray[np.uint64]] = []
        room = self.held - len(self.sets.hashes)
        for sets in self.read(missing):
            added += np.split(sets.hashes, sets.offsets[1:-1]) if len(sets.offsets) > 1 else []
            room -= len(sets.hashes)
            if room < 0 and divisible:
                return False
        self._add(missing, added)
        return True

    def _keep(self, chosen: NDArray[np.bool_]) -> None:
        sets = np.split(self.sets.hashes, self.sets.offsets[1:-1]) if len(self.numbers) else []
        self.sets = _concatenated([one for one, keep in zip(sets, chosen, strict=True) if keep])
        self.numbers = self.numbers[chosen]

    def _add(self, numbers: NDArray[np.int64], sets: list[NDArray[np.uint64]]) -> None:
        held = np.split(self.sets.hashes, self.sets.offsets[1:-1]) if len(self.numbers) else []
        all_numbers = np.r_[self.numbers, numbers]
        order = np.argsort(all_numbers, kind="stable")
        both = [*held, *sets]
        self.numbers, self.sets = all_numbers[order], _concatenated([both[i] for i in order.tolist()])
