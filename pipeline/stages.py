"""The stages of a run, in order. Importing this module loads all that a worker needs."""

from __future__ import annotations

from .annotate import AnnotateStage
from .card.stage import CardStage
from .decide import DecideStage
from .dedup.index_stage import IndexStage
from .dedup.lines_stage import BoilerplateStage, LinesStage
from .dedup.stage import BandsStage, ComponentsStage, DedupStage, GroupsStage
from .export import ExportStage
from .scan import ScanStage
from .stage import Stage

STAGES: tuple[Stage, ...] = (
    ScanStage(),
    AnnotateStage(),
    LinesStage(),
    BoilerplateStage(),
    BandsStage(),
    GroupsStage(),
    ComponentsStage(),
    DedupStage(),
    IndexStage(),
    DecideStage(),
    ExportStage(),
    CardStage(),
)


def up_to(name: str) -> tuple[Stage, ...]:
    """The stages up to and including `name`."""
    names = [stage.name for stage in STAGES]
    return STAGES[: names.index(name) + 1]
