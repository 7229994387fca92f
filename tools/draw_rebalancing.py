"""Draws the pictures of docs/rebalancing.md from the published figures in tests/data/rehydration.

python tools/draw_rebalancing.py docs/pictures
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from polysift.pipeline.rebalance.distribution import Distribution
from polysift.pipeline.rebalance.picture import removal_picture, sizes_picture
from polysift.pipeline.rebalance.repeats import weights_of

DATA = Path(__file__).resolve().parents[1] / "tests" / "data" / "rehydration" / "published.parquet"


def published(label: str) -> Distribution:
    row = next(row for row in pq.read_table(DATA).to_pylist() if row["language"] == label)
    kept, judged = np.array(row["kept"], np.int64), np.array(row["judged"], np.int64)
    rates = (judged - kept) / judged * 100
    return Distribution(np.array(row["sizes"], np.int64), rates, kept, judged, row["global_rate"])


def main(folder: str) -> None:
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    large, small = published("por_Latn"), published("mhr_Cyrl")
    pictures = {
        "cluster-sizes.svg": sizes_picture(
            large, "Cluster sizes: Portuguese in FineWeb2 (published figures)"
        ),
        "removal-rate.svg": removal_picture(
            large,
            [("weights, up to 10 (right)", weights_of(large, 10))],
            "Removal rate and weights: Portuguese in FineWeb2 (published)",
        ),
        "smoothing.svg": removal_picture(
            small,
            [("published weights", weights_of(small, 10)), ("smoothed", weights_of(small, 10, smooth=True))],
            "A small language: Meadow Mari in FineWeb2 (published rates)",
        ),
    }
    for name, content in pictures.items():
        (out / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
