"""Where matrices come from: mapped, or unpacked once for all processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from polysift.langid import fasttext_matrices
from polysift.langid.fasttext_matrices import digest, input_matrix, output_matrix
from polysift.langid.fasttext_model import read_layout
from polysift.langid.models import MODELS

LAYOUT = read_layout(MODELS["lid176"])


def test_a_quantised_matrix_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into the cache folder, under its content's name, and mapped from there the next time."""
    monkeypatch.setenv("POLYSIFT_CACHE", str(tmp_path / "cache"))
    first = input_matrix(LAYOUT)
    (path,) = (tmp_path / "cache").iterdir()
    written = path.stat().st_mtime_ns
    second = input_matrix(LAYOUT)
    assert path.stat().st_mtime_ns == written
    assert first.shape == (50_000, 16)
    assert np.array_equal(first, second)
    assert not second.flags.writeable


def test_an_incomplete_file_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it were not there."""
    monkeypatch.setenv("POLYSIFT_CACHE", str(tmp_path))
    expected = input_matrix(LAYOUT).copy()
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"short")
    assert np.array_equal(input_matrix(LAYOUT), expected)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process keeps a copy for itself."""
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("POLYSIFT_CACHE", str(tmp_path / "file"))
    private = input_matrix(LAYOUT)
    monkeypatch.setenv("POLYSIFT_CACHE", str(tmp_path / "cache"))
    assert np.array_equal(private, input_matrix(LAYOUT))


def test_a_dense_matrix_stays_where_it_is(write_model) -> None:
    """The values of the file, wherever they stand in it."""
    layout = read_layout(write_model({"pt": (3, 4), "es": (5, 6)}, {"mundo": (1, 2)}))
    assert input_matrix(layout).tolist() == [[1, 2]]
    outputs, norms = output_matrix(layout)
    assert outputs.tolist() == [[3, 5], [4, 6]]
    assert norms.tolist() == [1, 1]


def test_the_digest_tells_models_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """By any byte outside the input matrix, and by those pieces of it that are read."""
    monkeypatch.setattr(fasttext_matrices, "PIECES", 16)
    start, end = LAYOUT.input.start, LAYOUT.output.start
    assert (end - start) // 16 > fasttext_matrices.PIECE
    names = {digest(LAYOUT)}
    for place in (60, start, end, len(LAYOUT.data) - 1):
        data = LAYOUT.data.copy()
        data[place] ^= 1
        names.add(digest(LAYOUT._replace(data=data)))
    assert len(names) == 5
