"""Brings the stages of a run up to date, one after the other, and balances the books at the end."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from ..langid.errors import PolysiftError
from .checks import DATASET, check, claim
from .dedup.index import check_earlier
from .executors import execute
from .manifest import Status, pack, remove_obsolete
from .pool import WorkerPool
from .progress import shown
from .stage import Done, Manifests, Run, Stage, errors_folder, failure, status
from .stages import STAGES
from .storage import Folder, naming_the_disk
from .warm import WarmUp, warm_up

REASONS_SHOWN = 5
WITH_KERNELS = ("annotate", "export")  # stages that handle text
# What --restart removes of the work folder; whatever else a user keeps there stays.
WORK = (*(stage.name for stage in STAGES), "annotations", "quarantine", "decisions", "logs")


def bring_up_to_date(run: Run, stages: tuple[Stage, ...], console: Console, restart: bool = False) -> Done:
    """Runs what is missing or stale of the given stages (a prefix of STAGES), and says what and why.

    Returns:
        the manifests of each stage.

    Raises:
        PolysiftError: when a stage cannot be completed; what is finished stays finished.
    """
    check(run.config)
    check_earlier(run)
    with naming_the_disk(run.config.work_url):
        run.output.check_writable("output")
        run.work.check_writable("work")
    with locked(run):
        if any(stage.name == "export" for stage in stages):
            claim(run.output)
        if restart:
            _restart(run)
        index = run.config.dedup.index.write
        for folder in (run.work, run.output, *([Folder(index)] if index else [])):
            folder.clean()
        done: dict[str, Manifests] = {}
        with WorkerPool(run.config.executor.tasks_at_a_time) as pool:
            for stage in stages:
                done[stage.name] = _complete(run, stage, done, pool, console)
    return done


def _load_kernels(run: Run, pool: WorkerPool, console: Console) -> WarmUp:
    """Loads or compiles the kernels before there is work for them; says what a cold start took."""
    shared = run.config.executor.kind == "local" and pool.workers > 1
    took = pool.warm() if shared else warm_up(run.config.language_id.uses_model)
    if took.compiled:
        console.print(
            f"kernels   {took.seconds:6.1f} s  {took.compiled} compiled for this processor; kept for the next run",
            highlight=False,
        )
    return took


def _complete(run: Run, stage: Stage, done: Done, pool: WorkerPool, console: Console) -> Manifests:
    found = status(run, stage, done)
    remove_obsolete(run.work, run.output, stage.name, found)
    _announce(stage, found, console)
    if not found.pending:
        return found.done
    units = [pending.unit for pending in found.pending]
    run.work.remove(errors_folder(stage))
    tasks = pack(units, stage.units_per_task)
    local = run.config.executor.kind == "local"
    if stage.name in WITH_KERNELS or (local and pool.is_used(len(tasks))):
        run.once("kernels", lambda: _load_kernels(run, pool, console))
    with shown(console, stage.name, sum(unit.cost for unit in units)) as progress:
        execute(run, stage, tasks, pool, progress)
    found = status(run, stage, done)
    if found.pending:
        raise failure(run, stage, [pending.unit for pending in found.pending])
    return found.done


def _announce(stage: Stage, found: Status, console: Console) -> None:
    """Says what of a stage is reused and why the rest is not; nothing on a first run."""
    if found.done and not found.pending:
        console.print(f"{stage.name:<9} up to date", highlight=False)
    reasons = found.reasons().most_common()
    if len(reasons) > REASONS_SHOWN:
        reasons = [
            *reasons[:REASONS_SHOWN],
            ("other reasons", sum(count for _, count in reasons[REASONS_SHOWN:])),
        ]
    for why, count in reasons:
        console.print(f"{stage.name:<9} stale: {count} of {len(found.done) + len(found.pending)} units: {why}",
                      highlight=False, soft_wrap=True)  # fmt: skip


def _restart(run: Run) -> None:
    for folder, names in ((run.work, WORK), (run.output, DATASET)):
        for name in names:
            folder.remove(name)


@contextmanager
def locked(run: Run) -> Iterator[None]:
    """Holds the work folder against a second run, where it is local; a killed run's lock is gone with it."""
    if not run.work.is_local:
        yield
        return
    folder = Path(run.work.path())
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PolysiftError(
                f"another run is at work in {run.work.url}; wait for it, or give this one its own `work` folder"
            ) from None
        yield
