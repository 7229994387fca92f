"""Decisions on `words: unicode` against those on datatrove's own tokenizers, language by language.

    polysift annotate unicode.yml; polysift annotate datatrove.yml
    python benchmarks/word_agreement.py unicode.yml datatrove.yml [--out table.md] [--carry]

The two configs are of runs over the same documents, annotated, with `language_id.model: column:NAME`; one has
`words: unicode`, the other `words: datatrove`. All rules are decided with the presets that go with each kind of words.
The table says for each language how many documents are kept or removed alike and how many words there are for one of
datatrove's, and for the ten languages that agree least which reasons differ.

--carry shows what carrying a language's published thresholds over by quantiles would give: fitted on every other
document, judged on the rest.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from polysift.filters.rules import REASONS, first_reason
from polysift.filters.thresholds import LanguageConfig
from polysift.filters.transfer import transfer
from polysift.filters.words import GENERAL, word_styles
from polysift.pipeline.settings import language_configs
from polysift.pipeline.tune.annotated import Annotated

KEPT = "kept"
TARGET = 0.98


class Agreement(NamedTuple):
    """What the two kinds of words decide on the documents of one language.

    Attributes:
        language: label.
        documents: decided.
        removed: by datatrove's words.
        alike: share that both keep or both remove.
        same_reason: share with the same reason too.
        carried: share alike with carried thresholds, on documents that they were not fitted on; NaN if not asked for.
        words: words for one of datatrove's.
        changes: datatrove's outcome and ours of those that differ.
    """

    language: str
    documents: int
    removed: int
    alike: float
    same_reason: float
    carried: float
    words: float
    changes: Counter[tuple[str, str]]


def compare(ours: Annotated, theirs: Annotated, label: str, carry: bool) -> Agreement:
    after, before = ours.columns(label), theirs.columns(label)
    own, published = (language_configs(side.run).resolve(label).config for side in (ours, theirs))
    new, old = first_reason(after, own), first_reason(before, published)
    alike = (new < 0) == (old < 0)
    changes = Counter(
        (_name(a), _name(b)) for a, b in zip(old[~alike].tolist(), new[~alike].tolist(), strict=True)
    )
    return Agreement(
        label,
        len(old),
        int((old >= 0).sum()),
        float(alike.mean()),
        float((new == old).mean()),
        _carried(published, before, after, old) if carry else np.nan,
        float(after["n_words"].sum() / max(1, before["n_words"].sum())),
        changes,
    )


def _carried(
    published: LanguageConfig, before: dict[str, Any], after: dict[str, Any], old: NDArray[np.int16]
) -> float:
    """Fitted on the even documents and judged on the odd ones, and the other way round."""
    alike = []
    for fitted in (0, 1):
        one, other = (
            {name: values[part::2] for name, values in after.items()} for part in (fitted, 1 - fitted)
        )
        moved = transfer(published, {name: values[fitted::2] for name, values in before.items()}, one)
        config = published.model_copy(update={key: found.after for key, found in moved.items()})
        alike.append((first_reason(other, config) < 0) == (old[1 - fitted :: 2] < 0))
    return float(np.concatenate(alike).mean())


def _name(reason: int) -> str:
    return KEPT if reason < 0 else REASONS[reason]


def report(found: list[Agreement], least: int) -> Iterator[str]:
    """The table, in Markdown; languages with fewer than `least` documents are in the total alone."""
    large = sorted((one for one in found if one.documents >= least), key=lambda one: one.alike)
    total = sum(one.documents for one in found)
    alike = sum(one.alike * one.documents for one in found) / total
    below = sum(one.alike < TARGET for one in large)
    yield f"{total:,} documents, {len(found)} languages; kept or removed alike: {alike:.2%}."
    mean = np.mean([one.alike for one in large])
    yield f"Of the {len(large)} languages with {least} documents and more: {mean:.2%} on average, {below} below 98 %."
    yield ""
    heads = ("language", "style", "documents", "removed by datatrove", "alike", "same reason too", "carried")
    yield f"| {' | '.join(heads)} | words per datatrove's |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in large:
        style = word_styles().get(one.language, GENERAL)
        shares = f"{one.alike:.1%} | {one.same_reason:.1%} | {'' if np.isnan(one.carried) else f'{one.carried:.1%}'}"
        yield f"| {one.language} | {style} | {one.documents} | {one.removed} | {shares} | {one.words:.3f} |"
    yield ""
    yield "The ten languages that agree least, with datatrove's outcome → ours and how often:"
    yield ""
    for one in large[:10]:
        changes = (f"{before} → {after} {count}" for (before, after), count in one.changes.most_common(5))
        yield f"- {one.language}: {'; '.join(changes)}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("unicode", type=Path, help="config of the run with words: unicode")
    parser.add_argument("datatrove", type=Path, help="config of the run with words: datatrove")
    parser.add_argument("--least", type=int, default=50, help="documents of a language to be in the table")
    parser.add_argument("--carry", action="store_true", help="show what carried thresholds would give")
    parser.add_argument("--out", type=Path, help="write the table here too")
    arguments = parser.parse_args()
    ours, theirs = Annotated.open(arguments.unicode), Annotated.open(arguments.datatrove)
    labels = sorted({*ours.languages} & {*theirs.languages})
    lines = list(report([compare(ours, theirs, label, arguments.carry) for label in labels], arguments.least))
    print("\n".join(lines))
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
