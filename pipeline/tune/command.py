"""`polysift tune`: what was asked for, done and shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from ...filters.language_config import LanguageConfigs
from ...filters.tune import ENOUGH, choices
from ...langid.errors import PolysiftError
from ..settings import language_configs
from ..show import table, value
from .annotated import Annotated, check_alike
from .fit import Options, Tuned, tune
from .write import write

LARGEST = 25
NOTES_SHOWN = 40


class Asked(NamedTuple):
    """The command's arguments."""

    crawl: Path
    reference: Path | None = None
    output: Path | None = None
    labels: tuple[str, ...] | None = None
    methods: tuple[str, ...] = ()
    clip: bool = True
    words: bool = True
    target_precision: float | None = None
    gold: str | None = None
    transfer_from: Path | None = None
    compare: tuple[Path, Path] | None = None
    report: Path | None = None


def run(asked: Asked, out: Console, progress: Console) -> None:
    """Compares, transfers or fits, as asked.

    Raises:
        PolysiftError: for options that contradict each other, annotations that are missing or do not fit.
    """
    _check(asked)
    crawl = Annotated.open(asked.crawl)
    if asked.compare is not None:
        from .compare import show_comparison

        show_comparison(crawl, *asked.compare, asked.labels, out)
        return
    if asked.transfer_from is not None:
        from .transfer import show_transfer

        show_transfer(crawl, Annotated.open(asked.transfer_from), asked.labels, asked.output, out)
        return
    _fit(asked, crawl, out, progress)


def _check(asked: Asked) -> None:
    """Raises PolysiftError for options that do nothing together, and for folders that are files."""
    fitting = {"--reference": asked.reference, "--method": asked.methods, "--report": asked.report,
               "--target-precision": asked.target_precision}  # fmt: skip
    others = {"--compare": fitting | {"--output": asked.output, "--transfer-from": asked.transfer_from},
              "--transfer-from": fitting}  # fmt: skip
    for option, given in (("--compare", asked.compare), ("--transfer-from", asked.transfer_from)):
        ignored = [name for name, value in others[option].items() if value not in (None, ())]
        if given is not None and ignored:
            raise PolysiftError(f"tune: {option} does not go with {' and '.join(ignored)}; leave one out")
    if asked.target_precision is not None and asked.gold is None:
        raise PolysiftError("tune: --target-precision needs labelled text: name the column with --gold")
    if asked.output is None and asked.report is None and asked.compare is None:
        raise PolysiftError("tune: nothing to do; give --output FOLDER, --report FOLDER or --compare A B")
    for folder in (asked.output, asked.report):
        if folder is not None and folder.exists() and not folder.is_dir():
            raise PolysiftError(f"tune: {folder} is a file; give a folder")


def _fit(asked: Asked, crawl: Annotated, out: Console, progress: Console) -> None:
    reference = None if asked.reference is None else Annotated.open(asked.reference)
    if reference is not None:
        check_alike(reference, crawl)
    if asked.gold is not None:
        crawl.check_column("--gold", asked.gold)
    options = Options(_methods(asked.methods), asked.clip, asked.target_precision, asked.gold, asked.words)
    configs = language_configs(crawl.run)
    done: list[Tuned] = []
    with progress.status("reading text") as status:
        for tuned in tune(reference, crawl, asked.labels, configs, options):
            status.update(f"{tuned.label} tuned, {len(done) + 1} so far")
            if asked.output is not None:
                write(asked.output, tuned, reference, crawl)
            if asked.report is not None:
                from .report import write_page

                write_page(asked.report, tuned, reference, crawl, configs)
            done.append(tuned)
    _show(done, configs, out)


def _methods(given: Iterable[str]) -> dict[str, str]:
    methods: dict[str, str] = {}
    for text in given:
        key, equals, name = text.partition("=")
        if not equals:
            raise PolysiftError(
                f"--method {text}: expected RULE=METHOD, such as newline_word_ratio_max=Quantile"
            )
        methods[key] = name
    choices(methods)  # raises for what is unknown, before any text is read
    return methods


def _show(done: list[Tuned], configs: LanguageConfigs, out: Console) -> None:
    """One language: each value beside the preset and its source; several: a row each."""
    if len(done) == 1:
        _show_one(done[0], configs, out)
    else:
        _show_all(done, out)
    small = [tuned for tuned in done if tuned.small]
    if len(small) > 1:
        out.print(
            f"note: {len(small)} languages have fewer than {ENOUGH:,} documents in a corpus: there thresholds lean on "
            f"relatives; each file's provenance says how far",
            soft_wrap=True,
            highlight=False,
        )
    told = [(tuned.label, [*(tuned.small if len(small) == 1 else ()), *tuned.warnings]) for tuned in done]
    notes = [f"{label}: {warning}" for label, warnings in told for warning in warnings]
    for note in notes[:NOTES_SHOWN]:
        out.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    if len(notes) > NOTES_SHOWN:
        out.print(
            f"note: {len(notes) - NOTES_SHOWN} more; each file's provenance has its own", soft_wrap=True
        )


def _show_one(tuned: Tuned, configs: LanguageConfigs, out: Console) -> None:
    preset = configs.resolve(tuned.label).config
    rows = [
        [key, value(found.value), value(getattr(preset, key)), _shares(found.removed), found.source]
        for key, found in tuned.fitted.items()
    ]
    table(out, ["threshold", "fitted", "before", "removes", "from"], rows)
    if tuned.stop_words:
        words = tuned.stop_words
        out.print(f"\nstop_words ({len(words.chosen)} of {len(words.candidates)} candidates): {' '.join(words.chosen)}",
                  markup=False, highlight=False, soft_wrap=True)  # fmt: skip
    if tuned.contamination is not None:
        listed = f", {len(tuned.precision.words):,} words listed" if tuned.precision else ""
        out.print(f"contamination {tuned.contamination:.1%}{listed}", highlight=False)


def _show_all(done: list[Tuned], out: Console) -> None:
    head = ["language", "reference", "crawl", "score", "clipped", "stop words", "contamination"]
    rows = [
        [
            tuned.label,
            *(f"{tuned.documents.get(name, 0):,}" for name in ("reference", "crawl")),
            value(tuned.fitted["language_score_min"].value) if "language_score_min" in tuned.fitted else "",
            str(sum("clipped" in note for found in tuned.fitted.values() for note in found.notes)),
            "" if tuned.stop_words is None else str(len(tuned.stop_words.chosen)),
            "" if tuned.contamination is None else f"{tuned.contamination:.1%}",
        ]
        for tuned in done
    ]
    table(out, head, rows)


def _shares(removed: dict[str, float]) -> str:
    return ", ".join(f"{share:.1%} of {name}" for name, share in removed.items())
