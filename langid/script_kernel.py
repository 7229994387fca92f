"""The scripts that texts are written in, counted by a kernel: `scripts.script_shares` for a whole batch."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import Strings, decode, kernel
from .scripts import KANA, KANA_SHARE_MIN
from .unicode_data import script_table

ROOM = 10
"""Scripts of a text that are told: no more can fill a tenth of it."""


class ScriptCodes(NamedTuple):
    """Scripts as the kernel numbers them: those of `script_table`, and Japanese writing at the end.

    Attributes:
        codes: ISO 15924 codes; the first stands for no script.
        alphabet: int64 (scripts,), their numbers in alphabetical order.
        han, hiragana, katakana, latin: numbers of scripts.
    """

    codes: tuple[str, ...]
    alphabet: NDArray[np.int64]
    han: int
    hiragana: int
    katakana: int
    latin: int


@cache
def script_codes() -> ScriptCodes:
    """The scripts' codes by number.

    >>> script_codes().codes[0], script_codes().codes[-1]
    ('Zyyy', 'Jpan')
    """
    codes = (*script_table().codes, "Jpan")
    alphabet = np.array(sorted(range(1, len(codes)), key=codes.__getitem__), np.int64)
    return ScriptCodes(codes, alphabet, *map(codes.index, ("Hani", *KANA, "Latn")))


def prominent_scripts(texts: Strings, share_min: float) -> NDArray[np.uint8]:
    """For each text, numbers of the scripts that fill `share_min` of it or more, and the largest in any case.

    Args:
        texts: of any length.
        share_min: at least 0.1, of the characters that have a script.

    Returns:
        uint8 (texts, ROOM), positions in `script_codes().codes`, the script with the most characters first, ties in
        alphabetical order; then zeros.

    >>> from .kernels import from_arrow
    >>> import pyarrow as pa
    >>> found = prominent_scripts(from_arrow(pa.array(["где abcd", "漢字とかな", "12"])), 0.1)
    >>> [[script_codes().codes[number] for number in row if number] for row in found]
    [['Latn', 'Cyrl'], ['Jpan'], []]
    """
    found = np.zeros((len(texts.offsets) - 1, ROOM), np.uint8)
    codes = script_codes()
    data = texts.data.view()
    data.flags.writeable = False
    eights = _eights(data)
    numbers = codes.han, codes.hiragana, codes.katakana, codes.latin
    _prominent(data, eights, texts.offsets, script_table().numbers, codes.alphabet, numbers, share_min, found)
    return found


def _eights(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """At each byte, the eight bytes from there on as one number; none that would end beyond the data."""
    count = max(0, len(data) - 7)
    return np.ndarray((count,), np.uint64, data, strides=(1,)) if count else np.empty(0, np.uint64)


@kernel
def _prominent(data, eights, offsets, script_of, alphabet, numbers, share_min, found):  # type: ignore[no-untyped-def]
    counts = np.zeros(len(alphabet) + 1, np.int64)
    for text in range(len(offsets) - 1):
        counts[:] = 0
        _count(data, eights, offsets[text], offsets[text + 1], script_of, numbers[3], counts)
        _join_japanese(counts, numbers)
        _rank(counts, alphabet, share_min, found[text])


@kernel
def _count(data, eights, at, end, script_of, latin, counts):  # type: ignore[no-untyped-def]
    """Counts the characters of each script; eight ASCII characters at a time, of which the letters are Latin."""
    letters = np.int64(0)
    while at < end:
        if at + 8 <= end and eights[at] & np.uint64(0x8080808080808080) == 0:
            lower = eights[at] | np.uint64(0x2020202020202020)
            from_a = lower + np.uint64(0x1F1F1F1F1F1F1F1F)
            beyond_z = lower + np.uint64(0x0505050505050505)
            bits = (from_a & ~beyond_z & np.uint64(0x8080808080808080)) >> np.uint64(7)
            letters += np.int64((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))
            at += 8
        else:
            character, size = decode(data, at)
            counts[script_of[character]] += 1
            at += size
    counts[latin] += letters


@kernel
def _join_japanese(counts, numbers):  # type: ignore[no-untyped-def]
    """Adds kana, and Han where it belongs to Japanese, up as Japanese writing; no longer counts no script."""
    han, hiragana, katakana, _ = numbers
    kana = counts[hiragana] + counts[katakana]
    counts[0] = counts[hiragana] = counts[katakana] = 0
    japanese = kana + counts[han]
    if kana and kana >= KANA_SHARE_MIN * japanese:
        counts[han] = 0
        counts[-1] = japanese
    else:
        counts[-1] = kana


@kernel
def _rank(counts, alphabet, share_min, found):  # type: ignore[no-untyped-def]
    total = counts.sum()
    for place in range(len(found)):
        best = alphabet[0]
        for number in alphabet:
            if counts[number] > counts[best]:
                best = number
        if counts[best] == 0 or (place and counts[best] / total < share_min):
            break
        found[place] = best
        counts[best] = 0
