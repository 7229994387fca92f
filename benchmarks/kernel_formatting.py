#!/usr/bin/env python3
"""Formatting where a kernel says so against formatting everywhere: equality, and time on clean text.

    python benchmarks/kernel_formatting.py FOLDER_OF_PARQUET... [--label por_Latn] [--documents N]

For each folder: documents, how many the kernel flagged for each step, how many changed, and CPU microseconds per
document of datatrove's three formatters and of `format_batch`, on all documents and on those that need no change. Fails
where a text differs from that of `format_text`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from polysift.filters.format_kernel import EMAILS, FTFY, IP_ADDRESSES, TABLE_LINES, format_batch, steps_needed
from polysift.filters.formatting import FormattingOptions, format_text
from recipe import formatters

OPTIONS = FormattingOptions()


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """The result of a call and its CPU seconds."""
    start = time.process_time()
    return function(), time.process_time() - start


def stock(texts: list[str]) -> list[str]:
    """The texts as datatrove's three formatters leave them."""
    for block in formatters():
        texts = list(map(block.format, texts))
    return texts


def compare(folder: str, label: str | None, limit: int | None) -> None:
    wanted = ds.field("lang") == label if label else None
    texts = ds.dataset(folder).to_table(columns=["text"], filter=wanted)["text"].combine_chunks()[:limit]
    strings = texts.to_pylist()
    everywhere, reference_seconds = timed(lambda: [format_text(text, OPTIONS) for text in strings])
    gated, seconds = timed(lambda: format_batch(texts, OPTIONS).to_pylist())
    if gated != everywhere:
        raise SystemExit(
            f"{folder}: {sum(a != b for a, b in zip(gated, everywhere, strict=True))} texts differ"
        )
    steps = steps_needed(texts)
    changed = sum(a != b for a, b in zip(strings, everywhere, strict=True))
    each = {
        name: int((steps & bit > 0).sum())
        for name, bit in (
            ("ftfy", FTFY),
            ("e-mail", EMAILS),
            ("ip", IP_ADDRESSES),
            ("lines", TABLE_LINES),
        )
    }
    print(
        f"{folder}: {len(texts)} documents, {int((steps > 0).sum())} flagged {each}, {changed} changed, none differs"
    )
    print(
        f"  all: everywhere {reference_seconds / len(texts) * 1e6:.1f}, gated {seconds / len(texts) * 1e6:.1f} µs"
    )
    clean = texts.take(pa.array(np.flatnonzero([a == b for a, b in zip(strings, everywhere, strict=True)])))[
        :3000
    ]
    _, stock_seconds = timed(lambda: stock(clean.to_pylist()))
    seconds = min(timed(lambda: format_batch(clean, OPTIONS))[1] for _ in range(3))
    per = 1e6 / max(1, len(clean))
    ratio = stock_seconds / seconds
    print(
        f"  clean: datatrove {stock_seconds * per:.1f}, gated {seconds * per:.1f} µs per document, {ratio:.0f} x"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--label")
    parser.add_argument("--documents", type=int)
    args = parser.parse_args()
    format_batch(pa.array(["compiled once, not counted"]), OPTIONS)
    for folder in args.folders:
        compare(folder, args.label, args.documents)


if __name__ == "__main__":
    main()
