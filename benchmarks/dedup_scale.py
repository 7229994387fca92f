"""How deduplication grows: a language of any number of made-up signatures, from band keys to clusters.

    python benchmarks/dedup_scale.py --documents 1000000 10000000 --folder /tmp/scale

For each number of documents: annotations as the annotate stage leaves them (signatures only, no text), then the
stages bands, groups, components, sets and dedup as `polysift run` executes them. Prints a row of a table: seconds of
each stage, processor seconds of all (what counts on a machine that is busy with other things), most memory of all
processes together, most disk beside the annotations, clusters. Verification is by sketches (there is no text).
What a run that was stopped has left in the folder is not done again. `--tidy` deletes band keys once groups and
components have read them, which no run does, to measure on a smaller disk.

The documents: cluster sizes with a power-law tail, P(size) ~ size ** -2.2 up to a hundredth of all documents, as
crawls have; of a cluster's members some are copies, the others are similar to its first by 0.5 to 1. One page was
crawled by a bot a thousandth of all times; and one template connects a fiftieth of all documents in one band.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from polysift.langid.kernels import kernel
from polysift.pipeline import schema
from polysift.pipeline.config import Config
from polysift.pipeline.dedup.disk import BandsStage, ComponentsStage, GroupsStage, SetsStage
from polysift.pipeline.dedup.giant_stage import BlocksStage, DealStage, LinksStage
from polysift.pipeline.dedup.stage import DedupStage
from polysift.pipeline.executors import execute
from polysift.pipeline.manifest import pack
from polysift.pipeline.pool import WorkerPool
from polysift.pipeline.stage import Run, Stage, status
from polysift.pipeline.storage import Folder, file_digest

LABEL = "por_Latn"
BANDS, ROWS = 14, 8
BATCH = 200_000  # documents of a part
STAGES: tuple[Stage, ...] = (
    *(BandsStage(), GroupsStage(), ComponentsStage(), SetsStage()),
    *(DealStage(), LinksStage(), BlocksStage(), DedupStage()),
)


def cluster_of_each(documents: int, seed: int) -> NDArray[np.int64]:
    """The cluster of each document, shuffled; cluster 0 is the page crawled again and again."""
    generator = np.random.default_rng(seed)
    most = max(2, documents // 100)
    sizes = np.minimum(np.floor((1 - generator.random(documents)) ** (-1 / 1.2)), most).astype(np.int64)
    sizes[0] = max(2, documents // 1000)
    count = int(np.searchsorted(np.cumsum(sizes), documents)) + 1
    clusters = np.repeat(np.arange(count), sizes[:count])[:documents]
    return generator.permutation(clusters)


@kernel
def _mixed(value: np.uint64) -> np.uint64:
    """splitmix64: a hash of 64 bits."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@kernel
def sign(
    clusters: NDArray[np.int64], first: int, keys: NDArray[np.uint64], sketches: NDArray[np.uint8], texts: Any
) -> None:
    """Signatures of documents first.. : minima are those of the cluster, each kept with the member's similarity."""
    for i in range(len(clusters)):
        own, cluster = _mixed(np.uint64(first + i)), np.uint64(clusters[i])
        kind = own & np.uint64(15)
        copy = clusters[i] == 0 or kind < 6
        similar = 1.0 if copy else 0.5 + 0.5 * np.float64(own >> np.uint64(40)) / 2.0**24
        texts[i, 0] = _mixed(cluster ^ np.uint64(1 << 40)) if copy else own  # no other document's
        texts[i, 1] = _mixed(texts[i, 0])
        for band in range(keys.shape[1]):
            key = np.uint64(0)
            for row in range(ROWS):
                column = np.uint64(band * ROWS + row)
                random = _mixed(own ^ (column << np.uint64(50)))
                kept = copy or np.float64(random >> np.uint64(11)) / 2.0**53 < similar
                value = _mixed((cluster << np.uint64(8)) + column) if kept else _mixed(random)
                sketches[i, band * ROWS + row] = np.uint8(value & np.uint64(255))
                key = _mixed(key ^ value)
            keys[i, band] = key
        if texts[i, 0] % np.uint64(50) == np.uint64(7):  # copies have the same bands
            keys[i, 3] = np.uint64(42)  # the template


def make_annotations(work: Folder, documents: int, seed: int = 1) -> dict[str, dict[str, Any]]:
    """Parts of a language, and their manifests."""
    clusters = cluster_of_each(documents, seed).astype(np.uint32)
    columns = pa.schema(
        [
            pa.field("text", pa.string()),
            schema.LANGUAGE.field("language_score"),
            pa.field("n_chars", pa.int64()),
            *schema.HASHES,
            *schema.signature(BANDS, ROWS),
        ]
    )

    def part(first: int) -> tuple[str, dict[str, Any]]:
        chosen = clusters[first : first + BATCH].astype(np.int64)
        name, file = f"part-{first:012d}", f"annotations/part-{first:012d}.arrow"
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        if not work.exists(file):
            with work.create(file) as sink, pa.ipc.new_file(sink, columns, options=options) as writer:
                writer.write_batch(_batch(chosen, first, columns))
        counts = {
            "batches": [[0, len(chosen)]],
            "documents": len(chosen),
            "text_bytes": 0,
            "other_bytes": 0,
        }
        manifest = {"files": [file], "digest": file_digest(work, file), "languages": {LABEL: counts}}
        return name, manifest

    with ThreadPoolExecutor() as threads:
        return dict(threads.map(part, range(0, documents, BATCH)))


def _batch(clusters: NDArray[np.int64], first: int, columns: pa.Schema) -> pa.RecordBatch:
    count = len(clusters)
    keys = np.empty((count, BANDS), np.uint64)
    sketches = np.empty((count, BANDS * ROWS), np.uint8)
    texts = np.empty((count, 2), np.uint64)
    sign(clusters, first, keys, sketches, texts)

    def binary(array: NDArray[Any]) -> pa.Array:
        return pa.Array.from_buffers(
            pa.binary(array.nbytes // max(1, count)), count, [None, pa.py_buffer(array)]
        )

    arrays = [
        pa.nulls(count, pa.string()).fill_null(""),
        np.ones(count),
        np.full(count, 2000),
        binary(np.zeros_like(texts)),  # no text is too short to sign, so nothing looks at these
        binary(texts),
        binary(keys),
        binary(sketches),
    ]
    return pa.RecordBatch.from_arrays([pa.array(a) for a in arrays], schema=columns)


@dataclass
class Watched:
    """Bytes that processes have to themselves at most, and processor seconds of each."""

    memory: int = 0
    seconds: dict[int, float] = field(default_factory=dict)


@contextmanager
def watched() -> Iterator[Watched]:
    """Looks at this process and those it starts five times a second."""
    found, ended = Watched(), threading.Event()
    mine = psutil.Process()
    begun = sum(mine.cpu_times()[:2])

    def look() -> None:
        while not ended.wait(0.2):
            total = 0
            for process in [mine, *mine.children(recursive=True)]:
                try:
                    total += process.memory_full_info().uss
                    found.seconds[process.pid] = sum(process.cpu_times()[:2])
                except psutil.Error:
                    continue
            found.memory = max(found.memory, total)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()
        found.seconds[mine.pid] = sum(mine.cpu_times()[:2]) - begun


def measure(
    folder: Path, documents: int, memory: int, workers: int, verify: float | None, tidy: bool
) -> dict[str, Any]:
    """Seconds by stage, bytes of memory and disk, and what was found."""
    config = Config.model_validate(
        {
            "input": {"path": str(folder / "in")},
            "output": str(folder / "out"),
            "work": str(folder / "work"),
            "dedup": {"memory": memory, "verify": verify, "verify_exactly": False},
            "executor": {"workers": workers},
        }
    )
    run = Run(config)
    done: dict[str, Any] = {"scan": {}, "annotate": make_annotations(run.work, documents)}
    before = _disk(folder)
    result: dict[str, Any] = {"documents": documents}
    with watched() as seen, WorkerPool(workers) as pool:
        for stage in STAGES:
            start = time.perf_counter()
            units = [pending.unit for pending in status(run, stage, done).pending]
            if units:
                print(time.strftime("%H:%M:%S"), stage.name, len(units), "units", file=sys.stderr)
                execute(run, stage, pack(units, stage.units_per_task), pool)
            done[stage.name] = status(run, stage, done).done
            result[stage.name] = time.perf_counter() - start
            result["disk"] = max(result.get("disk", 0), _disk(folder) - before)
            for file in folder.glob("work/bands/*.bin") if tidy and stage.name == "components" else ():
                file.unlink()
    result |= {"memory": seen.memory, "processor": sum(seen.seconds.values())} | _clusters(folder)
    shutil.rmtree(folder)
    return result


def _clusters(folder: Path) -> dict[str, int]:
    """Documents removed, and the size of the largest cluster."""
    removed, largest = 0, 1
    for file in folder.glob("work/dedup/*.parquet"):
        if ".matches" not in file.name:
            rows = pq.read_table(file, columns=["keeper", "document", "minhash_cluster_size"])
            removed += int((rows["keeper"].to_numpy() != rows["document"].to_numpy()).sum())
            largest = max(largest, int(rows["minhash_cluster_size"].to_numpy().max(initial=1)))
    return {"removed": removed, "largest": largest}


def _disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--memory", type=int, default=1_000_000_000, help="dedup.memory")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--verify", type=float, default=0.7, help="0: off")
    parser.add_argument("--tidy", action="store_true", help="delete band keys once they were read")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/dedup_scale"))
    options = parser.parse_args()
    names = [stage.name for stage in STAGES]
    print(
        "| documents |",
        " | ".join(f"{name}, s" for name in names),
        "| all, s | processor, s | memory, GB | disk, GB | removed | largest |",
    )
    print("| ---: " * (len(names) + 7) + "|")
    for documents in options.documents:
        found = measure(
            options.folder, documents, options.memory, options.workers, options.verify or None, options.tidy
        )
        seconds = [found[name] for name in names]
        print(
            f"| {documents:,} |",
            " | ".join(f"{s:.1f}" for s in (*seconds, sum(seconds))),
            f"| {found['processor']:.0f} | {found['memory'] / 1e9:.2f} | {found['disk'] / 1e9:.2f} |",
            f"{found['removed'] / documents:.1%} | {found['largest']:,} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
