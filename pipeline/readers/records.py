"""Records of WARC and ARC files, one after another; what is broken is told and stepped over.

Framing is done here rather than by a library because a broken record must cost no other, and no record may be
missing without a word: libraries stop at the first broken one, and silently where a file is cut off.

Sources: ISO 28500 (WARC 1.1); the Internet Archive's ARC file format, version 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from .cursor import Cursor
from .quarantine import LONG_RECORD
from .streams import Broken, Stored, chunks, next_member

LINE_BYTES = 1 << 14  # of a header line, at most
HEADER_LINES = 1_000
HELD_BYTES = 1 << 26  # of a record that nobody wants; a longer one is skipped, not held
WARC = b"WARC/"
# ARC: URL, IP address, date of 14 digits, content type, length; version 2 has more fields before the last.
ARC = re.compile(rb"(\S+) (\S+) (\d{14}) (\S+)(?: \S+)*? (\d+)\s*")
START = re.compile(rb"WARC/\d\.\d\r?\n|(?m:^)" + ARC.pattern + rb"\n")  # of a record, somewhere
SWALLOWED = re.compile(rb"\n(?=WARC/\d\.\d\r?\n)")  # a record within another's block
SEPARATOR = {
    True: re.compile(rb"\r?\n"),
    False: re.compile(rb"\r?\n\r?\n"),
}  # after a record: of ARC, of WARC


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

    @property
    def title(self) -> str:
        """What to call it in messages."""
        id = self.headers.get("warc-record-id")
        return f"record {id} at {self.place}" if id else self.place


class Fault(NamedTuple):
    """What could not be read as a record.

    Attributes:
        place: where it begins.
        cause: what is wrong.
        sample: how it begins.
        wanted: false for a record that holds no document.
    """

    place: str
    cause: str
    sample: bytes = b""
    wanted: bool = True


Wanted = Callable[[Mapping[str, str]], bool]


def records(stored: Stored, limit: int, wanted: Wanted) -> Iterator[Record | Fault]:
    """The records of a file whose headers are `wanted`, and all faults, in the order of the file.

    After broken compressed data it goes on at the next member that begins with a record.

    Args:
        stored: the file.
        limit: bytes of a record, at most.
        wanted: tells by its headers whether a record is.
    """
    start: int | None = 0
    while start is not None:
        try:
            yield from _Parser(Cursor(chunks(stored, start)), limit, wanted).records()
            return
        except Broken as broken:
            yield Fault(broken.place, broken.cause)
            start = next_member(stored, broken.member + 1, is_record)


def is_record(data: bytes) -> bool:
    """Whether bytes begin with a record, blank lines apart."""
    data = data.lstrip(b"\r\n")
    return data.startswith(WARC) or ARC.match(data[:LINE_BYTES].partition(b"\n")[0]) is not None


class _Parser:
    def __init__(self, cursor: Cursor, limit: int, wanted: Wanted) -> None:
        self.cursor = cursor
        self.limit = limit
        self.wanted = wanted

    def records(self) -> Iterator[Record | Fault]:
        """All records from the cursor on, up to the end of the file.

        Raises:
            Broken: after all records before a break; what it cuts off is no fault of its own.
        """
        while self.cursor.skip_newlines() or self.cursor.next_member():
            if not self.cursor.skip_newlines():
                continue
            place = self.cursor.place
            line, headers = self._headers()
            if headers.get("content-length", "").isdecimal():
                found = self._record(place, headers)
            else:
                self._resynchronise()
                cause = "record without a Content-Length" if headers else "no header of a record"
                found = Fault(place, cause, line)
            if isinstance(found, Record) or (found is not None and not self.cursor.at_break):
                yield found

    def _record(self, place: str, headers: Mapping[str, str]) -> Record | Fault | None:
        """The record if it is wanted, or its fault; the cursor is then where the next one can be expected."""
        wanted = self.wanted(headers)
        length = int(headers["content-length"])
        if length > (self.limit if wanted else HELD_BYTES):
            self.cursor.skip(length)
            title = Record(place, headers, b"").title
            return Fault(title, LONG_RECORD) if wanted else None
        block = self.cursor.read(length)
        record = Record(place, headers, block)
        if len(block) == length and self._ends("arc" in headers):
            # A break right behind a record can be that of its checksum.
            return record if wanted and not self.cursor.at_break else None
        swallowed = SWALLOWED.search(block)
        if swallowed:
            self.cursor.unread(block[swallowed.end() :])
            cause = "Content-Length is too large: another record follows within"
        elif len(block) < length:
            cause = "record is cut off"
        else:
            self._resynchronise()
            cause = "Content-Length is wrong: no record follows"
        return Fault(record.title, cause, block[:2_000], wanted)

    def _ends(self, is_arc: bool) -> bool:
        """Whether a record can end here: before a separator, another record, or the member's end."""
        ahead = self.cursor.peek(LINE_BYTES)
        if SEPARATOR[is_arc].match(ahead):
            self.cursor.skip_newlines()
            return True
        return not self.cursor.skip_newlines() or is_record(self.cursor.peek(LINE_BYTES))

    def _headers(self) -> tuple[bytes, dict[str, str]]:
        """The first line of a record and its headers; none where there is no record."""
        line = self.cursor.readline(LINE_BYTES)
        arc = ARC.fullmatch(line)
        if arc is not None:
            return line, _arc_headers(arc)
        headers: dict[str, str] = {}
        name = ""
        for _ in range(HEADER_LINES if line.startswith(WARC) else 0):
            text = self.cursor.readline(LINE_BYTES).decode("utf-8", "replace")
            if not text.strip():
                break
            if text[0] in " \t" and name:  # a folded line
                headers[name] += " " + text.strip()
                continue
            name, _, value = text.partition(":")
            name = name.strip().lower()
            headers.setdefault(name, value.strip())
        return line, headers

    def _resynchronise(self) -> None:
        """Moves on to where the next record begins, or to the end of the member."""
        while data := self.cursor.peek(2 * LINE_BYTES):
            found = START.search(data)
            # No header is longer than what is looked at again.
            self.cursor.skip(found.start() if found else LINE_BYTES)
            if found:
                return


def _arc_headers(arc: re.Match[bytes]) -> dict[str, str]:
    url, _, date, kind, length = (field.decode("utf-8", "replace") for field in arc.groups())
    is_http = url.startswith(("http:", "https:"))
    return {
        "arc": url,
        "warc-type": "response" if is_http else "resource",
        "warc-target-uri": url,
        "warc-date": f"{date[:4]}-{date[4:6]}-{date[6:8]}T{date[8:10]}:{date[10:12]}:{date[12:]}Z",
        "content-type": "application/http" if is_http else kind,
        "content-length": length,
    }
