"""How time, memory and disk grow with the input: 1, 4 and 16 times the documents, one worker and several.

    python benchmarks/scaling.py --input ../shared/data/dev

Takes 1/16, 1/4 and all of the documents (folders of Parquet with id, text, lang), evenly spaced, and prints for each
run seconds, microseconds per document, memory of the largest process and of all, bytes on disk per document of work
folder and dataset, and how the time compares with that of the smallest input.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from measured import Took, measured

FACTORS = (1, 4, 16)
ROWS = 2_000  # of a row group: what an input is cut into


def write_input(table: pa.Table, factor: int, target: Path) -> int:
    """Every (16 / factor)-th document as a Parquet file; returns their number."""
    chosen = table.take(pa.array(range(0, len(table), FACTORS[-1] // factor)))
    target.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(chosen, target, row_group_size=ROWS)
    return len(chosen)


def run(folder: Path, source: Path, workers: int) -> Took:
    config: dict[str, Any] = {
        "input": {"path": str(source), "slice_bytes": "8 MB"},
        "output": "dataset",
        "work": "work",
        "language_id": {"model": "column:lang"},
        "executor": {"workers": workers},
    }
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "run.yml").write_text(yaml.safe_dump(config))
    polysift = str(Path(sys.executable).with_name("polysift"))
    return measured([polysift, "run", str(folder / "run.yml")], str(folder / "run.log"))


def disk_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", type=Path, required=True, help="folder of Parquet with id, text, lang")
    parser.add_argument("--workers", type=int, nargs="+", default=sorted({1, os.cpu_count() or 1}))
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    paths = sorted(arguments.input.glob("**/*.parquet"))
    table = pa.concat_tables([pq.read_table(path, columns=["id", "text", "lang"]) for path in paths])
    rows: list[dict[str, Any]] = []
    heads = ("workers", "documents", "seconds", "times the first", "us/document", "worker MB", "all MB")
    print("".join(f"{head:>16}" for head in (*heads, "work B/doc", "dataset B/doc")))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        sources = {factor: folder / f"{factor}x.parquet" for factor in FACTORS}
        counts = {factor: write_input(table, factor, source) for factor, source in sources.items()}
        run(folder / "warm", sources[1], 1)  # leaves the kernels' machine code in its cache
        for workers in arguments.workers:
            first = 0.0
            for factor, source in sources.items():
                took, documents = run(folder / "run", source, workers), counts[factor]
                first = first or took.seconds
                row = {
                    "workers": workers,
                    "documents": documents,
                    "seconds": took.seconds,
                    "times_the_first": took.seconds / first,
                    "microseconds_per_document": took.seconds / documents * 1e6,
                    "worker_megabytes": took.worker_bytes / 1e6,
                    "all_megabytes": took.peak_bytes / 1e6,
                    "work_bytes_per_document": disk_bytes(folder / "run" / "work") / documents,
                    "dataset_bytes_per_document": disk_bytes(folder / "run" / "dataset") / documents,
                }
                rows.append(row)
                print("".join(f"{value:>16,.1f}" for value in row.values()))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
