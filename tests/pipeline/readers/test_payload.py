"""HTTP responses as crawlers stored them."""

from __future__ import annotations

import gzip
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.readers.payload import dechunked, parse_response

BODY = b"<p>hello " + b"x" * 1_000
# Brotli's own example of a stored block would need its library: an uncompressed meta-block of b"hello".
BROTLI_HELLO = b"\x0b\x02\x80hello\x03"


def response(headers: bytes, body: bytes) -> bytes:
    found = parse_response(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n" + body)
    assert found is not None
    return found.body


def deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (b"gzip", gzip.compress(BODY, mtime=0)),
        (b"x-gzip", gzip.compress(BODY, mtime=0)),
        (b"deflate", zlib.compress(BODY)),
        (b"deflate", deflated(BODY)),
        (b"zstd", zstandard.compress(BODY)),
        (b"identity", BODY),
        (b"utf-8", BODY),
        (b"", BODY),
    ],
)
def test_encodings(encoding: bytes, body: bytes) -> None:
    """Bodies are decoded as the header says, and those of unknown encodings taken as they are."""
    assert response(b"Content-Encoding: " + encoding + b"\r\n", body) == BODY


def test_brotli() -> None:
    """Brotli is decoded too."""
    assert response(b"Content-Encoding: br\r\n", BROTLI_HELLO) == b"hello"


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate", b"br", b"zstd", b"gzip, br"])
def test_headers_that_lie(encoding: bytes) -> None:
    """A body that is not encoded as its header says is taken as it is."""
    assert response(b"Content-Encoding: " + encoding + b"\r\n", BODY) == BODY
    assert response(b"Transfer-Encoding: chunked\r\n", BODY) == BODY


def test_truncated_body_gives_its_beginning() -> None:
    """A compressed body that is cut off is decoded as far as it goes."""
    page = b"".join(b"<p>%d</p>" % i for i in range(1_000))
    body = response(b"Content-Encoding: gzip\r\n", gzip.compress(page, mtime=0)[:-100])
    assert page.startswith(body)
    assert len(body) > 1_000


@given(st.binary(max_size=60), st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_chunks_are_joined(data: bytes, sizes: list[int]) -> None:
    """A body comes out of its chunks, whatever their sizes and extensions."""
    parts, at = [], 0
    for size in [*sizes, 60]:
        part = data[at : at + size]
        at += size
        if part:
            parts.append(b"%x;note=1\r\n%s\r\n" % (len(part), part))
    assert dechunked(b"".join(parts) + b"0\r\nTrailer: x\r\n\r\n") == data


def test_chunked_and_compressed() -> None:
    """Both encodings are taken off, in their order."""
    packed = gzip.compress(BODY, mtime=0)
    body = b"%x\r\n" % len(packed) + packed + b"\r\n0\r\n\r\n"
    assert response(b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", body) == BODY


def test_last_chunk_cut_off() -> None:
    """A last chunk that is cut off gives what there is."""
    assert dechunked(b"5\r\nhello\r\nff\r\n wor") == b"hello wor"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"HTTP/1.0 404 Not Found\r\n\r\n", (404, "", "")),
        (b"HTTP/2 200\nContent-Type: Text/HTML;Charset='UTF-8'\n\nbody", (200, "text/html", "utf-8")),
        (b"HTTP/1.1 200 OK\r\nX: \xff\xfe\r\ncontent-type: text/plain\r\n\r\n", (200, "text/plain", "")),
        (b"HTTP/1.1 200 OK", (200, "", "")),
        (b"ICY 200 OK\r\n\r\n", (200, "", "")),
    ],
)
def test_status_and_type(block: bytes, expected: tuple[int, str, str]) -> None:
    """Status, media type and charset are read from headers of any spelling."""
    found = parse_response(block)
    assert found is not None
    assert (found.status, found.content_type, found.charset) == expected


@pytest.mark.parametrize("block", [b"", b"garbage", b"<html>", b"HTTP/1.1 OK\r\n\r\n"])
def test_no_response(block: bytes) -> None:
    """A block without a status line is no response."""
    assert parse_response(block) is None
