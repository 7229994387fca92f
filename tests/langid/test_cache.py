"""Files of the cache folder: made once, mapped afterwards, whole or not there."""

from pathlib import Path

import numpy as np
import pytest
from polysift.langid import cache

ARRAYS = [np.arange(5, dtype=np.uint16), np.array([0.5, -1.0]), np.zeros(0, np.int64)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYSIFT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def never():
    raise AssertionError("made again")


def same(found):
    assert [array.dtype for array in found] == [array.dtype for array in ARRAYS]
    assert all(np.array_equal(a, b) for a, b in zip(found, ARRAYS, strict=True))
    assert not any(array.flags.writeable for array in found)


def test_arrays_are_made_once_and_then_mapped(folder):
    """The second call makes nothing and gives the same, read-only; another source or format is another file."""
    same(cache.kept_arrays("a-1", b"source", lambda: [array.copy() for array in ARRAYS]))
    same(cache.kept_arrays("a-1", b"source", never))
    for name, source in (("a-1", b"other"), ("a-2", b"source")):
        with pytest.raises(AssertionError, match="made again"):
            cache.kept_arrays(name, source, never)
    assert len(list(folder.iterdir())) == 1


def test_a_damaged_file_is_made_anew(folder):
    """What is cut off, by a disk that was full or by hand, is no cache."""
    cache.kept_arrays("a-1", b"source", lambda: [array.copy() for array in ARRAYS])
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-20])
    same(cache.kept_arrays("a-1", b"source", lambda: [array.copy() for array in ARRAYS]))
    same(cache.kept_arrays("a-1", b"source", never))


def test_a_folder_that_cannot_be_written_costs_only_time(folder):
    """Each call makes them then."""
    folder.write_text("a file where the folder should be")
    same(cache.kept_arrays("a-1", b"source", lambda: [array.copy() for array in ARRAYS]))


def test_a_file_that_fails_leaves_nothing(folder):
    """A piece that cannot be made leaves no file, not even in part."""

    def pieces():
        yield b"one"
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cache.write_whole(folder / "b", pieces())
    assert list(folder.iterdir()) == []


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """POLYSIFT_CACHE, else XDG_CACHE_HOME, else the home folder."""
    monkeypatch.setenv("POLYSIFT_CACHE", "/a")
    assert cache.cache_folder() == Path("/a")
    monkeypatch.delenv("POLYSIFT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/b")
    assert cache.cache_folder() == Path("/b/polysift")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder() == Path.home() / ".cache" / "polysift"
