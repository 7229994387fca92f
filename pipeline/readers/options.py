"""How inputs are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Extractor = Literal["trafilatura", "resiliparse"]


@dataclass(frozen=True)
class ReadOptions:
    """Settings of the readers.

    Attributes:
        extractor: what turns HTML into text, for WARC and ARC files.
        extractor_seconds: CPU seconds that one page may take; CPU, so that a busy machine changes no output.
        extractor_bytes: memory that the extractor may take.
        dump: value of `dump` where the input says none.
        batch_rows: rows of a batch, at most.
        batch_bytes: bytes of a batch, about; a single larger document is a batch of its own.
        document_bytes: bytes of a text, at most; longer ones are quarantined.
        row_bytes: bytes of one line, record or CSV row, at most; longer ones are quarantined.
    """

    extractor: Extractor = "trafilatura"
    extractor_seconds: float = 10.0
    extractor_bytes: int = 4_000_000_000
    dump: str | None = None
    batch_rows: int = 4_096
    batch_bytes: int = 8_000_000
    document_bytes: int = 60_000_000
    row_bytes: int = 120_000_000
