"""What buckets hold, sent from block to block: a bucket's keepers go to the next block that has documents in it.

For each block there is one file of what was sent to it, deleted once it was read. It is a list of pieces, each in
the order of the keepers, so that any range of keepers is read without the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..storage import TEMPORARY, Folder
from .links import by_place

ENTRY = np.dtype([("keeper", "<i8"), ("slot", "<i4")])


class Held(NamedTuple):
    """Keepers that buckets hold, in the order of the keepers.

    Attributes:
        keepers: int64 (entries,), their numbers.
        slots: int32 (entries,), the bucket of each, by its slot in a block.
    """

    keepers: NDArray[np.int64]
    slots: NDArray[np.int32]


class Mail:
    """What is on the way between `blocks` blocks, in files of a folder of this machine."""

    def __init__(self, folder: Folder, blocks: int) -> None:
        self.folder, self.blocks = folder, blocks
        self.pieces: dict[int, list[int]] = {}  # entries of each piece that was sent to a block

    def _file(self, block: int) -> Path:
        return Path(self.folder.path(f"{TEMPORARY}mail-{block}"))

    def send(self, held: Held, next_block: NDArray[np.int32], next_slot: NDArray[np.int32]) -> None:
        """Sends what the slots of a block hold on to where they come next.

        Args:
            held: the entries.
            next_block: int32 (slots,), the block, -1 where there is none.
            next_slot: int32 (slots,), the slot there.
        """
        going = np.flatnonzero(next_block[held.slots] >= 0)
        order = going[by_place(next_block[held.slots[going]], self.blocks)]
        if not len(order):
            return
        slots = held.slots[order]
        entries = np.empty(len(order), ENTRY)
        entries["keeper"], entries["slot"] = held.keepers[order], next_slot[slots]
        to, starts = np.unique(next_block[slots], return_index=True)
        for block, piece in zip(to.tolist(), np.split(entries, starts[1:]), strict=True):
            with self._file(block).open("ab") as file:
                file.write(piece.data)
            self.pieces.setdefault(block, []).append(len(piece))

    def read(self, block: int, most: int) -> Iterator[Held]:
        """What was sent to a block, in the order of the keepers, about `most` entries at a time.

        A keeper's entries, of which it has as many as it has bands at most, are never in two parts.
        """
        sizes = self.pieces.get(block)
        if sizes is None:
            return
        entries: NDArray[Any] = np.memmap(self._file(block), ENTRY, "r")
        pieces = np.split(entries, np.cumsum(sizes)[:-1])
        last = max(int(piece["keeper"][-1]) for piece in pieces)
        yield from _in_parts(pieces, 0, last + 1, most)

    def remove(self, block: int) -> None:
        """Deletes what was sent to a block."""
        if self.pieces.pop(block, None):
            self._file(block).unlink()


def _in_parts(pieces: list[NDArray[Any]], start: int, stop: int, most: int) -> Iterator[Held]:
    """Entries of the keepers from `start` to `stop`, halved until a part is small enough."""
    if sum(map(len, pieces)) <= most or stop - start == 1:
        entries = np.concatenate(pieces)
        order = np.argsort(entries["keeper"], kind="stable")  # merges what is in order already
        if len(order):
            yield Held(entries["keeper"][order], entries["slot"][order])
        return
    middle = (start + stop) // 2
    cuts = [int(np.searchsorted(piece["keeper"], middle)) for piece in pieces]
    yield from _in_parts([piece[:cut] for piece, cut in zip(pieces, cuts, strict=True)], start, middle, most)
    yield from _in_parts([piece[cut:] for piece, cut in zip(pieces, cuts, strict=True)], middle, stop, most)
