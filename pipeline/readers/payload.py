"""HTTP responses as crawlers stored them: status, headers, decoded body.

Headers of crawled pages lie: a body that is not encoded as they say is taken as it is.

Source: RFC 9112.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import zstandard
from fastwarc.stream_io import BrotliReader

STATUS = re.compile(rb"(?:HTTP/\d(?:\.\d)?|ICY) +(\d{3})\b[^\n]*")
CHUNK = re.compile(rb"\s*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\n]*)?\r?\n")


class Response(NamedTuple):
    """An HTTP response.

    Attributes:
        status: the status code.
        content_type: lower-case media type without parameters, or empty.
        charset: the one the content type names, or empty.
        body: bytes of the page, decoded.
    """

    status: int
    content_type: str
    charset: str
    body: bytes


def parse_response(block: bytes) -> Response | None:
    """The response in a record's block; None where it starts with no HTTP status line.

    >>> parse_response(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html; charset=UTF-8\\r\\n\\r\\n<p>")
    Response(status=200, content_type='text/html', charset='utf-8', body=b'<p>')
    """
    status = STATUS.match(block)
    if status is None:
        return None
    head, body = _split(block)
    headers = _headers(head)
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = dechunked(body)
    for encoding in reversed(headers.get("content-encoding", "").lower().split(",")):
        body = _decoded(body, encoding.strip())
    media, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([^\s;\"']+)", parameters)
    return Response(int(status[1]), media.strip(), charset[1] if charset else "", body)


def _split(block: bytes) -> tuple[bytes, bytes]:
    end = re.search(rb"\r?\n\r?\n", block)
    return (block[: end.start()], block[end.end() :]) if end else (block, b"")


def _headers(head: bytes) -> Mapping[str, str]:
    lines = head.decode("latin-1").splitlines()[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def dechunked(body: bytes) -> bytes:
    """A body without its chunk sizes; as it is where it has none, and as far as it goes where it is cut off.

    >>> dechunked(b"5\\r\\nhello\\r\\n3\\r\\n yo\\r\\n0\\r\\n\\r\\n"), dechunked(b"<html>")
    (b'hello yo', b'<html>')
    """
    parts = []
    at = 0
    while (size := CHUNK.match(body, at)) and int(size[1], 16):
        start, at = size.end(), size.end() + int(size[1], 16)
        parts.append(body[start:at])
    if not parts:
        return b"" if size else body
    return b"".join(parts)


def _decoded(body: bytes, encoding: str) -> bytes:
    """A body decoded as far as it goes; as it is where it turns out to be encoded otherwise."""
    decode = ENCODINGS.get(encoding)
    try:
        return (decode(body) if decode else b"") or body
    except (zlib.error, zstandard.ZstdError, OSError):
        return body


def _gunzip(body: bytes) -> bytes:
    return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MAX_BODY_BYTES)


def _inflate(body: bytes) -> bytes:
    try:
        return _gunzip(body)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, MAX_BODY_BYTES)


def _unzstd(body: bytes) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(body) as reader:
        return bytes(reader.read(MAX_BODY_BYTES))


def _unbrotli(body: bytes) -> bytes:
    return bytes(BrotliReader(io.BytesIO(body)).read(MAX_BODY_BYTES))


MAX_BODY_BYTES = 1 << 26  # decoded
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "zstd": _unzstd,
    "br": _unbrotli,
}
