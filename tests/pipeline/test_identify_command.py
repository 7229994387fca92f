"""Lines of text in, lines with their language out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.langid.identify import Identified
from polysift.langid.kernels import to_arrow
from polysift.pipeline.identify_command import _best_lines, lines_of


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1, width=32)), max_size=20))
def test_scores_are_written_as_python_writes_them(found: list[tuple[int, float]]) -> None:
    """With four decimals, whatever the score, and each text's own label."""
    names = ["deu_Latn", "por_Latn", "und_Zyyy"]
    labels = np.array([label for label, _ in found], np.int32)
    scores = np.array([score for _, score in found], np.float64)
    expected = "".join(f"{names[label]}\t{score:.4f}\n" for label, score in found)
    assert _best_lines(Identified(names, labels, scores, pa.array([], pa.string()))) == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=8).map(lambda line: line.replace(b"\n", b"")), min_size=1, max_size=9))
def test_lines_of_any_bytes(lines: list[bytes]) -> None:
    """A text for each line, without its end; what is no UTF-8 becomes U+FFFD."""
    piece = b"".join(line + b"\n" for line in lines)
    expected = piece.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")[:-1]
    assert to_arrow(lines_of(piece)).to_pylist() == expected
