"""`polysift langid`: commands that make language models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(help="Train language identification models.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def langid() -> None:
    """Make language identification models."""


@app.command()
def train(  # noqa: PLR0917 - typer calls it by keyword
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SOURCE...", help="Parquet files, or folders of them, of text and its label."),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for model, labels, figures and card.", show_default=False)
    ],
    evaluation: Annotated[
        list[Path] | None,
        typer.Option("--eval", metavar="FILE", help="Labelled Parquet file to evaluate on; may be repeated."),
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column of the text.")] = "text",
    label_column: Annotated[
        list[str] | None,
        typer.Option(
            help="Column of the label; of several, the first in a file. [default: label, lang, language]"
        ),
    ] = None,
    max_bytes: Annotated[str, typer.Option(metavar="SIZE", help="Size of the model at most.")] = "25 MB",
    dim: Annotated[int, typer.Option(min=1, help="Dimensions of the vectors.")] = 32,
    minn: Annotated[int, typer.Option(min=0, help="Shortest character n-gram.")] = 2,
    maxn: Annotated[int, typer.Option(min=0, help="Longest character n-gram; 0: only whole words.")] = 5,
    bucket: Annotated[int, typer.Option(min=1, help="Rows that the n-grams share.")] = 1_000_000,
    min_count: Annotated[
        int, typer.Option(min=1, help="Lines in which a word must occur to have a row.")
    ] = 5,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training file.")] = 5,
    lr: Annotated[float, typer.Option(min=0, help="Learning rate.")] = 0.8,
    loss: Annotated[
        str, typer.Option(help="softmax, hs or ova; scores are calibrated for softmax only.")
    ] = "softmax",
    passes: Annotated[
        float, typer.Option(min=0, help="Size of the training file in multiples of the text.")
    ] = 3.0,
    temperature: Annotated[
        float, typer.Option(min=1, help="Of the balance: 1 as it is, the more the more equal are the labels.")
    ] = 3.0,
    by_source: Annotated[
        bool, typer.Option("--by-source", help="Balance each source of a label by itself.")
    ] = False,
    prior: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LABEL=LOG_ODDS", help="Make a label more likely than trained, or less; may be repeated."
        ),
    ] = None,
    max_repeats: Annotated[
        float, typer.Option(min=1, help="How often a text may be repeated for balance.")
    ] = 10.0,
    least: Annotated[int, typer.Option(min=1, help="Lines that a label needs, or it is left out.")] = 20,
    held_out: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Share of the texts kept for evaluation.")
    ] = 0.05,
    noise: Annotated[float, typer.Option(min=0, max=1, help="Made lines of no language, as a share.")] = 0.05,
    fragments: Annotated[float, typer.Option(min=0, max=1, help="Share of lines cut to a span.")] = 0.25,
    short: Annotated[
        float, typer.Option(min=0, max=1, help="Share of lines cut to a few words, 5 to 40 characters.")
    ] = 0.22,
    case: Annotated[
        float, typer.Option(min=0, max=1, help="Share of lines in lower, upper or title case.")
    ] = 0.25,
    mixed_in: Annotated[
        float, typer.Option(min=0, max=1, help="Share of lines given addresses and numbers.")
    ] = 0.08,
    informal: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of lines with drawn-out letters, emoji, repeated marks."),
    ] = 0.07,
    no_diacritics: Annotated[
        float, typer.Option(min=0, max=1, help="Share of lines stripped of diacritics.")
    ] = 0.03,
    seed: Annotated[int, typer.Option(help="The same seed and text give the same model.")] = 1,
) -> None:
    """Train a fastText model on labelled text, fit it to a size, calibrate and evaluate it, write its card."""
    from ..langid.training.augment import Augmentation
    from ..langid.training.fit import Shape
    from ..langid.training.train import Recipe, train
    from .config import parse_size

    size = parse_size(max_bytes)
    if not isinstance(size, int):
        raise typer.BadParameter(
            f"{max_bytes!r} is no size; write for instance '25 MB'", param_hint="--max-bytes"
        )
    recipe = Recipe(
        sources=tuple(sources),
        evaluation=tuple(evaluation or ()),
        text_column=text_column,
        label_columns=tuple(label_column or Recipe.label_columns),
        held_out=held_out,
        least=least,
        passes=passes,
        temperature=temperature,
        by_source=by_source,
        priors=tuple(map(_prior, prior or ())),
        max_repeats=max_repeats,
        noise=noise,
        augmentation=Augmentation(
            case * 0.44, case * 0.4, case * 0.16, fragments, short, mixed_in, informal, no_diacritics
        ),
        shape=Shape(dim, minn, maxn, bucket, min_count, epochs, lr, loss),
        max_bytes=size,
        seed=seed,
    )
    console = Console(stderr=True, highlight=False)
    train(recipe, out, console.print)
    Console(highlight=False).print(f"{out}: {', '.join(sorted(path.name for path in out.iterdir()))}")


def _prior(given: str) -> tuple[str, float]:
    label, _, log_odds = given.partition("=")
    try:
        return label, float(log_odds)
    except ValueError:
        raise typer.BadParameter(
            f"{given!r}: write for instance arb_Arab=1.5", param_hint="--prior"
        ) from None
