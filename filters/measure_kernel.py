"""Texts and words to measures, batch by batch: the kernel beside `measures.measure`, which it equals."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..langid.errors import PolysiftError
from ..langid.kernels import Strings, Words, borrowing_kernel, decode, inlined_kernel, kernel, read_only
from .byte_vectors import BLOCK, block_of, copy_block
from .characters import LETTER, SYMBOL, character_table
from .hash_kernel import BASE, block_hash, eight_bytes
from .line_kernel import NEWLINE, byte_kinds, count_signs, measure_lines, measure_split_lines
from .measures import MEASURES
from .ngram_kernel import measure_n_grams
from .ngram_scratch import Scratch, scratch
from .stop_word_kernel import StopWord, StopWords, of_language, stop_word_bits

LONGEST = (1 << 31) - 1
"""Bytes of the longest text, and of its words: positions in it are kept as 32-bit integers."""


SIZES = 0x4322_1111_1111_1111
"""Bytes of a character by the upper half of its first one, four bits each."""


class Tables(NamedTuple):
    """What the kernel looks up: `character_table()` and `byte_kinds()`, made once per process."""

    characters: NDArray[np.uint8]
    kinds: NDArray[np.uint8]


@cache
def tables() -> Tables:
    return Tables(character_table(), read_only(byte_kinds()))


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
    longest, most_lines, most_words, bytes_of_words = _measure_characters(texts, words, measured)
    if longest > LONGEST:
        raise PolysiftError(f"a document of {longest} bytes: at most {LONGEST} can be measured; split it")
    room = scratch(most_words, most_lines, bytes_of_words)
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
    """Fills the measures of characters, and the number of split lines; -1 where not only newlines end them.

    Returns:
        Of the documents of a batch: most bytes, of text or words; most lines; most words; most bytes of words.
    """
    longest = most_lines = most_words = bytes_of_words = 0
    for i in range(len(texts.offsets) - 1):
        begin, end = texts.offsets[i], texts.offsets[i + 1]
        signs = count_signs(texts.data, begin, end)
        chars, newlines = signs.chars, signs.newlines
        measured[0, i], measured[1, i], measured[2, i] = end - begin, chars, newlines
        measured[3, i], measured[4, i], measured[5, i] = chars - newlines, signs.hashes, signs.ellipses
        measured[11, i] = newlines + int(begin < end and texts.data[end - 1] != NEWLINE)
        measured[11, i] = -1 if signs.broken else measured[11, i]
        longest, most_lines = max(longest, end - begin), max(most_lines, newlines + 1)
        most_words = max(most_words, words.offsets[i + 1] - words.offsets[i])
        bytes_of_words = max(bytes_of_words, _bytes_of_words(words, i))
    return max(longest, bytes_of_words), most_lines, most_words, bytes_of_words


@kernel
def _bytes_of_words(words: Words, document: int) -> int:
    """Bytes from the first word to the last."""
    first, last = words.offsets[document], words.offsets[document + 1]
    return int(words.ends[last - 1] - words.starts[first]) if last > first else 0


@inlined_kernel
def copied_block(data: NDArray[np.uint8], at: Any, length: Any, dense: NDArray[np.uint8], spot: Any) -> Any:
    """Copies a word to `dense`, and up to a block of what follows it; returns its first block."""
    if length <= BLOCK and at + BLOCK <= len(data):  # most words
        copy_block(dense, spot, data, at)
        return block_of(data, at, length)
    for k in range(length):
        dense[spot + k] = data[at + k]
    return block_of(dense, spot, min(length, BLOCK))


@inlined_kernel
def first_code_point(data: NDArray[np.uint8], at: Any) -> Any:
    """The code point that begins at a byte, as by `decode`, but without a branch. Eight bytes are read."""
    eight = eight_bytes(data, at)
    lead = eight & 0xFF
    size = SIZES >> (lead >> 4) * 4 & 0xF
    upper = lead & 0xFF >> size + np.int64(size > 1)
    bits = upper << 18 | (eight >> 8 & 0x3F) << 12 | (eight >> 16 & 0x3F) << 6 | eight >> 24 & 0x3F
    return bits >> 24 - 6 * size


@borrowing_kernel
def bits_of(data: NDArray[np.uint8], at: Any, end: Any, characters: NDArray[np.uint8]) -> Any:
    """The bits that any character of a word has, and those that each has."""
    any_bit: Any = 0
    every_bit: Any = 0xFF
    while at < end:
        code_point, size = decode(data, at)
        bits = np.int64(characters[code_point])
        any_bit, every_bit = any_bit | bits, every_bit & bits
        at += size
    return any_bit, every_bit


@borrowing_kernel
def long_word(data: NDArray[np.uint8], begin: Any, end: Any) -> Any:
    """The hash of a span as by `span_hash`, how many characters it has, and if not 0 a blank."""
    key = chars = blanks = 0
    for at in range(begin, end, BLOCK):
        block = block_of(data, at, min(end - at, BLOCK))
        key, chars, blanks = block_hash(block, end - at, key), chars + block[4], blanks | block[5]
    return key, chars, blanks


@borrowing_kernel
def hash_words(
    data: NDArray[np.uint8],
    starts: NDArray[Any],
    ends: NDArray[Any],
    of: StopWord,
    dense: NDArray[np.uint8],
    spots: NDArray[np.uint32],
    hashes: NDArray[np.int64],
    chars: NDArray[np.uint32],
) -> Any:
    """Leaves bytes of words, their places, hashes and code points; returns their stop words, and if one has a space."""
    mask = prefix = blanks = 0
    spot: Any = 0
    hashes[0] = spots[0] = 0
    for k in range(len(starts)):
        at = np.int64(starts[k])
        length = np.int64(ends[k]) - at
        block = copied_block(data, at, length, dense, spot)
        key, count, blank = block_hash(block, length, 0), block[4], block[5]
        if length > BLOCK:
            key, count, blank = long_word(dense, spot, spot + length)
        blanks |= blank
        chars[k] = count
        mask |= stop_word_bits(key, of)
        prefix = prefix * BASE + key
        spot += length
        hashes[k + 1] = prefix
        spots[k + 1] = spot
    return mask, blanks != 0


@borrowing_kernel
def count_words(
    dense: NDArray[np.uint8],
    spots: NDArray[np.uint32],
    chars: NDArray[np.uint32],
    characters: NDArray[np.uint8],
) -> Any:
    """How many words are no symbols, the code points in these, and how many words have a letter.

    Args:
        dense: bytes of words.
        spots: where each begins, and where the last one ends.
        chars: code points in each.
        characters: `character_table()`.
    """
    non_symbols = alpha = 0
    non_symbol_chars: Any = 0
    for k in range(len(spots) - 1):
        spot, count = np.int64(spots[k]), np.int64(chars[k])
        any_bit: Any = np.int64(characters[first_code_point(dense, spot)])
        every_bit: Any = any_bit
        if (count > 1) & (any_bit & (LETTER | SYMBOL) != LETTER):  # one branch, which is seldom taken
            any_bit, every_bit = bits_of(dense, spot, np.int64(spots[k + 1]), characters)
        non_symbol = int(every_bit & SYMBOL == 0)
        non_symbols += non_symbol
        non_symbol_chars += count * non_symbol
        alpha += int(any_bit & LETTER != 0)
    return non_symbols, non_symbol_chars, alpha


@borrowing_kernel
def _measure_words(
    words: Words,
    document: Any,
    language: Any,
    stop_words: StopWords,
    characters: NDArray[np.uint8],
    room: Scratch,
) -> Any:
    """The measures of `measures.Words` but the number of words, and whether a word holds a space.

    Leaves hashes, bytes and their places in `room`.
    """
    first, last = words.offsets[document], words.offsets[document + 1]
    starts, ends, of = words.starts[first:last], words.ends[first:last], of_language(stop_words, language)
    mask, spaced = hash_words(words.data, starts, ends, of, room.dense, room.spots, room.hashes, room.spare)
    counts = count_words(room.dense, room.spots[: last - first + 1], room.spare, characters)
    return counts[0], counts[1], counts[2], mask if language >= 0 else 0, spaced


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
        for j in range(5):
            measured[6 + j, i] = lines[j]
        measured[12, i], measured[13, i] = lines[5], lines[6]
        if measured[11, i] < 0:
            pieces = measure_split_lines(texts.data, begin, end, tables.kinds, tables.characters)
            measured[11, i], measured[12, i], measured[13, i] = pieces
        n_words = words.offsets[i + 1] - words.offsets[i]
        of_words = _measure_words(words, i, np.int64(languages[i]), stop_words, tables.characters, room)
        measure_n_grams(words, words.offsets[i], n_words, of_words[4], room, measured[14:23, i])
        measured[23, i] = n_words
        measured[24, i], measured[25, i], measured[26, i] = of_words[0], of_words[1], of_words[2]
        measured[27, i] = of_words[3]
