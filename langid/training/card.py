"""The model card, in Markdown: what a model is for, made of, and how good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..evidence import Evidence
from .evaluate import Figures
from .sources import Examples

if TYPE_CHECKING:
    from .train import Recipe

CONFUSED = 15
WORST = 15

TEMPLATE = """# Language identification model {name}

A supervised fastText model that tells {labels} language-scripts apart, and text in a language from noise. It reads
one line of text and gives labels `iso639-3_Script` with scores; {size:,} bytes.

| | |
| --- | --- |
| shape | {dim} dimensions, character n-grams of {minn} to {maxn}, {bucket:,} buckets, {loss} |
| training | {epoch} epochs over {passes:g} passes of the balanced text, learning rate {lr:g}, one thread, seed {seed} |
| balance | by label{balance}: shares by count ^ (1 / {temperature:g}), at most {max_repeats:g} times what there is |
| prior | {prior} |
| changed in training | {changes} |
| noise | {noise:.0%} of the lines: programs, markup, logs, numbers, links (`zxx_Zxxx`); random letters (`und_Latn`) |
| scores | a softmax with temperature scaling on held-out text, built into the output matrix{evidence} |

## Text it learnt from

| source, licence | lines |
| --- | ---: |
{sources}

{held_out:.0%} of the texts were held out. {few}

## Figures

Labels are compared by polysift's names. Macro-F1 is the mean over the labels of the set that the model knows; the
false-positive rate is the mean over these labels; calibration error is the expected calibration error of the score of
the best label in 15 bins.

| set | labels | lines | macro-F1 | accuracy | false-positive rate | calibration error |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{figures}

Precision and recall of each label are in `labels.csv` and, for each set, in `figures.json`.

### Most confused

{confused}

### Weakest labels

{weakest}
"""


def model_card(
    path: Path,
    recipe: Recipe,
    evidence: Evidence | None,
    examples: Examples,
    few: Mapping[str, int],
    figures: Mapping[str, Figures],
) -> str:
    """The card of a trained model."""
    changes = vars(recipe.augmentation).items()
    values = vars(recipe) | vars(recipe.shape)
    values |= {
        "balance": " and source" if recipe.by_source else "",
        "prior": ", ".join(f"{label} {shift:+g} (log-odds)" for label, shift in recipe.priors)
        or "as trained",
        "evidence": _factor(evidence) if evidence else "",
        "name": path.name,
        "labels": len(examples.names),
        "size": path.stat().st_size,
        "changes": ", ".join(f"{name.replace('_', ' ')} {share:.0%}" for name, share in changes if share),
        "sources": "\n".join(f"| {name} | {lines:,} |" for name, lines in examples.sources.items()),
        "few": _few(few, recipe.least),
        "figures": "\n".join(_row(name, found) for name, found in figures.items()),
        "confused": _per_set(figures, _confused),
        "weakest": _per_set(figures, _weakest),
    }
    return TEMPLATE.format(**values)


def _factor(evidence: Evidence) -> str:
    return (
        f"; and, at the end of the file for polysift alone, logits times {evidence.most:g} n / (n + "
        f"{evidence.half:g}), but 1 at most, for a text of n features (words and their n-grams)"
    )


def _few(few: Mapping[str, int], least: int) -> str:
    if not few:
        return "No label has been left out."
    return (
        f"Left out, for fewer than {least} lines: {', '.join(f'{label} ({n})' for label, n in few.items())}."
    )


def _row(name: str, found: Figures) -> str:
    lines = int(np.sum([label.lines for label in found.labels.values()]))
    return (
        f"| {name} | {len(found.labels)} | {lines:,} | {found.macro_f1:.4f} | {found.accuracy:.4f} "
        f"| {found.false_positive_rate:.6f} | {found.calibration_error:.4f} |"
    )


def _per_set(figures: Mapping[str, Figures], listed: Callable[[Figures], str]) -> str:
    return "\n\n".join(
        f"{name}: {listed(found)}." for name, found in figures.items() if len(found.labels) > 1
    )


def _confused(found: Figures) -> str:
    return ", ".join(f"{right} as {given} ({count})" for (right, given), count in found.confused[:CONFUSED])


def _weakest(found: Figures) -> str:
    ranked = sorted(found.labels.items(), key=lambda item: item[1].f1)[:WORST]
    return ", ".join(
        f"{label} {f.f1:.2f} (precision {f.precision:.2f}, recall {f.recall:.2f})" for label, f in ranked
    )
