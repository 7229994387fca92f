"""CSV and TSV."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest


def read(read_all: Any, tmp_path: Path, content: bytes | str, name: str = "a.csv", **options: Any) -> Any:
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_all(**options)


def test_quoted_fields(read_all: Any, tmp_path: Path) -> None:
    """Fields may hold newlines, delimiters and doubled quotes; blank lines do not count."""
    content = '\ufefftext,id\r\n"two\nlines, ""quoted""",1\r\n\r\nplain,2\r\n"",3'
    outcome = read(read_all, tmp_path, content)
    assert [(row["text"], row["id"]) for row in outcome.documents] == [
        *(('two\nlines, "quoted"', "1"), ("plain", "2")),
        ("", "3"),
    ]
    assert outcome.quarantined == []


def test_columns_are_strings_as_written(read_all: Any, tmp_path: Path) -> None:
    """Nothing is guessed: a number keeps its zeros."""
    outcome = read(read_all, tmp_path, "text,zip,n\na,00123,1.10\n")
    assert outcome.declared.schema.field("zip").type == pa.string()
    assert (outcome.documents[0]["zip"], outcome.documents[0]["n"]) == ("00123", "1.10")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.tsv", "text\tn\na,b\t1\n"), ("a.csv", 'text;n\n"a,b";1\n'), ("a.csv", 'text\tn\n"a,b"\t1\n')],
)
def test_delimiters(read_all: Any, tmp_path: Path, name: str, content: str) -> None:
    """TSV has tabs; CSV whatever the header has most of."""
    (document,) = read(read_all, tmp_path, content, name).documents
    assert (document["text"], document["n"]) == ("a,b", "1")


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (b"only one", "another number of fields than the header (1, not 2)"),
        (b"a,b,c", "another number of fields than the header (3, not 2)"),
        (b"\xff,x", "invalid UTF-8"),
        (b'"a" b,x', "malformed CSV (',' expected after '\"')"),
    ],
)
def test_bad_row_is_quarantined_alone(read_all: Any, tmp_path: Path, bad: bytes, cause: str) -> None:
    """A bad row is quarantined with its place and cause; the others come through."""
    outcome = read(read_all, tmp_path, b"text,id\none,1\n" + bad + b"\ntwo,2\n")
    assert outcome.texts == ["one", "two"]
    assert outcome.faults == [("byte 14", cause, 1)]
    assert outcome.quarantined[0].sample


def test_quote_that_is_never_closed(read_all: Any, tmp_path: Path) -> None:
    """An open quote swallows the rest, and the entry counts its lines."""
    outcome = read(read_all, tmp_path, 'text,id\none,1\n"open,2\nthree,3\nfour,4\n')
    assert outcome.texts == ["one"]
    assert outcome.faults == [("byte 14", "malformed CSV (unexpected end of data)", 3)]


def test_huge_field(read_all: Any, tmp_path: Path) -> None:
    """A field of a megabyte is no fault."""
    text = "word\n" * 200_000
    assert read(read_all, tmp_path, f'text,id\n"{text}",1\n').texts == [text]


def test_truncated_gzip(read_all: Any, tmp_path: Path) -> None:
    """Rows before the break are kept, but not one that is cut off."""
    rows = [f"text {i} {hash((i, i))},{i}" for i in range(5_000)]
    stored = gzip.compress("\n".join(["text,id", *rows]).encode())
    outcome = read(read_all, tmp_path, stored[: len(stored) // 2], "a.csv.gz")
    assert 1_000 < len(outcome.texts) < 5_000
    assert outcome.texts == [row.split(",")[0] for row in rows[: len(outcome.texts)]]
    assert outcome.faults == [(f"byte {len(stored) // 2} of the compressed file", "truncated gz data", 1)]


def test_missing_text_column(read_all: Any, tmp_path: Path) -> None:
    """A file without the column is one entry that names those it has and counts its rows."""
    (tmp_path / "b.csv").write_text("text\na\n")
    outcome = read(read_all, tmp_path, "body,id\nx,1\ny,2\n")
    assert outcome.texts == ["a"]
    assert outcome.faults == [("file", "no column 'text' for the text (the columns are 'body', 'id')", 2)]


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"", []),
        (b"text,id\n", []),
        (b"te\xffxt,id\na,1\n", [("file", "no readable header (invalid UTF-8)", 1)]),
        (b'"text,id\na,1\n', [("file", "no readable header (unexpected end of data)", 1)]),
    ],
)
def test_headers(read_all: Any, tmp_path: Path, content: bytes, faults: list[Any]) -> None:
    """A file without rows is no fault; one whose header cannot be read is one entry."""
    (tmp_path / "b.csv").write_text("text\nb\n")
    outcome = read(read_all, tmp_path, content)
    assert outcome.texts == ["b"]
    assert outcome.faults == faults


def test_ids_are_of_the_place(read_all: Any, tmp_path: Path) -> None:
    """Equal texts of one file have different made ids, and the same ones each time."""
    content = 'text\nsame\nsame\n"a\nb"\nsame\n'
    ids = [row["id"] for row in read(read_all, tmp_path, content).documents]
    assert len(set(ids)) == 4
    assert ids == [row["id"] for row in read(read_all, tmp_path, content, batch_rows=1).documents]
