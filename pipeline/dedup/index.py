"""Indexes: what later runs need of this one's documents, to find duplicates across crawls.

A folder with `index.json`, the declared parameters, and for each pool a list of its files, `<pool>.json`; an Arrow file
of entries, a row per cluster: the keeper's id, band keys, sketch and hashes, and how many documents it stands for;
and, where entries of earlier indexes were met again, one of updates: their ids and how many documents came to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...langid.errors import PolysiftError
from ..manifest import Json
from ..schema import HASHES, signature
from ..settings import minhash_options
from ..stage import Run
from ..storage import Folder, digest, file_digest

DECLARED = "index.json"
MERGED = "merged"  # in it: which indexes a merged one is made of
INDEX_FORMAT = 1
ROWS = 65_536  # of a record batch

UPDATES = pa.schema(
    [pa.field("id", pa.string(), nullable=False), pa.field("added", pa.int64(), nullable=False)]
)


def entries_schema(bands: int, rows: int) -> pa.Schema:
    """Schema of a pool's entries."""
    own = [
        pa.field("id", pa.string(), nullable=False),
        pa.field("documents", pa.int64(), nullable=False),
        pa.field("passes", pa.bool_(), nullable=False),  # the rules keep it; true where they were not asked
    ]
    return pa.schema([*own, *HASHES, *signature(bands, rows)])


def parameters(run: Run) -> dict[str, Json]:
    """What two runs must have in common for their signatures to be comparable."""
    return {
        "format": INDEX_FORMAT,
        **minhash_options(run)._asdict(),
        "normalise": run.config.dedup.normalise,
        "words": run.config.words,
        "scope": run.config.dedup.scope,
    }


class Earlier(NamedTuple):
    """One pool's entries in one earlier index.

    Attributes:
        folder: URL of the index.
        file: the entries.
        documents: how many.
        digest: of the entries and updates.
        updates: (folder, file) of updates to them, in this index and those read with it.
    """

    folder: str
    file: str
    documents: int
    digest: str
    updates: tuple[tuple[str, str], ...]

    def batches(
        self, numbers: NDArray[np.int64], columns: Sequence[str] | None = None
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Entries with these numbers (ascending), and the place of the first of them, a record batch at a time."""
        first = 0
        with Folder(self.folder).arrow(self.file, columns) as file:
            for index in range(file.num_record_batches):
                batch = file.get_batch(index)
                start, stop = np.searchsorted(numbers, [first, first + batch.num_rows]).tolist()
                if start < stop:
                    yield start, batch.take(pa.array(numbers[start:stop] - first))
                first += batch.num_rows

    def ids(self, numbers: NDArray[np.int64]) -> pa.Array:
        """Ids of the entries with these numbers, ascending."""
        found = [batch.column("id") for _, batch in self.batches(numbers, ["id"])]
        return pa.concat_arrays([pa.array([], pa.string()), *found])

    def sizes(self, batch: pa.RecordBatch) -> NDArray[np.int64]:
        sizes: NDArray[np.int64] = batch.column("documents").to_numpy().copy()
        for folder, name in self.updates:
            with Folder(folder).arrow(name) as file:
                updates = file.read_all()
            found = pc.index_in(updates.column("id").combine_chunks(), batch.column("id"))
            known = found.is_valid().to_numpy(zero_copy_only=False)
            np.add.at(sizes, found.drop_null().to_numpy(), updates.column("added").to_numpy()[known])
        return sizes


def earlier_indexes(run: Run, pool: str) -> tuple[Earlier, ...]:
    """What the indexes that a run reads hold for a pool.

    Raises:
        PolysiftError: for a folder that holds no index, and for one made with other parameters.
    """
    check_earlier(run)
    return entries_of(pool, run.config.dedup.index.read)


def check_earlier(run: Run) -> None:
    """Checks the indexes that a run reads.

    Raises:
        PolysiftError: for a folder that holds no index, one made with other parameters, the same one twice.
    """
    run.once("indexes", lambda: _check(run.config.dedup.index.read, parameters(run)))


def _check(urls: Sequence[str], expected: Mapping[str, Json]) -> None:
    seen: dict[str, str] = {}
    for url in urls:
        declared(url, expected)
        for name in identities(url):
            if name in seen:
                raise PolysiftError(
                    f"{url} holds the same entries as {seen[name]}, whose documents would count twice; give them "
                    f"once only"
                )
            seen[name] = url


def identities(url: str) -> list[str]:
    """What tells an index from others: a hash of its entries, or those of the indexes that it was merged of."""
    folder = Folder(url)
    merged = (folder.read_json(DECLARED) or {}).get(MERGED)
    entries = {pool: (folder.read_json(f"{pool}.json") or {})["digest"] for pool in _pools(folder)}
    return [*merged] if merged else [digest(repr(entries))] if entries else []


def _pools(folder: Folder) -> list[str]:
    names = {name[:-5] for name in folder.names() if name.endswith(".json")}
    return sorted(names - {DECLARED[:-5]})


def entries_of(pool: str, urls: Sequence[str]) -> tuple[Earlier, ...]:
    """What some indexes hold for a pool."""
    found = [(url, entry) for url in urls if (entry := Folder(url).read_json(f"{pool}.json"))]
    updates = tuple((url, entry["updates"]) for url, entry in found if entry["updates"])
    return tuple(
        Earlier(url, entry["file"], entry["documents"], entry["digest"], updates) for url, entry in found
    )


def declared(url: str, expected: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """The parameters that an index was made with; refused where they are other than expected."""
    made = Folder(url).read_json(DECLARED)
    if made is None:
        raise PolysiftError(
            f"dedup.index: {url} holds no {DECLARED}; give a folder that a run wrote as dedup.index.write"
        )
    wrong = [
        f"{key} {made.get(key)!r}, here {value!r}"
        for key, value in (expected or {}).items()
        if made.get(key) != value
    ]
    if wrong:
        raise PolysiftError(
            f"dedup.index: {url} was made with other parameters, so its signatures cannot be compared: "
            f"{'; '.join(wrong)}; set the same ones, or make the index anew with these"
        )
    return dict(made)


def write_batches(folder: Folder, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> int:
    """Writes an Arrow file whole; returns its rows."""
    rows = 0
    with folder.create(name) as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema))
            rows += batch.num_rows
    return rows


def merge(target: str, sources: Sequence[str]) -> dict[str, int]:
    """Makes one index of several; sizes take in the updates.

    Returns:
        entries by pool.

    Raises:
        PolysiftError: for indexes of different parameters, for the same one twice, for a target that has files.
    """
    made = {key: value for key, value in declared(sources[0]).items() if key != MERGED}
    _check(sources, made)
    folder = Folder(target)
    if folder.names():
        raise PolysiftError(f"{target} is not empty; give a new folder for the merged index")
    made[MERGED] = [name for url in sources for name in identities(url)]
    schema = entries_schema(made["bands"], made["rows"])
    found = {}
    for pool in sorted({pool for url in sources for pool in _pools(Folder(url))}):
        parts = entries_of(pool, sources)
        file = f"{pool}.arrow"
        found[pool] = write_batches(folder, file, schema, _updated(parts))
        entry = {"file": file, "documents": found[pool], "digest": file_digest(folder, file), "updates": None}
        folder.write_json(f"{pool}.json", entry)
    folder.write_json(DECLARED, made)
    return found


def _updated(parts: Sequence[Earlier]) -> Iterator[pa.RecordBatch]:
    for part in parts:
        for _, batch in part.batches(np.arange(part.documents)):
            place = batch.schema.get_field_index("documents")
            yield batch.set_column(place, batch.schema.field(place), pa.array(part.sizes(batch)))
