"""Executors by name: this machine's processes, or datatrove's for clusters, each imported when used."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import metadata
from pathlib import Path

from ..langid.errors import PolysiftError
from .config import Executor
from .manifest import Unit, manifest_name
from .pool import WorkerPool
from .stage import Progress, Run, Stage, StageStep, silent

SQUEUE_FAILURES = 30  # in a row: a minute without the controller


def execute(
    run: Run, stage: Stage, tasks: Sequence[Sequence[Unit]], pool: WorkerPool, progress: Progress = silent
) -> None:
    """Runs a stage's tasks on the configured executor and returns when none is under way any more.

    Args:
        pool: processes of this machine, for `executor.kind: local`.

    Raises:
        PolysiftError: what the first failing unit said; units done by then stay done.
    """
    settings = run.config.executor
    step = StageStep(run, stage, tasks)
    if settings.kind == "local":
        pool.run(partial(_run_task, step), len(tasks), stage.name, progress)
        return
    from loguru import logger

    logs = f"{run.work.url}/logs/{stage.name}"
    logger.disable("datatrove")  # its launch messages; those of its tasks are in the log folder
    with reporting_manifests(run, stage, tasks, progress):
        REMOTE[settings.kind](step, settings, logs)


def _run_task(step: StageStep, rank: int, progress: Progress) -> None:
    step.run(None, rank, len(step.tasks), progress)


@contextmanager
def reporting_manifests(
    run: Run, stage: Stage, tasks: Sequence[Sequence[Unit]], progress: Progress, seconds: float = 5.0
) -> Iterator[None]:
    """Reports units as done when their manifests appear: all that is seen of tasks on other machines."""
    waiting = {manifest_name(stage.name, unit.name): unit for task in tasks for unit in task}
    stale = {name: run.work.read_json(name) for name in waiting.keys() & set(run.work.names(stage.name))}
    ended = threading.Event()

    def look() -> None:
        for name in waiting.keys() & set(run.work.names(stage.name)):
            manifest = run.work.read_json(name)
            if manifest and manifest != stale.get(name):
                progress(manifest.get("documents", 0), waiting.pop(name).cost)

    def watch() -> None:
        while not ended.wait(seconds):
            look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    look()


def _slurm(step: StageStep, settings: Executor, logs: str) -> None:
    from datatrove.executor.slurm import SlurmPipelineExecutor

    options = settings.slurm
    executor = SlurmPipelineExecutor(
        [step],
        tasks=len(step.tasks),
        time=options.time,
        partition=options.partition,
        cpus_per_task=options.cpus_per_task,
        mem_per_cpu_gb=options.mem_per_cpu_gb,
        workers=settings.workers or -1,
        job_name=f"polysift-{step.name}",
        env_command=options.env_command or f'export PATH="{_programs()}:$PATH"',
        sbatch_args=options.sbatch_args,
        logging_dir=_fresh(logs),
        skip_completed=False,
        requeue_signals=None,
    )
    try:
        executor.run()
    except (OSError, subprocess.CalledProcessError) as error:
        raise PolysiftError(
            f"executor.kind: slurm: sbatch does not take the job ({error}); run polysift where `sinfo` answers, and "
            f"check executor.slurm (partition {options.partition!r}, time {options.time!r}, sbatch_args)"
        ) from None
    try:
        _wait_for_slurm(executor.job_id)
    except KeyboardInterrupt:
        subprocess.run(["scancel", executor.job_id], check=False)
        raise


def _programs() -> str:
    """Folders of the running Python and of datatrove's launcher, which may be installed for several environments."""
    files = metadata.files("datatrove") or []
    launcher = next((file for file in files if file.stem == "launch_pickled_pipeline"), None)
    folders = [
        Path(sys.executable).parent,
        *([Path(str(launcher.locate())).resolve().parent] if launcher else []),
    ]
    return ":".join(map(str, dict.fromkeys(folders)))


def _wait_for_slurm(job: str, seconds: float = 2.0) -> None:
    """Waits until no task of the job array is queued or running."""
    failures = 0
    while True:
        found = subprocess.run(
            ["squeue", "--noheader", "--jobs", job, "--format", "%T"],
            capture_output=True,
            text=True,
            check=False,
        )
        unknown = "Invalid job id" in found.stderr  # ended, and already forgotten by the controller
        if unknown or (found.returncode == 0 and not found.stdout.strip()):
            return
        failures = failures + 1 if found.returncode else 0
        if failures > SQUEUE_FAILURES:
            raise PolysiftError(
                f"executor.kind: slurm: squeue no longer answers for job {job}: {found.stderr.strip()}"
            )
        time.sleep(seconds)


def _ray(step: StageStep, settings: Executor, logs: str) -> None:
    try:
        import ray
        from datatrove.executor.ray import RayPipelineExecutor
    except ImportError:
        raise PolysiftError("executor.kind: ray needs Ray: pip install 'polysift[ray]'") from None
    if not ray.is_initialized():
        ray.init(address=settings.ray.address, log_to_driver=False)
    RayPipelineExecutor(
        [step],
        tasks=len(step.tasks),
        workers=settings.workers or -1,
        cpus_per_task=settings.ray.cpus_per_task,
        mem_per_cpu_gb=settings.ray.mem_per_cpu_gb,
        logging_dir=_fresh(logs),
        skip_completed=False,
    ).run()


def _fresh(logs: str) -> str:
    """A log folder of its own for each launch: datatrove's executors keep their state in it."""
    return f"{logs}/{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}"


REMOTE: dict[str, Callable[[StageStep, Executor, str], None]] = {"slurm": _slurm, "ray": _ray}
