"""Units of work, and the manifests that say which of them are complete.

A unit's manifest is written last, beside its output, and carries a fingerprint: all that the output depends on
(config keys, input files, digests of the files of the stage before, format version). A unit whose manifest is
there, whose fingerprint matches and whose files exist is never done again; anything else is, and says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .storage import Folder

CHANGES_SHOWN = 3
FORMAT = 4  # raised when what a stage writes changes, so that work of an older version is not reused

Json = Any


@dataclass(frozen=True)
class Unit:
    """The smallest piece of a stage's work that is committed whole.

    Attributes:
        name: file name stem of the manifest, unique in its stage.
        fingerprint: JSON values of everything the output depends on.
        payload: what `work` needs beyond the run's config; must pickle.
        cost: bytes to get through, for packing tasks and for the time left.
    """

    name: str
    fingerprint: Mapping[str, Json]
    payload: Any = None
    cost: int = 0


class Pending(NamedTuple):
    unit: Unit
    why: str


@dataclass(frozen=True)
class Status:
    """Which units of a stage are complete (with their manifests) and which are to do."""

    done: dict[str, dict[str, Json]]
    pending: tuple[Pending, ...]
    obsolete: tuple[str, ...] = field(default=())

    def reasons(self) -> Counter[str]:
        """Why units are to do, each reason with its number of units; those that are merely new left out."""
        return Counter(pending.why for pending in self.pending if pending.why)


def manifest_name(stage: str, unit: str) -> str:
    return f"{stage}/{unit}.json"


def check(work: Folder, output: Folder, stage: str, units: Sequence[Unit]) -> Status:
    """Compares the units a stage should have done with the manifests and files that are there."""
    names = set(work.names())
    manifests = {unit.name: work.read_json(manifest_name(stage, unit.name)) for unit in units}
    with_dataset = any(manifest and manifest.get("dataset_files") for manifest in manifests.values())
    present = {"files": names, "dataset_files": set(output.names()) if with_dataset else set()}
    done: dict[str, dict[str, Json]] = {}
    pending: list[Pending] = []
    for unit in units:
        manifest = manifests[unit.name]
        why = "" if manifest is None else _why_stale(manifest, unit, present)
        if manifest is not None and why is None:
            done[unit.name] = manifest
        else:
            pending.append(Pending(unit, why or ""))
    planned = {manifest_name(stage, unit.name) for unit in units}
    here = {name for name in names if name.startswith(f"{stage}/") and name.endswith(".json")}
    return Status(done, tuple(pending), tuple(sorted(here - planned)))


def _why_stale(manifest: Mapping[str, Json], unit: Unit, present: Mapping[str, set[str]]) -> str | None:
    """What makes a unit that was once done stale; None where it is complete."""
    changes = list(differences(manifest["fingerprint"], unit.fingerprint))
    missing = [
        f"{name} is gone"
        for kind, names in present.items()
        for name in manifest.get(kind, ())
        if name not in names
    ]
    shown = changes[:CHANGES_SHOWN] + (
        [f"and {more} more"] if (more := len(changes) - CHANGES_SHOWN) > 0 else []
    )
    return "; ".join(shown) or next(iter(missing), None)


def differences(old: Mapping[str, Json], new: Mapping[str, Json]) -> Iterable[str]:
    """What changed between two fingerprints, a phrase per key.

    >>> list(differences({"dedup.ngram": 5, "seed": 1}, {"dedup.ngram": 4, "seed": 1}))
    ['dedup.ngram changed from 5 to 4']
    """
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before != after:
            short = all(value is None or isinstance(value, (int, float, str)) for value in (before, after))
            yield (
                f"{key} changed from {before!r} to {after!r}"
                if short and not _is_digest(after)
                else f"{key} changed"
            )


def _is_digest(value: Json) -> bool:
    return isinstance(value, str) and len(value) == 32


def remove_obsolete(work: Folder, output: Folder, stage: str, status: Status) -> None:
    """Deletes the output of units that are no longer planned, such as slices of removed input files.

    A file that a planned unit owns as well stays.
    """
    kept = {name for manifest in status.done.values() for name in _files(manifest)}
    for name in status.obsolete:
        manifest = work.read_json(name) or {}
        for folder, key in ((work, "files"), (output, "dataset_files")):
            for file in manifest.get(key, ()):
                if file not in kept:
                    folder.remove(file)
                    folder.remove_empty(file.rpartition("/")[0])
        work.remove(name)


def _files(manifest: Mapping[str, Json]) -> list[str]:
    return [*manifest.get("files", ()), *manifest.get("dataset_files", ())]


def pack(units: Sequence[Unit], most: int, task_bytes: int = 64_000_000) -> list[list[Unit]]:
    """Consecutive units grouped into tasks; depends on the units alone, never on the number of workers.

    >>> [len(task) for task in pack([Unit(str(i), {}) for i in range(10)], most=8)]
    [8, 2]
    """
    tasks: list[list[Unit]] = []
    size = 0
    for unit in units:
        if not tasks or len(tasks[-1]) >= most or size + unit.cost > task_bytes:
            tasks.append([])
            size = 0
        tasks[-1].append(unit)
        size += unit.cost
    return tasks
