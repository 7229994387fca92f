"""lines, boilerplate: which lines more than `dedup.lines.more_than` documents of a site have; none where that is off.

`lines` reads the texts of a part, of each cluster of duplicates one (else all lines of a page that was crawled again
and again would be boilerplate), and writes the keys of their lines, dealt out by key range; `boilerplate` counts the
keys of a range over all parts. Export measures each document by them, and leaves such lines out where it is told to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...langid.kernels import from_arrow
from .. import corpus
from ..corpus import Parts
from ..manifest import FORMAT, Json, Unit
from ..stage import Done, Progress, Run
from ..storage import Folder, file_digest
from .lines import are_among, distinct_keys, frequent, line_keys, site_seeds
from .partition import deal, read_array, write_arrays
from .results import Found, found_by_language, keepers_among

RANGES = 256  # of keys; a unit of boilerplate takes as many of them as fit in memory
BYTES_PER_KEY = 32


class Stretch(NamedTuple):
    """Documents of one language in one part.

    Attributes:
        batches: (index, rows) of their record batches.
        first: number in the pool of the first of them.
        clusters: files of the pool's clusters; none for a language that is not deduplicated.
    """

    batches: tuple[tuple[int, int], ...]
    first: int
    clusters: tuple[str, ...]


class LinesStage:
    name = "lines"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per part of the annotations."""
        if run.config.dedup.lines.more_than is None:
            return []
        clusters = found_by_language(run, done)
        stretches = _stretches_by_file(corpus.by_language(done["annotate"]), clusters)
        return [
            Unit(
                name,
                {
                    "format": FORMAT,
                    "annotations": manifest["digest"],
                    "clusters": {
                        label: list(clusters[label].digests)
                        for label in manifest["languages"]
                        if label in clusters
                    },
                },
                (manifest["files"][0], stretches.get(manifest["files"][0], ())),
                sum(of["text_bytes"] for of in manifest["languages"].values()),
            )
            for name, manifest in done["annotate"].items()
        ]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        part, stretches = unit.payload
        found: list[NDArray[np.uint64]] = [np.empty(0, np.uint64)]
        with run.work.arrow(part, ["text", "url"]) as file:
            for stretch in stretches:
                count = sum(rows for _, rows in stretch.batches)
                stay = keepers_among(run.work, stretch.clusters, stretch.first, count)
                for index, rows in stretch.batches:
                    batch = file.get_batch(index)
                    found.append(distinct_keys(*_keys(batch.filter(pa.array(stay[:rows])))))
                    stay = stay[rows:]
                    progress(rows, batch.column("text").nbytes)
        keys = np.concatenate(found)
        rows, starts = deal(keys, RANGES)
        name = f"lines/{unit.name}.bin"
        with run.work.create(name) as sink:
            write_arrays(sink, starts, keys[rows])
        return {"files": [name], "digest": file_digest(run.work, name), "keys": np.diff(starts).tolist()}


def _stretches_by_file(
    languages: Mapping[str, Parts], clusters: Mapping[str, Found]
) -> dict[str, list[Stretch]]:
    stretches: dict[str, list[Stretch]] = {}
    for label, parts in languages.items():
        of = clusters.get(label)
        first, files = (of.start, of.files) if of else (0, ())
        for part in parts:
            stretches.setdefault(part.file, []).append(Stretch(part.batches, first, files))
            first += part.documents
    return stretches


def _keys(batch: pa.RecordBatch) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    return line_keys(*from_arrow(batch.column("text")), site_seeds(batch.column("url")))


class BoilerplateStage:
    name = "boilerplate"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit per stretch of key ranges that fits in memory."""
        more_than = run.config.dedup.lines.more_than
        if more_than is None or not done["lines"]:
            return []
        manifests = list(done["lines"].values())
        sizes = np.sum([manifest["keys"] for manifest in manifests], axis=0).tolist()
        common = {
            "format": FORMAT,
            "dedup.lines.more_than": more_than,
            "lines": [manifest["digest"] for manifest in manifests],
        }
        files = [manifest["files"][0] for manifest in manifests]
        return [
            Unit(
                f"range-{start:03d}",
                {**common, "ranges": [start, stop]},
                (files, start, stop),
                sum(sizes[start:stop]),
            )
            for start, stop in _stretches(sizes, run.config.dedup.memory // BYTES_PER_KEY)
        ]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        files, start, stop = unit.payload
        keys = np.concatenate([_read(run.work, name, start, stop) for name in files])
        found = frequent(keys, run.config.dedup.lines.more_than or 0)
        name = f"boilerplate/{unit.name}.bin"
        with run.work.create(name) as sink:
            write_arrays(sink, [len(found)], found)
        progress(0, unit.cost)
        return {"files": [name], "digest": file_digest(run.work, name), "lines": len(found)}


def _stretches(sizes: list[int], most: int) -> list[tuple[int, int]]:
    """Consecutive ranges of at most so many keys; one alone where it has more.

    >>> _stretches([4, 4, 9, 1], 8)
    [(0, 2), (2, 3), (3, 4)]
    """
    found, start, held = [], 0, 0
    for index, size in enumerate(sizes):
        if index > start and held + size > most:
            found.append((start, index))
            start, held = index, 0
        held += size
    return [*found, (start, len(sizes))]


def _read(work: Folder, name: str, start: int, stop: int) -> NDArray[np.uint64]:
    with work.fs.open(work.path(name), "rb") as file:
        starts = read_array(file, 0, RANGES + 1, "<i8")
        count = int(starts[stop] - starts[start])
        return read_array(file, 8 * (RANGES + 1) + 8 * int(starts[start]), count, "<u8")


class Boilerplate:
    """The lines that too many documents of a site have.

    Args:
        work: the work folder.
        files: what the boilerplate stage wrote.
    """

    def __init__(self, work: Folder, files: tuple[str, ...]) -> None:
        sets = [np.empty(0, np.uint64)]
        for name in files:
            with work.fs.open(work.path(name), "rb") as file:
                sets.append(read_array(file, 8, int(read_array(file, 0, 1, "<i8")[0]), "<u8"))
        self.keys = np.sort(np.concatenate(sets))

    def measure(self, texts: pa.Array, urls: pa.Array) -> Measured:
        """Which lines of each document are boilerplate."""
        keys, starts = line_keys(*from_arrow(texts), site_seeds(urls))
        return Measured(texts.to_pylist(), are_among(keys, self.keys), starts)


class Measured(NamedTuple):
    """Lines of documents.

    Attributes:
        texts: the documents.
        found: bool (lines,), whether each is boilerplate.
        starts: int64 (documents + 1,), where the lines of each begin.
    """

    texts: list[str]
    found: NDArray[np.bool_]
    starts: NDArray[np.int64]

    def columns(self) -> tuple[pa.Array, pa.Array]:
        """Lines and characters of boilerplate, int64 (documents,); line breaks do not count."""
        lines = [int(self.found[a:b].sum()) for a, b in zip(self.starts[:-1], self.starts[1:], strict=True)]
        chars = [
            sum(len(line) for line, found in self._lines(i) if found) if lines[i] else 0
            for i in range(len(self.texts))
        ]
        return pa.array(lines, pa.int64()), pa.array(chars, pa.int64())

    def cleaned(self) -> pa.Array:
        """The texts without these lines; one that has no others stays as it is."""
        kept = (
            "\n".join(line for line, found in self._lines(i) if not found) for i in range(len(self.texts))
        )
        pairs = zip(kept, self.texts, strict=True)
        return pa.array((rest if rest.strip() else text for rest, text in pairs), pa.string())

    def _lines(self, document: int) -> zip[tuple[str, bool]]:
        found = self.found[self.starts[document] : self.starts[document + 1]].tolist()
        return zip(self.texts[document].split("\n"), found, strict=True)
