"""Records of WARC and ARC files, broken ones among them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polysift.pipeline.readers.cursor import Cursor
from polysift.pipeline.readers.records import Fault, Record, is_record, records
from polysift.pipeline.readers.streams import Chunk, opened

END = b"\r\n\r\n"


def warc(block: bytes, kind: str = "response", length: int | None = None, newline: bytes = b"\r\n") -> bytes:
    head = [b"WARC/1.0", b"WARC-Type: " + kind.encode(), b"WARC-Record-ID: <urn:%d>" % len(block)]
    head += [b"Content-Length: %d" % (len(block) if length is None else length), b"", b""]
    return newline.join(head) + block + newline * 2


def arc(url: bytes, block: bytes, date: bytes = b"20080430204825", length: int | None = None) -> bytes:
    size = len(block) if length is None else length
    return b"%s 1.2.3.4 %s text/html %d\n" % (url, date, size) + block + b"\n"


def found(tmp_path: Path, data: bytes, name: str = "a.warc", limit: int = 10**6) -> list[bytes | str]:
    """Blocks of the records and causes of the faults."""
    (tmp_path / name).write_bytes(data)
    with opened(str(tmp_path / name)) as stored:
        both = list(records(stored, limit, lambda headers: headers["warc-type"] == "response"))
    return [one.block if isinstance(one, Record) else one.cause for one in both]


def test_records_in_order(tmp_path: Path) -> None:
    """Wanted records come out, others are stepped over, with any newline."""
    data = warc(b"one") + warc(b"two", "request") + warc(b"three", newline=b"\n") + warc(b"")
    assert found(tmp_path, data) == [b"one", b"three", b""]


def test_headers(tmp_path: Path) -> None:
    """Header names are lower-case, folded lines are joined, and of two of a name the first counts."""
    data = (
        b"WARC/1.1\r\nWARC-TYPE: response\r\nX: a\r\n  b\r\nx: c\r\nno colon\r\nContent-Length: 1\r\n\r\n-"
        + END
    )
    (tmp_path / "a.warc").write_bytes(data)
    with opened(str(tmp_path / "a.warc")) as stored:
        (record,) = records(stored, 100, lambda headers: True)
    assert isinstance(record, Record)
    assert record.headers == {"warc-type": "response", "x": "a b", "no colon": "", "content-length": "1"}
    assert record.place == record.title == "byte 0"


@pytest.mark.parametrize("codec", ["", ".gz"])
def test_place_is_where_a_record_begins(tmp_path: Path, codec: str) -> None:
    """A record's place is its byte in the file, for compressed files that of its member."""
    parts = [warc(b"one"), warc(b"two")]
    stored_parts = [gzip.compress(part) if codec else part for part in parts]
    (tmp_path / f"a.warc{codec}").write_bytes(b"".join(stored_parts))
    with opened(str(tmp_path / f"a.warc{codec}")) as stored:
        places = [record.place for record in records(stored, 100, lambda headers: True)]
    assert places == ["byte 0", f"byte {len(stored_parts[0])}"]


def test_compressed_as_a_whole(tmp_path: Path) -> None:
    """A file compressed in one go is read too, and broken, up to the record that is cut off."""
    data = gzip.compress(warc(b"one") + warc(b"two") + warc(b"three" * 500))
    assert found(tmp_path, data, "a.warc.gz") == [b"one", b"two", b"three" * 500]
    assert found(tmp_path, data[:-15], "a.warc.gz") == [b"one", b"two", "truncated gz data"]


def test_arc(tmp_path: Path) -> None:
    """ARC records get WARC's header names."""
    (tmp_path / "a.arc").write_bytes(
        arc(b"filedesc://x", b"about") + arc(b"http://a.b/", b"one") + arc(b"dns:a", b"x")
    )
    with opened(str(tmp_path / "a.arc")) as stored:
        (record,) = records(stored, 100, lambda headers: headers["warc-type"] == "response")
    assert isinstance(record, Record)
    assert record.block == b"one"
    assert record.headers["warc-target-uri"] == "http://a.b/"
    assert record.headers["warc-date"] == "2008-04-30T20:48:25Z"


@pytest.mark.parametrize(
    ("middle", "expected"),
    [
        (b"garbage\r\nmore garbage\r\n", ["no header of a record"]),
        (b"\x00\xff" * 50_000, ["no header of a record"]),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\nblock" + END, ["record without a Content-Length"]),
        (b"WARC/1.0\r\nContent-Length: many\r\n\r\nblock" + END, ["record without a Content-Length"]),
        (b"WARC/1.0\r\nContent-Length: -5\r\n\r\nblock" + END, ["record without a Content-Length"]),
        (warc(b"a block", length=3), ["Content-Length is wrong: no record follows"]),
        (warc(b"a block", length=9), [b"a block\r\n"]),
        (warc(b"a block", length=50), ["Content-Length is too large: another record follows within"]),
        (warc(b"a block", length=10**5), ["Content-Length is too large: another record follows within"]),
        (
            warc(b"a block", "request", length=10**5),
            ["Content-Length is too large: another record follows within"],
        ),
        (warc(b"x" * 2_000_000), ["record longer than a document may be"]),
        (
            b"WARC/1.0\r\n" + b"x: y\r\n" * 2_000 + END,
            ["record without a Content-Length"],
        ),
    ],
)
def test_broken_record_costs_no_other(tmp_path: Path, middle: bytes, expected: list[bytes | str]) -> None:
    """A broken record is one fault with its cause; those before and after it are read."""
    data = warc(b"one") + middle + warc(b"two")
    assert found(tmp_path, data) == [b"one", *expected, b"two"]


def test_record_that_is_cut_off(tmp_path: Path) -> None:
    """The last record of a truncated file is a fault, whether in its block or its header."""
    data = warc(b"one") + warc(b"two" * 100)
    assert found(tmp_path, data[:-100]) == [b"one", "record is cut off"]
    assert found(tmp_path, data[: len(warc(b"one")) + 30]) == [b"one", "record without a Content-Length"]


def test_cut_off_at_the_end_of_the_block(tmp_path: Path) -> None:
    """A record whose block is whole counts, though nothing follows."""
    assert found(tmp_path, warc(b"one").rstrip(b"\r\n")) == [b"one"]


@pytest.mark.parametrize("damage", ["flipped", "checksum", "truncated"])
def test_broken_member_costs_no_other(tmp_path: Path, damage: str) -> None:
    """A broken gzip member is one fault, and the next record is found again."""
    members = [gzip.compress(warc(block * 500)) for block in (b"one", b"two", b"three")]
    broken = bytearray(members[1])
    if damage == "truncated":
        broken = broken[:-12]
    else:
        place = -6 if damage == "checksum" else 30
        broken[place : place + 2] = b"\xff\xff"
    one, fault, three = found(tmp_path, members[0] + broken + members[2], "a.warc.gz")
    assert (one, three) == (b"one" * 500, b"three" * 500)
    assert str(fault).startswith("corrupt gz data (")


def test_member_whose_record_is_cut_off(tmp_path: Path) -> None:
    """A record that its member does not hold to the end does not swallow the next one."""
    data = gzip.compress(warc(b"one")[:-6]) + gzip.compress(warc(b"two"))
    assert found(tmp_path, data, "a.warc.gz") == ["record is cut off", b"two"]


def test_truncated_last_member(tmp_path: Path) -> None:
    """A truncated file keeps every record before the last."""
    data = gzip.compress(warc(b"one")) + gzip.compress(warc(b"two" * 1_000))[:-20]
    assert found(tmp_path, data, "a.warc.gz") == [b"one", "truncated gz data"]


def test_no_archive_at_all(tmp_path: Path) -> None:
    """A file of another kind is one fault, an empty one is none."""
    assert found(tmp_path, b"<html>\n" * 5_000) == ["no header of a record"]
    assert found(tmp_path, b"") == []
    assert found(tmp_path, b"", "a.warc.gz") == ["truncated gz data"]


def test_fault_of_a_record_without_document(tmp_path: Path) -> None:
    """A fault says whether a document may be lost with it."""
    (tmp_path / "a.warc").write_bytes(warc(b"x", "request", length=50))
    with opened(str(tmp_path / "a.warc")) as stored:
        (fault,) = records(stored, 100, lambda headers: headers["warc-type"] == "response")
    assert isinstance(fault, Fault)
    assert not fault.wanted


def test_is_record() -> None:
    """Records begin with WARC's version or ARC's line of five fields."""
    assert is_record(b"\r\n\r\nWARC/1.0\r\n")
    assert is_record(arc(b"http://a.b/", b""))
    assert not is_record(b"http://a.b/ is a page")
    assert not is_record(b"")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from([warc(b"one"), warc(b"WARC/1.0\r\n"), arc(b"http://a/", b"-"), b"x\n", END]),
        max_size=6,
    )
)
def test_every_record_is_found_among_garbage(tmp_path: Path, parts: list[bytes]) -> None:
    """As many records are found as there are, whatever stands between them."""
    blocks = [one for one in found(tmp_path, b"".join(parts)) if isinstance(one, bytes)]
    assert len(blocks) == sum(part.startswith((b"WARC", b"http")) for part in parts)


@given(st.binary(max_size=30), st.integers(1, 7), st.lists(st.integers(0, 9), max_size=6))
def test_cursor_reads_what_is_there(data: bytes, size: int, steps: list[int]) -> None:
    """Blocks, lines and what is put back come out in order, however the bytes come."""
    cursor = Cursor(Chunk(0, data[i : i + size]) for i in range(0, len(data), size))
    at = 0
    for step in steps:
        block = cursor.read(step)
        assert block == data[at : at + step]
        cursor.unread(block[1:])
        at += len(block[:1])
        assert cursor.at == at
        assert cursor.peek(4) == data[at : at + 4]
    line = cursor.readline(100)
    assert line == data[at:].partition(b"\n")[0] + (b"\n" if b"\n" in data[at:] else b"")
