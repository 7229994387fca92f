"""A folder that stages read and write: local or any fsspec URL, every file committed whole.

A file is written under a temporary name and renamed (local) or put in one go (remote), so a reader finds it
complete or not at all, however the writer ended.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from ..langid.errors import PolysiftError

TEMPORARY = ".tmp-"  # prefix of a file under way; readers skip it, `clean` removes it


@dataclass(frozen=True)
class Folder:
    """A folder by URL. Cheap to pickle: the file system is looked up where it is used."""

    url: str

    @property
    def fs(self) -> Any:
        return self._located()[0]

    def _located(self) -> tuple[Any, str]:
        """The file system of the folder, and its path there."""
        try:
            return _located(self.url)
        except (ValueError, ImportError) as error:
            raise PolysiftError(
                f"cannot open {self.url}: {error}; give a local folder or an fsspec URL whose package is installed "
                f"(s3://: pip install 'polysift[s3]')"
            ) from None

    @property
    def is_local(self) -> bool:
        return "://" not in self.url or self.url.startswith("file://")

    def path(self, name: str = "") -> str:
        root = self._located()[1]
        return f"{root}/{name}" if name else root

    def exists(self, name: str = "") -> bool:
        return bool(self.fs.exists(self.path(name)))

    def names(self, folder: str = "") -> list[str]:
        """Names of all files below `folder`, relative to this folder, sorted; none where it does not exist."""
        fs, root = self.fs, self.path()
        fs.invalidate_cache()
        found = fs.find(self.path(folder)) if fs.exists(self.path(folder)) else []
        return sorted(str(path)[len(root) + 1 :] for path in found)

    def read_json(self, name: str) -> Any | None:
        """The content of a JSON file, or None where there is none."""
        try:
            with self.fs.open(self.path(name), "rb") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def write_json(self, name: str, content: Any, indent: int | None = 1) -> None:
        """Writes JSON for people, or with `indent` None on one line, which takes a tenth of the time."""
        with self.create(name) as file:
            file.write(
                json.dumps(content, ensure_ascii=False, indent=indent, sort_keys=True).encode() + b"\n"
            )

    def parquet(self, name: str) -> pq.ParquetFile:
        """A Parquet file opened for reading; close it or use it as a context."""
        return pq.ParquetFile(self.fs.open(self.path(name), "rb"), pre_buffer=False)

    @contextmanager
    def arrow(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatchFileReader]:
        """An Arrow file opened for reading some of its columns, those that it has; mapped where it is local."""
        path = self.path(name)
        with pa.memory_map(path) if self.is_local else self.fs.open(path, "rb") as source:
            with pa.ipc.open_file(source) as reader:
                if columns is None:
                    yield reader
                    return
                places = [reader.schema.get_field_index(c) for c in columns]
                options = pa.ipc.IpcReadOptions(included_fields=[place for place in places if place >= 0])
            with pa.ipc.open_file(source, options=options) as reader:
                yield reader

    def remove(self, name: str = "") -> None:
        """Removes a file or a folder with all below it; nothing happens where there is none."""
        path = self.path(name)
        if self.fs.exists(path):
            self.fs.rm(path, recursive=True)

    def remove_empty(self, name: str) -> None:
        """Removes a folder below this one, and those above it, where no file is left in them.

        Only a local file system has such folders; not for while another process may write into one.
        """
        for folder in (name, *map(str, PurePosixPath(name).parents)) if self.is_local else ():
            if folder not in ("", "."):
                with suppress(OSError):  # there is something in it
                    os.rmdir(self.path(folder))

    def clean(self) -> None:
        """Removes what an interrupted writer left behind."""
        for name in self.names():
            folder, _, file = name.rpartition("/")
            if file.startswith(TEMPORARY):
                self.remove(name)
                if folder.rpartition("/")[2].startswith(TEMPORARY):
                    self.remove_empty(folder)

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """A new file, open for writing, that appears under `name` when the block ends well, and never else."""
        commit = _create_local if self.is_local else _create_remote
        with naming_the_disk(f"{self.url}/{name}"), commit(self, name) as file:
            yield file

    def check_writable(self, what: str) -> None:
        """Raises PolysiftError where no file can be made here."""
        probe = f"{TEMPORARY}probe-{os.getpid()}"
        try:
            with self.create(probe) as file:
                file.write(b"polysift")
            self.remove(probe)
        except OSError as error:
            raise PolysiftError(
                f"{what}: cannot write to {self.url} ({error.strerror or error}); "
                f"give a folder that this user may write to"
            ) from error


@cache
def _located(url: str) -> tuple[Any, str]:
    fs, path = fsspec.core.url_to_fs(url)
    return fs, str(path).rstrip("/")


@contextmanager
def _create_local(folder: Folder, name: str) -> Iterator[BinaryIO]:
    target = Path(folder.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{TEMPORARY}{os.getpid()}-{target.name}")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _create_remote(folder: Folder, name: str) -> Iterator[BinaryIO]:
    with tempfile.NamedTemporaryFile(prefix=TEMPORARY) as file:
        yield file  # type: ignore[misc]
        file.flush()
        folder.fs.makedirs(folder.path(name).rpartition("/")[0], exist_ok=True)
        folder.fs.put_file(file.name, folder.path(name))


@contextmanager
def naming_the_disk(place: str) -> Iterator[None]:
    """Turns 'no space left' into an error that says where and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT) and "No space left" not in str(error):
            raise
        raise PolysiftError(
            f"no space left on the disk while writing {place}; free some space (or set `work` and `output` to "
            f"another disk) and run the same command again: what is finished is kept"
        ) from error


def digest(data: bytes | str) -> str:
    """128-bit content hash, as 32 hexadecimal digits."""
    return xxhash.xxh3_128_hexdigest(data)


def file_digest(folder: Folder, name: str) -> str:
    """128-bit hash of a file's bytes."""
    hasher = xxhash.xxh3_128()
    with folder.fs.open(folder.path(name), "rb") as file:
        while chunk := file.read(1 << 22):
            hasher.update(chunk)
    return hasher.hexdigest()
