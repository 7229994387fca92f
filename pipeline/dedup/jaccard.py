"""Exact Jaccard similarity of documents on their shingles, for pairs whose sketches do not decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...filters.simplify import simplify_text
from ...langid.kernels import kernel
from .minhash import shingles

Split = Callable[[str], Sequence[str]]
# Texts of documents in ascending order, piece by piece: how many, and their texts with the word segmenter.
Texts = Callable[[NDArray[np.int64]], Iterable[tuple[Sequence[str], Split]]]

SHINGLES_HELD = 16_000_000  # hashes kept from one question to the next: 128 MB


class Sets(NamedTuple):
    """Sets of shingles.

    Attributes:
        hashes: uint64 (shingles,), ascending within a set, no repeats.
        offsets: int64 (sets + 1,): set i is `hashes[offsets[i]:offsets[i + 1]]`.
    """

    hashes: NDArray[np.uint64]
    offsets: NDArray[np.int64]


def shingle_sets(texts: Sequence[str], split: Split, ngram: int) -> Sets:
    """The set of shingles of each text, as they are signed: of the simplified text's words.

    >>> sets = shingle_sets(["a b c d", "a b c", ""], str.split, 2)
    >>> sets.offsets.tolist(), len(np.intersect1d(sets.hashes[:3], sets.hashes[3:]))
    ([0, 3, 5, 5], 2)
    """
    found = [np.unique(shingles(split(simplify_text(text)), ngram)) for text in texts]
    return _concatenated(found)


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
        texts: gives the texts of documents by ascending number.
        ngram: words of a shingle.
        held: shingles kept; beyond, sets are read anew where they are needed again.
    """

    def __init__(self, texts: Texts, ngram: int, held: int = SHINGLES_HELD) -> None:
        self.texts, self.ngram, self.held = texts, ngram, held
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
        for texts, split in self.texts(missing):
            sets = shingle_sets(texts, split, self.ngram)
            added += np.split(sets.hashes, sets.offsets[1:-1]) if len(texts) else []
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
