"""ICU's word-break rules as an automaton: ICU itself is the oracle."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.word_break_rules import DEAD, START, icu_breaker, segment_ends, word_automaton
from polysift.langid.unicode_data import word_break_table

TABLE = word_break_table()
# One character of every class that no dictionary divides.
OF_CLASS = {
    kind.word_break: chr(np.flatnonzero(TABLE.numbers == number)[-1])
    for number, kind in enumerate(TABLE.kinds)
    if not kind.dictionary
}
CHARACTERS = "".join(OF_CLASS.values())


def ends(text: str) -> list[int]:
    """Where the automaton's segments of a text end, in code points."""
    return segment_ends([int(TABLE.numbers[ord(character)]) for character in text], word_automaton())


def icu_ends(text: str) -> list[int]:
    """The same by ICU."""
    lengths = [len(segment) for segment in icu_breaker(text)]
    return np.cumsum(lengths, dtype=np.int64).tolist()


@pytest.mark.parametrize("first", CHARACTERS, ids=list(OF_CLASS))
def test_every_sequence_of_three_classes_is_divided_as_by_icu(first: str) -> None:
    """Whatever two classes follow one, the segments are ICU's; a newline stands between the sequences."""
    text = "".join(f"{first}{second}{third}!\n" for second, third in product(CHARACTERS, repeat=2))
    assert ends(text) == icu_ends(text)


@given(st.text(st.sampled_from(CHARACTERS), max_size=60))
def test_long_sequences_of_classes_are_divided_as_by_icu(text: str) -> None:
    """So are longer ones, in which rules chain."""
    assert ends(text) == icu_ends(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_without_dictionary_scripts_is_divided_as_by_icu(text: str) -> None:
    """Random characters, of whatever script that needs no dictionary."""
    text = "".join(
        character for character in text if not TABLE.kinds[TABLE.numbers[ord(character)]].dictionary
    )
    assert ends(text) == icu_ends(text)


def test_a_dead_segment_stays_dead_and_letters_stay_in_their_state() -> None:
    """What the kernel's fast path for ASCII letters relies on."""
    automaton, letter = word_automaton(), TABLE.numbers[ord("a")]
    assert not automaton.next[DEAD].any()
    assert automaton.next[START, letter] == automaton.next[automaton.next[START, letter], letter]
    assert automaton.accepts[automaton.next[START, letter]]
    assert not automaton.accepts[[DEAD, START]].any()


def test_long_vowel_mark_is_divided_the_same_at_first_and_later() -> None:
    """ICU takes it for a word until the dictionary of Kana is loaded, which is done before any text."""
    assert list(icu_breaker("ー日本語です")) == ["ー", "日本語", "です"]
