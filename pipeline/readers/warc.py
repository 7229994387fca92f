"""WARC, ARC and WET: HTML and plain-text responses of status 200, and conversions, which are text already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

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

PLAIN = "text/plain"
MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml", PLAIN})
NO_TEXT = "no text extracted"
ESCAPE = b"\x1b"  # ISO 2022 encodings, such as ISO-2022-JP, are ASCII and valid UTF-8 but for their escapes


def scan(piece: Piece, options: ReadOptions) -> pa.Schema:
    """Text, id, url and date, under these names whatever the config calls the columns of tables."""
    with opened(piece.file.url):  # a file that cannot be opened is better found before the run than in it
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
            try:
                text = _text(record, extractor)
            except ExtractionError as error:
                assembler.lose(record.title, str(error), found=record.headers.get("warc-target-uri", ""))
                continue
            if text is not None:
                yield Row(record.place, _values(record.headers, text), len(record.block))


def _is_conversion(headers: Mapping[str, str]) -> bool:
    return headers.get("warc-type", "").lower() == "conversion"


def _is_wanted(headers: Mapping[str, str]) -> bool:
    is_http = headers.get("content-type", "").lower().startswith("application/http")
    return _is_conversion(headers) or (is_http and headers.get("warc-type", "").lower() == "response")


def _values(headers: Mapping[str, str], text: str) -> dict[str, str | None]:
    return {
        "text": text,
        "id": headers.get("warc-record-id"),
        "url": headers.get("warc-target-uri", "").strip("<>") or None,
        "date": headers.get("warc-date"),
    }


def _text(record: Record, extractor: TextExtractor) -> str | None:
    """The text of a document, or None for a record that is none.

    Raises:
        ExtractionError: for a document without a text that can be read.
    """
    if _is_conversion(record.headers):
        return _utf8(record.block)
    response = parse_response(record.block)
    if response is None:
        raise ExtractionError("no HTTP response")
    media_type = _media_type(response, record.headers)
    if response.status != 200 or media_type not in MEDIA_TYPES:
        return None
    if len(response.body) >= MAX_BODY_BYTES:
        raise ExtractionError("page longer than a page may be")
    page = decoded(response.body, response.charset)
    return page if media_type == PLAIN else _nonempty(extractor.text_of(page))


def _utf8(block: bytes) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError:
        raise ExtractionError("invalid UTF-8") from None


def _nonempty(text: str) -> str:
    if not text:
        raise ExtractionError(NO_TEXT)
    return text


def _media_type(response: Response, headers: Mapping[str, str]) -> str:
    """What the response is: as it says, else as the crawler found, else by its first bytes."""
    identified = headers.get("warc-identified-payload-type", "").lower()
    return response.content_type or identified or str(detect_mime(response.body[:4_096]))


def decoded(body: bytes, charset: str) -> str:
    """A page as text: UTF-8 where it is valid, else by the given charset, else by what its bytes suggest.

    >>> decoded("Olá".encode("latin-1"), "iso-8859-1"), decoded("こんにちは".encode("shift_jis"), "shift_jis")
    ('Olá', 'こんにちは')
    """
    if ESCAPE not in body:
        with suppress(UnicodeDecodeError):
            return body.removeprefix(BYTE_ORDER_MARK).decode()
    given = map_encoding_to_html5(charset, False) if charset else None
    for encoding in (given, detect_encoding(body, from_html_meta=True)):
        with suppress(UnicodeDecodeError, LookupError):
            if encoding:
                return body.decode(encoding).removeprefix("\ufeff")
    return str(bytes_to_str(body, "utf-8", "replace"))
