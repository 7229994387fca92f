"""What speaks against a text's label: its script, a second model, lines in other languages."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .identify import Identified, LanguageModel
from .kernels import Strings, to_arrow
from .labels import is_noise, written_scripts

SCRIPT_MISMATCH, DISAGREEMENT = 1, 2
"""Bits of `Doubts.flags`."""

# A line speaks for another language when that scores at least so much, and has enough text to judge by.
LINE_SCORE_MIN = 0.8
LINE_BYTES_MIN = 40
LINE_BREAK = ord("\n")


class Doubts(NamedTuple):
    """What was found against the labels of texts; arrays of shape (texts,), int64, None where not asked for.

    Attributes:
        flags: SCRIPT_MISMATCH and DISAGREEMENT.
        other_lines: lines that another language claims with a score of 0.8 or more.
        lines: lines with a character that belongs to a script.
    """

    flags: NDArray[np.int64] | None
    other_lines: NDArray[np.int64] | None
    lines: NDArray[np.int64] | None


def doubts(
    texts: Strings,
    found: Identified,
    script_mismatch: Literal["correct", "remove"],
    second: LanguageModel | None,
    lines: LanguageModel | None,
) -> Doubts:
    """Compares labels with the texts.

    Args:
        script_mismatch: whether a label in a script that its language is not written in is one to remove; if not, it
            is right as it is, with the script of the text in place of the language's.
        second: a model that must give the same label.
        lines: the model for the lines of each text; None: lines are not looked at.
    """
    flags = np.zeros(len(found.labels), np.int64)
    if script_mismatch == "remove":
        flags += SCRIPT_MISMATCH * mismatched(found)
    if second is not None:
        flags += DISAGREEMENT * disagreeing(found, second.identify(to_arrow(texts)))
    asked = script_mismatch == "remove" or second is not None
    other, judged = (None, None) if lines is None else other_language_lines(texts, found, lines)
    return Doubts(flags if asked else None, other, judged)


def mismatched(found: Identified) -> NDArray[np.bool_]:
    """Which texts are in a script that their language is not written in, as far as FineWeb2 knows the language.

    >>> labels = np.arange(3, dtype=np.int32)
    >>> mismatched(Identified(["ell_Latn", "hin_Latn", "por_Latn"], labels, np.ones(3), None)).tolist()
    [True, False, False]
    """
    wrong = [_is_mismatch(name) for name in found.names]
    return np.array(wrong, bool)[found.labels]


def disagreeing(found: Identified, other: Identified) -> NDArray[np.bool_]:
    """Which texts have another label by the other model, by polysift's names of labels."""
    position = {name: i for i, name in enumerate(found.names)}
    same = np.array([position.get(name, -1) for name in other.names], np.int64)
    different: NDArray[np.bool_] = same[other.labels] != found.labels
    return different


def other_language_lines(
    texts: Strings, found: Identified, model: LanguageModel
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each text, the lines in another language than its own, and all its lines; int64 (texts,) both.

    A line counts if some of its characters belong to a script. Another language claims it by a score of 0.8 or
    more on at least 40 bytes; another script of the same language is no other language, and noise none at all.
    """
    lines, owner = _lines(texts)
    judged = model.identify(to_arrow(lines))
    codes = sorted({name[:3] for name in (*found.names, *judged.names)})
    own = np.array([codes.index(name[:3]) for name in found.names], np.int64)[found.labels][owner]
    given = np.array([codes.index(name[:3]) for name in judged.names], np.int64)[judged.labels]
    noise = np.array([is_noise(name) for name in judged.names], bool)[judged.labels]
    written = np.array([name != "und_Zyyy" for name in judged.names], bool)[judged.labels]
    long = np.diff(lines.offsets) >= LINE_BYTES_MIN
    other = (given != own) & ~noise & long & (judged.scores >= LINE_SCORE_MIN)
    count = len(found.labels)
    return (
        np.bincount(owner[other], minlength=count).astype(np.int64),
        np.bincount(owner[written], minlength=count).astype(np.int64),
    )


def _lines(texts: Strings) -> tuple[Strings, NDArray[np.int64]]:
    """The lines of all texts, with the line breaks at their ends, and the number of the text of each."""
    first, last = texts.offsets[0], texts.offsets[-1]
    breaks = np.flatnonzero(texts.data[first:last] == LINE_BREAK) + first + 1
    bounds = np.union1d(texts.offsets, breaks)
    owner = np.searchsorted(texts.offsets, bounds[:-1], side="right") - 1
    return Strings(texts.data, bounds), owner


def _is_mismatch(name: str) -> bool:
    scripts = written_scripts(name[:3])
    return not is_noise(name) and bool(scripts) and name[4:] not in scripts
