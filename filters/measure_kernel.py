"""Texts and words to measures, batch by batch: the kernel beside `measures.measure`, which it equals."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.errors import PolysiftError
from ..langid.kernels import Strings, Words, decode, kernel, read_only
from .characters import LETTER, SYMBOL, character_table
from .hash_kernel import BASE, copy_eight_bytes, multiply_add, power_of, power_table, reduced
from .line_kernel import byte_kinds, count_bytes, measure_lines, measure_split_lines
from .measures import MEASURES
from .ngram_kernel import SPACE, Scratch, is_sifted, measure_n_grams, scratch
from .stop_word_kernel import StopWords, stop_word_bits

LONGEST = (1 << 31) - 1
"""Bytes of the longest text, and of its words: positions in it are kept as 32-bit integers."""


class Tables(NamedTuple):
    """What the kernel looks up: made once per process."""

    characters: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    powers: NDArray[np.int64]


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
    texts, words = read_only(texts), read_only(words)
    longest, most_lines, most_words, sifted_bytes = _measure_characters(texts, words, measured)
    if longest > LONGEST:
        raise PolysiftError(f"a document of {longest} bytes: at most {LONGEST} can be measured; split it")
    room = scratch(most_words, most_lines, sifted_bytes)
    _measure(texts, words, read_only(languages), stop_words, tables(), room, measured)
    return measured.T


def columns(measured: NDArray[np.int64]) -> dict[str, NDArray[np.int64] | NDArray[np.uint64]]:
    """The columns of `measure_batch` by name, not copied."""
    named: dict[str, NDArray[np.int64] | NDArray[np.uint64]] = dict(zip(MEASURES, measured.T, strict=True))
    return named | {"stop_word_mask": measured.T[-1].view(np.uint64)}


@kernel
def _measure_characters(
    texts: Strings, words: Words, measured: NDArray[np.int64]
) -> tuple[int, int, int, int]:
    """Fills the measures of characters but the ellipses.

    Returns:
        Of the documents of a batch: most bytes, of text or words; most lines; most words; most bytes of words in a
        document whose n-grams are sifted.
    """
    longest = most_lines = most_words = sifted_bytes = 0
    for i in range(len(texts.offsets) - 1):
        begin, end = texts.offsets[i], texts.offsets[i + 1]
        chars, newlines, hashes = count_bytes(texts.data, begin, end)
        measured[0, i], measured[1, i], measured[2, i] = end - begin, chars, newlines
        measured[3, i], measured[4, i] = chars - newlines, hashes
        n_words, n_bytes = words.offsets[i + 1] - words.offsets[i], _bytes_of_words(words, i)
        longest, most_lines = max(longest, end - begin, n_bytes), max(most_lines, newlines + 1)
        most_words = max(most_words, n_words)
        if is_sifted(n_words, n_bytes):
            sifted_bytes = max(sifted_bytes, n_bytes)
    return longest, most_lines, most_words, sifted_bytes


@kernel
def _bytes_of_words(words: Words, document: int) -> int:
    """Bytes from the first word to the last."""
    first, last = words.offsets[document], words.offsets[document + 1]
    return int(words.ends[last - 1] - words.starts[first]) if last > first else 0


@kernel
def _measure_words(
    words: Words,
    document: int,
    language: int,
    stop_words: StopWords,
    tables: Tables,
    room: Scratch,
    sifted: bool,
) -> tuple[int, int, int, int, bool]:
    """The measures of `measures.Words` but the number of words, and whether a word holds a space.

    Leaves hashes and lengths in `room`, and where n-grams are sifted the words' bytes.
    """
    first, last = words.offsets[document], words.offsets[document + 1]
    non_symbols = non_symbol_chars = alpha = mask = 0
    prefix = length = spot = 0
    spaced = False
    for word in range(first, last):
        at, end = words.starts[word], words.ends[word]
        if sifted:
            if end - at <= 8 and at + 8 <= len(
                words.data
            ):  # most words; `dense` has room for what is copied too much
                copy_eight_bytes(room.dense, spot, words.data, at)
            else:
                for k in range(end - at):
                    room.dense[spot + k] = words.data[at + k]
            spot += end - at
            room.spots[word - first + 1] = spot
        key = chars = any_bit = 0
        every_bit = 0xFF
        while at < end:
            code_point, size = int(words.data[at]), 1
            if code_point >= 0x80:
                code_point, size = decode(words.data, at)
            key = multiply_add(key, BASE, code_point + 1)
            bits = int(tables.characters[code_point])
            any_bit, every_bit = any_bit | bits, every_bit & bits
            spaced |= code_point == SPACE
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
        room.prefixes[word - first + 1] = prefix
        room.lengths[word - first + 1] = length
    return non_symbols, non_symbol_chars, alpha, mask, spaced


@kernel
def _measure(
    texts: Strings,
    words: Words,
    languages: NDArray[np.int32],
    stop_words: StopWords,
    tables: Tables,
    room: Scratch,
    measured: NDArray[np.int64],
) -> None:
    """Fills `measured` (measures, documents), but for what `_measure_characters` has, column by column."""
    for i in range(len(texts.offsets) - 1):
        begin, end, newlines = texts.offsets[i], texts.offsets[i + 1], measured[2, i]
        lines = measure_lines(texts.data, begin, end, newlines, tables.characters, room.slots)
        pieces = measure_split_lines(texts.data, begin, end, tables.kinds, tables.characters)
        measured[5, i] = pieces[0]
        for j in range(5):
            measured[6 + j, i] = lines[j]
        for j in range(3):
            measured[11 + j, i] = pieces[1 + j]
        n_words = words.offsets[i + 1] - words.offsets[i]
        sifted = is_sifted(n_words, _bytes_of_words(words, i))
        of_words = _measure_words(words, i, int(languages[i]), stop_words, tables, room, sifted)
        n_grams = measure_n_grams(n_words, sifted, of_words[4], tables.powers, room)
        for j in range(9):
            measured[14 + j, i] = n_grams[j]
        measured[23, i] = n_words
        measured[24, i], measured[25, i], measured[26, i] = of_words[0], of_words[1], of_words[2]
        measured[27, i] = of_words[3]
