#!/usr/bin/env python3
"""JSON Lines as columns against line by line: the scan and the read of the same files, plain and compressed.

    python benchmarks/json_lines.py FOLDER_OF_PARQUET [--documents 40000]

Prints processor and elapsed seconds and MB of JSON per second of each, and fails where a row differs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.dataset as ds
import zstandard
from polysift.pipeline.readers import jsonl
from polysift.pipeline.readers.declared import declare
from polysift.pipeline.readers.files import Piece, list_inputs
from polysift.pipeline.readers.options import ReadOptions
from polysift.pipeline.readers.read import read

COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "jsonl": lambda data: data,
    "jsonl.gz": lambda data: gzip.compress(data, 6),
    "jsonl.zst": lambda data: zstandard.compress(data, 3),
}


def refuse(faults: Any) -> None:
    raise SystemExit(f"quarantined: {faults}")


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result, processor and elapsed seconds."""
    cpu, start = time.process_time(), time.perf_counter()
    return work(), time.process_time() - cpu, time.perf_counter() - start


def both(path: Path) -> Iterator[tuple[str, Any, float, float]]:
    """Scan and read of a file: step, result, processor and elapsed seconds."""
    piece, options = Piece(list_inputs([str(path)]).files[0]), ReadOptions()
    schema, *took = timed(lambda: jsonl.scan(piece, options))
    yield "scan", schema, *took
    declared = declare({piece.file.name: schema})
    batches, *took = timed(lambda: list(read(piece, declared, options, refuse)))
    yield "read", pa.Table.from_batches(batches), *took


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder")
    parser.add_argument("--documents", type=int, default=40_000)
    args = parser.parse_args()
    rows = ds.dataset(args.folder).to_table().to_pylist()
    rows = rows[:: max(1, len(rows) // args.documents)]
    print("| file | step | line by line, s (MB/s) | columns, s (MB/s) | ratio | of elapsed time |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for escaped in (False, True):
            data = "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows).encode()
            for extension, compress in COMPRESSED.items():
                path = Path(folder) / f"{'escaped' if escaped else 'utf8'}.{extension}"
                path.write_bytes(compress(data))
                list(both(path))  # kernels and file in memory
                columns = list(both(path))
                with patch.object(jsonl, "columns_of", lambda *_: None):
                    lines = list(both(path))
                for (step, slow, cpu, elapsed), (_, fast, fast_cpu, fast_elapsed) in zip(
                    lines, columns, strict=True
                ):
                    if slow != fast:
                        raise SystemExit(f"{path.name}: {step} differs")
                    mb = len(data) / 1e6
                    print(
                        f"| {path.name} | {step} | {cpu:.2f} ({mb / cpu:.0f}) | {fast_cpu:.2f} ({mb / fast_cpu:.0f}) | "
                        f"{cpu / fast_cpu:.1f}x | {elapsed / fast_elapsed:.1f}x |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
