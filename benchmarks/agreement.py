"""Whether polysift and the recipe decided alike: outcomes, reasons, cluster sizes, bands of the signatures."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
from numpy.typing import NDArray
from polysift.filters.rules import DUPLICATE, FINEWEB2_REASONS

KEPT = "kept"
OURS = ["id", "language", "language_script", "minhash_cluster_size"]
ROWS, BANDS = 8, 14
# A record of datatrove's signature files: the minima of one band, and the number of the document in its task.
RECORD = np.dtype([("minima", "<u8", (ROWS,)), ("document", "<u4")])


class Agreement(NamedTuple):
    """How far two sides agree on one language.

    Attributes:
        language: label.
        documents: that both sides decided.
        same_kept: share of documents that both keep or both remove.
        same_reason: share with the same outcome and reason, of those that neither side calls a duplicate: which
            document of a cluster stays depends in datatrove on the order of its unions.
        same_size: share with the same minhash_cluster_size, of those that the recipe attaches one to: datatrove's
            filter passes the documents of a task that has nothing to remove on without their sizes.
    """

    language: str
    documents: int
    same_kept: float
    same_reason: float
    same_size: float


class Bands(NamedTuple):
    """How many bands of signatures were compared, and how many of them are equal."""

    compared: int
    equal: int


def agreement(recipe: Path, dataset: Path) -> list[Agreement]:
    """Compares decisions, by the recipe's language."""
    ours = dict(_our_outcomes(dataset))
    rows: dict[str, list[tuple[bool | None, ...]]] = defaultdict(list)
    for row in pq.read_table(recipe / "decisions.parquet").to_pylist():
        outcome, size = ours.get(row["id"], ("missing", 1))
        both = (row["outcome"], outcome)
        kept = (both[0] == KEPT) == (both[1] == KEPT)
        duplicate = FINEWEB2_REASONS[DUPLICATE] in both
        theirs = row["minhash_cluster_size"]
        same_size = None if theirs is None else theirs == size
        rows[row["language"]].append((kept, None if duplicate else both[0] == both[1], same_size))
    return [_share(language, found) for language, found in sorted(rows.items())]


def _share(language: str, rows: list[tuple[bool | None, ...]]) -> Agreement:
    columns = ([same for same in column if same is not None] for column in zip(*rows, strict=True))
    return Agreement(language, len(rows), *(float(np.mean(column or [True])) for column in columns))


def _our_outcomes(dataset: Path) -> Iterator[tuple[str, tuple[str, int]]]:
    for kind, columns in (("data", OURS), ("removed", [*OURS, "reason"])):
        for path in sorted(dataset.glob(f"{kind}/*/*.parquet")):
            for row in pq.ParquetFile(path).read(columns=columns).to_pylist():
                reason = row.get("reason", KEPT)
                yield row["id"], (FINEWEB2_REASONS.get(reason, reason), row["minhash_cluster_size"])


def same_bands(recipe: Path, work: Path) -> Bands:
    """Compares every band of every signature that the recipe made."""
    ours = _our_bands(work)
    compared = equal = 0
    for base in sorted((recipe / "languages").iterdir()):
        for scored in sorted((base / "scored").glob("*.jsonl.gz")):
            ids, rank = list(_ids(scored)), scored.name.partition(".")[0]
            for band in range(BANDS):
                file = base / "signatures" / f"bucket_{band:03d}" / f"{rank}.minhash.sig"
                for record in np.fromfile(file, RECORD) if file.exists() else ():
                    key = xxhash.xxh3_64_intdigest(record["minima"].tobytes())
                    own = ours.get(ids[record["document"]])
                    compared += 1
                    equal += own is not None and int(own[band]) == key
    return Bands(compared, equal)


def _ids(scored: Path) -> Iterator[str]:
    with gzip.open(scored, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["id"]


def _our_bands(work: Path) -> dict[str, NDArray[np.uint64]]:
    """The band keys of each document that has a signature, by id."""
    found: dict[str, Any] = {}
    for path in sorted((work / "annotations").glob("*.arrow")):
        with pa.ipc.open_file(pa.memory_map(str(path))) as part:
            for index in range(part.num_record_batches):
                batch = part.get_batch(index)
                ids, bands = (batch.column(name).to_pylist() for name in ("id", "minhash_bands"))
                found |= {id: np.frombuffer(keys, "<u8") for id, keys in zip(ids, bands, strict=True) if keys}
    return found
