"""The stages of a run, in order. Importing this module loads all that a worker needs."""

from __future__ import annotations

from .annotate import AnnotateStage
from .card.stage import CardStage
from .decide import DecideStage
from .dedup.disk import BandsStage, ComponentsStage, GroupsStage, SetsStage
from .dedup.giant_stage import BlocksStage, DealStage, LinksStage
from .dedup.index_stage import IndexStage
from .dedup.lines_stage import BoilerplateStage, LinesStage
from .dedup.stage import DedupStage
from .export import ExportStage
from .rebalance.materialize import ScatterStage, ShuffleStage
from .rebalance.plan import MixtureStage, TokensStage, optional_stages
from .rebalance.weights import WeightsStage
from .scan import ScanStage
from .stage import Run, Stage

STAGES: tuple[Stage, ...] = (
    ScanStage(),
    AnnotateStage(),
    BandsStage(),
    GroupsStage(),
    ComponentsStage(),
    SetsStage(),
    DealStage(),
    LinksStage(),
    BlocksStage(),
    DedupStage(),
    LinesStage(),
    BoilerplateStage(),
    IndexStage(),
    DecideStage(),
    WeightsStage(),
    ExportStage(),
    TokensStage(),
    MixtureStage(),
    ScatterStage(),
    ShuffleStage(),
    CardStage(),
)


def up_to(name: str) -> tuple[Stage, ...]:
    """The stages up to and including `name`."""
    names = [stage.name for stage in STAGES]
    return STAGES[: names.index(name) + 1]


def asked_for(run: Run, stage: Stage) -> bool:
    """Whether the config wants this stage; one that it does not want has no units."""
    return optional_stages(run).get(stage.name, True)
