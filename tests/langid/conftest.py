from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

Vector = tuple[float, float]
ModelWriter = Callable[..., Path]


def _entries(names: Sequence[str], kind: int) -> bytes:
    return b"".join(name.encode() + b"\0" + struct.pack("<qb", 10, kind) for name in names)


def _matrix(vectors: Sequence[Vector]) -> bytes:
    return struct.pack(
        f"<2q{2 * len(vectors)}f", len(vectors), 2, *(value for vector in vectors for value in vector)
    )


@pytest.fixture
def write_model(tmp_path: Path) -> ModelWriter:
    """Writes a dense supervised fastText model of two dimensions with a softmax and without n-grams."""

    def write(labels: Mapping[str, Vector], words: Mapping[str, Vector], kind: int = 3) -> Path:
        args = struct.pack("<12id", 2, 5, 5, 1, 5, 1, 3, kind, 0, 0, 0, 100, 1e-4)
        counts = struct.pack("<3i2q", len(words) + len(labels), len(words), len(labels), 100, -1)
        names = _entries(list(words), 0) + _entries([f"__label__{label}" for label in labels], 1)
        matrices = b"\0" + _matrix(list(words.values())) + b"\0" + _matrix(list(labels.values()))
        path = tmp_path / "model.bin"
        path.write_bytes(struct.pack("<2i", 793712314, 12) + args + counts + names + matrices)
        return path

    return write
