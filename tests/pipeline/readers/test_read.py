"""What holds for inputs of every format."""

from __future__ import annotations

import errno
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polysift.langid.errors import PolysiftError
from polysift.pipeline.readers.files import FORMATS, InputFile, Piece, format_of, list_inputs
from polysift.pipeline.readers.formats import BY_NAME
from polysift.pipeline.readers.quarantine import Quarantined
from polysift.pipeline.readers.read import ReadOptions, read
from polysift.pipeline.readers.schema import declare, scan
from polysift.pipeline.schema import INPUT

TEXTS = ["primeiro", "segundo", "日本語"]


def parquet(path: Path) -> None:
    pq.write_table(pa.table({"text": TEXTS}), path)


def jsonl(path: Path) -> None:
    path.write_text("\n".join(json.dumps({"text": text}) for text in TEXTS))


def csv(path: Path) -> None:
    path.write_bytes("\n".join(["text", *TEXTS]).encode())


def tsv(path: Path) -> None:
    path.write_bytes(gzip.compress("\n".join(["text\tn", *(f"{text}\t1" for text in TEXTS)]).encode()))


def wet(path: Path) -> None:
    head = "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: {}\r\n\r\n"
    path.write_bytes(
        b"".join(head.format(len(t.encode())).encode() + t.encode() + b"\r\n\r\n" for t in TEXTS)
    )


def warc(path: Path) -> None:
    head = "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: {}\r\n\r\n"
    pages = [f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{text}".encode() for text in TEXTS]
    path.write_bytes(b"".join(gzip.compress(head.format(len(p)).encode() + p + b"\r\n\r\n") for p in pages))


def arc(path: Path) -> None:
    pages = [f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{text}".encode() for text in TEXTS]
    path.write_bytes(
        b"".join(b"http://a.b/ 1.2.3.4 20240501000000 text/plain %d\n%s\n" % (len(p), p) for p in pages)
    )


def arrow(path: Path) -> None:
    table = pa.table({"text": TEXTS})
    with pa.ipc.new_stream(str(path), table.schema) as writer:
        writer.write_table(table)


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.parquet": parquet,
    "a.jsonl": jsonl,
    "a.csv": csv,
    "a.tsv.gz": tsv,
    "a.warc.wet": wet,
    "a.warc.gz": warc,
    "a.arc": arc,
    "a.arrow": arrow,
}


def test_every_format_is_tried() -> None:
    """Each format of the table of extensions has a reader, and stands in these tests."""
    assert set(FORMATS.values()) == set(BY_NAME) == {format_of(name) for name in WRITERS}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("remote", [False, True])
def test_documents(tmp_path: Path, name: str, remote: bool) -> None:
    """Documents of every format come through with made ids, from local files and from URLs."""
    WRITERS[name](tmp_path / name)
    if remote:
        fsspec.filesystem("memory").pipe(f"/bucket/{name}", (tmp_path / name).read_bytes())
    (file,) = list_inputs([f"memory://bucket/{name}" if remote else name], None, str(tmp_path)).files
    declared = declare({file.name: scan(Piece(file), ReadOptions())})
    entries: list[Quarantined] = []
    (batch,) = read(Piece(file), declared, ReadOptions(dump="CC-1"), entries.append)
    assert batch.column("text").to_pylist() == TEXTS
    assert len(set(batch.column("id").to_pylist())) == len(TEXTS)
    assert batch.column("file_path").to_pylist() == [f"memory:///bucket/{name}" if remote else name] * len(
        TEXTS
    )
    assert batch.column("dump").to_pylist() == ["CC-1"] * len(TEXTS)
    assert entries == []


def test_given_values_stay(read_all: Any, tmp_path: Path) -> None:
    """Ids, dumps and paths of the input win, duplicate ids too; what is null or empty is filled in."""
    rows: list[dict[str, Any]] = [
        {"text": "a", "id": "x", "dump": "d", "file_path": "s3://crawl/0.warc", "date": "2024"},
        {"text": "b", "id": "x", "dump": None},
        {"text": "c", "id": ""},
        {"text": "d", "id": 7},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    documents = read_all(dump="CC-1").documents
    assert [row["id"] for row in documents[:2]] == ["x", "x"]
    assert len(documents[2]["id"]) == 32
    assert documents[3]["id"] == "7"
    assert [row["dump"] for row in documents] == ["d", "CC-1", "CC-1", "CC-1"]
    assert [row["file_path"] for row in documents] == ["s3://crawl/0.warc", "a.jsonl", "a.jsonl", "a.jsonl"]


def test_made_ids_depend_on_name_place_and_text(read_all: Any, tmp_path: Path) -> None:
    """Equal texts in two places or files have two ids; the folder of the config does not matter."""
    for home in ("one", "two"):
        (tmp_path / home).mkdir()
        (tmp_path / home / "a.jsonl").write_text('{"text": "x"}\n{"text": "x"}')
        (tmp_path / home / "b.jsonl").write_text('{"text": "x"}\n{"text": "y"}')
    ids = [row["id"] for row in read_all(str(tmp_path / "one")).documents]
    assert len(set(ids)) == 4
    (tmp_path / "three").mkdir()
    (tmp_path / "two").rename(tmp_path / "three/one")
    assert ids == [row["id"] for row in read_all(str(tmp_path / "three/one")).documents]


@pytest.mark.parametrize("name", WRITERS)
def test_missing_file_is_an_error(tmp_path: Path, name: str) -> None:
    """A file that is gone since it was listed is an error of the run, never quarantined."""
    file = InputFile(str(tmp_path / name), name, str(format_of(name)), 1, "")
    entries: list[Quarantined] = []
    with pytest.raises(PolysiftError, match=r"cannot read .*No such file or directory"):
        list(read(Piece(file), declare({}), ReadOptions(), entries.append))
    with pytest.raises(PolysiftError, match="cannot read"):
        scan(Piece(file), ReadOptions())
    assert entries == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", WRITERS)
def test_unreadable_file_is_an_error(tmp_path: Path, name: str) -> None:
    """A file without permission to read is an error of the run."""
    WRITERS[name](tmp_path / name)
    (tmp_path / name).chmod(0)
    file = InputFile(str(tmp_path / name), name, str(format_of(name)), 1, "")
    with pytest.raises(PolysiftError, match="Permission denied"):
        list(read(Piece(file), declare({}), ReadOptions(), lambda entry: None))


@pytest.mark.parametrize("name", WRITERS)
def test_full_disk_is_not_quarantined(tmp_path: Path, name: str) -> None:
    """An error of whoever keeps the quarantine, such as a full disk, gets through as it is."""
    WRITERS[name](tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: len(content) // 2] + b"\xff" * 50 + content[len(content) // 2 :])

    def full(entry: Quarantined) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (file,) = list_inputs([name], None, str(tmp_path)).files
    with pytest.raises(OSError, match="No space left on device"):
        list(read(Piece(file), declare({}), ReadOptions(), full))


def test_mixed_formats_make_one_schema(read_all: Any, tmp_path: Path) -> None:
    """Every batch has the declared schema, whatever the file it comes from."""
    for name, write in WRITERS.items():
        write(tmp_path / name)
    outcome = read_all()
    assert outcome.texts == TEXTS * len(WRITERS)
    assert outcome.declared.schema.names == [*INPUT.names, "n"]
