"""The scripts that a text is written in, told by its own characters.

Characters of the scripts Common and Inherited do not count: punctuation, the digits 0 to 9, emoji, combining
marks. (The digits of other scripts, such as ٣ or ३, belong to them.)
Hiragana, Katakana and Han together are Japanese writing, `Jpan`, when at least 10 % of them are kana; with
less, the Han characters are `Hani` and the kana a foreign sprinkle. Other scripts have their ISO 15924 codes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .unicode_data import NO_SCRIPT, script_table

KANA = ("Hira", "Kana")
KANA_SHARE_MIN = 0.1
# Characters looked at in one go: keeps the temporary arrays of a 50 MB text below 20 MB.
BLOCK = 1 << 20


def text_script(text: str) -> str:
    """The ISO 15924 code of the script with the most characters, "Zyyy" when no character has a script.

    A tie goes to the code that comes first in the alphabet.

    >>> [text_script(text) for text in ("Olá, mundo", "Привет", "漢字とかな", "中文", "안녕 世界", "12 🙂")]
    ['Latn', 'Cyrl', 'Jpan', 'Hani', 'Hang', 'Zyyy']
    """
    return next(iter(_counts(text)), NO_SCRIPT)


def script_shares(text: str) -> dict[str, float]:
    """The share of each script among the characters that have one: largest first, sum 1, or empty.

    >>> script_shares("abc где")
    {'Cyrl': 0.5, 'Latn': 0.5}
    >>> script_shares("2024")
    {}
    """
    counts = _counts(text)
    total = sum(counts.values())
    return {script: count / total for script, count in counts.items()}


def _counts(text: str) -> dict[str, int]:
    """Characters per script, most first, ties by code."""
    codes = script_table().codes
    totals = np.zeros(len(codes), dtype=np.int64)
    for numbers in _script_numbers(text):
        totals += np.bincount(numbers, minlength=len(codes))
    found = {codes[i]: int(totals[i]) for i in np.flatnonzero(totals) if codes[i] != NO_SCRIPT}
    counts = _with_japanese(found)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _script_numbers(text: str) -> Iterator[npt.NDArray[np.uint8]]:
    """For each block of the text, the position in `ScriptTable.codes` of every character's script."""
    numbers = script_table().numbers
    for start in range(0, len(text), BLOCK):
        # surrogatepass: a lone surrogate is a code point without a script, not an error.
        encoded = text[start : start + BLOCK].encode("utf-32-le", "surrogatepass")
        yield numbers[np.frombuffer(encoded, dtype="<u4")]


def _with_japanese(counts: dict[str, int]) -> dict[str, int]:
    """The counts with kana, and Han where it belongs to Japanese, added up as `Jpan`."""
    kana = sum(counts.pop(script, 0) for script in KANA)
    if not kana:
        return counts
    japanese = kana + counts.get("Hani", 0)
    if kana >= KANA_SHARE_MIN * japanese:
        counts.pop("Hani", None)
        return counts | {"Jpan": japanese}
    return counts | {"Jpan": kana}
