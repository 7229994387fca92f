"""Simplified text: kernel, plain reference and datatrove agree."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datatrove.utils.text import simplify_text as datatrove_simplify_text
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polysift.filters.simplify import simplify_text
from polysift.filters.simplify_kernel import GROWTH, simplify
from polysift.langid.kernels import Strings, from_arrow, to_arrow

WEB = Path(__file__).parents[1] / "data" / "web"
# Code points that Unicode has given another category since 3.11's version: a letter without case, a spacing mark.
CHANGED = {"\u0295": "Lo", "\U0001171e": "Mc"}
ASSIGNED = "".join(
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if (category := unicodedata.category(character)) not in ("Cs", "Cn")
    and CHANGED.get(character, category) == category
)
# Characters with rules of their own: case, digits and their separators, spaces, marks of every combining class that
# stay or go, composites of marks, Hangul in both forms.
SPECIAL = (
    "ΣσςİıẞÅéΐ\u0345.,،٫⎖:'\u00ad1٣𝟗0 \t\n\x1c\x85\u00a0\u2003\u3000\u200b\u037e\u1fef"
    "\u0301\u0308\u0327\u0344\u0903\u0f73\u0f71\u0f72\u1b44\u1b35\u0e38\u0e48ิ\u302e\u302a\u16ff0\u094d\u093c"
    "\U0001d15e\U0001d165\U0001d16e\U0001d160\u3099\u064e\u05b0か각가ㅏ\u1100\u1161\u11a8\u11a7\u1175\u11c2क़ো字🙂"
)
# Every mark that is not nonspacing but moves, and some of those that go.
MOVING = "".join(c for c in ASSIGNED if unicodedata.combining(c) and unicodedata.category(c) != "Mn")
TEXT = st.text(
    st.sampled_from(SPECIAL) | st.sampled_from(MOVING) | st.sampled_from("aA Σ.1") | st.sampled_from(ASSIGNED)
)
MODES = ["recipe", "unicode"]


def simplified(texts, mode):
    return to_arrow(simplify(from_arrow(pa.array(texts, pa.large_string())), mode)).to_pylist()


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=200)
@given(texts=st.lists(TEXT, max_size=4))
@example(texts=["ΑΣ", "ΑΣ.", "ΑΣ'Α", ".Σ", "Α.Σ", "ΣΣ", "1Σ", "AΣ1", "İΣ"])
@example(texts=["\u0301 a \u0301 b \u0301", " \u0301", "1.2.3", "1.", ".1", "1,٣٤,5", "1\u03012"])
def test_kernel_equals_reference(mode, texts):
    """Any texts, in any mode, are simplified by the kernel as by the plain reference."""
    assert simplified(texts, mode) == [simplify_text(text, mode) for text in texts]


@pytest.mark.parametrize("mode", MODES)
def test_every_code_point(mode):
    """Every code point that the running Python knows: alone, after a letter, and between two letters."""
    texts = ["\n".join(f"{c} B{c} Σ{c}Σ" for c in ASSIGNED[i : i + 64]) for i in range(0, len(ASSIGNED), 64)]
    expected = [simplify_text(text, mode) for text in texts]
    for pair in zip(simplified(texts, mode), expected, strict=True):
        assert pair[0] == pair[1]


@settings(max_examples=100)
@given(st.lists(TEXT, min_size=1, max_size=3))
def test_the_recipe_is_datatroves(texts):
    """Kernel and reference give what datatrove's own function gives on this Python."""
    expected = [datatrove_simplify_text(text) for text in texts]
    assert [simplify_text(text) for text in texts] == expected
    assert simplified(texts, "recipe") == expected


def test_real_text():
    """Web pages in 182 languages, in both modes."""
    tables = [pq.read_table(file, columns=["text"]) for file in sorted(WEB.glob("*.parquet"))]
    texts = [text for table in tables for text in table.column("text").to_pylist()]
    for mode in MODES:
        assert simplified(texts, mode) == [simplify_text(text, mode) for text in texts]


def test_no_text_grows_more_than_room_is_made_for():
    """What a code point becomes takes at most three times its bytes."""
    for point in ASSIGNED:
        made = unicodedata.normalize("NFD", point.lower())
        assert len(made.encode()) <= GROWTH * len(point.encode())


@pytest.mark.parametrize(
    ("text", "recipe", "unicode"),
    [
        ("Ação Ñandú ΆΣ Йод", "acao nandu ας иод", "acao nandu ας иод"),
        ("ที่นี่", "ทน", "ที่นี่"),
        ("नमस्ते हिन्दी", "नमसत हिनदी", "नमस्ते हिन्दी"),
        ("한국어", unicodedata.normalize("NFD", "한국어"), "한국어"),
        (unicodedata.normalize("NFD", "한국어"), unicodedata.normalize("NFD", "한국어"), "한국어"),
        ("مُحَمَّد שָׁלוֹם", "محمد שלום", "محمد שלום"),
        ("がぱ", "かは", "か\u3099は\u309a"),
        ("မြန်မာ", "မြနမာ", "မြန်မာ"),
        ("བོད", "བད", "བོད"),
        ("བོད་སྐད།", "བད་སད།", "བོད སྐད"),
        ("भाषा। भाषा॥", "भाषा। भाषा॥", "भाषा भाषा"),
        ("ភាសា\u200bខ្មែរ។", "ភាសា\u200bខមែរ។", "ភាសា ខ្មែរ"),
    ],
)
def test_what_marks_stay(text, recipe, unicode):
    """Accents and points go in both modes; vowel signs, viramas, tones and syllables stay in `unicode` alone."""
    assert simplified([text], "unicode") == [simplify_text(text, "unicode")] == [unicode]
    assert simplified([text], "recipe") == [simplify_text(text)] == [recipe]


def test_a_batch_of_none_and_a_slice_of_one():
    """No text gives no text; only the bytes between the offsets are read."""
    assert simplified([], "recipe") == []
    data = np.frombuffer("xxÁÉyy".encode(), np.uint8)
    found = simplify(Strings(data, np.array([2, 4, 6], np.int64)))
    assert to_arrow(found).to_pylist() == ["a", "e"]
