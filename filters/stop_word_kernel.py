"""The stop words of the languages of a batch, as hash tables for the measuring kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.errors import PolysiftError
from ..langid.kernels import inlined_kernel, kernel, read_only, words_from_lists
from .byte_vectors import BLOCK
from .hash_kernel import MIX, span_hash

STOP_WORDS_MAX = 64
STOP_WORD_SLOTS = 1024


class StopWords(NamedTuple):
    """The stop words of the languages of a batch, as a hash table for each in which no two share a slot.

    A word is looked up without a branch: nothing tells beforehand which words of a text are stop words.

    Attributes:
        keys: int64 (languages, 65), hashes of the words; the last one stands for none.
        masks: int64 (languages, 65), the bits that each sets.
        slots: uint8 (languages, 1024), numbers of words, 64 where a slot is empty.
        factors: int64 (languages,), what hashes are multiplied by, so that their upper bits are all different.
        There is at least one language.
    """

    keys: NDArray[np.int64]
    masks: NDArray[np.int64]
    slots: NDArray[np.uint8]
    factors: NDArray[np.int64]


class StopWord(NamedTuple):
    """A row of `StopWords`."""

    keys: NDArray[np.int64]
    masks: NDArray[np.int64]
    slots: NDArray[np.uint8]
    factor: int


def stop_words_of(languages: Sequence[Sequence[str]]) -> StopWords:
    """Stop words of each language of a batch, in the order of their bits in the mask.

    Raises:
        PolysiftError: for more than 64 words of one language.

    >>> stop_words_of([["e", "não"], []]).masks[:, :3]
    array([[1, 2, 0],
           [0, 0, 0]])
    """
    for candidates in languages:
        if len(candidates) > STOP_WORDS_MAX:
            raise PolysiftError(
                f"stop words: found {len(candidates)} of one language, allowed: {STOP_WORDS_MAX}"
            )
    bits = [dict.fromkeys(candidates, 0) for candidates in languages or [()]]
    for masks, candidates in zip(bits, languages, strict=False):
        for bit, word in enumerate(candidates):
            masks[word] |= 1 << bit
        masks.pop("", None)  # no word is empty
    words = words_from_lists([list(masks) for masks in bits])
    table = np.zeros((len(bits), STOP_WORDS_MAX + 1), np.uint64)
    for row, masks in zip(table, bits, strict=True):
        row[: len(masks)] = list(masks.values())
    padded = np.concatenate([words.data, np.zeros(2 * BLOCK, np.uint8)])
    keys, slots, factors = _fill(
        padded, words.starts.astype(np.int64), words.ends.astype(np.int64), words.offsets
    )
    return read_only(StopWords(keys, table.view(np.int64), slots, factors))


@kernel
def _fill(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    """Hashes of words, and for each language a table of their numbers with its factor."""
    languages = len(offsets) - 1
    keys = np.zeros((languages, STOP_WORDS_MAX + 1), np.int64)
    slots = np.empty((languages, STOP_WORD_SLOTS), np.uint8)
    factors = np.zeros(languages, np.int64)
    for language in range(languages):
        first, count = offsets[language], offsets[language + 1] - offsets[language]
        for number in range(count):
            keys[language, number] = span_hash(data, starts[first + number], ends[first + number])
        factors[language] = MIX
        while not _spread(keys[language, :count], factors[language], slots[language]):
            factors[language] += 2 * MIX
    return keys, slots, factors


@kernel
def _spread(keys: NDArray[np.int64], factor: int, slots: NDArray[np.uint8]) -> bool:
    """Puts the numbers of keys into their slots; false where two have the same, as with six factors of seven."""
    slots[:] = STOP_WORDS_MAX
    for number in range(len(keys)):
        slot = stop_word_slot(keys[number], factor)
        if slots[slot] != STOP_WORDS_MAX:
            return False
        slots[slot] = number
    return True


@inlined_kernel
def stop_word_slot(key: Any, factor: Any) -> Any:
    """The upper ten bits of a product: a uint64."""
    return np.uint64(key * factor) >> np.uint64(54)


@inlined_kernel
def of_language(stop_words: StopWords, language: Any) -> StopWord:
    """The stop words of a language; of the first one where it is -1."""
    row = max(0, language)
    return StopWord(
        stop_words.keys[row], stop_words.masks[row], stop_words.slots[row], stop_words.factors[row]
    )


@inlined_kernel
def stop_word_bits(key: Any, of: StopWord) -> Any:
    """The bits of a word, by its hash, among a language's stop words; 0 where it is none."""
    number = np.uint64(of.slots[stop_word_slot(key, of.factor)])
    # Not the mask or zero: LLVM would take a branch to save a load.
    return of.masks[number if of.keys[number] == key else np.uint64(STOP_WORDS_MAX)]
