"""Features of words: the kernels against their plain reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.langid.fasttext_direct import is_direct
from polysift.langid.fasttext_features import Vocabulary, bucket_row, vocabulary, word_rows
from polysift.langid.fasttext_matrices import input_matrix, kept_buckets
from polysift.langid.fasttext_model import read_layout
from polysift.langid.fasttext_sums import no_sums, word_sums
from polysift.langid.fasttext_table import word_table
from polysift.langid.fasttext_texts import text_vectors
from polysift.langid.fasttext_words import Inputs
from polysift.langid.kernels import Strings
from polysift.langid.models import MODELS

LAYOUT = read_layout(MODELS["lid176"])
PRUNED = vocabulary(LAYOUT)
MATRIX = input_matrix(LAYOUT)
INPUTS = Inputs(PRUNED, MATRIX, word_sums(LAYOUT, PRUNED, MATRIX))
# The same words, with every bucket in the matrix: few enough of them.
WHOLE = PRUNED._replace(bucket=40_000, marks=np.empty(0, np.uint32), before=np.empty(0, np.uint32))
WORD = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \n\r\t\v\f\0"), min_size=1, max_size=50
)
LENGTHS = [(2, 4), (1, 3), (0, 1), (3, 9), (0, 0), (5, 2)]


def sums(words: list[bytes], found: Vocabulary) -> tuple[np.ndarray, int]:
    """The average of the rows of a text's words and how many there are, by the reference."""
    rows = [row for word in words for row in word_rows(found, word) or []] + [found.end_row]
    return MATRIX[rows].astype(np.float64).mean(axis=0), len(rows)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(WORD, max_size=6),
    st.sampled_from(LENGTHS),
    st.booleans(),
    st.sampled_from([0, 1 << 12, 1 << 20]),
)
def test_texts_of_any_words(words: list[str], lengths: tuple[int, int], pruned: bool, size: int) -> None:
    """With n-grams of any length, pruned or not, with a table of words or without: the reference's rows."""
    found = (PRUNED if pruned else WHOLE)._replace(minn=lengths[0], maxn=lengths[1])
    encoded = [word.encode() for word in words]
    text = b" ".join(encoded)
    texts = Strings(np.frombuffer(text * 2, np.uint8), np.array([0, len(text), 2 * len(text)]))
    expected, count = sums(encoded, found)
    for direct in {False, is_direct(found, MATRIX)}:
        inputs = Inputs(found, MATRIX, no_sums(16), direct)
        vectors, counts = text_vectors(texts, inputs, word_table(MATRIX.shape[1], size))
        assert counts.tolist() == [count, count]
        assert np.allclose(vectors, expected, atol=1e-5)
        assert vectors[0].tobytes() == vectors[1].tobytes()


@pytest.mark.parametrize("word", ["自由" * 3000, "x" * 5000, "é" * 31, "ab" * 16, "a" * 33])
def test_words_of_any_length(word: str) -> None:
    """Longer than what a table or a group takes."""
    text = word.encode()
    texts = Strings(np.frombuffer(text, np.uint8), np.array([0, len(text)]))
    expected, count = sums([text], PRUNED)
    for inputs in (INPUTS, INPUTS._replace(direct=True)):
        vectors, counts = text_vectors(texts, inputs, word_table(MATRIX.shape[1], 1 << 20))
        assert counts.tolist() == [count]
        assert np.allclose(vectors[0], expected, atol=1e-4)


def test_many_new_words_at_once() -> None:
    """More words than a group or the table's sets have room for, some of them twice."""
    words = [f"w{i % 900:x}é{i % 7}".encode() for i in range(3000)]
    text = b" ".join(words)
    texts = Strings(np.frombuffer(text, np.uint8), np.array([0, len(text)]))
    expected, count = sums(words, PRUNED)
    for size in (None, 0, 1 << 12, 1 << 16, 1 << 22):
        inputs = INPUTS._replace(direct=size is None)
        vectors, counts = text_vectors(texts, inputs, word_table(MATRIX.shape[1], size or 0))
        assert counts.tolist() == [count]
        assert np.allclose(vectors[0], expected, atol=1e-4)


def test_labels_in_a_text_are_no_words() -> None:
    """Neither known nor unknown ones count; the reference says so by None."""
    assert word_rows(PRUNED, b"__label__pt") is None
    assert word_rows(PRUNED, b"__label__unknown") is None
    assert word_rows(PRUNED, b"</s>") == [PRUNED.end_row]


def test_every_kept_bucket_has_its_row() -> None:
    """In the order of the buckets; the others have none."""
    buckets, rows = kept_buckets(LAYOUT.dictionary.pruned, PRUNED.bucket)
    bits = np.unpackbits(PRUNED.marks.view(np.uint8), bitorder="little")
    assert np.flatnonzero(bits).tolist() == buckets.tolist()
    found = [bucket_row(PRUNED, np.uint64(bucket)) for bucket in buckets]
    assert found == list(range(PRUNED.words, PRUNED.words + len(rows)))
    assert bucket_row(PRUNED, np.uint64(np.argmin(bits))) == -1
    assert sorted(rows.tolist()) == list(range(len(rows)))
