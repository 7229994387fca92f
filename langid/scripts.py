"""The scripts that a text is written in, told by its own characters.

Characters of the scripts Common and Inherited do not count (punctuation, the digits 0 to 9, emoji), unless only
some scripts use them (Unicode's Script_Extensions: the danda, the Arabic comma, kana's long-vowel mark): these
count for the one of these scripts that has most characters of its own in the text, and for none if none has.
(The digits of other scripts, such as ٣ or ३, belong to them.)
Hiragana, Katakana and Han together are Japanese writing, `Jpan`, when at least 10 % of them are kana; with
less, the Han characters are `Hani` and the kana a foreign sprinkle. Other scripts have their ISO 15924 codes.
`writing_shares` also parts Chinese into simplified and traditional, and names Korean with its hanja `Kore`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .kernels import Strings, decode, from_arrow, kernel
from .unicode_data import NO_SCRIPT, class_table

KANA = ("Hira", "Kana")
KANA_SHARE_MIN = 0.1
JAPANESE = "Jpan"
SIMPLIFIED, TRADITIONAL = 1, 2


class ScriptCounts(NamedTuple):
    """Characters per script of each text.

    Attributes:
        codes: ISO 15924 codes in alphabetical order.
        counts: int32 (texts, codes). Common, Inherited and unassigned characters are not among them.
        simplified: int32 (texts,), characters that only simplified Chinese uses.
        traditional: int32 (texts,), those that only traditional Chinese uses.
    """

    codes: tuple[str, ...]
    counts: NDArray[np.int32]
    simplified: NDArray[np.int32]
    traditional: NDArray[np.int32]


def script_counts(texts: Strings) -> ScriptCounts:
    """The characters of each script in each text.

    >>> found = script_counts(from_arrow(pa.array(["Olá!", "国家", "漢字とかな"])))
    >>> [found.codes[i] for i in found.counts.argmax(axis=1)], found.simplified.tolist()
    (['Latn', 'Hani', 'Jpan'], [0, 1, 0])
    """
    table = class_table()
    japanese = sum(code < JAPANESE for code in table.scripts[1:]) + 1
    codes = (*table.scripts[:japanese], JAPANESE, *table.scripts[japanese:])
    columns = np.array([codes.index(code) for code in table.scripts])
    special = np.array([*(columns[table.scripts.index(code)] for code in (*KANA, "Hani")), japanese])
    counts = np.zeros((len(texts.offsets) - 1, len(codes)), np.int32)
    forms = np.zeros((len(counts), 3), np.int32)
    data = texts.data.view()
    data.flags.writeable = False  # one type of array, so that one compiled kernel is enough
    tables = table.numbers, table.han, table.members, columns, special
    _count(data, texts.offsets, tables, counts, forms)
    return ScriptCounts(codes, counts, forms[:, SIMPLIFIED], forms[:, TRADITIONAL])


def text_script(text: str) -> str:
    """The ISO 15924 code of the script with the most characters, "Zyyy" when no character has a script.

    A tie goes to the code that comes first in the alphabet.

    >>> [text_script(text) for text in ("Olá, mundo", "Привет", "漢字とかな", "中文", "안녕 世界", "12 🙂")]
    ['Latn', 'Cyrl', 'Jpan', 'Hani', 'Hang', 'Zyyy']
    """
    return next(iter(script_shares(text)), NO_SCRIPT)


def script_shares(text: str) -> dict[str, float]:
    """The share of each script among the characters that have one: largest first, sum 1, or empty.

    >>> script_shares("abc где")
    {'Cyrl': 0.5, 'Latn': 0.5}
    >>> script_shares("2024")
    {}
    """
    return _ranked(_shares(script_counts(_strings([text])), 0))


def writing_shares(found: ScriptCounts) -> list[dict[str, float]]:
    """For each text its scripts with their shares, largest first, in ISO 15924's codes of writing systems.

    Han characters are `Hans` or `Hant` where more of them are of that form only than of the other, else
    `Hani`; with Hangul in the text they are part of `Kore`.

    >>> writing_shares(script_counts(_strings(["图书馆在哪里？", "圖書館在哪裡？", "人口", "한국의 漢字"])))
    [{'Hans': 1.0}, {'Hant': 1.0}, {'Hani': 1.0}, {'Kore': 1.0}]
    """
    return [_ranked(_named_writing(found, row, _shares(found, row))) for row in range(len(found.counts))]


def _strings(texts: Sequence[str]) -> Strings:
    # A lone surrogate, which UTF-8 has not, becomes "?": neither has a script.
    return from_arrow(
        pa.array([text.encode("utf-8", "replace") for text in texts], pa.binary()).cast(pa.string())
    )


def _shares(found: ScriptCounts, row: int) -> dict[str, float]:
    counts = found.counts[row]
    total = counts.sum()
    return {found.codes[i]: int(counts[i]) / int(total) for i in np.flatnonzero(counts)}


def _ranked(shares: dict[str, float]) -> dict[str, float]:
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def _named_writing(found: ScriptCounts, row: int, shares: dict[str, float]) -> dict[str, float]:
    han = shares.pop("Hani", 0.0)
    if "Hang" in shares:
        shares["Kore"] = shares.pop("Hang") + han
    elif han:
        simplified, traditional = int(found.simplified[row]), int(found.traditional[row])
        form = "Hans" if simplified > traditional else "Hant" if traditional > simplified else "Hani"
        shares[form] = han
    return shares


@kernel
def _count(data: Any, offsets: Any, tables: Any, counts: Any, forms: Any) -> None:
    """Counts the scripts and Han forms of the characters of each text."""
    numbers, han, members, columns, special = tables
    scripts = len(columns)
    scratch = np.zeros(scripts + len(members), np.int32)
    met = np.empty(len(scratch), np.int64)
    for text in range(len(offsets) - 1):
        at, end, kinds = offsets[text], offsets[text + 1], 0
        while at < end:
            point, size = decode(data, at)
            number = numbers[point]
            if scratch[number] == 0:
                met[kinds] = number
                kinds += 1
            scratch[number] += 1
            forms[text, han[point]] += 1
            at += size
        row = counts[text]
        for i in range(kinds):
            script = met[i] if met[i] < scripts else _user(met[:kinds], scratch, members[met[i] - scripts])
            if script > 0:
                row[columns[script]] += scratch[met[i]]
        _join_japanese(row, special)
        scratch[met[:kinds]] = 0


@kernel
def _user(met: Any, scratch: Any, users: Any) -> int:
    """Of the scripts that use a character, the one with most characters in the text, the first of several; 0: none."""
    best = 0
    for script in met:
        if 0 < script < len(users) and users[script]:
            more = best == 0 or scratch[script] > scratch[best]
            if more or (scratch[script] == scratch[best] and script < best):
                best = script
    return best


@kernel
def _join_japanese(row: Any, special: Any) -> None:
    """Adds up kana, and Han where it belongs to Japanese, as `Jpan`."""
    hiragana, katakana, han, japanese = special
    kana = row[hiragana] + row[katakana]
    if kana > 0:
        row[hiragana] = row[katakana] = 0
        if kana >= KANA_SHARE_MIN * (kana + row[han]):
            kana += row[han]
            row[han] = 0
        row[japanese] = kana
