"""The same annotations decided under two folders of configs, or presets: what is removed, what flips, samples of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from ...filters.language_config import LanguageConfig, LanguageConfigs
from ...langid.labels import canonical
from ..decide import REASONS, decide
from ..settings import language_configs
from ..show import excerpt, table
from .annotated import Annotated, Columns

PRESETS = ("polysift", "fineweb2")
SAMPLES = 3
"""Flipped documents shown in each direction."""


@dataclass(frozen=True)
class Comparison:
    """One language under two configs.

    Attributes:
        label: the language.
        documents: how many.
        removed: documents removed by each reason, under the first and under the second config.
        now_removed: numbers of documents that only the second removes.
        now_kept: numbers of documents that only the first removes.
        reasons: int8 (documents,) of each config: index into REASONS, -1 where kept.
    """

    label: str
    documents: int
    removed: tuple[Counter[str], Counter[str]]
    now_removed: NDArray[np.int64]
    now_kept: NDArray[np.int64]
    reasons: tuple[NDArray[np.int8], NDArray[np.int8]]


def compare(
    label: str, columns: Columns, masked: Sequence[str], first: LanguageConfigs, second: LanguageConfigs
) -> Comparison:
    """Decides a language's documents under two configs, duplicates left aside.

    Args:
        label: the language.
        columns: score and measures: arrays of shape (documents,).
        masked: the words that the bits of the stop-word mask stand for.
        first: configs before.
        second: configs after.
    """
    count = len(columns["language_score"])
    alone = {"keeper": np.arange(count)}
    configs = _on_mask([of.resolve(label).config for of in (first, second)], masked)
    one, two = (decide(columns, alone, config) for config in configs)
    return Comparison(
        label,
        count,
        (_tally(one), _tally(two)),
        np.flatnonzero((one < 0) & (two >= 0)),
        np.flatnonzero((one >= 0) & (two < 0)),
        (one, two),
    )


def show_comparison(
    of: Annotated, first: Path, second: Path, labels: Sequence[str] | None, out: Console
) -> None:
    """Prints the comparison of every language, largest change first."""
    configs = [_configs(of, given) for given in (first, second)]
    for of_folder in configs:
        of_folder.check()
    chosen = of.languages if labels is None else [canonical(label) for label in labels]
    masked = {label: language_configs(of.run).resolve(label).config.masked_words for label in chosen}
    for label in chosen:
        if missing := unmeasured(label, masked[label], configs):
            out.print(f"note: {label}: stop words that were not annotated ({' '.join(missing[:5])}): their rule is "
                      f"left aside; annotate with languages.configs to count them", soft_wrap=True)  # fmt: skip
    found = [compare(label, of.columns(label), masked[label], *configs) for label in chosen]
    found.sort(key=lambda of: (-len(of.now_removed) - len(of.now_kept), of.label))
    head = ["language", "documents", "kept", "then", "now removed", "now kept"]
    rows = [
        [
            c.label,
            *(f"{n:,}" for n in (c.documents, _kept(c, 0), _kept(c, 1), len(c.now_removed), len(c.now_kept))),
        ]
        for c in found
    ]
    table(out, head, rows)
    for comparison in found:
        if len(comparison.now_removed) or len(comparison.now_kept):
            _show_language(of, comparison, out)


def _configs(of: Annotated, given: Path) -> LanguageConfigs:
    """The configs of a folder over the run's presets; the name of presets, where no folder has it, stands for these."""
    if str(given) in PRESETS and not given.exists():
        return LanguageConfigs([], of.run.config.overrides, str(given))
    return LanguageConfigs([given], of.run.config.overrides, of.run.config.shipped_presets)


def unmeasured(label: str, masked: Sequence[str], configs: Sequence[LanguageConfigs]) -> list[str]:
    """The stop words of the configs that have no bit in the annotations."""
    return sorted({word for of in configs for word in of.resolve(label).config.stop_words} - {*masked})


def _on_mask(configs: Sequence[LanguageConfig], masked: Sequence[str]) -> list[LanguageConfig]:
    """The configs with the annotations' candidates; without the stop-word rule where one has others."""
    known = all({*config.stop_words} <= {*masked} for config in configs)
    update = {"stop_word_candidates": tuple(masked)} if known else {"stop_word_count_min": None}
    return [config.model_copy(update=update) for config in configs]


def _show_language(of: Annotated, found: Comparison, out: Console) -> None:
    out.print(f"\n{found.label}", highlight=False)
    first, second = found.removed
    rows = [
        [reason, f"{first[reason]:,}", f"{second[reason]:,}", f"{second[reason] - first[reason]:+,}"]
        for reason in REASONS
        if first[reason] or second[reason]
    ]
    table(out, ["removed by", "first", "second", "change"], rows)
    for line in samples(of, found):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def samples(of: Annotated, found: Comparison, most: int = SAMPLES) -> Iterator[str]:
    """Some flipped documents of each direction, evenly spaced: reason, id, beginning of the text."""
    for title, rows, reasons in (
        ("now removed", found.now_removed, found.reasons[1]),
        ("now kept", found.now_kept, found.reasons[0]),
    ):
        chosen = _spread(rows, most)
        ids, texts = (of.values(found.label, name, chosen) for name in ("id", "text"))
        for row, id, text in zip(chosen.tolist(), ids, texts, strict=True):
            yield f"  {title} ({REASONS[reasons[row]]})  {id}: {excerpt(text)}"


def _spread(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(np.int64))
    return rows[places]


def _tally(reasons: NDArray[np.int8]) -> Counter[str]:
    counts = np.bincount(reasons[reasons >= 0], minlength=len(REASONS))
    return Counter({reason: int(count) for reason, count in zip(REASONS, counts, strict=True)})


def _kept(found: Comparison, which: int) -> int:
    return found.documents - sum(found.removed[which].values())
