from __future__ import annotations

from datatrove.utils import text
from polysift.filters.punctuation import PUNCTUATION, SEPARATOR_PUNCTUATION, TERMINAL_PUNCTUATION


def test_sets_equal_datatroves() -> None:
    """The three sets of characters are those of the recipe."""
    assert frozenset(text.TERMINAL_PUNCTUATION) == TERMINAL_PUNCTUATION
    assert frozenset(text.PUNCTUATION) == SEPARATOR_PUNCTUATION
    assert frozenset(text.PUNCTUATION_SET) == PUNCTUATION


def test_terminal_punctuation_of_many_scripts() -> None:
    """Full stops of many scripts end a line; commas, quotes and letters do not."""
    assert frozenset(".?!।。۔։።៕᠃") <= TERMINAL_PUNCTUATION
    assert not frozenset(",;:»”)aя字") & TERMINAL_PUNCTUATION
