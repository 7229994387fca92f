"""Korean words: letters taken apart, and what is beside them."""

from __future__ import annotations

import re
import unicodedata
from itertools import product

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.boundary_kernel import boundary_words_batch
from polysift.filters.korean import MODEL, korean_words
from polysift.filters.simplify import simplify_text
from polysift.filters.words import segment, style_number, unicode_words
from polysift.langid.kernels import Words, from_arrow

PIECES = [
    *"나는 한\nab01zZ,·가株🙂\u1100\u11ff\u10ff\u1200\u3131",
    *unicodedata.normalize("NFD", "한국어 책"),
]


def listed(words: Words) -> list[list[str]]:
    data = words.data.tobytes()
    flat = [data[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    return [flat[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]


def test_jamo_are_words() -> None:
    """Runs of jamo are words whatever touches them; syllables are divided by the model as ever."""
    text = simplify_text("Float(부동 소수점)을 3번")
    composed = [unicodedata.normalize("NFC", word) for word in unicode_words(text, MODEL)]
    assert composed == ["float", "부동", "소수점", "을", "0", "번"]
    assert unicode_words("나는 집에", MODEL) == ["나", "는", "집에"]


@given(st.lists(st.lists(st.sampled_from([*PIECES, "\u1112" * 22]), max_size=120).map("".join), max_size=4))
def test_kernel_equals_reference(texts: list[str]) -> None:
    """Runs that begin and end anywhere in 64 bytes, in texts of which any is the last one."""
    styles = np.full(len(texts), style_number(MODEL), np.uint32)
    found = listed(segment(from_arrow(pa.array(texts, pa.string())), styles))
    assert found == [[word for part in korean_words(text) if (word := part.strip())] for text in texts]


def test_every_length_of_a_run() -> None:
    """Texts that end where 64 bytes end, or beside that, alone in their memory and followed by others."""
    texts = [
        " " * before + "\u1112" * jamo + after
        for before in range(4)
        for jamo in range(45)
        for after in ("", "a")
    ]
    expected = [unicode_words(text, MODEL) for text in texts]
    style = np.array([style_number(MODEL)], np.uint32)
    assert listed(segment(from_arrow(pa.array(texts)), style.repeat(len(texts)))) == expected
    assert [listed(segment(from_arrow(pa.array([text])), style))[0] for text in texts] == expected


def test_the_model_makes_runs_of_ascii() -> None:
    """The model tells letters of ASCII, digits and spaces apart and no more: all texts of nine of them."""
    texts = ["".join(text) for text in product("a0 ", repeat=9)]
    found = listed(boundary_words_batch(from_arrow(pa.array(texts)), np.arange(len(texts)), MODEL))
    assert found == [re.findall("a+|0+", text) for text in texts]
