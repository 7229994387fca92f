"""Word lists for kernels: every beginning of a word in a hash table, so that all words at a place are one walk.

A file in filters/data/lexicons holds one list; tools/make_lexicons.py writes them, NOTICE names the sources.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ..langid.kernels import Strings, decode, from_arrow, kernel, read_only

FOLDER = Path(__file__).parent / "data" / "lexicons"
GOLDEN = 0x9E3779B97F4A7C15
ABSENT, BEGINNING = -2.0, -1.0
"""What `value_at` gives for text that no word begins with, and for text that only longer words begin with."""


class Lexicon(NamedTuple):
    """Attributes:
    keys: uint64 (slots,), hashes of beginnings of words, by open addressing; 0 is an empty slot.
    values: float64 (slots,): `BEGINNING`, or of a word the logarithm of how frequent it is, at least 0.
    """

    keys: npt.NDArray[np.uint64]
    values: npt.NDArray[np.float64]


@cache
def word_list(name: str) -> dict[str, float]:
    """The words of a list, with the logarithms of their frequencies, which are 0 where none are known."""
    words, logarithms = _listed(name)
    return dict(zip(words.to_pylist(), logarithms.tolist(), strict=True))


@cache
def lexicon(name: str) -> Lexicon:
    """A list as the kernels have it, made once per process."""
    words, logarithms = _listed(name)
    texts = from_arrow(words)
    count = int(np.count_nonzero(texts.data[texts.offsets[0] : texts.offsets[-1]] & 0xC0 != 0x80))
    size = 1 << (2 * min(count, 3 * len(words))).bit_length()
    keys, values = np.zeros(size, np.uint64), np.full(size, ABSENT)
    fill(read_only(texts), read_only(logarithms), keys, values)
    return Lexicon(keys, values)


def _listed(name: str) -> tuple[pa.Array, npt.NDArray[np.float64]]:
    """Words, and the logarithms of their frequencies as `math.log` has them."""
    table = pq.read_table(FOLDER / f"{name}.parquet").combine_chunks()
    words = table["word"].chunk(0)
    if "frequency" not in table.column_names:
        return words, np.zeros(len(words))
    counts, places = np.unique(table["frequency"].to_numpy(), return_inverse=True)
    return words, np.array([math.log(count) for count in counts.tolist()])[places]


@kernel
def grown(found: np.uint64, code: int) -> np.uint64:
    """The hash of a text with one more character; that of an empty text is 0."""
    found = (found + np.uint64(code)) * np.uint64(GOLDEN)
    return found ^ (found >> np.uint64(29))


@kernel
def slot_of(keys: npt.NDArray[np.uint64], key: np.uint64) -> int:
    """The slot of a key, or the empty one where it would be."""
    last = np.uint64(len(keys) - 1)
    slot = (key >> np.uint64(20)) & last
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + np.uint64(1)) & last
    return int(slot)


@kernel
def fill(
    texts: Strings,
    weights: npt.NDArray[np.float64],
    keys: npt.NDArray[np.uint64],
    values: npt.NDArray[np.float64],
) -> None:
    """All beginnings of words into a table whose slots are empty."""
    for i in range(len(weights)):
        at, key = texts.offsets[i], np.uint64(0)
        while at < texts.offsets[i + 1]:
            code, width = decode(texts.data, at)
            at += width
            key = grown(key, code)
            slot = slot_of(keys, key)
            keys[slot] = key
            if at == texts.offsets[i + 1]:
                values[slot] = weights[i]
            elif values[slot] == ABSENT:
                values[slot] = BEGINNING
