"""Lines of documents as keys: a line counts within its site, so equal keys are the same line of the same host."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import xxhash
from numpy.typing import NDArray

from ...langid.kernels import kernel

NONE = 0  # key of a line that does not count: blank, or of a document without a site
FNV_PRIME = 0x100000001B3  # FNV-1a, 64 bits (Fowler, Noll, Vo)
SPACE, TAB, RETURN = 0x20, 0x09, 0x0D


def host(url: str | None) -> str | None:
    """The site of a URL: its host in lower case; None where there is none.

    >>> host("https://Www.Exemplo.pt:8080/a?b"), host("no url"), host(None)
    ('www.exemplo.pt', None, None)
    """
    try:
        return urlsplit(url or "").hostname or None
    except ValueError:  # such as brackets that are no IPv6 address
        return None


def site_seeds(urls: pa.Array) -> NDArray[np.uint64]:
    """A hash of each document's site, NONE where it has none."""
    known: dict[str | None, int] = {}
    for url in urls.to_pylist():
        if url not in known:
            site = host(url)
            known[url] = NONE if site is None else xxhash.xxh3_64_intdigest(site) or 1
    return np.array([known[url] for url in urls.to_pylist()], np.uint64)


def line_keys_reference(texts: Sequence[str], seeds: Sequence[int]) -> list[list[int]]:
    """What `line_keys` gives, as lists."""
    return [
        [_key(line.strip(" \t\r").encode(), seed) for line in t.split("\n")]
        for t, seed in zip(texts, seeds, strict=True)
    ]


def _key(line: bytes, seed: int) -> int:
    if not line or seed == NONE:
        return NONE
    value = seed
    for byte in line:
        value = (value ^ byte) * FNV_PRIME % 2**64
    value ^= value >> 32
    value = value * 0x9E3779B97F4A7C15 % 2**64
    return (value ^ value >> 29) or 1


@kernel
def line_keys(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], seeds: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The key of each line of each text, white space at its ends aside.

    Args:
        data: uint8, UTF-8 of the texts (kernels.Strings).
        offsets: int64 (texts + 1,).
        seeds: uint64 (texts,), of their sites; NONE: its lines do not count.

    Returns:
        uint64 (lines,), and int64 (texts + 1,): the lines of text i are those from offsets[i] to offsets[i + 1].
    """
    starts = np.zeros(len(offsets), np.int64)
    for text in range(len(seeds)):
        lines = 1
        for at in range(offsets[text], offsets[text + 1]):
            lines += data[at] == 0x0A
        starts[text + 1] = starts[text] + lines
    keys = np.empty(starts[-1], np.uint64)
    for text in range(len(seeds)):
        begin, line = offsets[text], starts[text]
        for at in range(offsets[text], offsets[text + 1] + 1):
            if at == offsets[text + 1] or data[at] == 0x0A:
                keys[line] = _line_key(data, begin, at, seeds[text])
                begin, line = at + 1, line + 1
    return keys, starts


@kernel
def _line_key(data: NDArray[np.uint8], begin: int, end: int, seed: np.uint64) -> np.uint64:
    while begin < end and (data[begin] == SPACE or data[begin] == TAB or data[begin] == RETURN):
        begin += 1
    while end > begin and (data[end - 1] == SPACE or data[end - 1] == TAB or data[end - 1] == RETURN):
        end -= 1
    if begin == end or seed == np.uint64(NONE):
        return np.uint64(NONE)
    value = np.uint64(seed)
    for at in range(begin, end):
        value = (value ^ np.uint64(data[at])) * np.uint64(FNV_PRIME)
    value ^= value >> np.uint64(32)
    value *= np.uint64(0x9E3779B97F4A7C15)
    value ^= value >> np.uint64(29)
    return value if value != np.uint64(NONE) else np.uint64(1)


@kernel
def distinct_keys(keys: NDArray[np.uint64], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The keys of all texts, each once for a text that has it; NONE left out."""
    found = np.empty(len(keys), np.uint64)
    count = 0
    for text in range(len(starts) - 1):
        own = np.sort(keys[starts[text] : starts[text + 1]])
        for i in range(len(own)):
            if own[i] != np.uint64(NONE) and (i == 0 or own[i] != own[i - 1]):
                found[count] = own[i]
                count += 1
    return found[:count]


def frequent(keys: NDArray[np.uint64], more_than: int) -> NDArray[np.uint64]:
    """The keys that occur more than so many times, ascending.

    >>> frequent(np.array([7, 3, 7, 7, 3], np.uint64), 2)
    array([7], dtype=uint64)
    """
    ordered = np.sort(keys)
    firsts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    counts = np.diff(np.append(firsts, len(ordered)))
    return ordered[firsts[counts > more_than]]


def are_among(keys: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which keys are among the known ones (ascending)."""
    if not len(known):
        return np.zeros(len(keys), bool)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[at] == keys)
