"""JSON Lines: pieces, and lines that are none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polysift.langid.errors import PolysiftError
from polysift.pipeline.readers.files import InputFile, Piece, list_inputs
from polysift.pipeline.readers.options import ReadOptions
from polysift.pipeline.readers.read import read
from polysift.pipeline.readers.schema import scan


def line(**values: Any) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode()


GOOD = [line(text=f"documento {i}: às vezes, 日本") for i in range(4)]


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        (b'{"text": "\xff\xfe"}', "invalid UTF-8"),
        (b'{"text": "\xed\xa0\x80"}', "invalid UTF-8"),
        (b"not json", "no JSON (Expecting value)"),
        (b'{"text": "cut', "no JSON (Unterminated string starting at)"),
        (b'{"text": "a"} {"text": "b"}', "no JSON (Extra data)"),
        (b'["a list"]', "JSON line is a list, not an object; one object per line is needed"),
        (b'"a string"', "JSON line is a string, not an object"),
        (b"3", "JSON line is an integer, not an object"),
        (b"null", "JSON line is null, not an object"),
        (b'{"text": null}', "text is null"),
        (b'{"text": 7}', "text is an integer, not a string"),
        (b'{"text": 7.5}', "text is a number, not a string"),
        (b'{"text": true}', "text is a boolean, not a string"),
        (b'{"text": ["a"]}', "text is a list, not a string"),
        (b'{"text": {"a": 1}}', "text is an object, not a string"),
        (b'{"body": "a"}', "no column 'text' for the text (the columns are 'body')"),
        (b"{}", "no column 'text' for the text (the columns are )"),
        (b"[" * 100_000, "JSON that cannot be held (maximum recursion depth exceeded"),
        (b'{"text": "a", "n": ' + b"1" * 5_000 + b"}", "JSON that cannot be held (Exceeds the limit"),
    ],
)
def test_bad_line_is_quarantined_alone(read_all: Any, tmp_path: Path, bad: bytes, cause: str) -> None:
    """A line that is no document is quarantined with its place and cause; all others come through."""
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([*GOOD[:2], bad, *GOOD[2:]]))
    outcome = read_all()
    assert outcome.texts == [json.loads(one)["text"] for one in GOOD]
    (entry,) = outcome.quarantined
    assert entry.cause.startswith(cause)
    assert (entry.file, entry.place, entry.rows) == ("a.jsonl", f"byte {len(b''.join(GOOD[:2])) + 2}", 1)
    assert len(entry.sample) <= 500


def test_what_is_no_fault(read_all: Any, tmp_path: Path) -> None:
    """A byte-order mark, blank lines, carriage returns, an empty text and a last line without newline are fine."""
    lines = [
        b"\xef\xbb\xbf" + line(text="one") + b"\r",
        b"",
        b"   \r",
        line(text=""),
        line(text=" \t"),
        line(text="two"),
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    outcome = read_all()
    assert outcome.texts == ["one", "", " \t", "two"]
    assert outcome.quarantined == []


def test_lone_surrogates_become_replacement_characters(read_all: Any, tmp_path: Path) -> None:
    """An escaped lone surrogate becomes U+FFFD, in texts, keys and lists; pairs are characters."""
    (tmp_path / "a.jsonl").write_bytes(
        rb'{"text": "a\ud800b \udc00 \ud83d\ude00", "k\uDFFF": ["\ud800"]}' + b"\n" + line(text="plain")
    )
    outcome = read_all()
    assert outcome.texts == ["a\ufffdb \ufffd 😀", "plain"]
    assert outcome.documents[0]["k\ufffd"] == ["\ufffd"]
    assert outcome.quarantined == []


def test_strange_texts_come_through(read_all: Any, tmp_path: Path) -> None:
    """Whitespace, emoji, digits, controls and right-to-left marks are for the rules to judge."""
    texts = [" \n\t ", "😀👩‍👩‍👧🇧🇷", "0123 ٣٤", "\u202bשלום\u202c\u200f \x00\x07", "\u0085\u2028"]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(line(text=text) for text in texts))
    assert read_all().texts == texts


def test_file_without_the_column_is_one_entry(read_all: Any, tmp_path: Path) -> None:
    """A file none of whose rows has a text is one entry that names the columns and counts the rows."""
    (tmp_path / "a.jsonl").write_bytes(line(text="a"))
    (tmp_path / "b.jsonl").write_bytes(b"\n".join(line(content="x", id=i) for i in range(100)))
    outcome = read_all()
    assert outcome.texts == ["a"]
    assert outcome.faults == [
        ("byte 0", "no column 'text' for the text (the columns are 'content', 'id')", 100)
    ]


@pytest.mark.parametrize(("extension", "compress"), [(".gz", gzip.compress), (".zst", zstandard.compress)])
def test_truncated_compressed_file(read_all: Any, tmp_path: Path, extension: str, compress: Any) -> None:
    """Rows before the break of a compressed file are kept, and the break is one entry with its offset."""
    rows = [line(text=f"{i} {hash((i, i))}") for i in range(20_000)]
    stored = compress(b"\n".join(rows))
    (tmp_path / f"a.jsonl{extension}").write_bytes(stored[: len(stored) * 2 // 3])
    outcome = read_all()
    assert len(outcome.texts) > 0.5 * len(rows)
    assert outcome.texts == [json.loads(row)["text"] for row in rows[: len(outcome.texts)]]
    assert outcome.faults == [
        (f"byte {len(stored) * 2 // 3} of the compressed file", f"truncated {extension[1:]} data", 1)
    ]


def test_corrupt_gzip_file(read_all: Any, tmp_path: Path) -> None:
    """Of a small file that is corrupt at its end, all rows but the last are kept."""
    stored = bytearray(gzip.compress(b"\n".join(GOOD) + b"\n"))
    stored[-8:-4] = b"\0\0\0\0"  # the checksum
    (tmp_path / "a.jsonl.gz").write_bytes(stored)
    (tmp_path / "b.jsonl").write_bytes(GOOD[0])
    outcome = read_all()
    assert len(outcome.texts) == len(GOOD) + 1
    assert [cause for _, cause, _ in outcome.faults] == [
        "corrupt gz data (Error -3 while decompressing data: incorrect data check)"
    ]


def test_last_row_before_trailing_garbage_is_kept(read_all: Any, tmp_path: Path) -> None:
    """A whole row before a break is a row, though no newline follows."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"\n".join(GOOD)) + b"garbage")
    outcome = read_all()
    assert len(outcome.texts) == len(GOOD)
    assert len(outcome.faults) == 1


def test_line_longer_than_allowed(read_all: Any, tmp_path: Path) -> None:
    """A line over the limit is stepped over without being held."""
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([GOOD[0], line(text="x" * 5_000), GOOD[1]]))
    outcome = read_all(row_bytes=1_000)
    assert len(outcome.texts) == 2
    assert outcome.faults == [(f"byte {len(GOOD[0]) + 1}", "line longer than a document may be", 1)]


def test_document_of_50_megabytes(read_all: Any, tmp_path: Path) -> None:
    """One huge document comes through, in a batch of its own."""
    text = "word " * 10_000_000
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([GOOD[0], line(text=text), GOOD[1]]))
    outcome = read_all()
    assert [batch.num_rows for batch in outcome.batches] == [1, 1, 1]
    assert outcome.batches[1].column("text")[0].as_py() == text


def test_batches_are_bounded(read_all: Any, tmp_path: Path) -> None:
    """No batch has more rows or bytes than the options say."""
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(line(text="x" * 100) for _ in range(100)))
    assert [batch.num_rows for batch in read_all(batch_rows=40).batches] == [40, 40, 20]
    assert max(batch.num_rows for batch in read_all(batch_bytes=500).batches) <= 5


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from([line(text="a"), line(text="b" * 30, id=5), b"", b"\r", b"bad", b'{"text": null}']),
        max_size=12,
    ),
    st.integers(1, 120),
    st.booleans(),
)
def test_pieces_cover_every_line_once(
    read_all: Any, tmp_path: Path, lines: list[bytes], slice_bytes: int, newline: bool
) -> None:
    """However a file is cut, the same documents with the same ids and the same faults come of it."""
    (tmp_path / "in").mkdir(exist_ok=True)
    (tmp_path / "in/a.jsonl").write_bytes(b"\n".join([line(text="first"), *lines]) + b"\n" * newline)
    whole, cut = read_all("in"), read_all("in", slice_bytes=slice_bytes)
    assert cut.documents == whole.documents
    assert sorted(cut.faults) == sorted(whole.faults)
    assert cut.declared == whole.declared


def scanned(tmp_path: Path, *lines: bytes) -> pa.Schema:
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    file = InputFile(str(tmp_path / "a.jsonl"), "a.jsonl", "jsonl", 1, "")
    return scan(Piece(file), ReadOptions())


def test_scan_reads_every_row(tmp_path: Path) -> None:
    """The types are those of all rows, whatever the first ones say."""
    rows = (
        [line(text="a", n=None, tags=[])] * 50
        + [line(text="b", n=1)] * 50
        + [line(text="c", n=1.5, tags=["x"])]
    )
    assert scanned(tmp_path, *rows) == pa.schema(
        [("text", pa.string()), ("n", pa.float64()), ("tags", pa.list_(pa.string()))]
    )


def test_scan_steps_over_bad_lines(tmp_path: Path) -> None:
    """Lines that are no objects say nothing of the schema."""
    assert scanned(tmp_path, b"bad", b"[1]", line(a=1), b"\xff") == pa.schema([("a", pa.int64())])


def test_too_many_columns(tmp_path: Path) -> None:
    """Rows whose keys are data are an error that says what to do, before they fill the memory."""
    with pytest.raises(PolysiftError, match="different columns, at most 1,000 are allowed"):
        scanned(tmp_path, *(line(**{f"key{i}": 1}) for i in range(2_000)))


def test_file_that_changed_since_the_scan(read_all: Any, tmp_path: Path) -> None:
    """A value that does not fit the declared type costs its row, not the run."""
    (tmp_path / "a.jsonl").write_bytes(line(text="a", n=1, s={"x": [1]}))
    declared = read_all().declared
    (tmp_path / "a.jsonl").write_bytes(
        b"\n".join(
            [line(text="b", n=2), line(text="c", n="no"), line(text="d", s=3), line(text="e", s={"x": 1})]
        )
    )
    (file,) = list_inputs(["a.jsonl"], None, str(tmp_path)).files
    entries: list[Any] = []
    batches = list(read(Piece(file), declared, ReadOptions(), entries.append))
    assert [text for batch in batches for text in batch.column("text").to_pylist()] == ["b"]
    assert [entry.cause for entry in entries] == [
        "column 'n' is a string, declared as int64",
        "column 's' is an integer, declared as struct<x: list<item: int64>>",
        "column 's' is an integer, declared as list<item: int64>",
    ]
