"""Clusters of texts at hand: the whole of deduplication on a list, without files or a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...filters.simplify import Mode
from ...filters.simplify_kernel import simplify
from ...filters.words import Segmenter
from ...langid.kernels import Strings, from_arrow, to_arrow, words_from_lists
from .clusters import Clusters, Signatures, exact_hashes, find_stars, of_keepers
from .jaccard import Sets, ShingleJaccard, SplitBatch, shingle_sets
from .minhash import MinHash
from .minhash_kernel import sign_batch
from .xxhash_kernel import hash128


def cluster_texts(
    texts: Sequence[str],
    split: Segmenter,
    verify: float | None = 0.7,
    options: MinHash | None = None,
    exactly: bool = True,
    normalise: Mode = "unicode",
) -> Clusters:
    """Clusters of texts; the first of a cluster is kept.

    Args:
        texts: of one language.
        split: its word segmenter, see `filters.words.segmenter`.
        verify: least similarity of a text to its keeper; None: all that bands connect, as in datatrove.
        options: parameters of the signatures; None: the recipe's.
        exactly: whether shingles decide where the sketches' estimate is near `verify`.
        normalise: how texts are simplified, see `dedup.normalise`.

    >>> words = [a + b for a in "bcdfg" for b in "aeiouáéíóú"]  # numbers would all be read as 0
    >>> texts = [" ".join(words), " ".join(reversed(words)), " ".join([*words, "fim"])]
    >>> cluster_texts(texts, str.split).keeper
    array([0, 1, 0])
    """
    options = options or MinHash()
    array = pa.array(texts, pa.large_string())
    split_batch = of_lists(split)

    def read(numbers: NDArray[np.int64]) -> Iterator[Sets]:
        chosen = from_arrow(array.take(pa.array(numbers)))
        yield shingle_sets(chosen, split_batch, options.ngram, normalise)

    signatures = sign_texts(from_arrow(array), split_batch, options, normalise)
    jaccard = ShingleJaccard(read) if exactly else None
    return of_keepers(*find_stars(signatures, np.arange(len(texts)), verify, jaccard))


def of_lists(split: Segmenter) -> SplitBatch:
    """A segmenter of batches from one of texts."""
    return lambda texts: words_from_lists(list(map(split, to_arrow(texts).to_pylist())))


def sign_texts(
    texts: Strings, split: SplitBatch, options: MinHash, normalise: Mode = "unicode"
) -> Signatures:
    """Signatures and hashes of texts."""
    simplified = simplify(texts, normalise)
    found = sign_batch(split(simplified), options)
    hashes = exact_hashes(hash128(texts), hash128(simplified), found.signed)
    return Signatures(found.bands, found.sketch, hashes, found.signed, np.diff(texts.offsets) > 0)
