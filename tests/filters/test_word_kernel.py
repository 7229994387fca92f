"""The word kernel against its reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from polysift.filters import dictionary_words
from polysift.filters.words import GENERAL, MODELS, SWITCHES, segment, style_number, unicode_words
from polysift.langid.kernels import Strings, Words, from_arrow
from polysift.langid.unicode_data import word_break_table

SAMPLE = Path(__file__).parents[1] / "data" / "web"
STYLE = st.sets(st.sampled_from(list(SWITCHES))).map("+".join) | st.just(GENERAL) | st.sampled_from(MODELS)
# Some characters of every kind that the table tells apart, so that random texts meet all rules.
KINDS = "".join(
    chr(code)
    for kind in range(len(word_break_table().kinds))
    for code in np.flatnonzero(word_break_table().numbers == kind)[[0, -1]]
    if not 0xD800 <= code < 0xE000
)
LETTERS = "aaaabBéÉдДαعა한क\u0301\u00ad\u200b,,..\n'5"
TEXT = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.text(st.sampled_from(KINDS))
    | st.text(st.sampled_from("a'’_./w"))
    | st.text(st.sampled_from("aB1. "))
    | st.text(st.sampled_from("kmKg5 .”»ሀሁაk-,/"))
    | st.lists(st.text(st.sampled_from(LETTERS), max_size=5), max_size=30).map(" ".join)
    | st.text(st.sampled_from("aB1.,:-/@'\" ة한字かカーไາ་ཀ\u0301\u200d🇦👩\ufffd😀"))
)


def as_lists(words: Words) -> list[list[str]]:
    """The words of each text."""
    data = words.data.tobytes()
    spans = [data[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    return [spans[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]


def segmented(texts: list[str], style: str) -> list[list[str]]:
    return as_lists(
        segment(from_arrow(pa.array(texts, pa.string())), np.full(len(texts), style_number(style), np.uint32))
    )


@given(st.lists(TEXT), STYLE)
@example([], GENERAL)
@example([""], GENERAL)
@example(["བོད་ཡིག་ནི། དང་ ༡༢༣་ ་ཀ ཀ་་ཁ (ཀ་) ཀ་ཁ་", "a་b"], "")
@example(
    ["a", "\ufffd", "\u0301", "字", "ไ", "\U0001f468\u200d\U0001f469", "\U0001f1e6\U0001f1e7\U0001f1e8"],
    GENERAL,
)
@example(["0\u202f!", "a\u202f\u0301-\u202fb", "1\u202f000", "\u202fﾞカナ日"], GENERAL)
@example(["՚กกกกⴭ᪥\u0558", "aัั-b"], GENERAL)
@example(["_〱ัา", "ー㐀", "カ〱ー㐀ー"], GENERAL)
@example(["", "日本語です。ไทยabc", "", " \u3000", "x-日本 ไทย-x", "..\u0301. ... . .."], "segments")
def test_kernel_equals_reference(texts: list[str], style: str) -> None:
    """Any texts, in every style: the same words."""
    expected = [unicode_words(text, style) for text in texts]
    assert segmented(texts, style) == expected
    # Where 64 bytes more follow, words of letters are found in another way.
    assert segmented([*texts, " " * 64], style)[:-1] == expected


@given(TEXT)
def test_segments_hold_the_whole_text_and_words_all_but_white_space(text: str) -> None:
    """Nothing is lost, nothing is empty, nothing has white space around it."""
    (segments,), (words,) = segmented([text], "segments"), segmented([text], GENERAL)
    assert "".join(segments) == text
    # A narrow no-break space may stand inside a number, as ICU has it: 10\u202f000.
    assert "".join("".join(words).split()) == "".join(text.replace("\u200b", "").split())
    assert all(word == word.strip() != "" for word in words)


@pytest.mark.parametrize("file", sorted(SAMPLE.glob("*.parquet")), ids=lambda file: file.stem)
def test_real_text_is_divided_as_by_icu(file: Path) -> None:
    """The segments of real pages of all languages, dictionary scripts too, are ICU's; and the words the reference's."""
    texts = pq.read_table(file, columns=["text"])["text"].to_pylist()
    assert segmented(texts, "segments") == [unicode_words(text, "segments") for text in texts]
    assert segmented(texts[::5], GENERAL) == [unicode_words(text) for text in texts[::5]]


def test_texts_of_a_slice_with_other_bytes_around_them() -> None:
    """Spans are of the whole buffer, also where the first text does not begin at its first byte."""
    array = pa.array(["zero", "one ไทยภาษา", "two"])[1:2]
    words = segment(from_arrow(array))
    assert as_lists(words) == [["one", "ไทย", "ภาษา"]]
    assert words.starts[0] == 4


def test_long_documents_without_spaces() -> None:
    """Of ten megabytes, each byte a word, and one that joins into a single word after its first mark."""
    size = 5_000_000
    data = np.frombuffer(b"a-" * size + b"!a" * 1000, np.uint8)
    words = segment(Strings(data, np.array([0, 2 * size, 2 * size + 2000])))
    assert words.offsets.tolist() == [0, 2 * size - 1, 2 * size + 1]
    assert words.ends[-3:].tolist() == [2 * size, 2 * size + 1, 2 * size + 2000]


def test_a_long_document_of_a_dictionary_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """ICU gets it in several calls, and the words are the same as in one."""
    texts = ["日本語です。ภาษาไทย " * 200, "a", "今天天气好。" * 100]
    whole = segmented(texts, GENERAL)
    monkeypatch.setattr(dictionary_words, "CHUNK", 100)
    assert segmented(texts, GENERAL) == whole == [unicode_words(text) for text in texts]


def test_styles_go_by_text() -> None:
    """One batch may hold texts of several styles."""
    texts = from_arrow(pa.array(["E-Mail 12:30", "E-Mail 12:30", "E-Mail 12:30"]))
    styles = np.array(list(map(style_number, ("", "compounds", "apart"))), np.uint32)
    assert as_lists(segment(texts, styles)) == [
        ["E", "-", "Mail", "12:30"],
        ["E-Mail", "12:30"],
        ["E", "-", "Mail", "12", ":", "30"],
    ]
