"""What the kernels of Chinese and Thai words share: the characters of a text as numbers, and room to work in."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, Words, borrowing_kernel, decode, span_type
from .lexicon import Lexicon


class Room(NamedTuple):
    """Arrays for some texts; those without a shape here are int32, or int64 where `span_type` says so.

    Attributes:
        codes: int32 (characters + 1,), the code points of the text at hand.
        numbers: int32 (characters + 1,), their numbers in the list of words.
        places: (characters + 1,), where they begin among the bytes of all texts.
        word_ends: uint8 (characters + 1,), 1 where a word ends behind a character, else 0.
        starts, ends: (bytes,), see `Words`.
        offsets: int64 (texts + 1,), see `Words`.
    """

    codes: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int32]
    places: npt.NDArray[np.integer[Any]]
    word_ends: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.integer[Any]]
    ends: npt.NDArray[np.integer[Any]]
    offsets: npt.NDArray[np.int64]

    def words(self, texts: Strings) -> Words:
        count = self.offsets[-1]
        return Words(texts.data, self.starts[:count], self.ends[:count], self.offsets)


def room_for(texts: Strings, rows: npt.NDArray[np.int64]) -> Room:
    """Room for some texts: pages that nothing is written to take no memory."""
    sizes = texts.offsets[rows + 1] - texts.offsets[rows]
    longest = int(sizes.max(initial=0)) + 1
    spans = span_type(int(texts.offsets[-1]))
    starts, ends = np.empty((2, int(sizes.sum())), spans)
    return Room(
        np.empty(longest, np.int32),
        np.empty(longest, np.int32),
        np.empty(longest, spans),
        np.empty(longest, np.uint8),
        starts,
        ends,
        np.zeros(len(rows) + 1, np.int64),
    )


@borrowing_kernel
def read_characters(texts: Strings, row: int, of: Lexicon, room: Room) -> int:
    """Fills `codes`, `numbers` and `places` with the characters of a text; returns how many they are."""
    data, codes, numbers, places = texts.data, room.codes, room.numbers, room.places
    at, size, stop = texts.offsets[row], 0, texts.offsets[row + 1]
    while at < stop:
        code, width = decode(data, at)
        codes[size], numbers[size], places[size] = code, of.numbers[code], at
        size, at = size + 1, at + width
    places[size] = at
    return size
