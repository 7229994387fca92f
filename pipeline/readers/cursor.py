"""A place in decompressed bytes, member by member: what a parser of records reads from."""

from __future__ import annotations

from collections.abc import Iterator

from .streams import Broken, Chunk


class Cursor:
    """Reads lines and blocks.

    Nothing reaches over the end of a member (of gzip, say; a plain file is one member). A member that breaks ends
    there, and the break is raised by the step to the next one, so that it costs nothing that stands before.

    Attributes:
        member: byte in the file at which the member begins.
        at: place in its decompressed bytes.
    """

    def __init__(self, source: Iterator[Chunk]) -> None:
        self._source = source
        self._data = b""  # from `_used` on, what was decompressed but not read
        self._used = 0
        self._ahead: Chunk | Broken | None = None
        self.member = self.at = 0

    @property
    def place(self) -> str:
        """Where the cursor is, for messages; the same whenever the file is read."""
        if self.member and self.at:
            return f"byte {self.at} of the member at byte {self.member}"
        return f"byte {self.member + self.at}"

    @property
    def at_break(self) -> bool:
        """Whether nothing is left of a member that breaks here."""
        return not self.peek(1) and isinstance(self._ahead, Broken) and self._ahead.member == self.member

    def peek(self, size: int) -> bytes:
        """The next bytes of the member, up to `size`; none at its end."""
        while len(self._data) - self._used < size and self._more():
            pass
        return self._data[self._used : self._used + size]

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end of the member."""
        parts: list[bytes] = []
        while size and (part := self._take(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Moves on by `size` bytes, or to the end of the member."""
        while size and (part := self._take(size)):
            size -= len(part)

    def readline(self, limit: int) -> bytes:
        """A line with its newline; `limit` bytes of a longer one."""
        return self.read(len(self.peek(limit).partition(b"\n")[0]) + 1)

    def skip_newlines(self) -> bool:
        """Moves on to what is no newline; false at the end of the member."""
        while byte := self.peek(1):
            if byte not in b"\r\n":
                return True
            self._take(1)
        return False

    def next_member(self) -> bool:
        """Moves on to the next member, once this one is at its end; false at the end of the file.

        Raises:
            Broken: where this member ended for a break, or the next one begins with one.
        """
        self._fetch()
        if isinstance(self._ahead, Broken):
            raise self._ahead
        if self._ahead is None:
            return False
        self.member, self.at = self._ahead.member, 0
        self._data, self._used, self._ahead = self._ahead.data, 0, None
        return True

    def unread(self, data: bytes) -> None:
        """Goes back by bytes just read."""
        self._data, self._used = data + self._data[self._used :], 0
        self.at -= len(data)

    def _take(self, size: int) -> bytes:
        if self._used == len(self._data) and not self._more():
            return b""
        part = self._data[self._used : self._used + size]
        self._used += len(part)
        self.at += len(part)
        return part

    def _more(self) -> bool:
        """Decompresses more of the member; false at its end."""
        self._fetch()
        ahead = self._ahead
        if not isinstance(ahead, Chunk) or ahead.member != self.member:
            return False
        self._data, self._used, self._ahead = self._data[self._used :] + ahead.data, 0, None
        return True

    def _fetch(self) -> None:
        if self._ahead is None:
            try:
                self._ahead = next(self._source, None)
            except Broken as broken:
                self._ahead = broken
