"""The kernel equals the plain reference, measure by measure."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.filters import measure_kernel
from polysift.filters.measure_kernel import columns, measure_batch
from polysift.filters.measures import MEASURES, measure
from polysift.filters.stop_word_kernel import stop_words_of
from polysift.langid.errors import PolysiftError
from polysift.langid.kernels import Strings, from_arrow, kernel, words_from_lists

CHARACTERS = st.characters(exclude_categories=["Cs"])
PIECES = (
    "a b \n\n \r\n \r \v\f\x1c\x1d\x1e\x1f \x85\xa0 \u2028\u2029\u202f\u3000 "
    ". .. ... … • - # | é 字 ไท न ि 😀 👩‍👩‍👧 \0 ! 。 ।"
)
TEXTS = st.lists(st.sampled_from([*PIECES.split(" "), " "]), max_size=40).map("".join) | st.text(CHARACTERS)
WORDS = [
    "a",
    "aa",
    "b",
    "ba",
    "ab",
    "có thể",
    "có",
    "thể a",
    "न",
    "字",
    "😀",
    "...",
    "a\0",
    "\0",
    "4",
    "é",
    "e\u0301",
]
WORD_LISTS = st.lists(st.sampled_from(WORDS), max_size=60) | st.lists(st.text(CHARACTERS, min_size=1))
STOP_WORDS = [["a", "ba", "字", "a", "", "4"], [], ["😀", "có thể", *(f"w{i}" for i in range(62))]]
DOCUMENTS = st.lists(st.tuples(TEXTS, WORD_LISTS, st.integers(0, 2)), max_size=5)


def batch(texts: list[str], words: list[list[str]], languages: list[int]) -> list[dict[str, int]]:
    strings = from_arrow(pa.array(texts, pa.large_string()))
    numbers = np.array(languages, np.int32)
    measured = columns(measure_batch(strings, words_from_lists(words), numbers, stop_words_of(STOP_WORDS)))
    assert list(measured) == list(MEASURES)
    return [{name: int(column[i]) for name, column in measured.items()} for i in range(len(texts))]


def reference(text: str, words: list[str], language: int) -> dict[str, int]:
    return dict(zip(MEASURES, measure(text, words, STOP_WORDS[language]), strict=True))


@kernel
def first_code_point(data):
    return measure_kernel.first_code_point(data, 1)


@given(st.characters(exclude_categories=["Cs"]), st.binary(max_size=8))
def test_code_points_without_a_branch(character, after):
    """A character of any length is told from its first bytes, whatever follows."""
    data = b"x" + character.encode() + after.ljust(8, b"\xff")
    assert first_code_point(np.frombuffer(data, np.uint8)) == ord(character)


@given(DOCUMENTS)
def test_batches_equal_the_reference(documents):
    """Every measure of every document of a batch, whatever stands before it."""
    texts, words, languages = map(list, zip(*documents, strict=True)) if documents else ([], [], [])
    assert batch(texts, words, languages) == [reference(*document) for document in documents]


@given(st.lists(st.sampled_from(["a", "b", "ab", "ba"]), max_size=300), st.integers(1, 40))
@settings(max_examples=50)
def test_repetitive_words_equal_the_reference(words, times):
    """N-grams that repeat often, overlap, and read alike although they are cut into other words."""
    words = words * times
    assert batch([" ".join(words)], [words], [0]) == [reference(" ".join(words), words, 0)]


@pytest.mark.parametrize(
    "text", ["", "\n", "a", "\r", "\r\n", "\n\r\n", "\r\r\n\n", "\x85", "…", "..", ".....…", " -", "\u2028"]
)
def test_shortest_texts(text):
    """Line ends at the ends of a text, alone and after a text that ends in half of one."""
    words = text.split()
    assert batch(["a\r", text, "."], [["a"], words, []], [0, 0, 1])[1] == reference(text, words, 0)


def test_words_may_be_spans_of_the_text():
    """Words that point into the texts give the same as words in a buffer of their own."""
    texts = ["não há, não", "字 a"]
    strings, own = (
        from_arrow(pa.array(texts, pa.large_string())),
        words_from_lists([t.split() for t in texts]),
    )
    starts = np.array([0, 5, 10, 14, 18], np.int32)
    spans = own._replace(data=strings.data, starts=starts, ends=starts + own.ends - own.starts)
    languages, stop_words = np.array([0, -1], np.int32), stop_words_of([["não"]])
    copied = measure_batch(strings, own, languages, stop_words)
    assert (measure_batch(strings, spans, languages, stop_words) == copied).all()
    assert columns(copied)["stop_word_mask"].tolist() == [1, 0]


def test_long_words_and_documents_equal_the_reference():
    """N-grams longer than the table of powers, lines in the thousands, words in the hundred thousands."""
    rng = np.random.default_rng(0)
    long = ["x" * 5000, "é" * 70_000, "y", "x" * 5000, "é" * 70_000, "y"] * 3
    many = [WORDS[i] for i in rng.zipf(1.3, 100_000) % len(WORDS)]
    texts = [" ".join(long), "\n".join(f"{word}{i % 999}" for i, word in enumerate(many))]
    assert batch(texts, [long, many], [0, 2]) == [reference(texts[0], long, 0), reference(texts[1], many, 2)]


def test_a_slice_of_texts():
    """Texts that begin inside their buffer are measured like others."""
    texts = from_arrow(pa.array(["abc\n", "é.\né.", "z"])[1:2])
    measured = measure_batch(texts, words_from_lists([["é"]]), np.zeros(1, np.int32), stop_words_of([[]]))
    assert measured[0].tolist() == list(measure("é.\né.", ["é"], []))


def test_a_text_of_more_than_two_gigabytes_is_refused():
    """Positions are 32-bit: a longer text is an error that says so, before anything is measured."""
    length = (1 << 31) + 8
    texts = Strings(np.broadcast_to(np.uint8(97), (8,)), np.array([0, 0], np.int64))
    words = words_from_lists([["a"]])._replace(ends=np.array([length], np.int64))
    with pytest.raises(PolysiftError, match=f"a document of {length} bytes"):
        measure_batch(texts, words, np.zeros(1, np.int32), stop_words_of([[]]))
