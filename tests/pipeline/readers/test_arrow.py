"""Arrow files and folders of Hugging Face datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasets import Dataset, DatasetDict


def write(path: Path, table: pa.Table, kind: str = "stream", rows: int = 10) -> Path:
    new = pa.ipc.new_stream if kind == "stream" else pa.ipc.new_file
    with new(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return path


def table(count: int) -> pa.Table:
    return pa.table({"text": [f"text {i}" for i in range(count)], "n": range(count)})


def test_saved_dataset(read_all: Any, tmp_path: Path) -> None:
    """A folder that `datasets` saved gives its rows with their columns, split after split."""
    train = Dataset.from_dict({"text": ["a", "b", "c"], "label": [0, 1, 0]})
    test = Dataset.from_dict({"text": ["d"], "label": [1]})
    DatasetDict({"train": train, "test": test}).save_to_disk(
        tmp_path / "set", num_shards={"train": 2, "test": 1}
    )
    outcome = read_all("set")
    assert [(row["text"], row["label"]) for row in outcome.documents] == [
        ("d", 1),
        ("a", 0),
        ("b", 1),
        ("c", 0),
    ]
    assert outcome.quarantined == []


@pytest.mark.parametrize("kind", ["stream", "file"])
def test_both_layouts(read_all: Any, tmp_path: Path, kind: str) -> None:
    """Streams and files are told apart by their first bytes."""
    write(tmp_path / "a.arrow", table(25), kind)
    assert read_all().texts == table(25)["text"].to_pylist()


def test_truncated_stream(read_all: Any, tmp_path: Path) -> None:
    """Of a truncated stream the record batches before the cut are kept, and the cut is one entry."""
    path = write(tmp_path / "a.arrow", table(50))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    outcome = read_all()
    kept = len(outcome.texts)
    assert 10 <= kept < 50
    assert outcome.texts == table(kept)["text"].to_pylist()
    ((place, cause, _),) = outcome.faults
    assert place == f"row {kept}"
    assert cause.startswith("corrupt Arrow data (")


@pytest.mark.parametrize("content", [b"", b"no Arrow at all", b"ARROW1\0\0 and no more"])
def test_no_arrow_file(read_all: Any, tmp_path: Path, content: bytes) -> None:
    """A file that is none is one entry."""
    (tmp_path / "a.arrow").write_bytes(content)
    write(tmp_path / "b.arrow", table(2))
    outcome = read_all()
    assert outcome.texts == ["text 0", "text 1"]
    ((place, cause, _),) = outcome.faults
    assert place == "file"
    assert cause.startswith("no readable Arrow file (")


def test_stream_that_ends_early(read_all: Any, tmp_path: Path) -> None:
    """What follows the end of a stream is not lost without a word."""
    path = write(tmp_path / "a.arrow", table(5))
    path.write_bytes(path.read_bytes() * 2)
    outcome = read_all()
    assert outcome.texts == table(5)["text"].to_pylist()
    assert outcome.faults == [("row 5", "corrupt Arrow data (more follows the end of the stream)", 1)]


def test_offsets_outside_the_data(read_all: Any, tmp_path: Path) -> None:
    """A record batch whose offsets lie is quarantined with its rows before anything looks at it."""
    sound = pa.record_batch({"text": ["a", "b"]})
    offsets = pa.array([0, 1_000_000, 2], pa.int32()).buffers()[1]
    broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"xy")])
    with pa.ipc.new_stream(str(tmp_path / "a.arrow"), sound.schema) as writer:
        writer.write_batch(sound)
        writer.write_batch(pa.RecordBatch.from_arrays([broken], ["text"]))
        writer.write_batch(sound)
    outcome = read_all()
    assert outcome.texts == ["a", "b", "a", "b"]
    assert outcome.faults == [("row 2", "corrupt Arrow data (its offsets point outside its data)", 2)]


def test_missing_text_column(read_all: Any, tmp_path: Path) -> None:
    """A file without the column is one entry that counts its rows."""
    write(tmp_path / "a.arrow", table(12).rename_columns(["body", "n"]))
    write(tmp_path / "b.arrow", table(1))
    outcome = read_all()
    assert outcome.texts == ["text 0"]
    assert outcome.faults == [("file", "no column 'text' for the text (the columns are 'body', 'n')", 12)]


@pytest.mark.parametrize("kind", ["stream", "file"])
def test_random_damage_is_never_fatal(read_all: Any, tmp_path: Path, kind: str) -> None:
    """Bytes changed at random cost rows of their file, never the run."""
    path = write(tmp_path / "a.arrow", table(60), kind)
    write(tmp_path / "b.arrow", table(1))
    good = path.read_bytes()
    random = np.random.default_rng(7)
    for _ in range(60):
        data = bytearray(good)
        for place in random.integers(0, len(data), 3):
            data[place] = random.integers(256)
        path.write_bytes(data)
        assert "text 0" in read_all().texts
