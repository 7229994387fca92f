"""plan: what a run would do and about what it would take, from the listing of the input; nothing is run."""

from __future__ import annotations

from dataclasses import dataclass

from .manifest import Unit, pack
from .readers.files import InputFile
from .scan import listing, slices
from .settings import held_bytes
from .stage import Manifests, Run, Stage, status
from .stages import STAGES, asked_for

# Rates of one worker in bytes of text per second and factors of text size, measured on documents of 2 kB in twelve
# languages (`stages` of summary.json); orders of magnitude, for planning only.
BYTES_PER_SECOND = {
    "scan": 200e6,
    "annotate": 15e6,
    "lines": 50e6,
    "boilerplate": 100e6,
    "bands": 20e6,
    "groups": 100e6,
    "components": 500e6,
    "sets": 20e6,
    "deal": 20e6,
    "links": 100e6,
    "blocks": 50e6,
    "dedup": 20e6,
    "index": 50e6,
    "decide": 30e6,
    "weights": 1e9,
    "export": 30e6,
    "tokens": 2e6,
    "mixture": 1e9,
    "scatter": 50e6,
    "shuffle": 50e6,
    "card": 1e9,
}
DISK_FACTOR = {
    **dict.fromkeys(("scan", "components", "index", "weights", "tokens", "mixture", "card"), 0.0),
    # Of what they have to do, if any.
    **dict.fromkeys(("lines", "boilerplate", "bands", "groups", "sets", "deal", "links", "blocks"), 0.05),
    "annotate": 0.75,
    **dict.fromkeys(("export", "scatter", "shuffle"), 0.65),
    **dict.fromkeys(("dedup", "decide"), 0.01),
}
COMPRESSED_TEXT = 3.0  # bytes of text in a byte of a compressed file
WORKER_BYTES = 400e6  # interpreter, libraries and model


@dataclass(frozen=True)
class StageEstimate:
    """What a stage would take. Units, pending and tasks are None where an earlier stage must run to know.

    Attributes:
        input_bytes: bytes of text that it would get through.
        seconds: elapsed time on the configured executor.
        memory_bytes: of one worker.
        disk_bytes: that it would add.
        notes: what the user should know.
    """

    stage: str
    units: int | None
    pending: int | None
    tasks: int | None
    input_bytes: float
    seconds: float
    memory_bytes: float
    disk_bytes: float
    notes: tuple[str, ...] = ()


def estimate(run: Run) -> list[StageEstimate]:
    """One estimate per stage, of what is still to do."""
    done: dict[str, Manifests] = {}
    estimates: list[StageEstimate] = []
    known = True
    for stage in [stage for stage in STAGES if asked_for(run, stage)]:
        found = _planned(run, stage, done) if known else None
        estimates.append(_estimate(run, stage, found))
        known = found is not None and not found[1]
    return estimates


def _planned(run: Run, stage: Stage, done: dict[str, Manifests]) -> tuple[int, list[Unit]]:
    """Number of units and those to do; completes `done` where none is."""
    found = status(run, stage, done)
    if not found.pending:
        done[stage.name] = found.done
    return len(found.done) + len(found.pending), [pending.unit for pending in found.pending]


def _estimate(run: Run, stage: Stage, found: tuple[int, list[Unit]] | None) -> StageEstimate:
    total = sum(map(text_bytes, listing(run).files))
    share = 1.0 if found is None else _share(found[1], found[0], stage, run)
    at_a_time = run.config.executor.tasks_at_a_time
    tasks = None if found is None else len(pack(found[1], stage.units_per_task))
    parallel = min(at_a_time, tasks) if tasks else at_a_time
    settings = run.config.export
    buffers = {
        "annotate": 4 * held_bytes(run),
        "dedup": min(total / 10, run.config.dedup.memory),
        "export": 3 * settings.row_group_bytes,
        "scatter": 3 * settings.shard_bytes,
        "shuffle": 3 * settings.shard_bytes,
    }
    units = pending = None if found is None else found[0]
    if found is not None:
        pending = len(found[1])
    elif stage.name == "annotate":  # its units are the slices, known before anything is scanned
        units = pending = tasks = len(slices(run))
    return StageEstimate(
        stage.name,
        units,
        pending,
        tasks,
        total * share,
        total * share / BYTES_PER_SECOND[stage.name] / parallel,
        WORKER_BYTES + min(buffers.get(stage.name, 0), 3 * total),
        total * share * DISK_FACTOR[stage.name],
        _notes(run) if stage.name == "scan" else (),
    )


def _share(pending: list[Unit], count: int, stage: Stage, run: Run) -> float:
    if stage.name in ("scan", "annotate"):
        total = sum(one.cost for one in slices(run))
        return sum(unit.cost for unit in pending) / max(total, 1)
    return len(pending) / max(count, 1)


def text_bytes(file: InputFile) -> float:
    """Bytes of text in an input file, about."""
    packed = file.format in ("parquet",) or file.url.endswith((".gz", ".zst", ".bz2", ".xz"))
    return file.size * (COMPRESSED_TEXT if packed else 1.0)


def _notes(run: Run) -> tuple[str, ...]:
    skipped = listing(run).skipped
    if not skipped:
        return ()
    name, why = skipped[0]
    return (f"{len(skipped)} files of the input are left aside, such as {name}: {why}",)
