"""Draws how many documents are in clusters of each size, from a dataset, as SVG.

python tools/draw_clusters.py DATASET > docs/pictures/dedup-cluster-sizes.svg
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

WIDTH, HEIGHT, LEFT, BELOW, BAR = 640, 260, 60, 40, 34


def sizes_of(dataset: Path) -> NDArray[np.int64]:
    """minhash_cluster_size of every document that took part in deduplication."""
    found = [np.empty(0, np.int64)]
    for file in sorted(dataset.glob("*/*/*.parquet")):
        if file.parts[-3] in ("data", "removed"):
            found.append(pq.read_table(file, columns=["minhash_cluster_size"]).column(0).to_numpy())
    return np.concatenate(found)


def bins(sizes: NDArray[np.int64]) -> list[tuple[str, int]]:
    """Documents by size of their cluster: 1, 2, 3, 4, then by powers of two."""
    most = int(sizes.max(initial=1))
    edges = [1, 2, 3, 4, 5]
    while edges[-1] <= most:
        edges.append(2 * (edges[-1] - 1) + 1)
    counts = np.histogram(sizes, edges)[0].tolist()
    names = [f"{a}" if b - a == 1 else f"{a}-{b - 1}" for a, b in pairwise(edges)]
    return list(zip(names, counts, strict=True))


def svg(found: list[tuple[str, int]]) -> Iterator[str]:
    """Bars on a logarithmic scale, each with its count."""
    top = max(np.log10(max(count, 1)) for _, count in found) or 1.0
    width = max(WIDTH, LEFT + (BAR + 10) * len(found) + 20)
    font = 'font-family="sans-serif" font-size="11"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" {font}>'
    yield f'<rect width="{width}" height="{HEIGHT}" fill="white"/>'
    yield f'<text x="{LEFT}" y="16">documents (log scale) by the size of their cluster</text>'
    floor = HEIGHT - BELOW
    for index, (name, count) in enumerate(found):
        x, height = LEFT + index * (BAR + 10), (np.log10(max(count, 1)) + 0.05) / (top + 0.05) * (floor - 45)
        yield f'<rect x="{x}" y="{floor - height:.1f}" width="{BAR}" height="{height:.1f}" fill="#4878a8"/>'
        yield f'<text x="{x + BAR / 2}" y="{floor - height - 4:.1f}" text-anchor="middle">{count:,}</text>'
        yield f'<text x="{x + BAR / 2}" y="{floor + 15}" text-anchor="middle">{name}</text>'
    yield f'<text x="{LEFT}" y="{HEIGHT - 6}">minhash_cluster_size</text></svg>'


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("dataset", type=Path)
    sys.stdout.write("\n".join(svg(bins(sizes_of(parser.parse_args().dataset)))) + "\n")


if __name__ == "__main__":
    main()
