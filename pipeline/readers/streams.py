"""Bytes of input files: opening by URL, decompression that keeps what stands before a break, lines.

Every function works on one block at a time, whatever the size of the file.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import zstandard
from fsspec.core import url_to_fs

from ...langid.errors import PolysiftError

BLOCK_BYTES = 1 << 20  # read at once
# Decompressed at once: little, since it can grow by a factor of thousands.
STEP_BYTES = 1 << 13
WINDOW_BYTES = 1 << 31  # zstd --long=31
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

CODECS: dict[str, Callable[[], Any]] = {
    ".gz": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16),
    ".zst": lambda: zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES).decompressobj(),
    ".bz2": bz2.BZ2Decompressor,
    ".xz": lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ),
}
MAGIC = {".gz": b"\x1f\x8b\x08", ".zst": b"\x28\xb5\x2f\xfd", ".bz2": b"BZh", ".xz": b"\xfd7zXZ\0"}
ERRORS = (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError)


class Broken(Exception):
    """Compressed data that cannot be read on.

    Attributes:
        offset: byte of the compressed file at which it breaks.
        member: byte at which the broken member (frame, stream) begins.
        cause: what is wrong.
    """

    def __init__(self, offset: int, member: int, cause: str):
        super().__init__(cause)
        self.offset = offset
        self.member = member
        self.cause = cause

    @property
    def place(self) -> str:
        return f"byte {self.offset} of the compressed file"


class Stored(NamedTuple):
    """An open file as it is stored, and the URL it was opened by."""

    file: BinaryIO
    url: str

    @property
    def codec(self) -> str:
        return codec_of(self.url)

    def blocks(self, start: int = 0) -> Iterator[bytes]:
        """The file's bytes from `start` on."""
        with reading(self.url):
            self.file.seek(start)
        while True:
            with reading(self.url):
                block = self.file.read(BLOCK_BYTES)
            if not block:
                return
            yield block


class Chunk(NamedTuple):
    """Decompressed bytes and the offset in the file of the member they belong to (0 in a plain file)."""

    member: int
    data: bytes


class Line(NamedTuple):
    """A line without its newline.

    Attributes:
        offset: byte in the decompressed file at which it starts.
        data: its bytes; None where they are more than allowed.
        whole: false for what stands before a break.
    """

    offset: int
    data: bytes | None
    whole: bool = True


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turns errors of the environment (missing file or permission, network, disk) into messages for the user.

    Errors that Arrow raises for faulty content are plain OSErrors without a number, and pass.
    """
    try:
        yield
    except OSError as error:
        if type(error) is OSError and error.errno is None:
            raise
        raise PolysiftError(
            f"cannot read {what} ({error.strerror or error}); mend that and run the same command again: "
            f"what is finished is kept"
        ) from error


def locate(url: str) -> tuple[Any, str]:
    """File system and path of a local path or an fsspec URL."""
    try:
        fs, path = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise PolysiftError(f"cannot open {url} ({error}); give a local path or an fsspec URL") from error
    return fs, str(path)


def codec_of(url: str) -> str:
    """The extension of a file's compression, or an empty string.

    >>> codec_of("s3://bucket/a.jsonl.ZST"), codec_of("a.jsonl")
    ('.zst', '')
    """
    extension = url[url.rfind(".") :].lower()
    return extension if extension in CODECS else ""


@contextmanager
def opened(url: str) -> Iterator[Stored]:
    """A file by URL, for reading."""
    fs, path = locate(url)
    with reading(url):
        file = fs.open(path, "rb")
    try:
        yield Stored(file, url)
    finally:
        file.close()


def chunks(stored: Stored, start: int = 0) -> Iterator[Chunk]:
    """The decompressed bytes of a file, by the extension of its URL, from byte `start` of what is stored.

    Members (gzip), frames (zstd) and streams (bzip2, xz) may follow one another.

    Raises:
        Broken: after all bytes before the break.
    """
    if stored.codec:
        yield from _decompressed(stored, start)
    else:
        yield from (Chunk(0, block) for block in stored.blocks(start))


def lines(source: Iterable[Chunk], limit: int, offset: int = 0) -> Iterator[Line]:
    """Lines of decompressed bytes, the first of which is byte `offset`; more than `limit` bytes are not held.

    Raises:
        Broken: after all lines before the break.
    """
    parts: list[bytes] = []
    size = 0
    try:
        for chunk in source:
            head, *tails = chunk.data.split(b"\n")
            size += len(head)
            if size <= limit:
                parts.append(head)
            else:
                parts.clear()
            for tail in tails:
                yield Line(offset, b"".join(parts) if size <= limit else None)
                offset += size + 1
                parts, size = [tail], len(tail)
    except Broken:
        if size:
            yield Line(offset, b"".join(parts) if size <= limit else None, whole=False)
        raise
    if size:
        yield Line(offset, b"".join(parts) if size <= limit else None)


def next_member(stored: Stored, start: int, begins: Callable[[bytes], bool]) -> int | None:
    """The offset, from byte `start` on, of the first member whose content `begins` as it should."""
    magic = MAGIC[stored.codec]
    while block := next(stored.blocks(start), b""):
        found = block.find(magic)
        if found < 0:
            start += max(len(block) - len(magic) + 1, 1)
            continue
        start += found
        try:
            if begins(next(_decompressed(stored, start)).data):
                return start
        except (Broken, StopIteration):
            pass
        start += 1
    return None


def _decompressed(stored: Stored, start: int) -> Iterator[Chunk]:
    name, new = stored.codec[1:], CODECS[stored.codec]
    decompressor, member, offset = new(), start, start
    for step in _steps(stored.blocks(start)):
        rest = step
        while rest:
            if decompressor.eof:
                padded = len(rest)
                rest = rest.lstrip(b"\0")  # gzip allows zeros between members and at the end
                offset += padded - len(rest)
                if not rest:
                    break
                decompressor, member = new(), offset
            try:
                data = decompressor.decompress(rest)
            except ERRORS as error:
                offset += yield from _salvage(stored, member, offset, rest)
                raise Broken(offset, member, f"corrupt {name} data ({error})") from error
            if data:
                yield Chunk(member, data)
            unused = len(decompressor.unused_data) if decompressor.eof else 0
            offset += len(rest) - unused
            rest = rest[len(rest) - unused :]
    if not decompressor.eof:
        raise Broken(offset, member, f"truncated {name} data")


def _salvage(stored: Stored, member: int, offset: int, step: bytes) -> Generator[Chunk, None, int]:
    """What a failing step holds before the break: its member is decompressed again, it byte by byte.

    Returns:
        How many bytes of the step are good.
    """
    decompressor = CODECS[stored.codec]()
    before = offset - member
    for block in _steps(stored.blocks(member)):
        if before <= 0:
            break
        decompressor.decompress(block[:before])
        before -= len(block)
    for position in range(len(step)):
        try:
            data = decompressor.decompress(step[position : position + 1])
        except ERRORS:
            return position
        if data:
            yield Chunk(member, data)
    return len(step)


def _steps(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), STEP_BYTES):
            yield block[start : start + STEP_BYTES]
