"""weights: how often each language's documents are repeated, by cluster size. One light unit: it reads manifests."""

from __future__ import annotations

from typing import Any

from ..manifest import FORMAT, Json, Unit
from ..stage import Done, Manifests, Progress, Run
from .distribution import Distribution, distribution
from .learn import GIVEN, Learned, Options, learn
from .repeats import Weights

UNIT = "weights"


class WeightsStage:
    name = "weights"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit: a small language's weights depend on those of its family."""
        settings = run.config.rebalance
        table = settings.table
        counts = counts_of(done["decide"])
        fingerprint: dict[str, Json] = {"format": FORMAT, "languages": list(counts)}
        if table is None:
            fingerprint |= {
                "rebalance.weights": "learned",
                "rebalance.max_repeats": settings.max_repeats,
                "rebalance.smoothing": settings.smoothing,
                "rebalance.min_documents": settings.min_documents,
                "counts": counts,
            }
        else:
            fingerprint["rebalance.weights"] = {str(size): repeats for size, repeats in table.items()}
        return [Unit(UNIT, fingerprint, counts, 1)]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        found = in_force(run, unit.payload)
        progress(0, 1)
        return {"languages": {label: _as_json(of) for label, of in found.items()}}


def in_force(run: Run, counts: dict[str, dict[str, list[int]]]) -> dict[str, Learned]:
    """The weights that the config asks for, of each language that `counts_of` names."""
    table = run.config.rebalance.table
    if table is not None:
        return dict.fromkeys(counts, Learned(table, GIVEN))
    return learn(distributions(counts), options(run))


def options(run: Run) -> Options:
    """How the config wants weights to be learned."""
    settings = run.config.rebalance
    return Options(settings.max_repeats, settings.smoothing, settings.min_documents)


def counts_of(decided: Manifests) -> dict[str, dict[str, list[int]]]:
    """Documents judged and kept by cluster size of each language, from the manifests of decide."""
    keys = ("size", "judged", "kept")
    return {label: {key: of["cluster_sizes"][key] for key in keys} for label, of in decided.items()}


def distributions(counts: dict[str, dict[str, list[int]]]) -> dict[str, Distribution]:
    """The removal rates of each language."""
    return {label: distribution(of["size"], of["judged"], of["kept"]) for label, of in counts.items()}


def weights_by_language(manifests: Manifests) -> dict[str, Weights]:
    """The weights of each language, from the manifests of this stage."""
    return {
        label: {int(size): repeats for size, repeats in of["weights"].items()}
        for label, of in manifests[UNIT]["languages"].items()
    }


def _as_json(of: Learned) -> dict[str, Any]:
    return {
        "weights": {str(size): repeats for size, repeats in of.weights.items()},
        "from": of.source,
        "languages": list(of.languages),
        "documents": of.documents,
    }
