"""Records of WARC and ARC files, one after another; what is broken is told and stepped over.

Framing is done here rather than by a library because a broken record must cost no other, and no record may be
missing without a word: libraries stop at the first broken one, and silently where a file is cut off.

Sources: ISO 28500 (WARC 1.1); the Internet Archive's ARC file format, version 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, NamedTuple

from .cursor import Cursor
from .streams import Broken, chunks, next_member

LINE_BYTES = 1 << 14  # of a header line, at most
HEADER_LINES = 1_000
HELD_BYTES = 1 << 26  # of a record that nobody wants; a longer one is skipped, not held
WARC = b"WARC/"
# ARC: URL, IP address, date of 14 digits, content type, length; version 2 has more fields before the last.
ARC = re.compile(rb"(\S+) (\S+) (\d{14}) (\S+)(?: \S+)*? (\d+)\s*")
SWALLOWED = re.compile(rb"\n(?=WARC/\d\.\d\r?\n)")  # a record within another's block


class Record(NamedTuple):
    """A record that is wanted.

    Attributes:
        place: where it begins, such as 'byte 1234'.
        headers: by lower-case name; those of ARC under WARC's names.
        block: its content.
    """

    place: str
    headers: Mapping[str, str]
    block: bytes


class Fault(NamedTuple):
    """What could not be read as a record."""

    place: str
    cause: str
    sample: bytes


Wanted = Callable[[Mapping[str, str]], bool]


def records(file: BinaryIO, url: str, limit: int, wanted: Wanted) -> Iterator[Record | Fault]:
    """The records of a file whose headers are `wanted`, and all faults, in the order of the file.

    After broken compressed data it goes on at the next member that begins with a record.

    Args:
        limit: bytes of a record, at most.
    """
    start: int | None = 0
    while start is not None:
        try:
            yield from _until_break(Cursor(chunks(file, url, start), is_record), limit, wanted)
            return
        except Broken as broken:
            yield Fault(broken.place, broken.cause, b"")
            start = next_member(file, url, broken.member + 1, is_record)


def is_record(data: bytes) -> bool:
    """Whether bytes begin with a record, blank lines apart."""
    data = data.lstrip(b"\r\n")
    return data.startswith(WARC) or ARC.match(data[:LINE_BYTES].partition(b"\n")[0]) is not None


def _until_break(cursor: Cursor, limit: int, wanted: Wanted) -> Iterator[Record | Fault]:
    while cursor.skip_newlines() or cursor.next_member():
        if not cursor.skip_newlines():
            continue
        place = cursor.place
        headers, line = _headers(cursor)
        if headers is None:
            _resynchronise(cursor)
            yield Fault(place, "no header of a record", line)
            continue
        length = headers.get("content-length", "")
        if not length.isdecimal():
            _resynchronise(cursor)
            yield Fault(place, "record without a Content-Length", line)
            continue
        yield from _record(cursor, place, headers, int(length), limit, wanted(headers))


def _record(
    cursor: Cursor, place: str, headers: Mapping[str, str], length: int, limit: int, wanted: bool
) -> Iterator[Record | Fault]:
    """The record, or the fault of its length; the cursor is then at the next record that can be told."""
    place = f"record {headers['warc-record-id']} at {place}" if "warc-record-id" in headers else place
    if length > (limit if wanted else HELD_BYTES):
        cursor.skip(length)
        if wanted:
            yield Fault(place, "record longer than a document may be", b"")
        return
    block = cursor.read(length)
    complete = len(block) == length and _ends(cursor)
    if complete:
        if wanted:
            yield Record(place, headers, block)
        return
    swallowed = SWALLOWED.search(block)
    if swallowed:
        cursor.unread(block[swallowed.end() :])
        yield Fault(place, "Content-Length is too large: another record follows within", block[:2_000])
    elif len(block) < length:
        yield Fault(place, "record is cut off", block[:2_000])
    else:
        _resynchronise(cursor)
        yield Fault(place, "Content-Length is wrong: no record follows", block[:2_000])


def _ends(cursor: Cursor) -> bool:
    """Whether a record may end here: at another one, or at the end of the member or file."""
    return not cursor.skip_newlines() or is_record(cursor.peek(LINE_BYTES))


def _headers(cursor: Cursor) -> tuple[dict[str, str] | None, bytes]:
    """The headers of a record and its first line; None where there is no record."""
    line = cursor.readline(LINE_BYTES)
    arc = ARC.fullmatch(line)
    if arc is not None:
        return _arc_headers(arc), line
    if not line.startswith(WARC):
        return None, line
    headers: dict[str, str] = {}
    name = ""
    for _ in range(HEADER_LINES):
        text = cursor.readline(LINE_BYTES).decode("utf-8", "replace")
        if not text.strip():
            return headers, line
        if text[0] in " \t" and name:  # folded
            headers[name] += " " + text.strip()
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        headers.setdefault(name, value.strip())
    return None, line


def _arc_headers(arc: re.Match[bytes]) -> dict[str, str]:
    url, _, date, kind, length = (field.decode("utf-8", "replace") for field in arc.groups())
    time = f"{date[:4]}-{date[4:6]}-{date[6:8]}T{date[8:10]}:{date[10:12]}:{date[12:]}Z"
    return {
        "warc-type": "response" if url.startswith(("http:", "https:")) else "arc",
        "warc-target-uri": url,
        "warc-date": time,
        "content-type": "application/http" if url.startswith(("http:", "https:")) else kind,
        "content-length": length,
    }


def _resynchronise(cursor: Cursor) -> None:
    """Moves on to the next line that begins a record, or to the end of the member."""
    while (line := cursor.peek(LINE_BYTES)) and not is_record(line):
        cursor.readline(LINE_BYTES)
