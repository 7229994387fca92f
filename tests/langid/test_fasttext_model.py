from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest
from fasttext.FastText import _FastText
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.errors import PolysiftError
from polysift.langid.fasttext_model import check_model
from polysift.langid.identify import MODELS

LID176 = MODELS["lid176"]
SIZE = LID176.stat().st_size

# What a damaged header may claim: offset in the file, layout, value, part of the message.
DAMAGED = {
    "newer format": (4, "i", 13, "format 13"),
    "no columns": (8, "i", 0, "dim 0"),
    "other columns": (8, "i", 17, "where dim is 17"),
    "unknown loss": (32, "i", 9, "loss 9"),
    "skipgram": (36, "i", 2, "kind skipgram: it holds vectors of words but no labels"),
    "unknown kind": (36, "i", 77, "kind unknown"),
    "no buckets": (40, "i", 0, "0 buckets"),
    "more entries": (64, "i", 1 << 30, "entries"),
    "more words": (64, "2i", (1 << 20, (1 << 20) - 176), "kind 1"),
    "no labels": (72, "i", 0, "0 labels"),
    "fewer labels": (68, "2i", (7236 + 1, 175), "dictionary"),
    "more n-grams": (84, "q", 1 << 40, "list of pruned n-grams ends at byte"),
    "not pruned": (84, "q", -1, "truncated or damaged"),
}
FOREIGN = {
    "text": ("Olá, mundo\n".encode(), "begins with b'Ol"),
    "parquet": (b"PAR1" + bytes(100), "is a Parquet file"),
    "gzip": (gzip.compress(b"model"), "decompress it first"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "web page": (b"<!DOCTYPE html>", "the download has failed"),
    "short": (b"\xba\x16", "begins with"),
    "empty": (b"", "the file is empty"),
}


def test_labels_of_lid176() -> None:
    """All 176, in the order of fastText."""
    assert list(check_model(LID176)) == _FastText(str(LID176)).labels
    assert len(check_model(LID176)) == 176


def test_a_dense_model(write_model) -> None:
    """What the tests write is what fastText reads."""
    path = write_model({"por_Latn": (9, 0), "rus_Cyrl": (0, 9)}, {"mundo": (1, 0), "мир": (0, 1)})
    assert check_model(path) == ("__label__por_Latn", "__label__rus_Cyrl")
    assert _FastText(str(path)).predict("мир")[0] == ("__label__rus_Cyrl",)


@pytest.mark.parametrize("size", [1, 4, 8, 63, 64, 91, 100, 5_000, 150_000, SIZE // 2, SIZE - 5000, SIZE - 1])
def test_a_truncated_model(tmp_path: Path, size: int) -> None:
    """Cut anywhere: an error with path and remedy before fastText sees the file."""
    path = tmp_path / "cut.ftz"
    path.write_bytes(LID176.read_bytes()[:size])
    with pytest.raises(PolysiftError, match=r"copy or download it again|begins with") as raised:
        check_model(path)
    assert str(path) in str(raised.value)
    assert "lid176" in str(raised.value)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_is_no_model(tmp_path: Path, name: str) -> None:
    """The message shows how the file begins and what it seems to be."""
    content, message = FOREIGN[name]
    path = tmp_path / "foreign.bin"
    path.write_bytes(content)
    with pytest.raises(PolysiftError, match=message):
        check_model(path)


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_header(tmp_path: Path, name: str) -> None:
    """Sizes that contradict each other or the file are found."""
    offset, layout, value, message = DAMAGED[name]
    content = bytearray(LID176.read_bytes())
    struct.pack_into(f"<{layout}", content, offset, *(value if isinstance(value, tuple) else (value,)))
    path = tmp_path / "damaged.ftz"
    path.write_bytes(content)
    with pytest.raises(PolysiftError, match=message):
        check_model(path)


def test_an_unsupervised_model(write_model) -> None:
    """Word vectors cannot tell languages apart."""
    with pytest.raises(PolysiftError, match="no labels; give a supervised fastText model"):
        check_model(write_model({"por_Latn": (1, 1)}, {"mundo": (1, 1)}, kind=1))


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    """The operating system's word for it, with the path."""
    with pytest.raises(PolysiftError, match=r"Is a directory|Permission denied"):
        check_model(tmp_path)
    with pytest.raises(PolysiftError, match="No such file"):
        check_model(tmp_path / "missing.bin")


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes, magic: bool) -> None:
    """Random bytes are an error and nothing else."""
    path = tmp_path_factory.getbasetemp() / "random.bin"
    path.write_bytes(struct.pack("<2i", 793712314, 12) * magic + content)
    with pytest.raises(PolysiftError, match=r"random\.bin"):
        check_model(path)
