"""What `polysift weights` prints: sets of weights as FineWeb2 publishes them, as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from ...langid.errors import PolysiftError
from ..run import bring_up_to_date
from ..stage import Run
from ..stages import up_to
from .distribution import Distribution, read_distribution
from .learn import OWN, Learned, learn
from .picture import removal_picture, sizes_picture
from .repeats import Weights, weights_of
from .weights import counts_of, distributions, options

MOST = 10  # repeats, as in most published experiments


def print_of_distribution(path: Path, most: int | None, smooth: bool, pictures: Path | None) -> None:
    """The set of one file of removal rates: `{"1": 1, "2": 3, ...}`, cluster size from which on -> repeats."""
    found = read_distribution(path)
    weights = weights_of(found, most or MOST, smooth)
    _print(published(weights))
    _draw(pictures, path.stem, found, weights)


def print_learned(run: Run, console: Console, restart: bool, pictures: Path | None) -> None:
    """The sets learned from a run's own decisions, `{label: set}`; brings the run up to date as far as needed.

    Also where `rebalance.weights` gives others: what the run's own would be. On standard error, how many languages
    had too few documents for a curve of their own.
    """
    done = bring_up_to_date(run, up_to("weights"), console, restart)
    rates = distributions(counts_of(done["decide"]))
    found = learn(rates, options(run))
    _print({label: published(of.weights) for label, of in found.items()})
    _note(console, found, run.config.rebalance.min_documents)
    for label, of in found.items():
        if rates[label].documents:
            _draw(pictures, label, rates[label], of.weights)


def _draw(folder: Path | None, label: str, found: Distribution, weights: Weights) -> None:
    """Cluster sizes, and removal rates with the weights over them, as SVG."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sizes = sizes_picture(found, f"Cluster sizes: {label}")
        (folder / f"{label}-sizes.svg").write_text(sizes, encoding="utf-8")
        removal = removal_picture(found, [("weights (right)", weights)], f"Removal rate and weights: {label}")
        (folder / f"{label}-removal.svg").write_text(removal, encoding="utf-8")
    except OSError as error:
        raise PolysiftError(
            f"--pictures {folder}: cannot be written ({error.strerror}); give a folder"
        ) from None


def published(weights: Weights) -> dict[str, int]:
    """A set with the keys of JSON."""
    return {str(size): repeats for size, repeats in weights.items()}


def _print(content: Any) -> None:
    sys.stdout.write(json.dumps(content, indent=2) + "\n")


def _note(console: Console, found: dict[str, Learned], least: int) -> None:
    borrowed = {label: of for label, of in found.items() if of.source != OWN}
    if borrowed:
        some = ", ".join(f"{label} ({of.source})" for label, of in list(borrowed.items())[:8])
        console.print(
            f"note: {len(borrowed)} of {len(found)} languages have under {least:,} documents that the rules judged "
            f"(rebalance.min_documents) and take another curve: {some}{', ...' if len(borrowed) > 8 else ''}",
            soft_wrap=True,
            highlight=False,
        )
