"""The tables hold every alternative of ftfy's expression."""

from __future__ import annotations

import re

import numpy as np
import pytest
from ftfy.badness import BADNESS_RE
from polysift.filters import mojibake
from polysift.filters.mojibake import ASTRAL, mojibake_tables
from polysift.langid.errors import PolysiftError


def found(text: str, tables: mojibake.Mojibake) -> bool:
    """Shift-And, as the kernel does it, in Python."""
    live = [0] * len(tables.starts)
    for character in text:
        group = tables.classes[min(ord(character), ASTRAL)]
        live = [
            (bits << 1 | int(start)) & int(mask)
            for bits, start, mask in zip(live, tables.starts, tables.masks[:, group], strict=True)
        ]
        if any(bits & int(accept) for bits, accept in zip(live, tables.accepts, strict=True)):
            return True
    return False


def test_every_pair_that_ftfy_finds_is_found():
    """Of the first characters of all classes, each pair that the expression takes for bad."""
    tables = mojibake_tables()
    _, first = np.unique(tables.classes[:ASTRAL], return_index=True)
    characters = [chr(c) for c in first if not 0xD800 <= c < 0xE000]
    pairs = [a + b for a in characters for b in characters]
    bad = [pair for pair in pairs if BADNESS_RE.search(pair)]
    assert len(bad) > 500
    assert all(found(pair, tables) for pair in bad)


def test_an_expression_that_is_not_understood_is_an_error():
    """What could be found in ASCII alone would be overlooked, so it is refused."""
    with pytest.raises(PolysiftError, match=r"try ftfy 6\.3"):
        list(mojibake._alternatives(re.compile("é|ab")))


def test_what_is_not_a_set_shortens_its_alternative():
    """A repetition ends the sequence before it; a shorter one is found wherever the longer one is."""
    assert [len(sequence) for sequence in mojibake._alternatives(re.compile("éa+b|[a-z]?[é-ü][^x]."))] == [
        1,
        3,
    ]


def test_no_class_of_ascii_starts_an_alternative():
    """The kernel may pass over ASCII while no alternative has begun."""
    tables = mojibake_tables()
    assert not (tables.masks[:, tables.classes[:0x80]] & tables.starts[:, None]).any()
