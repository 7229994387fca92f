"""card: README.md and summary.json of the dataset."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

from ...filters.language_config import Resolved
from ..config import flat
from ..funnel import funnel, mixed_documents, totals
from ..manifest import FORMAT, Json, Unit
from ..rebalance.plan import optional_stages
from ..scan import declared_of
from ..settings import language_configs, wanted
from ..stage import Done, Manifests, Progress, Run
from ..storage import digest
from .readme import render


class CardStage:
    name = "card"
    units_per_task = 1

    def plan(self, run: Run, done: Done) -> list[Unit]:
        """One unit: the card."""
        content = summary(run, done)
        fingerprint = {
            "format": FORMAT,
            **flat(run.config.card, "card."),
            "export.removed": run.config.export.removed,
            "counts": digest(json.dumps({k: v for k, v in content.items() if k != "stages"}, sort_keys=True)),
        }
        return [Unit("card", fingerprint, content, 1)]

    def work(self, run: Run, unit: Unit, progress: Progress) -> dict[str, Json]:
        start = time.perf_counter()
        content = unit.payload
        sizes = {label: counts["text_bytes"] for label, counts in content["languages"].items()}
        text = render(run.config.card, content["languages"], sizes, run.config.export.removed)
        with run.output.create("README.md") as file:
            file.write(text.encode())
        content["stages"][self.name] = {"seconds": round(time.perf_counter() - start, 3), "units": 1}
        run.output.write_json("summary.json", content)
        progress(0, 1)
        return {"dataset_files": ["README.md", "summary.json"]}


def summary(run: Run, done: Done) -> dict[str, Any]:
    """Every number of the funnel, and what each stage took.

    `stages[NAME].seconds` is the time of the stage's units added up, over all workers and interrupted runs.
    """
    languages = funnel(run, done)
    configs = language_configs(run)
    text_bytes: Counter[str] = Counter()
    for name, manifest in done["export"].items():
        kind, label, _ = name.split("-")
        text_bytes[label] += manifest["text_bytes"] if kind != "removed" else 0
    causes: Counter[str] = Counter()
    for manifest in done["annotate"].values():
        causes.update(manifest["quarantine_causes"])
    rebalanced = mixed_documents(done)
    for label, counts in languages.items():
        counts["text_bytes"] = text_bytes[label]
        counts["rebalanced_documents"] = rebalanced[label]
        counts["thresholds"] = done["decide"].get(label, {}).get("thresholds", {})
        counts["thresholds_of"] = thresholds_of(label, configs.resolve(label)) if wanted(run, label) else None
    return {
        "languages": languages,
        "totals": {**totals(languages), "text_bytes": text_bytes.total()},
        "quarantine_causes": dict(causes.most_common(20)),
        "column_conflicts": [str(conflict) for conflict in declared_of(run, done).conflicts],
        "stages": {
            name: _stage_summary(stage)
            for name, stage in done.items()
            if optional_stages(run).get(name, True)
        },
    }


def thresholds_of(label: str, resolved: Resolved) -> str:
    """The label whose thresholds a language has: its own, that of its proxy, or `defaults`."""
    own = any(source.endswith(f"{label}.yml") for source in resolved.sources.values())
    return resolved.proxy or (label if own else "defaults")


def _stage_summary(manifests: Manifests) -> dict[str, Any]:
    return {
        "seconds": round(sum(manifest["seconds"] for manifest in manifests.values()), 3),
        "units": len(manifests),
    }
