"""What could not be read, where it stands and why.

Only faults of the data: a full disk, a missing permission or a broken network is an error of the run, which
can be repeated once it is mended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

SAMPLE_CHARACTERS = 500
TOO_LARGE = "document larger than executor.memory allows"
LONG_LINE = "line longer than a document may be"
LONG_RECORD = "record longer than a document may be"
OF_SIZE = (TOO_LARGE, LONG_LINE, LONG_RECORD)
"""Causes that another `executor.memory` would change."""


class Quarantined(NamedTuple):
    """A row, page, row group or file that was set aside.

    Attributes:
        file: name of the input file.
        place: where in the file, such as 'row group 3', 'byte 1234', 'row 17', 'record <urn:uuid:...>'.
        cause: what is wrong; before ` (` a class of faults, within the brackets the particulars.
        rows: documents lost, 1 where that is not known.
        sample: the beginning of what was found, printable, at most 500 characters.
    """

    file: str
    place: str
    cause: str
    rows: int = 1
    sample: str = ""


Quarantine = Callable[[Quarantined], None]


def discard(entry: Quarantined) -> None:
    """A quarantine that keeps nothing: for a scan, whose faults the read that follows reports."""


def sample(value: object) -> str:
    """The beginning of a value as printable text that any encoding and terminal can take.

    >>> sample(b"na\\xefve \\x1b[31m")
    'na\\\\xefve \\\\x1b[31m'
    >>> sample("日本語" * 1000)[:4], len(sample("日本語" * 1000))
    ('日本語日', 500)
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        text = bytes(value[: 4 * SAMPLE_CHARACTERS]).decode("utf-8", "backslashreplace")
    elif isinstance(value, str):
        text = value[:SAMPLE_CHARACTERS]
    else:
        text = repr(value)[:SAMPLE_CHARACTERS]
    printable = (c if c.isprintable() else ascii(c)[1:-1] for c in text[:SAMPLE_CHARACTERS])
    return "".join(printable)[:SAMPLE_CHARACTERS]
