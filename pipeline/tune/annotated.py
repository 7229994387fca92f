"""A finished `annotate` seen by tune: columns and sampled texts of each language, and what it was made with."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...filters.measures import MEASURES
from ...langid.errors import PolysiftError, did_you_mean
from .. import corpus
from ..config_file import load
from ..corpus import Parts
from ..schema import DOUBTS, PRECISION
from ..settings import wanted
from ..splits import content_hashes
from ..stage import Manifests, Run, completed
from ..stages import up_to

SETTINGS = ("words", "format")
"""Keys of the fingerprint that must be equal for measures to be comparable."""

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Annotated:
    """The annotations of one run.

    Attributes:
        name: as the user gave the run's config.
        run: the run.
        languages: the parts of each language that the run wants.
        manifests: of annotate's units.
    """

    name: str
    run: Run
    languages: dict[str, Parts]
    manifests: Manifests

    @classmethod
    def open(cls, path: Path | str, settings: Sequence[str] = ()) -> Annotated:
        """The annotations of a run's config.

        Raises:
            PolysiftError: where they are missing or were made with other settings, saying which.
        """
        run = Run(load(path, settings))
        try:
            done = completed(run, up_to("annotate"))
        except PolysiftError as error:
            raise PolysiftError(f"{path}: {error}") from None
        languages = corpus.by_language(done["annotate"])
        asked = {label: parts for label, parts in languages.items() if wanted(run, label)}
        return cls(str(path), run, asked, done["annotate"])

    def documents(self, label: str) -> int:
        return corpus.documents(self.languages.get(label, ()))

    def columns(self, label: str) -> dict[str, NDArray[Any]]:
        """Score and every measure of a language's documents: arrays of shape (documents,)."""
        return corpus.numbers(
            self.run.work,
            self.languages[label],
            ["language_score", *MEASURES, *PRECISION.names, *DOUBTS.names],
        )

    def check_column(self, option: str, name: str) -> None:
        """Raises PolysiftError where the annotations have no such column."""
        part = next(iter(self.languages.values()))[0]
        with self.run.work.arrow(part.file) as file:
            known = file.schema.names
        if name not in known:
            raise PolysiftError(f"{option} {name}: {self.name} has no such column{did_you_mean(name, known)}")

    def values(self, label: str, column: str, rows: NDArray[np.int64]) -> list[Any]:
        """One column of some documents, in the order of `rows`."""
        found = corpus.take(self.run.work, self.languages[label], column, np.unique(rows))
        return [found[row] for row in rows.tolist()]

    def sample(self, label: str, most: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Numbers of at most that many documents: those whose texts have the least hashes, whatever their order.

        Args:
            label: the language.
            most: documents wanted.
            among: bool (documents,), which of them may be taken; None: all.
        """
        allowed = np.arange(self.documents(label)) if among is None else np.flatnonzero(among)
        if len(allowed) <= most:
            return allowed
        hashes = content_hashes(self.run.work, self.languages[label])
        order = np.argsort(hashes[allowed], kind="stable")
        return np.sort(allowed[order[:most]])

    def settings(self) -> dict[str, Any]:
        """What the measures were made with."""
        first = next(iter(self.manifests.values()))["fingerprint"]
        return {key: first[key] for key in (*SETTINGS, "language_id.model", "language_id.model file")}

    def date(self) -> str:
        """The day the annotations were finished (UTC), or that of SOURCE_DATE_EPOCH: no clock is read, so that the
        same annotations give the same bytes. Empty where the file system keeps no time.
        """
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        times = [float(epoch)] if epoch else list(self._times())
        return datetime.datetime.fromtimestamp(max(times), datetime.UTC).date().isoformat() if times else ""

    def _times(self) -> Iterator[float]:
        for unit in self.manifests:
            found = self.run.work.fs.info(self.run.work.path(f"annotate/{unit}.json")).get("mtime")
            if isinstance(found, int | float):
                yield float(found)


def check_alike(first: Annotated, second: Annotated) -> None:
    """Raises PolysiftError where two runs measure differently, naming the settings."""
    ours, theirs = first.settings(), second.settings()
    different = [
        f"{key}: {ours[key]!r} against {theirs[key]!r}" for key in SETTINGS if ours[key] != theirs[key]
    ]
    if different:
        raise PolysiftError(
            f"tune: {first.name} and {second.name} were annotated with other settings: {'; '.join(different)}; "
            f"annotate both alike, or carry thresholds over with --transfer-from"
        )
