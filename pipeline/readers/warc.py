"""WARC, ARC and WET: HTML and plain-text responses of status 200, and conversions, which are text already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
from resiliparse.parse.encoding import bytes_to_str, detect_encoding, detect_mime, map_encoding_to_html5

from ..schema import INPUT
from .batches import Assembler, Row
from .declared import CANONICAL
from .extract import ExtractionError, TextExtractor
from .files import Piece
from .options import ReadOptions
from .payload import MAX_BODY_BYTES, Response, parse_response
from .records import Fault, Record, records
from .streams import BYTE_ORDER_MARK, opened

HTML = frozenset({"text/html", "application/xhtml+xml"})
PLAIN = "text/plain"
NO_TEXT = "no text extracted"
ESCAPE = b"\x1b"  # ISO 2022 encodings, such as ISO-2022-JP, are ASCII and valid UTF-8 but for their escapes


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    """Text, id, url and date, under these names whatever the config calls the columns of tables."""
    return pa.schema([INPUT.field(name) for name in ("text", "id", "url", "date")], metadata=CANONICAL)


def read(piece: Piece, assembler: Assembler) -> Iterator[pa.RecordBatch]:
    """Batches of the whole file."""
    yield from assembler.from_rows(_rows(piece, assembler))


def _rows(piece: Piece, assembler: Assembler) -> Iterator[Row]:
    with opened(piece.file.url) as stored, TextExtractor(assembler.options) as extractor:
        for record in records(stored, assembler.options.row_bytes, _is_wanted):
            if isinstance(record, Fault):
                assembler.lose(record.place, record.cause, int(record.wanted), record.sample)
                continue
            text = _text(record, extractor, assembler)
            if text is not None:
                yield Row(record.place, _values(record.headers, text), len(text))


def _is_wanted(headers: Mapping[str, str]) -> bool:
    kind = headers.get("warc-type", "").lower()
    is_http = headers.get("content-type", "").lower().startswith("application/http")
    return kind == "conversion" or (kind == "response" and is_http)


def _values(headers: Mapping[str, str], text: str) -> dict[str, str | None]:
    return {
        "text": text,
        "id": headers.get("warc-record-id"),
        "url": headers.get("warc-target-uri", "").strip("<>") or None,
        "date": headers.get("warc-date"),
    }


def _text(record: Record, extractor: TextExtractor, assembler: Assembler) -> str | None:
    """The text of a document; None for what is none, and for one that is quarantined."""
    if _kind(record.headers) == "conversion":
        try:
            return record.block.decode()
        except UnicodeDecodeError:
            assembler.lose(record.place, "invalid UTF-8", found=record.block)
            return None
    response = parse_response(record.block)
    if response is None:
        assembler.lose(record.place, "no HTTP response", found=record.block)
        return None
    media_type = _media_type(response, record.headers)
    if response.status != 200 or media_type not in {*HTML, PLAIN}:
        return None
    page = decoded(response.body, response.charset)
    try:
        if media_type == PLAIN:
            return page
        text = extractor.text_of(page)
        if not text:
            raise ExtractionError(NO_TEXT)
    except ExtractionError as error:
        assembler.lose(f"record {record.headers.get('warc-record-id', '')} at {record.place}", str(error), 1, url)
    return text


def _media_type(response: Response, headers: Mapping[str, str]) -> str:
    """What the response is: as it says, else as the crawler found, else by its first bytes."""
    identified = headers.get("warc-identified-payload-type", "").lower()
    return response.content_type or identified or str(detect_mime(response.body[:4_096]))


def decoded(body: bytes, charset: str) -> str:
    """A page as text: UTF-8 where it is valid, else by its byte-order mark, the given charset, or its own bytes.

    >>> decoded("Olá".encode("latin-1"), "iso-8859-1"), decoded("こんにちは".encode("shift_jis"), "shift_jis")
    ('Olá', 'こんにちは')
    """
    if ESCAPE not in body:
        try:
            return body.removeprefix(BYTE_ORDER_MARK).decode()
        except UnicodeDecodeError:
            pass
    for encoding in (
        map_encoding_to_html5(charset, False) if charset else None,
        detect_encoding(body, from_html_meta=True),
    ):
        try:
            if encoding:
                return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return str(bytes_to_str(body, "utf-8", "replace"))
