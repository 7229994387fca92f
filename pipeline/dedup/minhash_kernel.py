"""Signatures of a batch of documents, as a kernel: bit for bit those of minhash.py."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import Words, kernel, read_only
from .minhash import MinHash, coefficients
from .xxhash_kernel import SECRET, Hashes, xxh3, xxh64

GROUP = 4  # shingles that lower the minima together
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
    _sign(read_only(words), options.ngram, options.rows, a, b, SECRET, found)
    return found


@kernel
def _sign(
    words: Words, ngram: int, rows: int, a: Hashes, b: Hashes, secret: Hashes, found: Signatures
) -> None:
    joined = np.empty(_longest(words), np.uint8)
    hashes, lowest = np.empty(GROUP, np.uint64), np.empty(len(a), np.uint64)
    for document in range(len(found.signed)):
        if not found.signed[document]:
            continue
        first, last = words.offsets[document], words.offsets[document + 1]
        _join(words, first, last, joined)
        lowest[:] = NONE
        begin, end, count = 0, -1, 0
        for i in range(first, last):
            end += words.ends[i] - words.starts[i] + 1
            if i >= first + ngram - 1:
                hashes[count % GROUP] = xxh64(joined, begin, end, NO_SEED)
                count += 1
                if count % GROUP == 0:
                    _lower(hashes, a, b, lowest)
                begin += words.ends[i - ngram + 1] - words.starts[i - ngram + 1] + 1
        if count % GROUP:
            hashes[count % GROUP :] = hashes[0]
            _lower(hashes, a, b, lowest)
        for band in range(found.bands.shape[1]):
            found.bands[document, band] = xxh3(lowest[band * rows : (band + 1) * rows], secret)
        for i in range(len(lowest)):
            found.sketch[document, i] = lowest[i] & LOW_BYTE


@kernel
def _longest(words: Words) -> int:
    """Bytes of the longest document when its words are joined."""
    most = 0
    for document in range(len(words.offsets) - 1):
        first, last = words.offsets[document], words.offsets[document + 1]
        length = last - first
        for i in range(first, last):
            length += words.ends[i] - words.starts[i]
        most = max(most, length)
    return most


@kernel
def _join(words: Words, first: int, last: int, joined: NDArray[np.uint8]) -> None:
    """Writes the words of a document with a space between them."""
    start, end = words.starts[first], words.ends[last - 1]
    if _is_spaced(words, first, last):
        joined[: end - start] = words.data[start:end]
        return
    at = 0
    for i in range(first, last):
        for j in range(words.starts[i], words.ends[i]):
            joined[at] = words.data[j]
            at += 1
        joined[at] = SPACE
        at += 1


@kernel
def _is_spaced(words: Words, first: int, last: int) -> bool:
    """Whether there is just a space between each word and the next, as in most simplified text."""
    for i in range(first, last - 1):
        if words.starts[i + 1] != words.ends[i] + 1 or words.data[words.ends[i]] != SPACE:
            return False
    return True


@kernel
def _lower(hashes: Hashes, a: Hashes, b: Hashes, lowest: Hashes) -> None:
    """Lowers each minimum to `(s * a + b mod 2**64) mod (2**61 - 1)` of the four shingles of a group.

    The modulus is that of a Mersenne prime: the upper bits are added to the lower ones, then the prime is taken off
    where it fits. It fits once in 2**58 times, so that is looked at afterwards. Four shingles at a time, because
    then the loop, which becomes vector instructions, reads and writes less; one may be there twice.
    """
    one, two, three, four = hashes[0], hashes[1], hashes[2], hashes[3]
    most = np.uint64(0)
    for i in range(len(lowest)):
        w, x, y, z = one * a[i] + b[i], two * a[i] + b[i], three * a[i] + b[i], four * a[i] + b[i]
        w = (w & PRIME) + (w >> BITS)
        x = (x & PRIME) + (x >> BITS)
        y = (y & PRIME) + (y >> BITS)
        z = (z & PRIME) + (z >> BITS)
        lowest[i] = min(min(lowest[i], w), min(x, y), z)  # noqa: PLW3301 (in pairs, so that they do not wait)
        most = max(max(most, w), max(x, y), z)  # noqa: PLW3301
    if most >= PRIME:
        for i in range(len(lowest)):
            for shingle in hashes:
                lowest[i] = min(lowest[i], (shingle * a[i] + b[i]) % PRIME)


def shingle_hashes(words: Words, ngram: int) -> tuple[Hashes, NDArray[np.int64]]:
    """xxh64 of each shingle of documents, in order, repeats included (`minhash.shingles`).

    Returns:
        uint64 (shingles,), and int64 (documents + 1,): those of document i are from offsets[i] to offsets[i + 1].

    >>> from polysift.langid.kernels import words_from_lists
    >>> shingle_hashes(words_from_lists(["the quick brown fox jumps".split(), ["dog"]]), 5)
    (array([7797000677988824208], dtype=uint64), array([0, 1, 1]))
    """
    counts = np.maximum(np.diff(words.offsets) - (ngram - 1), 0)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    found = np.empty(offsets[-1], np.uint64)
    _hash_shingles(read_only(words), ngram, offsets, found)
    return found, offsets


@kernel
def _hash_shingles(words: Words, ngram: int, offsets: NDArray[np.int64], found: Hashes) -> None:
    joined = np.empty(_longest(words), np.uint8)
    for document in range(len(offsets) - 1):
        if offsets[document + 1] == offsets[document]:
            continue
        first, last = words.offsets[document], words.offsets[document + 1]
        _join(words, first, last, joined)
        begin, end, at = 0, -1, offsets[document]
        for i in range(first, last):
            end += words.ends[i] - words.starts[i] + 1
            if i >= first + ngram - 1:
                found[at] = xxh64(joined, begin, end, NO_SEED)
                at += 1
                begin += words.ends[i - ngram + 1] - words.starts[i - ngram + 1] + 1
