"""Packs FineWeb2's rehydration figures into one file for the tests (huggingface/fineweb-2, Apache-2.0).

python tools/make_rehydration_data.py CLONE/misc/rehydration tests/data/rehydration/published.parquet
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

CAPS = range(3, 11)


def row(label: str, folder: Path, sets: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """One language: its rates as exact counts (removed / judged * 100 gives each published rate, bit for bit)."""
    found = json.loads((folder / "distributions" / f"{label}.json").read_text())
    kept = [*found["cluster_post_filtering_doc_counts"], found["tail_post_filtering_doc_counts"]]
    rates = [*found["cluster_removal_rates"], found["tail_removal_rate"]]
    judged = [round(k / (1 - rate / 100)) if rate < 100 else 1 for k, rate in zip(kept, rates, strict=True)]
    assert [(n - k) / n * 100 for n, k in zip(judged, kept, strict=True)] == rates, label
    return {
        "language": label,
        "sizes": [*found["cluster_sizes"], found["tail_threshold"]],
        "kept": kept,
        "judged": judged,
        "global_rate": found["global_removal_rate"],
        **{f"starts_{cap}": list(map(int, sets[cap][label])) for cap in CAPS},
        **{f"weights_{cap}": list(sets[cap][label].values()) for cap in CAPS},
    }


def main(source: str, target: str) -> None:
    folder = Path(source)
    sets = {cap: json.loads((folder / "weights" / f"up_to_{cap:02d}_reps.json").read_text()) for cap in CAPS}
    labels = sorted(file.stem for file in (folder / "distributions").glob("*.json"))
    assert all(sorted(sets[cap]) == labels for cap in CAPS)
    schema = pa.schema(
        [
            ("language", pa.string()),
            ("sizes", pa.list_(pa.int32())),
            ("kept", pa.list_(pa.int32())),
            ("judged", pa.list_(pa.int32())),
            ("global_rate", pa.float64()),
            *((f"starts_{cap}", pa.list_(pa.int16())) for cap in CAPS),
            *((f"weights_{cap}", pa.list_(pa.int8())) for cap in CAPS),
        ]
    )
    table = pa.Table.from_pylist([row(label, folder, sets) for label in labels], schema)
    pq.write_table(table, target, compression="zstd", compression_level=22, use_dictionary=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
