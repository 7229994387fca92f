"""Words between white space and punctuation, 64 bytes at a time, against their reference."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from polysift.filters.joined_words import by_punctuation
from polysift.filters.punctuation_words_kernel import is_punctuation
from polysift.filters.word_tables import BLANK, tables
from polysift.filters.word_vectors import arabic_punctuation_bytes, punctuation_bytes, unknown_bytes
from polysift.filters.words import segment, style_number
from polysift.langid.byte_bits import WIDTH
from polysift.langid.kernels import from_arrow, kernel

CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
MARKS = [chr(code) for code in CODES if is_punctuation(code)]
BLANKS = [chr(code) for code in np.flatnonzero(tables().joining[tables().numbers] == BLANK)]
CHARACTER = (
    st.sampled_from([*"aक।\n ,3"])
    | st.sampled_from(MARKS)
    | st.sampled_from(BLANKS)
    | st.sampled_from("aé؀ऀक\u200cḀ“㐀꯭\ufeff😀\x01")
)


@st.composite
def texts_of_a_few_characters(draw: st.DrawFn) -> str:
    """Longer than a block at times, where a character comes again and again, as spaces and letters do."""
    few = draw(st.lists(CHARACTER, min_size=1, max_size=8))
    return draw(st.text(st.sampled_from(few), max_size=300))


TEXTS = st.lists(texts_of_a_few_characters(), min_size=1, max_size=4)


@given(TEXTS, st.booleans())
@example(["3" + " " * 70 + "," + " " * 70 + "5 1.2 .3", "।" * 40 + "a" * 70], True)
@example(["क\n\r\n" * 30 + ".", "a\n" * 32 + "।", "\n" * 70 + "a"], True)
@example(["a" * at + "।।a ۔۔ 3,5 :7\n8" for at in range(55, 66)], True)
@example(["a" * at + "۔۔a\t3\t,\t5\u00a0\n,7" for at in range(55, 66)], True)
def test_kernel_equals_reference(texts: list[str], numbers: bool) -> None:
    """Any texts, whether other ones follow or nothing: the words of the reference."""
    style = style_number("punctuation+numbers" if numbers else "punctuation")
    words = segment(from_arrow(pa.array(texts)), np.full(len(texts), style, np.uint32))
    data = words.data.tobytes()
    spans = [data[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    found = [spans[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]
    assert found == [by_punctuation(text, numbers) for text in texts]


@kernel
def masks(data, at):  # type: ignore[no-untyped-def]
    return (*punctuation_bytes(data, at), arabic_punctuation_bytes(data, at), unknown_bytes(data, at))


@pytest.mark.parametrize("shift", range(3))
def test_masks_are_of_the_bytes(shift: int) -> None:
    """Of every character: each bit says what it is, and no other mark or blank escapes."""
    for code in range(0x11000):
        if 0xD800 <= code < 0xE000:
            continue
        character = chr(code)
        text = ("x" * shift + character).encode()
        data = np.frombuffer(text + b"x" * (WIDTH + 2 - len(text)), np.uint8)
        spaces, control, lines, marks, digits, dandas, arabic, others, pairs, maybe = (
            int(mask) >> shift for mask in masks(data, 0)
        )
        width = len(character.encode())
        assert spaces == (character == " ")
        assert control == (code < 0x20)
        assert lines == (character in "\n\r")
        assert digits == (character in "0123456789")
        assert marks == (width == 1 and is_punctuation(code))
        assert dandas == (character in "।॥")
        assert arabic == (0x600 <= code < 0x700)
        assert others == (width > 1 and character.encode()[0] != 0xE0 and not arabic)
        assert pairs == (width == 2 and is_punctuation(code))
        if width > 1 and (is_punctuation(code) or character in BLANKS):
            assert dandas or pairs or maybe
