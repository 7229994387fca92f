"""Documents of WARC, ARC and WET files."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from polysift.pipeline.readers.warc import decoded

SAMPLES = Path(__file__).parents[2] / "data" / "warc"
HTML = "<html><body><article><p>{}</p></article></body></html>"
TEXT = "Uma frase bastante longa para que o extrator a tome por texto da página, com ção e ã."
HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


def record(block: bytes, number: int = 0, kind: str = "response", media: str = "application/http") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Target-URI: http://a.b/{number}"
        f"\r\nWARC-Date: 2024-05-01T00:00:00Z\r\nContent-Type: {media}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def page(text: str) -> bytes:
    return HEADERS + HTML.format(text).encode()


def write(path: Path, *parts: bytes) -> None:
    path.write_bytes(
        b"".join(gzip.compress(part) for part in parts) if path.suffix == ".gz" else b"".join(parts)
    )


@pytest.mark.parametrize("extractor", ["trafilatura", "resiliparse"])
def test_pages_become_documents(read_all: Any, tmp_path: Path, extractor: str) -> None:
    """A page gives its text with the record's id, URL and date; what is no page is no document."""
    write(
        tmp_path / "a.warc.gz",
        record(b"software: x", 1, "warcinfo", "application/warc-fields"),
        record(b"GET / HTTP/1.1\r\n\r\n", 2, "request"),
        record(page(TEXT), 3),
        record(page(TEXT).replace(b"200 OK", b"404 Not Found"), 4),
        record(page(TEXT).replace(b"text/html", b"image/png"), 5),
        record(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nplain text", 6),
        record(b"20240501 a.b A 1.2.3.4", 7, media="text/dns"),
    )
    outcome = read_all(extractor=extractor, dump="CC-1")
    assert outcome.documents == [
        {
            "text": TEXT,
            "id": "<urn:uuid:3>",
            "url": "http://a.b/3",
            "date": "2024-05-01T00:00:00Z",
            "dump": "CC-1",
            "file_path": "a.warc.gz",
        },
        outcome.documents[1] | {"text": "plain text", "id": "<urn:uuid:6>"},
    ]
    assert outcome.quarantined == []


def test_faults_of_pages(read_all: Any, tmp_path: Path) -> None:
    """Pages without text or response are quarantined with id and URL; the others come through."""
    write(
        tmp_path / "a.warc",
        record(HEADERS + b"<html><body></body></html>", 1),
        record(b"no response at all", 2),
        record(page(TEXT), 3),
    )
    outcome = read_all()
    assert outcome.texts == [TEXT]
    assert [(cause, rows) for _, cause, rows in outcome.faults] == [
        ("no text extracted", 1),
        ("no HTTP response", 1),
    ]
    assert outcome.quarantined[0].place == "record <urn:uuid:1> at byte 0"
    assert outcome.quarantined[0].sample == "http://a.b/1"


def test_broken_records(read_all: Any, tmp_path: Path) -> None:
    """A broken record and a broken member cost no other document."""
    broken = bytearray(gzip.compress(record(page(TEXT), 2)))
    broken[40:44] = b"\xff" * 4
    parts = [
        gzip.compress(record(page(TEXT), 1)),
        bytes(broken),
        gzip.compress(b"WARC/1.0\r\nbroken\r\n\r\n"),
    ]
    (tmp_path / "a.warc.gz").write_bytes(b"".join([*parts, gzip.compress(record(page(TEXT), 3))]))
    outcome = read_all()
    assert [row["id"] for row in outcome.documents] == ["<urn:uuid:1>", "<urn:uuid:3>"]
    assert [cause.partition(" (")[0] for _, cause, _ in outcome.faults] == [
        "corrupt gz data",
        "record without a Content-Length",
    ]


def test_conversions(read_all: Any, tmp_path: Path) -> None:
    """WET files give their texts as they are; invalid UTF-8 is quarantined."""
    write(
        tmp_path / "a.warc.wet.gz",
        record(b"linha\nlinha", 1, "conversion", "text/plain"),
        record(b"\xff\xfe", 2, "conversion", "text/plain"),
        record(b"", 3, "conversion", "text/plain"),
    )
    outcome = read_all()
    assert outcome.texts == ["linha\nlinha", ""]
    assert outcome.faults[0][1:] == ("invalid UTF-8", 1)


def test_mixed_with_tables(read_all: Any, tmp_path: Path) -> None:
    """Web archives and tables with mapped columns make one input of one schema."""
    write(tmp_path / "a.warc", record(page(TEXT)))
    (tmp_path / "b.jsonl").write_text('{"content": "b", "uid": 7, "text": 1}')
    outcome = read_all(columns={"text": "content", "id": "uid"})
    assert [(row["text"], row["id"], row["input_text"]) for row in outcome.documents] == [
        (TEXT, "<urn:uuid:0>", None),
        ("b", "7", 1),
    ]


@pytest.mark.parametrize(
    ("body", "charset", "expected"),
    [
        ("Olá".encode(), "", "Olá"),
        ("Olá".encode(), "iso-8859-1", "Olá"),
        ("\ufeffOlá".encode(), "", "Olá"),
        ("Olá, você".encode("latin-1"), "iso-8859-1", "Olá, você"),
        ("привет".encode("cp1251"), "windows-1251", "привет"),
        ("日本語テキスト".encode("shift_jis"), "Shift_JIS", "日本語テキスト"),
        ("日本語テキスト".encode("iso2022_jp"), "iso-2022-jp", "日本語テキスト"),
        ("汉字文本".encode("gb18030"), "gb2312", "汉字文本"),
        (
            '<meta charset="windows-1251"><p>привет'.encode("cp1251"),
            "",
            '<meta charset="windows-1251"><p>привет',
        ),
        ("Olá".encode("utf-16"), "", "Olá"),
        ("Olá".encode("utf-16-le"), "utf-16le", "Olá"),
        ("привет".encode("cp1251"), "no-such-charset", "привет"),
    ],
)
def test_encodings(body: bytes, charset: str, expected: str) -> None:
    """Pages are decoded as they are written, whatever their headers say of it."""
    assert decoded(body, charset) == expected


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*arc*")))
def test_samples_are_read_or_quarantined(read_all: Any, tmp_path: Path, name: str) -> None:
    """Archives from other projects' test suites give the documents and faults that are in them."""
    documents, causes = EXPECTED[name]
    shutil.copy(SAMPLES / name, tmp_path)
    outcome = read_all()
    assert len(outcome.documents) == documents
    assert [one.cause for one in outcome.quarantined] == causes


EXPECTED: dict[str, tuple[int, list[str]]] = {
    "2mementos_htmlXhtml.warc": (2, []),
    "HTTP204.warc": (1, ["Content-Length is wrong: no record follows"] * 2),
    "badexample.arc.gz": (1, ["no header of a record", "record is cut off"]),
    "broken.warc": (1, ["Content-Length is wrong: no record follows"]),
    "clipped.warc.gz": (0, ["truncated gz data"]),
    "example.txt.warc.gz": (1, []),
    "link-extraction-test.warc": (6, ["no text extracted"]),
    "redirect.warc": (0, ["record is cut off"]),
    "salam-home.warc": (1, []),
    "whirlwind.warc.gz": (1, []),
    "whirlwind.warc.wet.gz": (1, []),
}
