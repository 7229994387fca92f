"""Files that take long to make and can be made again: written once, mapped by all processes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import xxhash
from numpy.typing import NDArray


def cache_folder() -> Path:
    """Where polysift keeps files that it can make again: POLYSIFT_CACHE, or in the user's cache folder."""
    if folder := os.environ.get("POLYSIFT_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "polysift"


def write_whole(path: Path, pieces: Iterable[Any]) -> None:
    """Writes a file of the cache folder, which is there once all of it is; of processes that do so at the same time,
    the last one's stays.

    Args:
        pieces: buffers of bytes.

    Raises:
        OSError: where the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        try:
            for piece in pieces:
                file.write(piece)
            file.close()
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(file.name)
            raise


def mapped_floats(
    name: str, count: int, blocks: Callable[[], Iterable[NDArray[np.float32]]]
) -> NDArray[np.float32]:
    """`count` numbers, mapped and read-only, from a file of the cache folder, which `blocks` fill if it is not there.

    Raises:
        OSError: where that file is not there and cannot be written.
    """
    path = cache_folder() / name
    if not path.exists() or path.stat().st_size != 4 * count:
        write_whole(path, (block.data for block in blocks()))
    return np.asarray(np.memmap(path, np.float32, "r", shape=count))


def kept_arrays(name: str, made_of: bytes, make: Callable[[], Sequence[NDArray[Any]]]) -> list[NDArray[Any]]:
    """The one-dimensional arrays that `make` makes, read-only; made by the first process that needs them, mapped by
    all. Where the cache folder cannot be written, each process makes its own.

    Args:
        name: of the file, with the number of what `make` does, to be raised when that changes.
        made_of: what else the arrays depend on.
    """
    path = cache_folder() / f"{name}-{xxhash.xxh3_128_hexdigest(made_of)}.arrow"
    try:
        arrays = _mapped(path)
    except (OSError, pa.ArrowInvalid):
        arrays = list(make())
        with suppress(OSError):
            write_whole(path, [_packed(arrays)])
    for array in arrays:
        array.flags.writeable = False
    return arrays


def _packed(arrays: Sequence[NDArray[Any]]) -> pa.Buffer:
    """An Arrow file of one row: each array is a value, its type in the name of the column behind the array's number."""
    batch = pa.record_batch(
        {
            f"{number} {array.dtype.str}": pa.array([array.data.cast("B")], pa.large_binary())
            for number, array in enumerate(arrays)
        }
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema) as file:
        file.write_batch(batch)
    return sink.getvalue()


def _mapped(path: Path) -> list[NDArray[Any]]:
    batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
    types = [name.split()[1] for name in batch.schema.names]
    return [
        np.frombuffer(column[0].as_buffer(), kind) for column, kind in zip(batch.columns, types, strict=True)
    ]
