#!/usr/bin/env python3
"""Checks that the word kernel's segments equal ICU's on all texts of some folders of Parquet files.

    python benchmarks/word_boundaries.py DATA...

Reads the column text of every *.parquet below DATA. Prints how many texts, segments and bytes are equal, and the first
texts that differ; exit status 1 when any do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from polysift.filters.word_break_rules import icu_breaker
from polysift.filters.words import segment, style_number
from polysift.langid.kernels import from_arrow

BATCH = 1000


def batches(folders: list[str]) -> Iterator[pa.Array]:
    """All texts, a thousand at a time."""
    for folder in folders:
        for file in sorted(Path(folder).rglob("*.parquet")):
            for batch in pq.ParquetFile(file).iter_batches(BATCH, columns=["text"]):
                yield batch.column(0)


def kernel_ends(texts: pa.Array) -> list[list[int]]:
    """Where the segments of each text end, in UTF-8 bytes, by the kernel."""
    strings = from_arrow(texts)
    words = segment(strings, np.full(len(texts), style_number("segments"), np.uint32))
    bounds = zip(words.offsets[:-1], words.offsets[1:], strings.offsets, strict=False)
    return [(words.ends[start:stop] - begin).tolist() for start, stop, begin in bounds]


def icu_ends(text: str) -> list[int]:
    """The same by ICU."""
    lengths = [len(part.encode()) for part in icu_breaker(text)]
    return np.cumsum(lengths, dtype=np.int64).tolist()


def main() -> None:
    texts = segments = size = differing = 0
    for batch in batches(sys.argv[1:]):
        for text, found in zip(batch.to_pylist(), kernel_ends(batch), strict=True):
            expected = icu_ends(text or "")
            texts, segments, size = texts + 1, segments + len(expected), size + (expected or [0])[-1]
            if found != expected:
                differing += 1
                if differing <= 10:
                    print(f"differs: {text[:200]!r}")
    print(f"{texts:,} texts, {segments:,} segments, {size / 1e6:.1f} MB: {differing} texts differ")
    sys.exit(differing > 0 or not texts)


if __name__ == "__main__":
    main()
