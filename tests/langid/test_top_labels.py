"""The JSON of top labels."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.top_labels import top_labels

NAMES = ["arb_Arab", "por_Latn", "und_Zyyy"]
SCORE = st.floats(2**-13, 1, width=32)


@given(st.lists(st.lists(st.tuples(st.integers(0, 2), SCORE), max_size=5), max_size=5))
def test_what_json_would_write(texts: list[list[tuple[int, float]]]) -> None:
    """Labels once, those that score enough, rounded to six decimals: the same bytes as from Python's json."""
    expected = []
    for found in texts:
        scores: dict[str, float] = {}
        for label, score in found:
            scores.setdefault(f"{NAMES[label]}_score", score)
        expected.append(json.dumps({key: round(score, 6) for key, score in scores.items() if score > 0.01}))
    offsets = np.concatenate([[0], np.cumsum([len(found) for found in texts])]).astype(np.int64)
    labels = np.array([label for found in texts for label, _ in found], np.int64)
    scores = np.array([score for found in texts for _, score in found], np.float64)
    assert top_labels(offsets, labels, scores, NAMES, 0.01).to_pylist() == expected
