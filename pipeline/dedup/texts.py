"""Clusters of texts at hand: the whole of deduplication on a list, without files or a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

from ...filters.simplify import simplify_text
from .clusters import Clusters, Signatures, exact_hashes, find_stars, of_keepers
from .jaccard import ShingleJaccard, Split
from .minhash import MinHash, sign


def cluster_texts(
    texts: Sequence[str],
    split: Split,
    verify: float | None = 0.7,
    options: MinHash | None = None,
    exactly: bool = True,
) -> Clusters:
    """Clusters of texts; the first of a cluster is kept.

    Args:
        texts: of one language.
        split: its word segmenter, see `filters.words.segmenter`.
        verify: least similarity of a text to its keeper; None: all that bands connect, as in datatrove.
        options: parameters of the signatures; None: the recipe's.
        exactly: whether shingles decide where the sketches' estimate is near `verify`.

    >>> words = [f"palavra{i}" for i in range(50)]
    >>> texts = [" ".join(words), " ".join(reversed(words)), " ".join([*words, "fim"])]
    >>> cluster_texts(texts, str.split).keeper
    array([0, 1, 0])
    """
    options = options or MinHash()
    signatures = sign_texts(texts, split, options)

    def read(numbers: NDArray[np.int64]) -> Iterator[tuple[list[str], Split]]:
        yield [texts[number] for number in numbers.tolist()], split

    jaccard = ShingleJaccard(read, options.ngram) if exactly else None
    return of_keepers(*find_stars(signatures, np.arange(len(texts)), verify, jaccard))


def sign_texts(texts: Sequence[str], split: Split, options: MinHash) -> Signatures:
    """Signatures and hashes of texts."""
    simplified = [simplify_text(text) for text in texts]
    signed = [sign(split(text), options) for text in simplified]
    empty = (b"\0" * 8 * options.bands, b"\0" * options.bands * options.rows)
    bands, sketches = (b"".join((one or empty)[i] for one in signed) for i in (0, 1))
    is_signed = np.array([one is not None for one in signed], bool)
    return Signatures(
        np.frombuffer(bands, "<u8").reshape(-1, options.bands),
        np.frombuffer(sketches, np.uint8).reshape(-1, options.bands * options.rows),
        exact_hashes(_hashes(texts), _hashes(simplified), is_signed),
        is_signed,
        np.array([bool(text) for text in texts], bool),
    )


def _hashes(texts: Sequence[str]) -> NDArray[np.uint64]:
    digests = (xxhash.xxh3_128_digest(text.encode("utf-8", "surrogatepass")) for text in texts)
    return np.frombuffer(b"".join(digests), "<u8").reshape(-1, 2)
