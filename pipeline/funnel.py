"""The funnel: what became of every document, per language and in total, from the manifests of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..langid.errors import PolysiftError
from ..langid.labels import UNDETERMINED
from .stage import Done, Run

Counts = dict[str, Any]

SUMMED = ("documents", "kept", "quarantined", "duplicate_ids", "test_documents")


class BookkeepingError(PolysiftError):
    """Documents in are not documents kept, removed and quarantined."""

    exit_code = 4


def funnel(run: Run, done: Done) -> dict[str, Counts]:
    """`{label: {documents, kept, removed: {reason: n}, quarantined, duplicate_ids, test_documents}}`, languages sorted.

    What is quarantined has no language yet: it counts under `und_Zyyy`.

    Raises:
        BookkeepingError: when a document is missing or counted twice in any language.
    """
    read = done["annotate"]
    languages: dict[str, Counts] = {}
    for label, decided in done["decide"].items():
        keys = ("documents", "kept", "removed", "duplicate_ids", "test_documents")
        languages[label] = {**{key: decided[key] for key in keys}, "quarantined": 0}
    quarantined = sum(manifest["quarantined"] for manifest in read.values())
    if quarantined:
        nothing: Counts = {**dict.fromkeys(SUMMED, 0), "removed": {}}
        entry = languages.setdefault(UNDETERMINED, nothing)
        entry["documents"] += quarantined
        entry["quarantined"] += quarantined
    _check(languages, read, done["export"], run.config.export.removed)
    return dict(sorted(languages.items()))


def _check(
    languages: Mapping[str, Counts],
    annotated: Mapping[str, Any],
    exported: Mapping[str, Any],
    with_removed: bool,
) -> None:
    read: Counter[str] = Counter()
    for manifest in annotated.values():
        read.update({label: counts["documents"] for label, counts in manifest["languages"].items()})
        read[UNDETERMINED] += manifest["quarantined"]
    written: Counter[tuple[str, str]] = Counter()
    for name, manifest in exported.items():
        kind, label, _ = name.split("-")
        written["removed" if kind == "removed" else "data", label] += manifest["documents"]
    for label, counts in languages.items():
        removed = sum(counts["removed"].values())
        expected = {
            "documents read": (read[label], counts["documents"]),
            "kept + removed + quarantined": (
                counts["kept"] + removed + counts["quarantined"],
                counts["documents"],
            ),
            "documents in data/": (written["data", label], counts["kept"]),
            "documents in removed/": (written["removed", label] if with_removed else removed, removed),
        }
        for what, (found, due) in expected.items():
            if found != due:
                raise BookkeepingError(
                    f"the books of {label} do not balance: {what}: {found:,}, expected {due:,}; this is a fault of "
                    f"polysift, please report it with the work folder's manifests; --restart starts afresh"
                )


def mixed_documents(done: Done) -> Counter[str]:
    """Documents of each language in the training mix, copies counted.

    Raises:
        BookkeepingError: when copies that were dealt out are not in the mix.
    """
    dealt: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for name, manifest in done.get("scatter", {}).items():
        dealt[name.split("-")[1]] += manifest["documents"]
    for name, manifest in done.get("shuffle", {}).items():
        written[name.split("-")[0]] += manifest["documents"]
    for label, due in dealt.items():
        if written[label] != due:
            raise BookkeepingError(
                f"the books of {label} do not balance: documents in rebalanced/: {written[label]:,}, expected {due:,}; "
                f"this is a fault of polysift, please report it with the work folder's manifests"
            )
    return written


def totals(languages: Mapping[str, Counts]) -> Counts:
    """The sum over all languages, in the shape of one language's counts."""
    removed: Counter[str] = Counter()
    for counts in languages.values():
        removed.update(counts["removed"])
    sums = {key: sum(counts[key] for counts in languages.values()) for key in SUMMED}
    return {**sums, "removed": dict(removed), "languages": len(languages)}
