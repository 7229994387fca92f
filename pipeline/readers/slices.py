"""Cuts input files into slices, each the input of one task, by bytes.

A slice depends on the files of one folder and on `slice_bytes`, and on nothing else: not on the number of
workers, and not on other folders, so a crawl added in a folder of its own leaves all others as they are.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from .files import InputFile, Piece
from .parquet import row_group_bytes
from .streams import codec_of

__all__ = ["Piece", "plan_slices"]

FOOTERS_AT_ONCE = 16


def plan_slices(files: Iterable[InputFile], slice_bytes: int) -> list[tuple[Piece, ...]]:
    """Slices of about `slice_bytes`, in the order of folders and names; no slice spans two folders.

    A file that cannot be cut (compressed, WARC) and a row group are never split. A Parquet file without a
    readable footer is a piece as a whole, so that whoever reads it finds the fault.
    """
    folders: dict[str, list[InputFile]] = {}
    for file in sorted(files, key=lambda file: file.name):
        folders.setdefault(posixpath.dirname(file.name), []).append(file)
    return [
        piece
        for folder in sorted(folders)
        for piece in _pack(_atoms(folders[folder], slice_bytes), slice_bytes)
    ]


def _pack(atoms: Iterable[Piece], slice_bytes: int) -> Iterator[tuple[Piece, ...]]:
    """Fills slices in order; neighbours in a file become one piece."""
    pieces: list[Piece] = []
    size = 0
    for atom in atoms:
        if pieces and size + atom.cost > slice_bytes:
            yield tuple(pieces)
            pieces, size = [], 0
        last = pieces[-1] if pieces else None
        if last is not None and last.file == atom.file and last.stop == atom.start:
            pieces[-1] = last._replace(stop=atom.stop, cost=last.cost + atom.cost)
        else:
            pieces.append(atom)
        size += atom.cost
    if pieces:
        yield tuple(pieces)


def _atoms(files: Sequence[InputFile], slice_bytes: int) -> Iterator[Piece]:
    """The smallest pieces that the files can be cut into, but none of JSONL below `slice_bytes`."""
    with ThreadPoolExecutor(FOOTERS_AT_ONCE) as pool:
        for file, sizes in zip(files, pool.map(_row_groups, files), strict=True):
            if sizes:
                yield from (Piece(file, i, i + 1, size) for i, size in enumerate(sizes))
            elif file.format == "jsonl" and not codec_of(file.url) and file.size > 0:
                for start in range(0, file.size, slice_bytes):
                    stop = min(start + slice_bytes, file.size)
                    yield Piece(file, start, stop, stop - start)
            else:
                yield Piece(file, cost=file.size)


def _row_groups(file: InputFile) -> list[int]:
    """Uncompressed bytes of each row group; empty for a file that has none or cannot say."""
    return row_group_bytes(file) if file.format == "parquet" else []
