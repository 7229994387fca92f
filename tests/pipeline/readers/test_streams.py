"""Decompression that keeps what stands before a break, and lines."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.errors import PolysiftError
from polysift.pipeline.readers.streams import (
    Broken,
    Chunk,
    Line,
    chunks,
    codec_of,
    lines,
    locate,
    next_member,
    opened,
)

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}
# Hard to compress and longer than the blocks of the codecs (but bzip2's, of 900,000 bytes).
DATA = b"".join(b"%d %x\n" % (i, hash((i, i)) & 0xFFFFFFFFFFFF) for i in range(20_000))


def salvaged(path: Path, stored: bytes) -> tuple[bytes, Broken | None]:
    """All bytes that a file gives, and its break."""
    path.write_bytes(stored)
    found = []
    with opened(str(path)) as file:
        try:
            found.extend(chunk.data for chunk in chunks(file))
        except Broken as broken:
            return b"".join(found), broken
    return b"".join(found), None


@pytest.mark.parametrize("codec", COMPRESS)
def test_whole_files(tmp_path: Path, codec: str) -> None:
    """A file comes out as it went in, of one member or several."""
    compress = COMPRESS[codec]
    assert salvaged(tmp_path / f"a{codec}", compress(DATA)) == (DATA, None)
    assert salvaged(tmp_path / f"b{codec}", compress(DATA) + compress(b"end")) == (DATA + b"end", None)


@pytest.mark.parametrize("codec", COMPRESS)
@pytest.mark.parametrize("cut", [0, 3, 1_000, 70_000, -1])
def test_truncated_files(tmp_path: Path, codec: str, cut: int) -> None:
    """A file that is cut off gives what stands before, then says that it is truncated, and where."""
    stored = COMPRESS[codec](DATA)[:cut]
    data, broken = salvaged(tmp_path / f"a{codec}", stored)
    assert DATA.startswith(data)
    assert broken is not None
    assert broken.cause == f"truncated {codec[1:]} data"
    assert (broken.offset, broken.member) == (len(stored), 0)


@pytest.mark.parametrize(("codec", "kept"), [(".gz", 0.9), (".zst", 0.6), (".bz2", 0.0), (".xz", 0.9)])
def test_corrupt_files(tmp_path: Path, codec: str, kept: float) -> None:
    """A fault in the middle costs no more than the block of the codec in which it stands."""
    stored = bytearray(COMPRESS[codec](DATA))
    middle = len(stored) // 2
    stored[middle : middle + 40] = b"\xff" * 40
    data, broken = salvaged(tmp_path / f"a{codec}", bytes(stored))
    assert broken is not None
    assert broken.cause.startswith(f"corrupt {codec[1:]} data (")
    assert middle <= broken.offset <= len(stored)
    good = next(
        (i for i, (a, b) in enumerate(zip(data, DATA, strict=False)) if a != b), min(len(data), len(DATA))
    )
    assert good >= kept * len(DATA) / 2


def test_break_in_a_later_member(tmp_path: Path) -> None:
    """A break names the member in which it is, and the members before are kept."""
    first, second = gzip.compress(b"first"), bytearray(gzip.compress(b"second" * 100))
    second[-6] ^= 1  # the checksum
    data, broken = salvaged(tmp_path / "a.gz", first + second)
    assert data.startswith(b"firstsecond")
    assert broken is not None
    assert broken.member == len(first)


def test_padding_is_no_break(tmp_path: Path) -> None:
    """Zeros after a member are allowed; anything else is a break after the data."""
    stored = gzip.compress(b"data")
    assert salvaged(tmp_path / "a.gz", stored + b"\0" * 20_000) == (b"data", None)
    data, broken = salvaged(tmp_path / "a.gz", stored + b"\0\0garbage")
    assert data == b"data"
    assert broken is not None
    assert broken.offset >= len(stored) + 2


def test_file_that_is_not_compressed(tmp_path: Path) -> None:
    """A file whose extension lies breaks at its first byte."""
    data, broken = salvaged(tmp_path / "a.zst", b'{"text": "plain"}\n')
    assert data == b""
    assert broken is not None
    assert broken.place == "byte 0 of the compressed file"


def test_next_member(tmp_path: Path) -> None:
    """The next member is the first that holds what is looked for, not any bytes that look like one."""
    bogus = b"\x1f\x8b\x08 no member"
    head = gzip.compress(b"other") + bogus
    path = tmp_path / "a.gz"
    path.write_bytes(head + gzip.compress(b"wanted"))
    with opened(str(path)) as stored:
        assert next_member(stored, 1, lambda data: data.startswith(b"wanted")) == len(head)
        assert next_member(stored, 0, lambda data: data.startswith(b"other")) == 0
        assert next_member(stored, 0, lambda data: False) is None


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b"\n\n"]), max_size=12), st.integers(1, 5))
def test_lines_are_those_of_the_whole(parts: list[bytes], size: int) -> None:
    """Lines and their offsets do not depend on how the bytes come."""
    data = b"".join(parts)
    cut = [Chunk(0, data[i : i + size]) for i in range(0, len(data), size)]
    found = list(lines(cut, 100))
    expected = data.split(b"\n")
    assert [line.data for line in found] == (expected if expected[-1] else expected[:-1])
    assert all(data[line.offset :].startswith(line.data or b"") for line in found)


def test_long_lines_are_not_held() -> None:
    """A line over the limit has no data; those around it do."""
    found = list(lines([Chunk(0, b"ab\ncdefgh"), Chunk(0, b"ijk\nlm\nnopqrst")], 5))
    assert [(line.offset, line.data) for line in found] == [(0, b"ab"), (3, None), (13, b"lm"), (16, None)]


def test_line_before_a_break_is_not_whole(tmp_path: Path) -> None:
    """What stands between the last newline and a break is told apart."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"one\ntwo\nthree")[:-9])
    found: list[Line] = []
    with opened(str(tmp_path / "a.gz")) as stored, pytest.raises(Broken):
        found.extend(lines(chunks(stored), 100))
    assert [(line.data, line.whole) for line in found[:2]] == [(b"one", True), (b"two", True)]
    assert not any(line.whole for line in found[2:])


def test_codecs_by_extension() -> None:
    """The last extension counts, whatever its case."""
    assert codec_of("a.jsonl") == codec_of("gz") == codec_of("a.gz/b") == ""
    assert codec_of("A.WARC.GZ") == ".gz"


def test_missing_file_is_an_error_of_the_environment(tmp_path: Path) -> None:
    """A file that is gone is an error for the user, with what to do."""
    with (
        pytest.raises(PolysiftError, match=r"cannot read .*gone.* \(No such file or directory\)"),
        opened(str(tmp_path / "gone")),
    ):
        pass


def test_unknown_protocol() -> None:
    """A URL of a file system that is not installed is an error for the user."""
    with pytest.raises(PolysiftError, match="give a local path or an fsspec URL"):
        locate("nosuch://a")
