"""What a stage is, and how one is brought up to date: plan, compare with the manifests, run what is missing."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from datatrove.data import DocumentsPipeline
from datatrove.pipeline.base import PipelineStep

from ..langid.errors import PolysiftError
from .config import Config
from .manifest import Json, Status, Unit, check, manifest_name
from .storage import Folder, naming_the_disk

T = TypeVar("T")
Progress = Callable[[int, int], None]  # documents and bytes done since the last call
Manifests = Mapping[str, Mapping[str, Json]]  # of a complete stage, by unit, in the order of its plan
Done = Mapping[str, Manifests]  # of the complete stages, by stage
PART_OF = {  # stages without a command of their own: the one that brings them up to date
    "bands": "dedup",
    "groups": "dedup",
    "components": "dedup",
    "sets": "dedup",
    "deal": "dedup",
    "links": "dedup",
    "blocks": "dedup",
    "lines": "decide",
    "boilerplate": "decide",
    "index": "decide",
}


def silent(documents: int, size: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Run:
    """A validated config and the folders it names; with what was looked up for it, once in each process."""

    config: Config
    _memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __reduce__(self) -> tuple[type[Run], tuple[Config]]:
        return Run, (self.config,)

    def once(self, name: str, look_up: Callable[[], T]) -> T:
        """What `look_up` gave at the first call under this name."""
        if name not in self._memo:
            self._memo[name] = look_up()
        found: T = self._memo[name]
        return found

    @property
    def work(self) -> Folder:
        return Folder(self.config.work_url)

    @property
    def output(self) -> Folder:
        return Folder(self.config.output)


class Stage(Protocol):
    """A stage of a run. Its only contract with the others is the files that its manifests name."""

    name: str
    units_per_task: int  # at most; 1 where a unit is as large as a task should be

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """All units of the stage, from the config and the manifests of the stages before."""

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        """Does one unit and returns its manifest: `files` and `dataset_files` it wrote, counts, digest."""


def status(run: Run, stage: Stage, done: Done) -> Status:
    """Plans a stage and compares the plan with what is there."""
    return check(run.work, run.output, stage.name, stage.plan(run, done))


def completed(run: Run, stages: Sequence[Stage]) -> dict[str, Manifests]:
    """The manifests of stages that must be complete.

    Raises:
        PolysiftError: when one is not up to date, saying why.
    """
    done: dict[str, Manifests] = {}
    for stage in stages:
        found = status(run, stage, done)
        if found.pending:
            unit, why = found.pending[0]
            raise PolysiftError(
                f"stage {stage.name} is not complete: {len(found.pending)} of "
                f"{len(found.done) + len(found.pending)} units are to do (first: {unit.name}{': ' if why else ''}"
                f"{why}); run `polysift {PART_OF.get(stage.name, stage.name)} CONFIG` or `polysift run CONFIG`"
            )
        done[stage.name] = found.done
    return done


class StageStep(PipelineStep):  # type: ignore[misc]
    """Tasks of a stage as a datatrove pipeline step, so that any datatrove executor can run them.

    Args:
        run: the run's config.
        stage: the stage.
        tasks: units of each task; task i is rank i.
    """

    type = "polysift"

    def __init__(self, run: Run, stage: Stage, tasks: Sequence[Sequence[Unit]]):
        super().__init__()
        self.name = stage.name
        self.job = run
        self.stage = stage
        self.tasks = [list(task) for task in tasks]

    def run(
        self, data: DocumentsPipeline = None, rank: int = 0, world_size: int = 1, progress: Progress = silent
    ) -> DocumentsPipeline:
        for unit in self.tasks[rank]:
            try:
                complete(self.job, self.stage, unit, progress)
            except Exception as error:
                leave_word(self.job, self.stage, unit, error)
                raise
        return data


def complete(run: Run, stage: Stage, unit: Unit, progress: Progress = silent) -> None:
    """Does one unit and commits its manifest, which is what makes it complete."""
    start = time.perf_counter()
    with naming_the_disk(f"{run.config.work_url} (stage {stage.name}, unit {unit.name})"):
        result = stage.work(run, unit, progress)
        _remove_former(run, stage, unit, result)
        manifest: dict[str, Any] = {
            "fingerprint": dict(unit.fingerprint),
            "seconds": round(time.perf_counter() - start, 3),
            **result,
        }
        run.work.write_json(manifest_name(stage.name, unit.name), manifest, indent=None)


def _remove_former(run: Run, stage: Stage, unit: Unit, result: Mapping[str, Json]) -> None:
    """Deletes files of a unit done before that it no longer has, such as a shard that is now one of fewer."""
    former = run.work.read_json(manifest_name(stage.name, unit.name)) or {}
    for folder, key in ((run.work, "files"), (run.output, "dataset_files")):
        for name in {*former.get(key, ())} - {*result.get(key, ())}:
            folder.remove(name)


def errors_folder(stage: Stage) -> str:
    """Where failing units of a stage leave word; emptied before the stage runs."""
    return f"logs/errors/{stage.name}"


def _error_name(stage: Stage, unit: Unit) -> str:
    return f"{errors_folder(stage)}/{unit.name}.json"


def leave_word(run: Run, stage: Stage, unit: Unit, error: Exception) -> None:
    """Writes why a unit failed where the process that planned it looks, whichever machine failed."""
    meant = isinstance(error, PolysiftError)
    word = str(error) if meant else "".join(traceback.format_exception(error))
    try:
        run.work.write_json(_error_name(stage, unit), {"meant_for_the_user": meant, "message": word})
    except (OSError, PolysiftError):  # such as a full disk: the executor still reports the exception itself
        return


def failure(run: Run, stage: Stage, units: Sequence[Unit]) -> PolysiftError:
    """The error to show for units that an executor left undone."""
    for unit in units:
        word = run.work.read_json(_error_name(stage, unit))
        if word:
            note = "" if word["meant_for_the_user"] else f"stage {stage.name}, unit {unit.name} failed:\n"
            return PolysiftError(note + word["message"])
    return PolysiftError(
        f"stage {stage.name}: {len(units)} units were not done and left no word (first: {units[0].name}): their "
        f"worker was killed, perhaps for lack of memory, or never started; see {run.work.url}/logs, then run the "
        f"same command again: what is finished is kept"
    )
