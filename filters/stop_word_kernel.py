"""The stop words of the languages of a batch, as hash tables for the measuring kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.errors import PolysiftError
from ..langid.kernels import Words, decode, kernel, read_only, words_from_lists
from .hash_kernel import BASE, multiply_add, reduced, slot_of

STOP_WORDS_MAX = 64
STOP_WORD_SLOTS = 256


class StopWords(NamedTuple):
    """The stop words of the languages of a batch, as a hash table for each.

    Attributes:
        data: uint8, the UTF-8 of all words.
        starts: int64 (words,), where each begins in `data`.
        ends: int64 (words,), where it ends.
        keys: int64 (words,), its hash.
        masks: int64 (words,), the bits it sets.
        slots: int32 (languages, 256), numbers of words, -1 where a slot is empty.
    """

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    keys: NDArray[np.int64]
    masks: NDArray[np.int64]
    slots: NDArray[np.int32]


def stop_words_of(languages: Sequence[Sequence[str]]) -> StopWords:
    """Stop words of each language of a batch, in the order of their bits in the mask.

    Raises:
        PolysiftError: for more than 64 words of one language.

    >>> stop_words_of([["e", "não"], []]).masks
    array([1, 2])
    """
    for candidates in languages:
        if len(candidates) > STOP_WORDS_MAX:
            raise PolysiftError(
                f"stop words: found {len(candidates)} of one language, allowed: {STOP_WORDS_MAX}"
            )
    bits = [dict.fromkeys(candidates, 0) for candidates in languages]
    for masks, candidates in zip(bits, languages, strict=True):
        for bit, word in enumerate(candidates):
            masks[word] |= 1 << bit
        masks.pop("", None)  # no word is empty
    words = words_from_lists([list(masks) for masks in bits])
    flat = np.array([mask for masks in bits for mask in masks.values()], np.uint64).view(np.int64)
    keys, slots = _fill(words.data, words.starts, words.ends, words.offsets, STOP_WORD_SLOTS)
    return StopWords(*map(read_only, (words.data, words.starts, words.ends, keys, flat, slots)))


@kernel
def _fill(
    data: NDArray[np.uint8],
    starts: NDArray[np.integer[Any]],
    ends: NDArray[np.integer[Any]],
    offsets: NDArray[np.int64],
    n_slots: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Hashes of words, and for each language a table of their numbers."""
    keys = np.zeros(len(starts), np.int64)
    slots = np.full((len(offsets) - 1, n_slots), -1, np.int32)
    for language in range(len(offsets) - 1):
        for word in range(offsets[language], offsets[language + 1]):
            at = starts[word]
            while at < ends[word]:
                code_point, size = decode(data, at)
                keys[word] = reduced(multiply_add(keys[word], BASE, code_point + 1))
                at += size
            slot = slot_of(keys[word], n_slots)
            while slots[language, slot] >= 0:
                slot = (slot + 1) % n_slots
            slots[language, slot] = word
    return keys, slots


@kernel
def stop_word_bits(words: Words, word: int, key: int, language: int, stop_words: StopWords) -> int:
    """The bits of a word among a language's stop words, 0 where it is none."""
    n_slots = stop_words.slots.shape[1]
    slot = slot_of(key, n_slots)
    while stop_words.slots[language, slot] >= 0:
        found = stop_words.slots[language, slot]
        if stop_words.keys[found] == key and _equal(words, word, stop_words, found):
            return int(stop_words.masks[found])
        slot = (slot + 1) % n_slots
    return 0


@kernel
def _equal(words: Words, word: int, stop_words: StopWords, found: int) -> bool:
    """Whether the bytes of a word are those of a stop word."""
    start, other = words.starts[word], stop_words.starts[found]
    length = words.ends[word] - start
    if stop_words.ends[found] - other != length:
        return False
    at = 0
    while at < length and words.data[start + at] == stop_words.data[other + at]:
        at += 1
    return bool(at == length)
