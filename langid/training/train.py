"""`polysift langid train`: from labelled text to a model, its labels, its figures and its card."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import PolysiftError, did_you_mean
from ..evidence import Evidence
from ..identify import FastTextLanguageModel, load_model
from ..kernels import from_arrow
from ..labels import canonical
from .augment import Augmentation, augment
from .balance import balanced_counts, draw
from .calibrate import best_evidence, best_temperature
from .card import model_card
from .evaluate import Figures, evaluate
from .fit import PREFIX, Shape, fit, load, quantise, rescale, shift_prior, trainer
from .noise import noise_lines
from .sources import Examples, read_examples, with_enough

CALIBRATION_LINES = 12_000
NOISE_HELD_OUT = 500


@dataclass(frozen=True)
class Recipe:
    """All that decides what model comes out."""

    sources: tuple[Path, ...]
    evaluation: tuple[Path, ...] = ()
    text_column: str = "text"
    label_columns: tuple[str, ...] = ("label", "lang", "language")
    held_out: float = 0.05
    least: int = 20
    passes: float = 3.0
    temperature: float = 3.0
    by_source: bool = False
    priors: tuple[tuple[str, float], ...] = ()
    max_repeats: float = 10.0
    noise: float = 0.05
    augmentation: Augmentation = field(default_factory=Augmentation)
    shape: Shape = field(default_factory=Shape)
    max_bytes: int = 25_000_000
    seed: int = 1


def train(recipe: Recipe, out: Path, log: Callable[[str], None]) -> dict[str, Figures]:
    """Writes `model.ftz` (or `.bin`), `labels.csv`, `figures.json` and `README.md` into `out`.

    Returns the figures on the held-out text and on each evaluation file, by name.
    """
    trainer()  # said before any text is read
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(recipe.seed)
    examples, few = with_enough(
        read_examples(recipe.sources, recipe.text_column, recipe.label_columns, recipe.held_out), recipe.least
    )
    log(f"{len(examples.texts):,} lines of {len(examples.names)} labels; {len(few)} labels have too few")
    lines = out / "lines.txt"
    shown = write_lines(examples, recipe, lines, rng)
    log(f"training on {shown:,} lines")
    model = fit(lines, recipe.shape, recipe.seed)
    path = quantise(model, lines, recipe.max_bytes, out, log)
    temperature = _calibrate(path, examples, recipe, rng)
    log(f"scores calibrated with temperature {temperature:.3f}")
    for label, log_odds in recipe.priors:
        _shift(path, label, log_odds, examples)
    evidence = _weigh(path, examples, recipe, rng)
    if evidence:
        log(
            f"and with a factor of {evidence.most:g} n / (n + {evidence.half:g}), but 1 at most, for n features"
        )
    lines.unlink()
    figures = evaluate_all(path, examples, recipe, rng)
    for name, found in figures.items():
        log(f"{name}: macro-F1 {found.macro_f1:.4f}, calibration error {found.calibration_error:.4f}")
    card = model_card(path, recipe, evidence, examples, few, figures)
    (out / "README.md").write_text(card, "utf-8")
    _write(recipe, examples, figures, out)
    return figures


def write_lines(examples: Examples, recipe: Recipe, path: Path, rng: np.random.Generator) -> int:
    """Writes fastText's training file: balanced, augmented, with noise, in random order; how many lines."""
    rows = np.flatnonzero(~examples.held_out)
    groups = examples.labels[rows].astype(np.int64)
    if recipe.by_source:
        groups = groups * len(examples.sources) + examples.origins[rows]
    counts = np.bincount(groups)
    wanted = balanced_counts(counts, recipe.passes, recipe.temperature, recipe.max_repeats)
    drawn = rows[draw(groups, wanted, rng)]
    noise = noise_lines(round(recipe.noise * len(drawn)), rng)
    order = rng.permutation(len(drawn) + len(noise))
    with path.open("w", encoding="utf-8") as file:
        for position in order.tolist():
            if position < len(drawn):
                row = drawn[position]
                text = augment(examples.texts[row], recipe.augmentation, rng)
                label = examples.names[examples.labels[row]]
            else:
                text, label = noise[position - len(drawn)]
            file.write(f"{PREFIX}{label} {text}\n")
    return len(order)


def evaluate_all(
    path: Path, examples: Examples, recipe: Recipe, rng: np.random.Generator
) -> dict[str, Figures]:
    """Figures on the held-out text, as it is and augmented, on noise, and on the lines of each evaluation file whose
    label is known.

    Labels are compared by polysift's names, as `identify` gives them.
    """
    rows = np.flatnonzero(examples.held_out)
    texts, labels = _named(examples, rows)
    changed = [augment(text, recipe.augmentation, rng) for text in texts]
    sets = {"held-out text": (texts, labels), "held-out text, changed": (changed, labels)}
    noise = noise_lines(NOISE_HELD_OUT, rng, held_out=True)
    sets["noise"] = [text for text, _ in noise], [label for _, label in noise]
    known = set(map(canonical, examples.names))
    for file in recipe.evaluation:
        others = read_examples([file], recipe.text_column, recipe.label_columns, 0.0)
        mine = np.array([canonical(name) in known for name in others.names])
        sets[file.stem] = _named(others, np.flatnonzero(mine[others.labels]))
    model = load_model(str(path))
    figures = {}
    for name, (texts, gold) in sets.items():
        if texts:
            found = model.identify(pa.array(texts, pa.large_string()))
            given = [outcome(label) for label in found.label_names()]
            figures[name] = evaluate(list(map(outcome, gold)), given, found.scores)
    return figures


def outcome(label: str) -> str:
    """A label by polysift's name; all noise is one outcome, whatever characters it is made of.

    >>> outcome("pes_Arab"), outcome("zxx_Latn"), outcome("und_Latn")
    ('fas_Arab', 'noise', 'noise')
    """
    return "noise" if label.startswith(("zxx_", "und_")) else canonical(label)


def _named(examples: Examples, rows: NDArray[np.int64]) -> tuple[list[str], list[str]]:
    return [examples.texts[i] for i in rows], [examples.names[examples.labels[i]] for i in rows]


def _calibrate(path: Path, examples: Examples, recipe: Recipe, rng: np.random.Generator) -> float:
    """Makes the scores of a model file those of calibration on held-out text, half of it augmented."""
    rows = rng.permutation(np.flatnonzero(examples.held_out))[:CALIBRATION_LINES]
    texts, labels = _named(examples, rows)
    half = len(texts) // 2
    texts[:half] = [augment(text, recipe.augmentation, rng) for text in texts[:half]]
    temperature = best_temperature(load(path), texts, labels)
    rescale(path, temperature)
    return temperature


def _weigh(path: Path, examples: Examples, recipe: Recipe, rng: np.random.Generator) -> Evidence | None:
    """Appends to a model file how sure it may be of how much text, from the held-out text as it is and augmented."""
    if recipe.shape.loss != "softmax":
        return None
    rows = np.flatnonzero(examples.held_out)
    texts, gold = _named(examples, rows)
    changed = [augment(text, recipe.augmentation, rng) for text in texts]
    lines = pa.array(texts + changed, pa.large_string())
    model = FastTextLanguageModel(path)
    given = map(outcome, model.identify(lines).label_names())
    right = np.array([a == b for a, b in zip(given, map(outcome, gold + gold), strict=True)])
    numbers = np.tile(examples.labels[rows].astype(np.int64), 2)
    evidence = best_evidence(*model.engine.logits(from_arrow(lines)), right, numbers)
    with path.open("ab") as file:
        file.write(evidence.to_bytes())
    return evidence


def _shift(path: Path, label: str, log_odds: float, examples: Examples) -> None:
    if label not in examples.names:
        raise PolysiftError(f"--prior: the model has no label {label!r}{did_you_mean(label, examples.names)}")
    rows = np.flatnonzero((examples.labels == examples.names.index(label)) & ~examples.held_out)
    shift_prior(path, label, log_odds, _named(examples, rows)[0])


def _write(recipe: Recipe, examples: Examples, figures: dict[str, Figures], out: Path) -> None:
    lines = np.bincount(examples.labels, minlength=len(examples.names))
    own = figures["held-out text"].labels
    rows = ["label,name,lines,held_out_precision,held_out_recall,held_out_f1"]
    for label, count in zip(examples.names, lines.tolist(), strict=True):
        found = own.get(outcome(label))
        numbers = ",".join(f"{n:.4f}" for n in found[1:4]) if found else ",,"
        rows.append(f"{label},{canonical(label)},{count},{numbers}")
    (out / "labels.csv").write_text("\n".join(rows) + "\n", "utf-8")
    settings = asdict(recipe) | {
        "sources": [*map(str, recipe.sources)],
        "evaluation": [*map(str, recipe.evaluation)],
    }
    data = {"recipe": settings, "figures": {name: found._asdict() for name, found in figures.items()}}
    (out / "figures.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
