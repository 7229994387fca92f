"""Sums of the dictionary's words: the rows of the reference, made once, and of no influence on a text's vector."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from polysift.langid import fasttext_sums
from polysift.langid.fasttext_features import vocabulary, word_rows
from polysift.langid.fasttext_matrices import input_matrix
from polysift.langid.fasttext_model import read_layout
from polysift.langid.fasttext_sums import no_sums, word_sums
from polysift.langid.fasttext_table import word_table
from polysift.langid.fasttext_texts import text_vectors
from polysift.langid.fasttext_words import Inputs
from polysift.langid.kernels import from_arrow
from polysift.langid.models import MODELS

LAYOUT = read_layout(MODELS["lid176"])
WORDS = vocabulary(LAYOUT)
MATRIX = input_matrix(LAYOUT)


def names(count: int) -> list[bytes]:
    """Of evenly spaced words of the dictionary."""
    entries = np.linspace(1, WORDS.words - 1, count).astype(int)
    return [WORDS.names[WORDS.starts[i] : WORDS.ends[i]].tobytes() for i in entries]


def test_sums_are_those_of_the_reference() -> None:
    """The word's own row and those of its n-grams; how many there are."""
    sums = word_sums(LAYOUT, WORDS, MATRIX)
    assert sums.vectors.shape == (WORDS.words, 16)
    for name in names(40):
        rows = word_rows(WORDS, name)
        assert rows is not None
        assert sums.features[rows[0]] == len(rows)
        assert np.allclose(sums.vectors[rows[0]], MATRIX[rows].sum(axis=0), atol=1e-4)


def test_sums_change_no_bit() -> None:
    """A text's vector is the same with them and without."""
    texts = from_arrow(
        pa.array([b" ".join(names(3000)).decode(), "a \n b", *(n.decode() for n in names(50))])
    )
    for size in (1 << 14, 1 << 22):
        found = [
            text_vectors(texts, Inputs(WORDS, MATRIX, sums), word_table(16, size))
            for sums in (word_sums(LAYOUT, WORDS, MATRIX), no_sums(16))
        ]
        assert found[0][0].tobytes() == found[1][0].tobytes()
        assert found[0][1].tolist() == found[1][1].tolist()


def test_sums_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the cache folder; where none can be written, there are none."""
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("POLYSIFT_CACHE", str(tmp_path / "file"))
    assert len(word_sums(LAYOUT, WORDS, MATRIX).features) == 0
    monkeypatch.setenv("POLYSIFT_CACHE", str(tmp_path / "cache"))
    first = word_sums(LAYOUT, WORDS, MATRIX)
    (path,) = (tmp_path / "cache").iterdir()
    written = path.stat().st_mtime_ns
    second = word_sums(LAYOUT, WORDS, MATRIX)
    assert path.stat().st_mtime_ns == written
    assert second.vectors.tobytes() == first.vectors.tobytes()
    assert not second.vectors.flags.writeable


def test_only_the_first_words_of_a_large_dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as fit; they are the most frequent ones."""
    monkeypatch.setenv("POLYSIFT_CACHE", str(tmp_path))
    monkeypatch.setattr(fasttext_sums, "SIZE_MAX", 64 * 100 + 63)
    assert word_sums(LAYOUT, WORDS, MATRIX).vectors.shape == (100, 16)
    assert len(word_sums(LAYOUT, WORDS._replace(maxn=0), MATRIX).features) == 0
