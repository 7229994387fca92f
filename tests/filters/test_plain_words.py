"""Words of letters between spaces, many bytes at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.word_vectors import high_bytes, letter_bytes
from polysift.langid.byte_bits import WIDTH
from polysift.langid.kernels import kernel


@kernel
def masks(data, at):  # type: ignore[no-untyped-def]
    return letter_bytes(data, at), high_bytes(data, at)


@given(st.text(st.characters(max_codepoint=0x800) | st.characters(exclude_categories=["Cs"]), min_size=64))
def test_masks_are_of_the_bytes(text: str) -> None:
    """Each bit says what its byte is."""
    data = np.frombuffer(text.encode(), np.uint8)
    letters, high = (int(mask) for mask in masks(data, 0))
    at = 0
    for character in text:
        for _ in character.encode():
            if at + len(character.encode()) > WIDTH:
                return
            ascii_letter = character.isascii() and character.isalpha()
            assert letters >> at & 1 == (ascii_letter or not character.isascii())
            assert high >> at & 1 == (not character.isascii())
            at += 1
