"""Texts to the vectors that a fastText model's labels are scored by: the average of the features of their words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fasttext_direct import add_directly
from .fasttext_features import LABEL, add_word_ngrams, word_hash
from .fasttext_table import FEATURES, WordTable, add_met, find_words, next_text
from .fasttext_tokens import copy_text, next_tokens
from .fasttext_words import Inputs, add_words, scratch
from .kernels import Strings, borrowing_kernel
from .prefetch import LINE, prefetch
from .row_vectors import add_row

FORESEEN = 4096
"""Bytes of the next text that are asked for while one is read; the processor foresees the rest itself."""


def text_vectors(
    texts: Strings, inputs: Inputs, table: WordTable
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """For each text, the average of its features (texts, dim), and how many there are.

    White space parts words, of which a line break is one; "</s>" ends a text.
    """
    count = len(texts.offsets) - 1
    longest = int(np.diff(texts.offsets).max(initial=0))
    vectors = np.zeros((count, inputs.matrix.shape[1]), np.float32)
    features = np.zeros(count, np.int64)
    data = texts.data.view()
    data.flags.writeable = False  # one type of array, so that one compiled kernel is enough
    room = scratch(longest, inputs)
    _text_vectors(data, texts.offsets, inputs, table, room, vectors, features)
    return vectors, features


@borrowing_kernel
def _text_vectors(
    data: Any, offsets: Any, inputs: Any, table: Any, scratch: Any, vectors: Any, features: Any
) -> Any:
    count = len(offsets) - 1
    for text in range(count):
        next_text(table)
        if text + 1 < count:
            for at in range(offsets[text + 1], min(offsets[text + 2], offsets[text + 1] + FORESEEN), LINE):
                prefetch(data, at)
        end = copy_text(data, offsets[text], offsets[text + 1], scratch.text)
        found = _add_text(end, inputs, table, scratch, vectors, text)
        features[text] = found
        if found > 0:
            scale = np.float32(1.0 / found)
            for d in range(vectors.shape[1]):
                vectors[text, d] *= scale


@borrowing_kernel
def _add_text(end: Any, inputs: Any, table: Any, scratch: Any, vectors: Any, text: Any) -> Any:
    """Adds a text's features to its row of `vectors`; their number."""
    vocabulary, tokens, hashes = inputs.vocabulary, scratch.tokens, scratch.hashes
    at, features, words, met = 0, 0, 0, 0
    if inputs.direct:
        features, at = add_directly(end, inputs, scratch, vectors, text), end  # so that nothing is left
    while at < end:
        count, at = next_tokens(scratch.text, at, end, tokens, table.sets)
        met, new = find_words(tokens, count, table, met, scratch.fresh)
        features += add_words(new, inputs, table, scratch, vectors, text)
        if len(hashes):
            words = _keep_hashes(scratch.text, tokens, count, table.records, hashes, words)
    features += add_met(table, met, vectors, text)
    if vocabulary.end_row >= 0:
        features += 1
        add_row(vectors, text, inputs.matrix, vocabulary.end_row)
    if len(hashes):
        hashes[words] = vocabulary.end_hash
        features += add_word_ngrams(vocabulary, inputs.matrix, hashes, words + 1, vectors, text)
    return features


@borrowing_kernel
def _keep_hashes(text: Any, tokens: Any, count: Any, records: Any, hashes: Any, words: Any) -> Any:
    """Appends the hashes of the words that are no labels; how many there are now."""
    for token in range(count):
        slot = tokens.slots[token]
        if slot == -1 or (slot >= 0 and records[slot, FEATURES] != LABEL):
            hashes[words] = np.int32(word_hash(text, tokens.starts[token], tokens.ends[token]))
            words += 1
    return words
