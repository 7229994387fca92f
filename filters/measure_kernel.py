"""Texts and words to measures, batch by batch: the kernel beside `measures.measure`, which it equals."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.errors import PolysiftError
from ..langid.kernels import Strings, Words, decode, kernel
from .characters import LETTER, SYMBOL, character_table
from .hash_kernel import (
    BASE,
    add_spaces,
    multiply_add,
    power_of,
    power_table,
    read_only,
    reduced,
    repeated_n_gram_chars,
    table_capacity,
)
from .line_kernel import byte_kinds, count_bytes, measure_lines, measure_split_lines
from .measures import MEASURES
from .stop_word_kernel import StopWords, stop_word_bits

LONGEST = (1 << 31) - 1
"""Bytes of the longest text, and of its words: positions in it are kept as 32-bit integers."""


class Tables(NamedTuple):
    """What the kernel looks up: made once per process."""

    characters: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    powers: NDArray[np.int64]


class Scratch(NamedTuple):
    """Room to work in, made once per batch for its largest document: 22 to 24 bytes per word.

    Attributes:
        prefixes: int64 (words + 1,), hash of a document's words up to each.
        lengths: int32 (words + 1,), code points in them.
        counts: int32 (words,), how often the n-gram occurs that stood first at each word.
        slots: uint32, the hash table of lines, then those of n-grams.
    """

    prefixes: NDArray[np.int64]
    lengths: NDArray[np.int32]
    counts: NDArray[np.int32]
    slots: NDArray[np.uint32]


@cache
def tables() -> Tables:
    return Tables(character_table(), read_only(byte_kinds()), read_only(power_table()))


def measure_batch(
    texts: Strings, words: Words, languages: NDArray[np.int32], stop_words: StopWords
) -> NDArray[np.int64]:
    """All measures of a batch of documents.

    Args:
        texts: the documents.
        words: their words: spans of the texts or of a buffer of their own.
        languages: int32 (documents,), the row of each one's language in `stop_words`; -1: none.
        stop_words: of `stop_words_of`.

    Returns:
        int64 (documents, measures), in the order of `MEASURES`; each column is contiguous. The stop-word mask's
        64 bits are those of the int64: `columns` gives it as uint64.

    Raises:
        PolysiftError: for a document longer than 2**31 - 1 bytes.

    >>> import pyarrow as pa
    >>> from polysift.filters.stop_word_kernel import stop_words_of
    >>> from polysift.langid.kernels import from_arrow, words_from_lists
    >>> texts = from_arrow(pa.array(["Olá, olá!", ""]))
    >>> words = words_from_lists([["Olá", ",", "olá", "!"], []])
    >>> measured = measure_batch(texts, words, np.zeros(2, np.int32), stop_words_of([["e", "olá"]]))
    >>> columns(measured)["n_words"], columns(measured)["stop_word_mask"]
    (array([4, 0]), array([2, 0], dtype=uint64))
    """
    measured = np.zeros((len(MEASURES), len(texts.offsets) - 1), np.int64)
    texts, words = Strings(*map(read_only, texts)), Words(*map(read_only, words))
    longest, most_lines, most_words = _extent(texts, words)
    if longest > LONGEST:
        raise PolysiftError(f"a document of {longest} bytes: at most {LONGEST} can be measured; split it")
    slots = max(table_capacity(most_lines), table_capacity(most_words))
    scratch = Scratch(
        np.zeros(most_words + 1, np.int64),
        np.zeros(most_words + 1, np.int32),
        np.empty(most_words, np.int32),
        np.empty(slots, np.uint32),
    )
    _measure(texts, words, read_only(languages), stop_words, tables(), scratch, measured)
    return measured.T


def columns(measured: NDArray[np.int64]) -> dict[str, NDArray[np.int64] | NDArray[np.uint64]]:
    """The columns of `measure_batch` by name, not copied."""
    named: dict[str, NDArray[np.int64] | NDArray[np.uint64]] = dict(zip(MEASURES, measured.T, strict=True))
    return named | {"stop_word_mask": measured.T[-1].view(np.uint64)}


@kernel
def _extent(texts: Strings, words: Words) -> tuple[int, int, int]:
    """Of the documents of a batch: most bytes, of text or words, most lines, most words."""
    longest = most_lines = most_words = 0
    for i in range(len(texts.offsets) - 1):
        begin, end = texts.offsets[i], texts.offsets[i + 1]
        first, last = words.offsets[i], words.offsets[i + 1]
        in_words = words.ends[last - 1] - words.starts[first] if last > first else 0
        longest = max(longest, end - begin, in_words)
        most_lines = max(most_lines, count_bytes(texts.data, begin, end)[1] + 1)
        most_words = max(most_words, last - first)
    return longest, most_lines, most_words


@kernel
def _measure_words(
    words: Words, document: int, language: int, stop_words: StopWords, tables: Tables, scratch: Scratch
) -> tuple[int, int, int, int]:
    """The measures of `measures.Words` but the number of words; leaves hashes and lengths in `scratch`."""
    first, last = words.offsets[document], words.offsets[document + 1]
    non_symbols = non_symbol_chars = alpha = mask = 0
    prefix = length = 0
    for word in range(first, last):
        at, end = words.starts[word], words.ends[word]
        key = chars = any_bit = 0
        every_bit = 0xFF
        while at < end:
            code_point, size = int(words.data[at]), 1
            if code_point >= 0x80:
                code_point, size = decode(words.data, at)
            key = multiply_add(key, BASE, code_point + 1)
            bits = int(tables.characters[code_point])
            any_bit, every_bit = any_bit | bits, every_bit & bits
            chars += 1
            at += size
        key = reduced(key)
        if not every_bit & SYMBOL:
            non_symbols += 1
            non_symbol_chars += chars
        alpha += any_bit & LETTER
        if language >= 0:
            mask |= stop_word_bits(words, word, key, language, stop_words)
        prefix = reduced(multiply_add(prefix, power_of(chars, tables.powers), key))
        length += chars
        scratch.prefixes[word - first + 1] = prefix
        scratch.lengths[word - first + 1] = length
    return non_symbols, non_symbol_chars, alpha, mask


@kernel
def _measure(
    texts: Strings,
    words: Words,
    languages: NDArray[np.int32],
    stop_words: StopWords,
    tables: Tables,
    scratch: Scratch,
    measured: NDArray[np.int64],
) -> None:
    """Fills `measured` (measures, documents), column by column of `MEASURES`."""
    for i in range(len(texts.offsets) - 1):
        begin, end = texts.offsets[i], texts.offsets[i + 1]
        chars, newlines, hashes = count_bytes(texts.data, begin, end)
        measured[0, i], measured[1, i], measured[2, i] = end - begin, chars, newlines
        measured[3, i], measured[4, i] = chars - newlines, hashes
        lines = measure_lines(texts.data, begin, end, newlines, tables.characters, scratch.slots)
        pieces = measure_split_lines(texts.data, begin, end, tables.kinds, tables.characters)
        measured[5, i] = pieces[0]
        for j in range(5):
            measured[6 + j, i] = lines[j]
        for j in range(3):
            measured[11 + j, i] = pieces[1 + j]
        of_words = _measure_words(words, i, int(languages[i]), stop_words, tables, scratch)
        n_words = words.offsets[i + 1] - words.offsets[i]
        prefixes, lengths, slots = scratch.prefixes, scratch.lengths, scratch.slots
        for n in range(5, 11):
            measured[12 + n, i] = repeated_n_gram_chars(
                prefixes, lengths, n_words, n, 0, tables.powers, slots, scratch.counts
            )
        add_spaces(prefixes, lengths, tables.powers, n_words)
        for n in range(2, 5):
            measured[12 + n, i] = repeated_n_gram_chars(
                prefixes, lengths, n_words, n, 1, tables.powers, slots, scratch.counts
            )
        measured[23, i] = n_words
        for j in range(4):
            measured[24 + j, i] = of_words[j]
