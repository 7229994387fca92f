"""Documents as deduplication sees them: arrays of what they are compared by and what decides which one is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...filters.language_config import LanguageConfig
from ...filters.measures import MEASURES
from ...filters.rules import first_reason
from ...langid.kernels import from_arrow
from ..corpus import fixed_binary
from ..schema import DOUBTS, PRECISION
from ..settings import minhash_options
from ..stage import Run
from .clusters import Signatures, exact_hashes
from .index import Earlier
from .keepers import LENGTH, PASSES, SCORE, VALUE, preference
from .xxhash_kernel import hash64

RULED = (*MEASURES, *PRECISION.names, *DOUBTS.names)  # columns that rules look at
NARROW = (
    *("numbers", "hashes", "signed", "exact", "n_chars", "score"),
    *("passes", "sizes", "lowest"),
)
WIDE = (*NARROW, "bands", "sketches")


class Rows(NamedTuple):
    """Some documents of a pool, one row each.

    Attributes:
        numbers: int64 (documents,), ascending: their numbers in the pool.
        bands: uint64 (documents, bands), or (documents, 0) where not asked for; anything where not signed.
        sketches: uint8 (documents, hashes), likewise.
        hashes: uint64 (documents, 2): equal where documents are exact duplicates; see `exact_hashes`.
        signed: bool (documents,), which have bands and a sketch, and take part.
        exact: bool (documents,), which have a text, and take part.
        n_chars: int64 (documents,).
        score: float64 (documents,), of the language.
        passes: bool (documents,), whether the rules keep it (for keep: best).
        sizes: int64 (documents,), how many documents each stands for.
        lowest: int64 (documents,), the lowest number among those.
        values: of the column that decides, for that policy: arrays one after the other.
    """

    numbers: NDArray[np.int64]
    bands: NDArray[np.uint64]
    sketches: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    signed: NDArray[np.bool_]
    exact: NDArray[np.bool_]
    n_chars: NDArray[np.int64]
    score: NDArray[np.float64]
    passes: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    lowest: NDArray[np.int64]
    values: list[pa.Array]

    @classmethod
    def empty(cls, numbers: NDArray[np.int64], bands: int, hashes: int) -> Rows:
        """Rows to be filled: documents that stand for themselves and take no part."""
        count = len(numbers)
        return cls(
            numbers,
            np.zeros((count, bands), np.uint64),
            np.zeros((count, hashes), np.uint8),
            np.zeros((count, 2), np.uint64),
            np.zeros(count, bool),
            np.zeros(count, bool),
            np.zeros(count, np.int64),
            np.zeros(count),
            np.zeros(count, bool),
            np.ones(count, np.int64),
            numbers.copy(),
            [],
        )

    @classmethod
    def of(cls, tables: Sequence[pa.RecordBatch | pa.Table]) -> Rows:
        """What `table` gave, one after the other."""
        tables = [table for table in tables if table.num_rows]
        if not tables:
            return cls.empty(np.empty(0, np.int64), 0, 0)
        names = tables[0].schema.names
        count = sum(table.num_rows for table in tables)
        columns = {
            name: np.concatenate([_array(table, name) for table in tables])
            if name in names
            else np.empty((count, 0), np.uint8)
            for name in WIDE
        }
        values = [_chunk(table, VALUE) for table in tables] if VALUE in names else []
        return cls(**columns, values=values)

    def table(self, chosen: NDArray[Any], wide: bool = True) -> pa.Table:
        """Some rows as a table, with or without their signatures.

        Args:
            chosen: bool (documents,), or int64, ascending.
        """
        columns = {
            name: _arrow(np.ascontiguousarray(getattr(self, name)[chosen]))
            for name in (WIDE if wide else NARROW)
        }
        if self.values:
            values = _one_array([*self.values, self._no_values()], pa.null())
            columns[VALUE] = (
                values.filter(pa.array(chosen)) if chosen.dtype == bool else values.take(pa.array(chosen))
            )
        return pa.table(columns)

    def _no_values(self) -> pa.Array:
        """Those of earlier documents, which come last."""
        return pa.nulls(len(self.numbers) - sum(map(len, self.values)))

    @property
    def signatures(self) -> Signatures:
        return Signatures(self.bands, self.sketches, self.hashes, self.signed, self.exact)

    def order(self, run: Run, documents: int) -> NDArray[np.int64]:
        """Rows by preference; those of earlier indexes (from number `documents` on) ahead of this run's, or after."""
        keep, count = run.config.dedup.keep, len(self.numbers)
        before = int(np.searchsorted(self.numbers, documents))
        columns = {LENGTH: self.n_chars, SCORE: self.score, PASSES: self.passes}
        mine: dict[str, Any] = {name: column[:before] for name, column in columns.items()}
        if keep.column is not None:
            mine[VALUE] = _one_array(self.values, pa.string()).slice(0, before)
        order = preference(keep, mine, before)
        earlier = np.arange(before, count)
        if run.config.dedup.index.drop not in ("new", "all"):
            return np.concatenate([order, earlier])
        if keep.policy != "best" or run.config.dedup.index.drop == "all":
            return np.concatenate([earlier, order])
        # A good document of this run wins over an earlier one that the rules removed: a cluster survives if any of
        # its members is good.
        good, good_before = self.passes[order], self.passes[earlier]
        return np.concatenate([earlier[good_before], order[good], earlier[~good_before], order[~good]])

    def gathered(self, heads: NDArray[np.int64]) -> Rows:
        """The same rows; those that others have for their head stand for them, too."""
        sizes, lowest = np.zeros_like(self.sizes), self.lowest.copy()
        np.add.at(sizes, heads, self.sizes)
        np.minimum.at(lowest, heads, self.lowest)
        return self._replace(sizes=sizes, lowest=lowest)

    def fill(
        self,
        run: Run,
        config: LanguageConfig,
        start: int,
        batch: pa.RecordBatch,
        value_column: str | None,
        scope_column: str | None,
    ) -> None:
        """Writes the rows of a batch of one language, from row `start` on."""
        rows = slice(start, start + batch.num_rows)
        self.score[rows] = batch.column("language_score").to_numpy()
        self.n_chars[rows] = batch.column("n_chars").fill_null(0).to_numpy()
        least = config.language_score_min
        takes_part = np.ones(batch.num_rows, bool) if least is None else self.score[rows] >= least
        self.signed[rows] = takes_part & _given(batch.column("minhash_bands"))
        self.exact[rows] = takes_part & (self.n_chars[rows] > 0)
        self._fill_signatures(rows, batch)
        if scope_column is not None:
            self._keep_apart(rows, _column(batch, scope_column))
        if run.config.dedup.keep.policy == "best":
            self.passes[rows] = passes_rules(batch, config)
        if value_column is not None:
            self.values.append(_column(batch, value_column))

    def fill_earlier(self, run: Run, earlier: Earlier, start: int, numbers: NDArray[np.int64]) -> None:
        """Writes the entries of an index with these numbers (ascending), from row `start` on."""
        for place, batch in earlier.batches(numbers):
            rows = slice(start + place, start + place + batch.num_rows)
            self.signed[rows] = _given(batch.column("minhash_bands"))
            self.exact[rows] = True
            self.passes[rows] = batch.column("passes").to_numpy(zero_copy_only=False)
            # Where earlier documents are only reported, clusters are counted without them.
            self.sizes[rows] = 0 if run.config.dedup.index.drop == "report" else earlier.sizes(batch)
            self._fill_signatures(rows, batch)

    def _fill_signatures(self, rows: slice, batch: pa.RecordBatch) -> None:
        self.bands[rows] = fixed_binary(batch.column("minhash_bands")).view("<u8")
        self.sketches[rows] = fixed_binary(batch.column("minhash_sketch"))
        text, simplified = (
            fixed_binary(batch.column(name)).view("<u8") for name in ("text_hash", "simplified_hash")
        )
        self.hashes[rows] = exact_hashes(text, simplified, self.signed[rows])

    def _keep_apart(self, rows: slice, values: pa.Array) -> None:
        """Makes keys and hashes differ wherever the values do."""
        hashes = hash64(from_arrow(values.cast(pa.string()).fill_null("")))
        salt = np.where(_given(values), hashes, np.uint64(0))
        for column in (self.bands, self.hashes):
            column[rows] ^= salt[:, None]


def empty_rows(run: Run, numbers: NDArray[np.int64]) -> Rows:
    """Rows to be filled, as wide as the run's signatures."""
    options = minhash_options(run)
    return Rows.empty(numbers, options.bands, options.bands * options.rows)


def passes_rules(batch: pa.RecordBatch, config: LanguageConfig) -> NDArray[np.bool_]:
    """Which documents no rule removes."""
    columns = {name: batch.column(name).fill_null(0).to_numpy() for name in RULED}
    return np.asarray(first_reason(columns, config) < 0)


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column of the input, which some parts may not have."""
    return batch.column(name) if name in batch.schema.names else pa.nulls(batch.num_rows)


def _given(column: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False))


def _one_array(values: list[pa.Array], without: pa.DataType) -> pa.Array:
    """All values; of type `without` where no document has one."""
    typed = next((one.type for one in values if not pa.types.is_null(one.type)), without)
    return pa.chunked_array([one.cast(typed) for one in values], typed).combine_chunks()


def _arrow(array: NDArray[Any]) -> pa.Array:
    """One column; rows of several values as their bytes."""
    if array.ndim == 1:
        return pa.array(array)
    width = array.dtype.itemsize * array.shape[1]
    return pa.Array.from_buffers(pa.binary(width), len(array), [None, pa.py_buffer(array)])


def _chunk(table: pa.RecordBatch | pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _array(table: pa.RecordBatch | pa.Table, name: str) -> NDArray[Any]:
    column = _chunk(table, name)
    if not pa.types.is_fixed_size_binary(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False))
    return fixed_binary(column).view(np.uint8 if name == "sketches" else "<u8")
