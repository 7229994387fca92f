#!/usr/bin/env python3
"""Checks that runs of Han and Kana are divided as ICU divides them, on all texts of some folders, and times both.

    python benchmarks/han_kana.py DATA...

Reads the column text of every *.parquet below DATA, as it is and simplified in both ways. Each different run that
needs no normal form is divided by the kernel and, in lines of a long text, by ICU. Prints how many differ, and the
processor time of a boundary; exit status 1 when any differ.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from polysift.filters.dictionary_words import _inside, fill_keys
from polysift.filters.han_kana_kernel import divide_runs
from polysift.filters.simplify_kernel import simplify
from polysift.filters.word_kernel import _joined
from polysift.filters.words import style_number
from polysift.langid.kernels import Strings, from_arrow

BATCH = 2000
Cuts = np.ndarray


def batches(folders: list[str]) -> Iterator[tuple[str, Strings]]:
    """All texts, two thousand at a time, in three forms."""
    for folder in folders:
        for file in sorted(Path(folder).rglob("*.parquet")):
            for batch in pq.ParquetFile(file).iter_batches(BATCH, columns=["text"]):
                texts = from_arrow(batch.column(0).cast(pa.large_string()))
                yield "as it is", texts
                yield "recipe", simplify(texts, "recipe")
                yield "unicode", simplify(texts, "unicode")


def different(data: np.ndarray, cuts: Cuts, seen: set[int]) -> Cuts:
    """The runs whose bytes were not seen before."""
    keys = np.empty(len(cuts), np.uint64)
    fill_keys(data, cuts, keys)
    _, first = np.unique(keys, return_index=True)
    new = [i for i in np.sort(first) if int(keys[i]) not in seen]
    seen.update(keys[new].tolist())
    return cuts[new]


def main() -> None:
    counts: Counter[str] = Counter()
    times: Counter[str] = Counter()
    seen: set[int] = set()
    for form, texts in batches(sys.argv[1:]):
        _, cuts = _joined(texts, np.full(len(texts.offsets) - 1, style_number("segments"), np.uint32))
        plain, sizes = np.empty(len(cuts), np.bool_), np.empty(len(cuts), np.int64)
        start = time.process_time()
        bounds = divide_runs(texts.data, cuts, plain, sizes)
        times["kernel"] += time.process_time() - start
        counts[f"runs, {form}"] += int(plain.sum())
        counts["other segments"] += int((~plain).sum())
        counts["bounds"] += len(bounds)
        runs = different(texts.data, cuts[plain], seen)
        if not len(runs):
            continue
        plain, sizes = np.empty(len(runs), np.bool_), np.empty(len(runs), np.int64)
        bounds = divide_runs(texts.data, runs, plain, sizes)
        start = time.process_time()
        inside = _inside(texts.data, runs)
        times["ICU"] += time.process_time() - start
        counts["different runs"] += len(runs)
        counts["bounds of different runs"] += len(bounds)
        wanted = inside.bounds + np.repeat(runs[:, 0], np.diff(inside.offsets))
        if np.array_equal(np.diff(inside.offsets), sizes) and np.array_equal(wanted, bounds):
            continue
        ours = np.split(bounds, np.cumsum(sizes)[:-1])
        theirs = np.split(wanted, inside.offsets[1:-1])
        for (begin, end), one, other in zip(runs.tolist(), ours, theirs, strict=True):
            if one.tolist() != other.tolist():
                counts["differ"] += 1
                print(f"differs: {texts.data[begin:end].tobytes().decode()!r} {one - begin} {other - begin}")
    print(", ".join(f"{name}: {count:,}" for name, count in counts.items()))
    kernel = times["kernel"] / max(1, counts["bounds"])
    icu = times["ICU"] / max(1, counts["bounds of different runs"])
    print(f"{counts['differ']} differ; kernel {1e9 * kernel:.0f} ns a boundary, ICU {1e9 * icu:.0f}")
    sys.exit(counts["differ"] > 0 or not counts["different runs"])


if __name__ == "__main__":
    main()
