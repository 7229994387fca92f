"""Signatures of a batch of documents, as a kernel: bit for bit those of minhash.py."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import Words, kernel
from .minhash import MinHash, coefficients
from .xxhash_kernel import SECRET, Hashes, xxh3, xxh64

CHUNK = 2048  # shingles whose hashes stand side by side: 16 kB, which stays in a first-level cache
PRIME = np.uint64(2**61 - 1)
BITS = np.uint64(61)
NONE = np.uint64(2**64 - 1)
NO_SEED = np.uint64(0)
LOW_BYTE = np.uint64(0xFF)
SPACE = 0x20


class Signatures(NamedTuple):
    """What is kept of the minima of documents.

    Attributes:
        bands: uint64 (documents, bands), the xxh3 hash of each band's minima.
        sketch: uint8 (documents, bands * rows), the lowest byte of each minimum.
        signed: bool (documents,), whether a document has a whole shingle; rows of others are zeros.
    """

    bands: Hashes
    sketch: NDArray[np.uint8]
    signed: NDArray[np.bool_]


def sign_batch(words: Words, options: MinHash) -> Signatures:
    """The signatures of documents.

    Args:
        words: of the simplified texts (filters/simplify_kernel.py).
        options: parameters of the signature.

    >>> from polysift.langid.kernels import words_from_lists
    >>> found = sign_batch(words_from_lists(["the quick brown fox jumps".split(), ["dog"]]), MinHash())
    >>> found.signed, found.bands.shape, found.sketch.shape
    (array([ True, False]), (2, 14), (2, 112))
    """
    count = len(words.offsets) - 1
    found = Signatures(
        np.zeros((count, options.bands), np.uint64),
        np.zeros((count, options.bands * options.rows), np.uint8),
        np.diff(words.offsets) >= options.ngram,
    )
    a, b = coefficients(options.bands * options.rows, options.seed)
    _sign(words, options.ngram, options.rows, a, b, SECRET, found)
    return found


@kernel
def _sign(
    words: Words, ngram: int, rows: int, a: Hashes, b: Hashes, secret: Hashes, found: Signatures
) -> None:
    most_bytes, most_words = _longest(words)
    joined, hashes = np.empty(most_bytes, np.uint8), np.empty(most_words, np.uint64)
    lowest = np.empty(len(a), np.uint64)
    for document in range(len(found.signed)):
        if not found.signed[document]:
            continue
        first, last = words.offsets[document], words.offsets[document + 1]
        count = _shingles(words, first, last, ngram, joined, hashes)
        lowest[:] = NONE
        for start in range(0, count, CHUNK):
            _minima(hashes[start : min(start + CHUNK, count)], a, b, lowest)
        for band in range(found.bands.shape[1]):
            found.bands[document, band] = xxh3(lowest[band * rows : (band + 1) * rows], secret)
        for i in range(len(lowest)):
            found.sketch[document, i] = lowest[i] & LOW_BYTE


@kernel
def _longest(words: Words) -> tuple[int, int]:
    """Bytes of the longest document when its words are joined, and words of the one that has most."""
    most_bytes, most_words = 0, 0
    for document in range(len(words.offsets) - 1):
        first, last = words.offsets[document], words.offsets[document + 1]
        length = last - first
        for i in range(first, last):
            length += words.ends[i] - words.starts[i]
        most_bytes, most_words = max(most_bytes, length), max(most_words, last - first)
    return most_bytes, most_words


@kernel
def _shingles(
    words: Words, first: int, last: int, ngram: int, joined: NDArray[np.uint8], hashes: Hashes
) -> int:
    """The hash of each `ngram` words joined by a space; returns how many. Joins the words as it goes."""
    begin, end = 0, 0
    for i in range(first, last):
        for j in range(words.starts[i], words.ends[i]):
            joined[end] = words.data[j]
            end += 1
        shingle = i - first - ngram + 1
        if shingle >= 0:
            hashes[shingle] = xxh64(joined, begin, end, NO_SEED)
            begin += words.ends[i - ngram + 1] - words.starts[i - ngram + 1] + 1
        joined[end] = SPACE
        end += 1
    return last - first - ngram + 1


@kernel
def _minima(hashes: Hashes, a: Hashes, b: Hashes, lowest: Hashes) -> None:
    """Lowers each minimum to that of these hashes: of `(s * a + b mod 2**64) mod (2**61 - 1)`.

    The loop over shingles is the inner one, so that it becomes vector instructions. The modulus is that of a
    Mersenne prime: the upper bits are added to the lower ones, then the prime taken off where it fits; where it does
    not, the difference wraps around and is the larger one.
    """
    for i in range(len(a)):
        factor, addend, least = a[i], b[i], lowest[i]
        for j in range(len(hashes)):
            x = hashes[j] * factor + addend
            x = (x & PRIME) + (x >> BITS)
            least = min(least, x, x - PRIME)
        lowest[i] = least
