#!/usr/bin/env python
"""Whether a language model's scores are the chance of being right, for texts of every length; models side by side.

    python benchmarks/language_id_calibration.py EVAL_FOLDER FOLDER ... [--model NAME_OR_FILE ...]

EVAL_FOLDER holds Parquet with columns text and label; each FOLDER Parquet of documents with columns text and lang. Of
lines and documents in labels that a model knows, and of one span of each line, of a few words, by the number of its
characters: prints how many, share told right, mean score and expected calibration error; and this error as it would be
for scores that are the very chance of being right, the mean of draws: in few lines it is far from 0. Then, of the lines
in other labels, mean score and the share that scores 0.8 or more. Last, what thresholds of `language_score` keep of
documents that are told right, and of the others: the published ones, and those of `auto`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from language_id_robustness import span
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.methods import language_score
from polysift.langid.fasttext_model import check_model
from polysift.langid.identify import load_model
from polysift.langid.labels import canonical
from polysift.langid.models import model_path
from polysift.langid.training.evaluate import calibration_error
from polysift.langid.training.sources import read_examples
from polysift.langid.training.train import outcome

BANDS = ((5, 10), (10, 20), (20, 40), (40, 80), (80, 160), (160, 320))  # characters
DRAWS = 200
SURE = 0.8

Lines = tuple[list[str], list[str]]
"""Texts and their labels."""


def whole(folder: Path) -> Iterator[tuple[str, Lines]]:
    """The lines of each file, as `polysift langid train --eval` reads them: once each, very long ones in parts."""
    for file in sorted(folder.glob("*.parquet")):
        read = read_examples([file], "text", ["label"], 0.0)
        yield file.stem, (read.texts, [read.names[label] for label in read.labels])


def spans(lines: Lines) -> Iterator[tuple[str, Lines]]:
    """Each line cut to a span of a length in each band, where it is longer than that."""
    rng = np.random.default_rng(1)
    for least, most in BANDS:
        kept = [
            (piece, label)
            for text, label in zip(*lines, strict=True)
            if len(text) >= most and least <= len(piece := span(text, least, most, rng)) < most
        ]
        texts, labels = zip(*kept, strict=True) if kept else ([], [])
        yield f"{least} to {most} characters", ([*texts], [*labels])


def documents(folder: Path) -> Lines:
    table = pq.read_table(folder, columns=["text", "lang"])
    return table.column("text").to_pylist(), table.column("lang").to_pylist()


class Answers(NamedTuple):
    """What a model says of lines: labels, scores, whether that is right; and whether it knows the right label."""

    told: np.ndarray
    scores: np.ndarray
    right: np.ndarray
    known: np.ndarray

    def where(self, chosen: np.ndarray) -> Answers:
        return Answers(*(column[chosen] for column in self))


def answers(name: str, lines: Lines) -> Answers:
    texts, gold = lines
    found = load_model(name).identify(pa.array(texts, pa.large_string()))
    labels = {canonical(label.removeprefix("__label__")) for label in check_model(model_path(name))}
    told, wanted = np.array(found.label_names()), list(map(outcome, gold))
    right = np.array([outcome(a) == b for a, b in zip(told, wanted, strict=True)], bool)
    return Answers(told, found.scores, right, np.array([label in labels for label in wanted], bool))


def unavoidable(scores: np.ndarray) -> float:
    """The calibration error of that many lines where each is right with the chance that its score says."""
    rng = np.random.default_rng(1)
    return float(np.mean([calibration_error(scores, rng.random(len(scores)) < scores) for _ in range(DRAWS)]))


def meaning(known: Answers) -> str:
    error = calibration_error(known.scores, known.right)
    return (
        f"{known.right.mean():.3f}, {known.scores.mean():.3f}, {error:.4f} ({unavoidable(known.scores):.4f})"
    )


def unknown(others: Answers) -> str:
    if not len(others.told):
        return "none"
    return f"{others.scores.mean():.3f}, {(others.scores >= SURE).mean():.3f}"


def kept(known: Answers, least: Sequence[float]) -> str:
    passed = known.scores >= np.array(least)
    return f"{passed[known.right].mean():.3f}, {passed[~known.right].mean():.3f}"


def published(known: Answers) -> str:
    """Kept by the published threshold of each document's label."""
    configs = LanguageConfigs(presets="fineweb2")
    return kept(known, [configs.resolve(label).config.language_score_min or 0.0 for label in known.told])


def auto(known: Answers) -> str:
    """Kept by thresholds as `language_id.threshold: auto` makes them, from these documents' own scores."""
    least = {label: language_score(known.scores[known.told == label]) for label in np.unique(known.told)}
    return kept(known, [least[label] for label in known.told])


def table(title: str, sets: dict[str, dict[str, Answers]], show: Callable[[Answers], str]) -> None:
    names = list(next(iter(sets.values())))
    print()
    row([title, "lines", *names])
    row(["---", "---:", *["---:"] * len(names)])
    for name, found in sets.items():
        counts = dict.fromkeys(f"{len(each.told):,}" for each in found.values())
        row([name, ", ".join(counts), *map(show, found.values())])


def row(cells: Sequence[object]) -> None:
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("eval", type=Path)
    parser.add_argument("documents", type=Path, nargs="+")
    parser.add_argument("--model", action="append", help="by name or file")
    arguments = parser.parse_args()
    names = arguments.model or ["polysift"]

    def ask(sets: Iterable[tuple[str, Lines]]) -> dict[str, dict[str, Answers]]:
        return {title: {name: answers(name, lines) for name in names} for title, lines in sets}

    def only(sets: dict[str, dict[str, Answers]], known: bool) -> dict[str, dict[str, Answers]]:
        return {
            title: {name: each.where(each.known == known) for name, each in found.items()}
            for title, found in sets.items()
        }

    sets = dict(whole(arguments.eval))
    texts, labels = zip(*sets.values(), strict=True)
    pieces = ask(spans(([*chain(*texts)], [*chain(*labels)])))
    lines = ask(sets.items())
    folders = ask((f"documents of {folder.name}", documents(folder)) for folder in arguments.documents)
    table("right, mean score, error (of perfect scores)", only(lines | folders, True), meaning)
    table("the same of spans of these lines", only(pieces, True), meaning)
    table("in unknown labels: mean score, 0.8 or more", only(lines, False), unknown)
    table("kept of right, of wrong: published thresholds", only(folders, True), published)
    table("kept of right, of wrong: auto", only(folders, True), auto)


if __name__ == "__main__":
    main()
