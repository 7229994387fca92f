"""Signatures of a batch of documents, as a kernel: bit for bit those of minhash.py."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...langid.kernels import Words, kernel, read_only
from .lanes import AHEAD, GROUP, LANES, STRIPE, add_rest, add_stripes, lower_lanes, merge_stripes
from .minhash import MinHash, coefficients
from .xxhash_kernel import MINUS_P1, P1, P2, P5, SECRET, Hashes, xxh3

CHUNK = 256  # shingles of a document that are hashed, then lower the minima
PRIME = np.uint64(2**61 - 1)
SHIFT = np.uint64(8)  # minima are looked for of numbers larger by this, see `_lower`
NONE = np.uint64(2**64 - 1)
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
    a, b = _in_lanes(coefficients(options.bands * options.rows, options.seed))
    _sign(read_only(words), options.ngram, options.rows, a, b, SECRET, found)
    return found


def _in_lanes(numbers: tuple[Hashes, Hashes]) -> tuple[Hashes, Hashes]:
    """Coefficients for `_lower`: zeros behind them up to whole vectors, and `b` larger by SHIFT."""
    a, b = (np.concatenate([x, np.zeros(-len(x) % LANES, np.uint64)]) for x in numbers)
    return a, b + SHIFT


@kernel
def _sign(
    words: Words, ngram: int, rows: int, a: Hashes, b: Hashes, secret: Hashes, found: Signatures
) -> None:
    joined = np.empty(_longest(words) + AHEAD, np.uint8)
    hashes, work = np.empty(CHUNK, np.uint64), np.empty((2 + 4, CHUNK), np.int64)
    lowest, before = np.empty(len(a), np.uint64), np.empty(len(a), np.uint64)
    for document in range(len(found.signed)):
        if not found.signed[document]:
            continue
        first, last = words.offsets[document], words.offsets[document + 1]
        _join(words, first, last, joined)
        lowest[:] = NONE
        begin = 0
        for word in range(first, last - ngram + 1, CHUNK):
            count = min(CHUNK, last - ngram + 1 - word)
            begin = _hash_chunk(words, word, count, ngram, joined, begin, work, hashes)
            _lower(hashes, count, a, b, lowest, before)
        for i in range(found.sketch.shape[1]):
            lowest[i] -= SHIFT
            found.sketch[document, i] = lowest[i] & LOW_BYTE
        for band in range(found.bands.shape[1]):
            found.bands[document, band] = xxh3(lowest[band * rows : (band + 1) * rows], secret)


@kernel
def _hash_chunk(
    words: Words,
    word: int,
    count: int,
    ngram: int,
    joined: NDArray[np.uint8],
    begin: int,
    work: NDArray[np.int64],
    hashes: Hashes,
) -> int:
    """Hashes of shingles.

    Args:
        word: the first word of the first shingle.
        count: of shingles, at most CHUNK.
        joined: the words of the document, from byte `begin` on those from `word` on.
        work: int64 (6, CHUNK), for what is in between.
        hashes: uint64 (CHUNK,); written to, beyond `count` too.

    Returns:
        where the word behind the last shingle's first word begins.
    """
    begins, lengths, lanes = work[0], work[1], work[2:].view(np.uint64)
    end = begin - 1
    for i in range(word, word + ngram - 1):
        end += words.ends[i] - words.starts[i] + 1
    for k in range(count):
        last = word + k + ngram - 1
        end += words.ends[last] - words.starts[last] + 1
        begins[k], lengths[k] = begin, end - begin
        begin += words.ends[word + k] - words.starts[word + k] + 1
    for at in range(0, count, LANES):
        for k in range(max(at, count), at + LANES):
            begins[k] = lengths[k] = 0
        hashes[at : at + LANES] = P5
        longest = lengths[at : at + LANES].max()
        if longest >= STRIPE:
            lanes[0, :LANES], lanes[1, :LANES], lanes[2, :LANES], lanes[3, :LANES] = P1 + P2, P2, 0, MINUS_P1
            for left in range(longest, STRIPE - 1, -STRIPE):
                add_stripes(joined, begins, lengths, lanes, at, longest - left)
            merge_stripes(lanes, lengths, hashes, at)
        add_rest(joined, begins, lengths, hashes, at)
    return begin


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
def _lower(hashes: Hashes, count: int, a: Hashes, b: Hashes, lowest: Hashes, before: Hashes) -> None:
    """Lowers each minimum to `(s * a + b mod 2**64) mod (2**61 - 1) + SHIFT` of shingles' hashes s.

    `lower_lanes` does not take the prime off where it fits into what is left when the upper bits are added to the
    lower ones. With `b` larger by 8 (SHIFT) it has come off by then, and what is below 8 tells that it came off, or
    that 2**64 did, where it should not have, once in 2**58 times: then all is done again, the slow way.

    Args:
        hashes: uint64 (CHUNK,), `count` of them; more are written to.
        a, b: of `_in_lanes`.
        lowest: as many; written to.
        before: as many, for what they were.
    """
    before[:] = lowest
    for k in range(count, count + -count % GROUP):
        hashes[k] = hashes[0]
    for first in range(0, count, GROUP):
        for at in range(0, len(a), LANES):
            lower_lanes(hashes, first, a, b, lowest, at)
    if lowest.min() < SHIFT:
        for i in range(len(a)):
            lowest[i] = before[i]
            for k in range(count):
                lowest[i] = min(lowest[i], (hashes[k] * a[i] + (b[i] - SHIFT)) % PRIME + SHIFT)


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
    joined = np.empty(_longest(words) + AHEAD, np.uint8)
    hashes, work = np.empty(CHUNK, np.uint64), np.empty((2 + 4, CHUNK), np.int64)
    for document in range(len(offsets) - 1):
        if offsets[document + 1] == offsets[document]:
            continue
        first, last = words.offsets[document], words.offsets[document + 1]
        _join(words, first, last, joined)
        begin, at = 0, offsets[document]
        for word in range(first, last - ngram + 1, CHUNK):
            count = min(CHUNK, last - ngram + 1 - word)
            begin = _hash_chunk(words, word, count, ngram, joined, begin, work, hashes)
            found[at : at + count] = hashes[:count]
            at += count
