"""Which scripts a text is written in for the most part, told from its counts of characters for a whole batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kernels import kernel
from .scripts import ScriptCounts

ROOM = 10
"""Scripts of a text that are told: no more can fill a tenth of it."""


def prominent_scripts(found: ScriptCounts, share_min: float) -> NDArray[np.uint8]:
    """For each text, the scripts that fill `share_min` of it or more, and the largest in any case.

    Args:
        found: characters per script.
        share_min: at least 0.1, of the characters that have a script.

    Returns:
        uint8 (texts, ROOM), 1 + the positions of scripts in `found.codes`, the one with the most characters first,
        ties in alphabetical order; then zeros.

    >>> from .kernels import from_arrow
    >>> from .scripts import script_counts
    >>> import pyarrow as pa
    >>> found = script_counts(from_arrow(pa.array(["где abcd", "漢字とかな", "12"])))
    >>> [[found.codes[place - 1] for place in row if place] for row in prominent_scripts(found, 0.1)]
    [['Latn', 'Cyrl'], ['Jpan'], []]
    """
    places = np.zeros((len(found.counts), ROOM), np.uint8)
    _rank(found.counts, share_min, places)
    return places


@kernel
def _rank(counts: NDArray[np.int32], share_min: float, places: NDArray[np.uint8]) -> None:
    left = np.empty(counts.shape[1], np.int32)
    for text in range(len(counts)):
        left[:] = counts[text]
        total = left.sum()
        for place in range(ROOM):
            best = np.argmax(left)
            if left[best] == 0 or (place and left[best] / total < share_min):
                break
            places[text, place] = best + 1
            left[best] = 0
