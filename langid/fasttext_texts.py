"""Texts to the vectors that a fastText model's labels are scored by: the average of the features of their words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import LABEL, Vocabulary, add_word_ngrams, first_step, same_bytes, step
from .fasttext_table import FEATURES, WordTable, add_met, find_words
from .fasttext_words import Inputs, add_words, scratch
from .kernels import Strings, borrowing_kernel


def text_vectors(
    texts: Strings, vocabulary: Vocabulary, matrix: NDArray[np.float32], table: WordTable
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each text, the average of its features (texts, dim), and how many there are.

    White space parts words, of which a line break is one; "</s>" ends a text.
    """
    count = len(texts.offsets) - 1
    longest = int(np.diff(texts.offsets).max(initial=0))
    vectors = np.zeros((count, matrix.shape[1]), np.float32)
    features = np.zeros(count, np.int64)
    data = texts.data.view()
    data.flags.writeable = False  # one type of array, so that one compiled kernel is enough
    inputs = Inputs(vocabulary, matrix)
    _text_vectors(
        data, texts.offsets, inputs, table, scratch(longest, vocabulary.word_ngrams > 1), vectors, features
    )
    return vectors, features


@borrowing_kernel
def _text_vectors(
    data: Any, offsets: Any, inputs: Any, table: Any, scratch: Any, vectors: Any, features: Any
) -> Any:
    for text in range(len(offsets) - 1):
        table.texts[0] += 1
        total = vectors[text]
        found = _add_text(data, offsets[text], offsets[text + 1], inputs, table, scratch, total)
        features[text] = found
        if found > 0:
            scale = np.float32(1.0 / found)
            for d in range(len(total)):
                total[d] *= scale


@borrowing_kernel
def _add_text(data: Any, at: Any, end: Any, inputs: Any, table: Any, scratch: Any, total: Any) -> Any:
    """Adds a text's features to the vector `total`; their number."""
    vocabulary, tokens, hashes = inputs.vocabulary, scratch.tokens, scratch.hashes
    features, words, met = 0, 0, 0
    while at < end:
        count, at = _split(data, at, end, vocabulary.end, tokens.starts, tokens.ends, tokens.hashes)
        met = find_words(data, tokens, count, table, met)
        features += add_words(data, count, inputs, table, scratch, total)
        if len(hashes):
            words = _keep_hashes(tokens, count, table.states, hashes, words)
    features += add_met(table.met, met, table.states, table.vectors, total)
    if vocabulary.end_row >= 0:
        features += 1
        for d in range(len(total)):
            total[d] += inputs.matrix[vocabulary.end_row, d]
    if len(hashes):
        hashes[words] = vocabulary.end_hash
        features += add_word_ngrams(vocabulary, inputs.matrix, hashes, words + 1, total)
    return features


@borrowing_kernel
def _split(data: Any, at: Any, end: Any, last: Any, starts: Any, ends: Any, hashes: Any) -> Any:
    """The next words of a text, as many as there is room for, and where the rest begins; "</s>" ends a text."""
    one = np.uint64(1)  # unsigned, for which no index can be meant from the end
    at, end, count = np.uint64(at), np.uint64(end), 0
    while at < end and count < len(starts):
        if _is_space(data[at]):
            at += one
        else:
            first, value = at, first_step()
            while at < end and not _is_space(data[at]):
                value = step(value, data[at])
                at += one
            starts[count], ends[count], hashes[count] = first, at, value
            count += 1
            if at - first == np.uint64(len(last)) and same_bytes(data, first, last, 0, len(last)):
                count -= 1
                at = end
    return count, np.int64(at)


@borrowing_kernel
def _is_space(byte: Any) -> Any:
    """What parts words in fastText: blank, line breaks, tabulators, form feed and the zero byte."""
    return byte <= 0x20 and (byte == 0x20 or 9 <= byte <= 13 or byte == 0)


@borrowing_kernel
def _keep_hashes(tokens: Any, count: Any, states: Any, hashes: Any, words: Any) -> Any:
    """Appends the hashes of the words that are no labels; how many there are now."""
    for token in range(count):
        slot = tokens.slots[token]
        if slot == -1 or (slot >= 0 and states[slot, FEATURES] != LABEL):
            hashes[words] = np.int32(tokens.hashes[token])
            words += 1
    return words
