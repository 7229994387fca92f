"""Parquet: row groups, and what is broken in them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def write(path: Path, table: pa.Table | dict[str, Any], **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), path, **options)
    return path


def texts(count: int, start: int = 0) -> list[str]:
    return [f"documento {i}: às vezes, 日本" for i in range(start, start + count)]


def test_columns_come_through(read_all: Any, tmp_path: Path) -> None:
    """Canonical columns come first as strings, every other one under its own name and type."""
    table = {
        "score": pa.array([0.5, None], pa.float32()),
        "date": pa.array([datetime.datetime(2024, 5, 1, 9, 30), None], pa.timestamp("us", "UTC")),
        "text": pa.array(["a", "b"]).dictionary_encode(),
        "id": pa.array([7, None], pa.int32()),
        "meta": [{"tags": ["x"]}, None],
        "raw": pa.array([b"\xff", None]),
    }
    write(tmp_path / "a.parquet", table)
    outcome = read_all()
    assert outcome.declared.schema.names == [
        *("text", "id", "url", "date", "dump", "file_path"),
        *("score", "meta", "raw"),
    ]
    first, second = outcome.documents
    assert first == {
        "text": "a",
        "id": "7",
        "url": None,
        "date": "2024-05-01T09:30:00Z",
        "dump": None,
        "file_path": "a.parquet",
        "score": 0.5,
        "meta": {"tags": ["x"]},
        "raw": b"\xff",
    }
    assert len(second["id"]) == 32


def test_text_as_bytes(read_all: Any, tmp_path: Path) -> None:
    """Texts that a writer left as bytes are read as UTF-8, and those that are none are quarantined."""
    write(tmp_path / "a.parquet", {"text": pa.array(["é".encode(), b"\xff", None], pa.large_binary())})
    outcome = read_all()
    assert outcome.texts == ["é"]
    assert sorted(outcome.faults) == [
        ("row 1", "invalid UTF-8 in column 'text'", 1),
        ("row 2", "text is null", 1),
    ]


def test_null_and_empty_texts(read_all: Any, tmp_path: Path) -> None:
    """A null text is quarantined with its row in the file, an empty one is a document."""
    write(tmp_path / "a.parquet", {"text": ["a", None, "", None, "b"]}, row_group_size=2)
    outcome = read_all()
    assert outcome.texts == ["a", "", "b"]
    assert outcome.faults == [("row 1", "text is null", 1), ("row 3", "text is null", 1)]


@pytest.mark.parametrize(
    ("column", "cause"),
    [
        (pa.array([1, 2, 3]), "text is of type int64, not string (column 'text')"),
        (pa.array([["a"], [], None]), "text is of type list<element: string>, not string (column 'text')"),
    ],
)
def test_text_of_another_type(read_all: Any, tmp_path: Path, column: Any, cause: str) -> None:
    """A file whose text is no text is one entry with the type found and the number of its rows."""
    write(tmp_path / "a.parquet", {"text": column})
    write(tmp_path / "b.parquet", {"text": texts(3)})
    outcome = read_all()
    assert outcome.texts == texts(3)
    assert outcome.faults == [("row groups 0 to 0", cause, 3)]


def test_column_of_nulls(read_all: Any, tmp_path: Path) -> None:
    """A text column of nothing but nulls loses every row for that."""
    write(tmp_path / "a.parquet", {"text": pa.nulls(3)})
    write(tmp_path / "b.parquet", {"text": texts(3)})
    outcome = read_all()
    assert outcome.texts == texts(3)
    assert outcome.faults == [(f"row {i}", "text is null", 1) for i in range(3)]


def test_missing_text_column(read_all: Any, tmp_path: Path) -> None:
    """A file without the column is one entry that names those it has and counts its rows."""
    write(tmp_path / "a.parquet", {"content": texts(5), "n": range(5)}, row_group_size=2)
    write(tmp_path / "b.parquet", {"text": texts(3)})
    outcome = read_all()
    assert outcome.texts == texts(3)
    assert outcome.faults == [
        ("row groups 0 to 2", "no column 'text' for the text (the columns are 'content', 'n')", 5)
    ]


@pytest.mark.parametrize("keep", [0, 3, 100, -1])
def test_truncated_file(read_all: Any, tmp_path: Path, keep: int) -> None:
    """A truncated file is one entry, and the others are read."""
    path = write(tmp_path / "a.parquet", {"text": texts(50)})
    write(tmp_path / "b.parquet", {"text": texts(3)})
    path.write_bytes(path.read_bytes()[:keep])
    outcome = read_all()
    assert outcome.texts == texts(3)
    ((place, cause, rows),) = outcome.faults
    assert (place, rows) == ("file", 1)
    assert cause.startswith("no readable Parquet file (")


def test_corrupt_footer(read_all: Any, tmp_path: Path) -> None:
    """A file with a corrupt footer is one entry."""
    path = write(tmp_path / "a.parquet", {"text": texts(50)})
    write(tmp_path / "b.parquet", {"text": texts(3)})
    data = bytearray(path.read_bytes())
    data[-40:-8] = b"\xff" * 32
    path.write_bytes(data)
    outcome = read_all()
    assert outcome.texts == texts(3)
    assert len(outcome.faults) == 1


@pytest.mark.parametrize("slice_bytes", [1, 1 << 30])
def test_corrupt_page(read_all: Any, tmp_path: Path, slice_bytes: int) -> None:
    """A corrupt data page loses its row group, which is named with its rows; the others are read."""
    path = write(tmp_path / "a.parquet", {"text": texts(90)}, row_group_size=30, compression="zstd")
    column = pq.read_metadata(path).row_group(1).column(0)
    data = bytearray(path.read_bytes())
    middle = (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size // 2
    data[middle : middle + 20] = b"\0" * 20
    path.write_bytes(data)
    outcome = read_all(slice_bytes=slice_bytes)
    assert outcome.texts == texts(30) + texts(30, 60)
    ((place, cause, rows),) = outcome.faults
    assert (place, rows) == ("row group 1", 30)
    assert cause.startswith("corrupt row group (")


def test_checksums_are_verified(read_all: Any, tmp_path: Path) -> None:
    """A flipped bit in a file with checksums is found though it decompresses."""
    path = write(
        tmp_path / "a.parquet",
        {"text": texts(10)},
        compression="none",
        use_dictionary=False,
        write_page_checksum=True,
    )
    data = bytearray(path.read_bytes())
    data[data.index(b"documento 5")] = ord("D")
    path.write_bytes(data)
    assert [cause for _, cause, _ in read_all().faults] == [
        "corrupt row group (could not verify page integrity, CRC checksum verification failed for page_ordinal 0)"
    ]


def test_invalid_utf8(read_all: Any, tmp_path: Path) -> None:
    """A row with invalid UTF-8, in the text or elsewhere, is quarantined alone."""

    def strings(*values: bytes) -> Any:
        return pa.array(values, pa.binary()).view(pa.string())

    nested = pa.StructArray.from_arrays([strings(b"x", b"x", b"x", b"\xc3")], ["key"])
    write(
        tmp_path / "a.parquet",
        {
            "text": strings(b"a", b"b\xff", b"c", b"d"),
            "url": strings(b"u", b"u", b"\xe2\x82", b"u"),
            "meta": nested,
        },
    )
    outcome = read_all()
    assert outcome.texts == ["a"]
    assert outcome.faults == [
        ("row 1", "invalid UTF-8 in column 'text'", 1),
        ("row 2", "invalid UTF-8 in column 'url'", 1),
        ("row 3", "invalid UTF-8 in column 'meta'", 1),
    ]
    assert outcome.quarantined[0].sample == r"b\xff"


def test_column_of_another_type_in_one_file(read_all: Any, tmp_path: Path) -> None:
    """A column that disagrees becomes a string in all files, and the conflict is named with its files."""
    write(tmp_path / "a.parquet", {"text": ["a", "b"], "score": [1, None], "n": pa.array([1, 2], pa.int8())})
    write(tmp_path / "b.parquet", {"text": ["c"], "score": ["high"], "n": [2.5]})
    write(tmp_path / "c.parquet", {"text": ["d"], "score": [[1, 2]], "n": pa.nulls(1)})
    outcome = read_all()
    assert [(row["score"], row["n"]) for row in outcome.documents] == [
        *(("1", 1.0), (None, 2.0)),
        *(("high", 2.5), ("[1, 2]", None)),
    ]
    assert [str(conflict) for conflict in outcome.declared.conflicts] == [
        "column score: int64 in a.parquet, string in b.parquet, list in c.parquet; declared as string"
    ]
    assert outcome.quarantined == []


def test_duplicate_column_names(read_all: Any, tmp_path: Path) -> None:
    """Of two columns of one name, the second gets a number."""
    table = pa.table([pa.array(["a"]), pa.array(["b"]), pa.array([1])], names=["text", "text", "n"])
    write(tmp_path / "a.parquet", table)
    (document,) = read_all().documents
    assert (document["text"], document["text_2"], document["n"]) == ("a", "b", 1)


def test_file_without_rows(read_all: Any, tmp_path: Path) -> None:
    """A file without rows is no fault."""
    write(tmp_path / "a.parquet", {"text": pa.array([], pa.string())})
    outcome = read_all()
    assert outcome.texts == []
    assert outcome.quarantined == []


def test_row_group_is_read_batch_by_batch(read_all: Any, tmp_path: Path) -> None:
    """One row group of many rows and bytes comes in bounded batches."""
    write(tmp_path / "a.parquet", {"text": ["x" * 1_000] * 10_000})
    batches = read_all(batch_bytes=100_000).batches
    assert sum(batch.num_rows for batch in batches) == 10_000
    assert max(batch.num_rows for batch in batches) <= 100


def test_document_of_50_megabytes(read_all: Any, tmp_path: Path) -> None:
    """One huge document comes through, in a batch apart from those around it."""
    text = "word " * 10_000_000
    write(tmp_path / "a.parquet", {"text": ["a", text, "b"], "id": ["1", "2", "3"]})
    outcome = read_all()
    assert [len(one) for one in outcome.texts] == [1, 50_000_000, 1]
    assert len(outcome.batches) >= 2


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 40), st.integers(1, 15), st.integers(1, 3_000), st.integers(1, 7))
def test_ids_do_not_depend_on_slices(
    read_all: Any, tmp_path: Path, rows: int, row_group_size: int, slice_bytes: int, batch_rows: int
) -> None:
    """Made ids are the same however the file is cut, batched and grouped into row groups."""
    (tmp_path / "in").mkdir(exist_ok=True)
    write(tmp_path / "in/a.parquet", {"text": [None if i % 7 == 3 else f"text {i % 5}" for i in range(rows)]})
    whole = read_all("in")
    write(
        tmp_path / "in/a.parquet",
        {"text": [None if i % 7 == 3 else f"text {i % 5}" for i in range(rows)]},
        row_group_size=row_group_size,
    )
    cut = read_all("in", slice_bytes=slice_bytes, batch_rows=batch_rows)
    assert cut.documents == whole.documents
    assert cut.faults == whole.faults
    assert len({row["id"] for row in cut.documents}) == len(cut.documents)


def test_random_damage_is_never_fatal(read_all: Any, tmp_path: Path) -> None:
    """Bytes changed at random cost rows of their file, never the run."""
    path = write(tmp_path / "a.parquet", {"text": texts(60), "n": range(60)}, row_group_size=20)
    write(tmp_path / "b.parquet", {"text": texts(1), "n": [1]})
    good = path.read_bytes()
    random = np.random.default_rng(7)
    for _ in range(60):
        data = bytearray(good)
        for place in random.integers(0, len(data), 3):
            data[place] = random.integers(256)
        path.write_bytes(data)
        assert "documento 0: às vezes, 日本" in read_all().texts
