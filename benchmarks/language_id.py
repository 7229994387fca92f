"""Language identification: the engine beside the fasttext package, in one process and one thread, on the same texts.

    python benchmarks/language_id.py speed --data ../shared/data
    python benchmarks/language_id.py speed --data ../shared/data --large       # also a model of GlotLID's shape: 2 GB
    python benchmarks/language_id.py equality --data ../shared/data            # every document
    python benchmarks/language_id.py memory --data ../shared/data --workers 2
    python benchmarks/language_id.py sample --data ../shared/data              # sample_bytes: speed and accuracy
    python benchmarks/language_id.py pipe --data ../shared/data                # polysift identify, lines in and out

Both sides answer with all labels that score 0.009 or more. Rounds of both alternate, and times are medians of
processor seconds, since the processor's caches are shared with whatever else runs. The package is called at its
C++ object, without the checks and copies of its Python layer. The exit status is 1 when a target is missed.
`language_id_accuracy.py` measures accuracy.
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

import argparse
import csv
import math
import multiprocessing
import random
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from fasttext.FastText import _FastText
from polysift.langid.engine import Engine
from polysift.langid.identify import load_model
from polysift.langid.kernels import from_arrow
from polysift.langid.labels import canonical
from polysift.langid.models import MODELS
from polysift.langid.sample import sample

LEAST = 0.009
BATCH = 1000
FEW = 200  # texts of a round for the package
TARGETS = {"lid.176.ftz": 20.0, "large": 5.0}
EQUAL_MIN, DIFFERENCE_MAX = 0.9999, 1e-4
PIPE_MIN = 10.0  # MB/s
SETS = {"web": "web", "dev": "dev", "lid_train": "lid_train", "lid_eval": "lid_eval"}
# The shape of GlotLID v3, which has 634,361 words (and half as many buckets), but for its numbers, which are drawn.
LARGE = {"labels": 2000, "dim": 256, "bucket": 2_000_000, "words": 634_361, "minn": 2, "maxn": 5}


def main() -> int:
    arguments = parse()
    run = {"speed": speed, "equality": equality, "memory": memory, "sample": sampled, "pipe": pipe}[
        arguments.what
    ]
    return run(arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["speed", "equality", "memory", "sample", "pipe"])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with web/, dev/, lid_train/, lid_eval/"
    )
    parser.add_argument("--model", type=Path, default=MODELS["lid176"], help="fastText model (lid.176.ftz)")
    parser.add_argument("--documents", type=int, default=4000, help="of each set, for speed (4000)")
    parser.add_argument("--rounds", type=int, default=5, help="for speed (5)")
    parser.add_argument(
        "--large", action="store_true", help="also a drawn model of 2,000 labels, 256 dimensions"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes, for memory (2)")
    return parser.parse_args()


def texts_of(folder: Path) -> Iterator[pa.Array]:
    """The column `text` of the Parquet files, batch by batch."""
    for path in sorted(folder.glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(BATCH, columns=["text"]):
            yield batch.column("text")


def lines_of(texts: pa.Array) -> list[str]:
    """Texts as the package is given them: a line each."""
    return [text.replace("\n", " ") + "\n" for text in texts.to_pylist()]


# Speed


def speed(arguments: argparse.Namespace) -> int:
    print(
        "| model | texts | bytes each | package, docs/s | engine, docs/s | package, MB/s | engine, MB/s | times |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    sets = {name: first(arguments.data / name, arguments.documents) for name in ("web", "dev")}
    sets["web, four of a language joined"] = joined(arguments.data / "web", arguments.documents)
    sets["dev, as many of a language as in FineWeb2"] = in_proportion(arguments.data, arguments.documents)
    ratios = [
        race("lid.176.ftz", arguments.model, name, texts, arguments.rounds) for name, texts in sets.items()
    ]
    missed = max(ratios) < TARGETS["lid.176.ftz"]
    if arguments.large:
        with tempfile.TemporaryDirectory() as folder:
            path = large_model(Path(folder) / "large.bin", other_texts(arguments.data, sets.values()))
            few = {name: texts[: max(1, arguments.documents // 4)] for name, texts in sets.items()}
            ratios = [race("large", path, name, texts, arguments.rounds) for name, texts in few.items()]
            missed |= max(ratios) < TARGETS["large"]
    return int(missed)


def first(folder: Path, count: int) -> pa.Array:
    """Documents from the start of each file of a folder."""
    files = sorted(folder.glob("*.parquet"))
    tables = [pq.read_table(path, columns=["text"])["text"].combine_chunks() for path in files]
    share = count // len(tables) + 1
    return pa.concat_arrays([chunk for table in tables for chunk in pa.chunked_array(table[:share]).chunks])


def joined(folder: Path, count: int) -> pa.Array:
    """Documents of about 4 kB: excerpts of one language, four at a time."""
    table = pq.read_table(folder, columns=["text", "lang"])
    excerpts: dict[str, list[str]] = {}
    for text, lang in zip(table["text"].to_pylist(), table["lang"].to_pylist(), strict=True):
        excerpts.setdefault(lang, []).append(text)
    texts = [
        "\n".join(found[i : i + 4])
        for i in range(0, 200, 4)
        for found in excerpts.values()
        if found[i : i + 4]
    ]
    return pa.array(texts[: count // 2])


def in_proportion(data: Path, count: int) -> pa.Array:
    """Documents of `dev`, languages as often as FineWeb2 has documents of them (as far as there are), in any order."""
    with (data.parent / "fineweb2" / "language-distribution.csv").open() as file:
        train = [row for row in csv.DictReader(file) if row["split"] == "train"]
    known = [row for row in train if not row["subset"].endswith("_removed")]
    documents = {canonical(row["subset"]): int(row["documents"]) for row in known}
    table = pq.read_table(data / "dev", columns=["text", "lang"])
    texts: dict[str, list[str]] = {}
    for text, lang in zip(table["text"].to_pylist(), table["lang"].to_pylist(), strict=True):
        texts.setdefault(canonical(lang), []).append(text)
    chosen = [
        text
        for label, found in sorted(texts.items())
        for text in found[: round(count * documents.get(label, 0) / sum(documents.values()))]
    ]
    random.Random(0).shuffle(chosen)
    return pa.array(chosen)


def race(model: str, path: Path, name: str, texts: pa.Array, rounds: int) -> float:
    """Prints a row of the table; how many times as fast the engine is. Each round has texts of its own."""
    engine, package = Engine(path), _FastText(str(path)).f
    rates: dict[str, list[tuple[float, float]]] = {"package": [], "engine": []}
    for number in range(rounds + 1):
        fresh = texts.take(pa.array(range(number, len(texts), rounds + 1)))
        few = fresh.take(pa.array(range(0, len(fresh), max(1, len(fresh) // FEW))))
        lines = lines_of(few)
        batches = [from_arrow(fresh[i : i + BATCH]) for i in range(0, len(fresh), BATCH)]
        sides: dict[str, tuple[pa.Array, Callable[[], Any]]] = {
            "package": (
                few,
                lambda lines=lines: [package.predict(line, -1, LEAST, "strict") for line in lines],
            ),
            "engine": (fresh, lambda batches=batches: [engine.predict(batch, LEAST) for batch in batches]),
        }
        for side, (taken, work) in sides.items():
            start = time.process_time()
            work()
            seconds = time.process_time() - start
            if number:  # the first round warms up
                rates[side].append((len(taken) / seconds, size(taken) / seconds))
    middle = [
        [statistics.median(of) for of in zip(*rates[side], strict=True)] for side in ("package", "engine")
    ]
    ratio = middle[1][1] / middle[0][1]
    print(
        f"| {model} | {name} | {size(texts) / len(texts):,.0f} | {middle[0][0]:,.0f} | {middle[1][0]:,.0f} "
        f"| {middle[0][1] / 1e6:.1f} | {middle[1][1] / 1e6:.1f} | {ratio:.1f} |",
        flush=True,
    )
    return ratio


def size(texts: pa.Array) -> int:
    """Bytes of UTF-8."""
    strings = from_arrow(texts)
    return int(strings.offsets[-1] - strings.offsets[0])


def other_texts(data: Path, measured: Iterable[pa.Array]) -> Iterator[str]:
    """Texts but those that are measured, and all of `web`: a dictionary is not made of what it will meet."""
    left_out = {text for texts in measured for text in texts.to_pylist()}
    for name in ("dev", "lid_train", "lid_eval"):
        for texts in texts_of(data / name):
            yield from (text for text in texts.to_pylist() if text not in left_out)


def large_model(path: Path, texts: Iterable[str]) -> Path:
    """Writes a softmax model of the texts' most frequent words, and of drawn numbers."""
    counts = Counter(word for text in texts for word in text.split())
    words = [word.encode() for word, _ in counts.most_common(LARGE["words"]) if "\0" not in word]
    labels = [f"__label__{i:04}".encode() for i in range(LARGE["labels"])]
    rng, dim = np.random.default_rng(0), LARGE["dim"]
    with path.open("wb") as file:
        file.write(struct.pack("<2i", 793712314, 12))
        shape = LARGE["bucket"], LARGE["minn"], LARGE["maxn"]
        file.write(struct.pack("<12id", dim, 5, 5, 1, 5, 1, 3, 3, *shape, 100, 1e-4))
        file.write(struct.pack("<3i2q", len(words) + len(labels), len(words), len(labels), 10**6, -1))
        for kind, names in enumerate((words, labels)):
            file.writelines(name + b"\0" + struct.pack("<qb", 10, kind) for name in names)
        for rows, spread in ((len(words) + LARGE["bucket"], 1.0), (len(labels), 0.5)):
            file.write(struct.pack("<?2q", False, rows, dim))
            for start in range(0, rows, 1 << 16):
                block = rng.standard_normal((min(1 << 16, rows - start), dim), np.float32)
                file.write((block * np.float32(spread)).tobytes())
    return path


# Equality


def equality(arguments: argparse.Namespace) -> int:
    engine, package = Engine(arguments.model), _FastText(str(arguments.model)).f
    print("| texts | documents | same best label | largest difference of scores |")
    print("| --- | --- | --- | --- |")
    missed = False
    for name, folder in SETS.items():
        documents, same, largest = 0, 0, 0.0
        for texts in texts_of(arguments.data / folder):
            found = engine.predict(from_arrow(texts), LEAST)
            for row, line in enumerate(lines_of(texts)):
                expected = package.predict(line, -1, LEAST, "strict") or package.predict(
                    line, 1, 0.0, "strict"
                )
                mine = slice(found.offsets[row], found.offsets[row + 1])
                names = [engine.labels[label] for label in found.labels[mine]]
                scores = dict(zip(names, found.scores[mine].tolist(), strict=True))
                documents += 1
                same += [label for _, label in expected][:1] == names[:1]
                # A score at the threshold may be on either side of it.
                largest = max(
                    [largest, *(abs(score - scores.get(label, LEAST)) for score, label in expected)]
                )
        missed |= same < EQUAL_MIN * documents or largest > DIFFERENCE_MAX
        print(f"| {name} | {documents:,} | {same / documents:.4%} | {largest:.1e} |", flush=True)
    return int(missed)


# Memory


def memory(arguments: argparse.Namespace) -> int:
    """What each of some processes with the same model holds for itself, and what they share.

    They are forked from a server that has loaded the kernels, as the workers of a run are.
    """
    multiprocessing.set_forkserver_preload(["polysift.pipeline.identifying_worker"])
    print("| side | processes | RSS each, MB | PSS together, MB | of it, by the model and its work |")
    print("| --- | --- | --- | --- | --- |")
    for side in ("engine", "package"):
        idle = measured(arguments, side, loaded=False)
        busy = measured(arguments, side, loaded=True)
        each = statistics.mean(rss for rss, _ in busy) / 1e6
        together = sum(pss for _, pss in busy) / 1e6
        before = sum(pss for _, pss in idle) / 1e6
        print(
            f"| {side} | {arguments.workers} | {each:,.0f} | {together:,.0f} | {together - before:,.0f} |",
            flush=True,
        )
    return 0


def measured(arguments: argparse.Namespace, side: str, loaded: bool) -> list[tuple[int, int]]:
    """RSS and PSS of processes that have identified some documents, or only imported what they need."""
    context = multiprocessing.get_context("forkserver")
    ready, done = context.Queue(), context.Event()
    job = side, arguments.model, arguments.data, loaded, ready, done
    workers = [context.Process(target=hold, args=job) for _ in range(arguments.workers)]
    for worker in workers:
        worker.start()
    for _ in workers:
        ready.get()
    found = [psutil.Process(worker.pid).memory_full_info() for worker in workers]
    done.set()
    for worker in workers:
        worker.join()
    return [(info.rss, info.pss) for info in found]


def hold(side: str, model: Path, data: Path, loaded: bool, ready: Any, done: Any) -> None:
    texts = first(data / "web", BATCH)
    kept = None
    if loaded and side == "engine":
        kept = Engine(model)
        kept.predict(from_arrow(texts), LEAST)
    elif loaded:
        kept = _FastText(str(model))
        for line in lines_of(texts):
            kept.f.predict(line, -1, LEAST, "strict")
    ready.put(kept is not None)
    done.wait()


# sample_bytes


def sampled(arguments: argparse.Namespace) -> int:
    """Speed, agreement with the whole text, and accuracy, by how much of each document is read."""
    table = pq.read_table(arguments.data / "dev", columns=["text", "lang"])
    table = table.take(np.arange(0, len(table), max(1, len(table) // (4 * arguments.documents))))
    texts = table["text"].combine_chunks()
    texts = texts.chunk(0) if isinstance(texts, pa.ChunkedArray) else texts
    gold = [canonical(lang) for lang in table["lang"].to_pylist()]
    model = load_model("lid176")
    whole = model.identify(texts).label_names()
    print("| sample_bytes | bytes read | MB/s of documents | same label as the whole | right |")
    print("| --- | --- | --- | --- | --- |")
    for most in (None, 4096, 2048, 1024, 512, 256):
        reader = load_model("lid176", most)
        seconds = []
        for _ in range(3):
            start = time.process_time()
            names = reader.identify(texts).label_names()
            seconds.append(time.process_time() - start)
        strings = from_arrow(texts)
        share = 1.0 if most is None else np.diff(sample(strings, most).offsets).sum() / size(texts)
        same = np.mean([a == b for a, b in zip(names, whole, strict=True)])
        right = np.mean([a == b for a, b in zip(names, gold, strict=True)])
        rate = size(texts) / statistics.median(seconds) / 1e6
        print(f"| {most or 'all'} | {share:.0%} | {rate:.0f} | {same:.2%} | {right:.2%} |", flush=True)
    return 0


# The pipe


def pipe(arguments: argparse.Namespace) -> int:
    """`polysift identify --tsv` on the lines of a set: by the clock, and of its processor seconds without its start."""
    print("| lines of | MB | lines | MB/s by the clock | MB/s of processor time |")
    print("| --- | --- | --- | --- | --- |")
    command = [sys.executable, "-c", "from polysift.pipeline.cli import main; main()", "identify", "--tsv"]
    least = math.inf
    for name in ("web", "lid_eval"):
        lines = [
            line
            for texts in texts_of(arguments.data / name)
            for text in texts.to_pylist()
            for line in text.split("\n")
        ]
        data = ("\n".join(lines) + "\n").encode()
        start = min(timed(command, b"bom dia\n") for _ in range(3))
        clock, processor = min(timed(command, data) for _ in range(3))
        least = min(least, len(data) / 1e6 / clock)
        print(
            f"| {name} | {len(data) / 1e6:.1f} | {len(lines):,} | {len(data) / 1e6 / clock:.1f} "
            f"| {len(data) / 1e6 / (processor - start[1]):.1f} |",
            flush=True,
        )
    return int(least < PIPE_MIN)


def timed(command: list[str], data: bytes) -> tuple[float, float]:
    """Seconds of a command that reads these bytes: by the clock, and of the processor."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, input=data, stdout=subprocess.DEVNULL, check=True)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return end - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
