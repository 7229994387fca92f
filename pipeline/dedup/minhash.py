"""MinHash signatures, equal to datatrove's `MinhashDedupSignature` where the words are (reference).

Source: FineWeb2 (arXiv 2506.20920, section on deduplication; datatrove `pipeline/dedup/minhash.py`): shingles
of `ngram` words, 64-bit xxhash, `bands * rows` hashes `(s * a + b mod 2**64) mod (2**61 - 1)`, their minima.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

PRIME = np.uint64(2**61 - 1)
CHUNK = 4096  # shingles hashed at a time: bounds the work array of a huge document to 4 MB per 112 hashes


class Signature(NamedTuple):
    """What is kept of a document's minima.

    Attributes:
        bands: `bands` little-endian uint64, the xxh3 hash of each band's minima; two documents share a band
            where these are equal.
        sketch: the lowest byte of each minimum, for estimates of similarity.
    """

    bands: bytes
    sketch: bytes


class MinHash(NamedTuple):
    """Parameters of a signature; documents are comparable only under the same ones."""

    ngram: int = 5
    bands: int = 14
    rows: int = 8
    seed: int = 1


def shingles(words: Sequence[str], ngram: int) -> NDArray[np.uint64]:
    """xxh64 of each `ngram` consecutive words joined by a space, in order, repeats included.

    >>> shingles("the quick brown fox jumps over the lazy dog".split(), 5)[0]
    np.uint64(7797000677988824208)
    """
    count = max(0, len(words) - ngram + 1)
    hashes = (xxhash.xxh64_intdigest(" ".join(words[i : i + ngram])) for i in range(count))
    return np.fromiter(hashes, dtype=np.uint64, count=count)


@cache
def coefficients(count: int, seed: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """`a` in [1, p) and `b` in [0, p) of `count` hash functions, as datatrove draws them."""
    generator = np.random.RandomState(seed)
    a = generator.randint(1, PRIME, dtype=np.uint64, size=(1, count))
    b = generator.randint(0, PRIME, dtype=np.uint64, size=(1, count))
    return a[0], b[0]


def minima(hashes: NDArray[np.uint64], count: int, seed: int) -> NDArray[np.uint64]:
    """The minimum of each of `count` hash functions over the shingles' hashes (at least one).

    >>> words = "the quick brown fox jumps over the lazy dog".split()
    >>> minima(shingles(words, 5), 112, 1)[:2]
    array([ 85330943174081874, 663359892825767826], dtype=uint64)
    """
    a, b = coefficients(count, seed)
    lowest = np.full(count, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(hashes), CHUNK):
        chunk = hashes[start : start + CHUNK, None]
        np.minimum(lowest, ((chunk * a + b) % PRIME).min(axis=0), out=lowest)
    return lowest


def sign(words: Sequence[str], options: MinHash) -> Signature | None:
    """The signature of a document's words (of its simplified text), None where it has no whole shingle."""
    hashes = shingles(words, options.ngram)
    if not len(hashes):
        return None
    lowest = minima(hashes, options.bands * options.rows, options.seed).astype("<u8")
    keys = [xxhash.xxh3_64_intdigest(band.tobytes()) for band in lowest.reshape(options.bands, options.rows)]
    return Signature(np.array(keys, dtype="<u8").tobytes(), lowest.view(np.uint8)[::8].tobytes())


def similarity(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Estimated Jaccard similarity of pairs of sketches, arrays of shape (pairs, bands * rows).

    Minima of different shingles agree in their lowest byte once in 256: the estimate takes that off.
    """
    equal: NDArray[np.float64] = (a == b).mean(axis=1)
    estimate: NDArray[np.float64] = np.clip((equal - 1 / 256) / (1 - 1 / 256), 0.0, 1.0)
    return estimate
