"""Words of a text added up without a table of words: for small, pruned models.

Where most n-grams have no row and the rows are near, the n-grams of many words at once are found and added about as
soon as the words would be in a table, and they need no sums of their own: all go to one place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fasttext_features import Vocabulary, find_entry, may_be_entry
from .fasttext_ngrams import LONGEST_WORD, add_group_to, append_word, has_room, in_groups
from .fasttext_tokens import is_label, next_tokens
from .fasttext_words import add_long_word
from .kernels import borrowing_kernel
from .row_vectors import add_row

SMALL = 16 << 20
"""Bytes of a matrix of which the processor's caches hold the better part."""


def is_direct(vocabulary: Vocabulary, matrix: NDArray[np.float32]) -> bool:
    """Whether a model's texts are added up here."""
    plain = vocabulary.word_ngrams <= 1 and in_groups(vocabulary.minn, vocabulary.maxn)
    return plain and len(vocabulary.marks) > 0 and matrix.nbytes <= SMALL


@borrowing_kernel
def add_directly(end: Any, inputs: Any, scratch: Any, totals: Any, row: Any) -> Any:
    """Adds the features of the text in `scratch`, of `end` bytes, to a row of `totals`; their number."""
    vocabulary, matrix, sums, text = inputs.vocabulary, inputs.matrix, inputs.sums, scratch.text
    dictionary = vocabulary.names, vocabulary.starts, vocabulary.ends, vocabulary.table
    tokens, group = scratch.tokens, scratch.group
    at, features = np.int64(0), np.int64(0)
    while at < end:
        count, at = next_tokens(text, at, end, tokens, vocabulary.table)
        for token in range(count):
            start, length, value = tokens.starts[token], tokens.lengths[token], tokens.hashes[token]
            entry = np.int64(-1)
            if may_be_entry(vocabulary.sieve, value):
                entry = find_entry(dictionary, text, start, start + length, value)
            if 0 <= entry < len(sums.features) and sums.features[entry] > 0:
                add_row(totals, row, sums.vectors, entry)
                features += sums.features[entry]
            elif entry < vocabulary.words and (entry >= 0 or not is_label(tokens.parts, token)):
                if entry >= 0:
                    add_row(totals, row, matrix, entry)
                    features += 1
                if length > LONGEST_WORD:
                    features += add_long_word(text, start, length, inputs, scratch.padded, totals, row)
                else:
                    if not has_room(group, length):
                        features += add_group_to(group, vocabulary, matrix, totals, row)
                    append_word(group, text, start, length)
    return features + add_group_to(group, vocabulary, matrix, totals, row)
