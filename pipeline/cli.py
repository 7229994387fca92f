"""The command line: parse, call, print.

Exit codes: 0 done; 1 the run failed (what is finished is kept); 2 wrong usage or config; 3 more of the input was
quarantined than input.max_quarantined_fraction allows; 4 the books do not balance; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ..langid.errors import PolysiftError
from . import langid_commands

app = typer.Typer(
    help="Raw multilingual web documents in, a per-language, deduplicated, filtered dataset with its card out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(langid_commands.app, name="langid")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"polysift {version('polysift')}")
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What may stand before a command."""


FAILED, USAGE, QUARANTINED, UNBALANCED, INTERRUPTED = 1, 2, 3, 4, 130

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="The run's YAML file.", show_default=False)
]
Annotations = Annotated[
    Path,
    typer.Argument(metavar="CONFIG", help="Config of a crawl's run that is annotated.", show_default=False),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the config, such as --set dedup.ngram=4."),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Tasks at a time (executor.workers).")]
Restart = Annotated[
    bool, typer.Option("--restart", help="Remove what earlier runs left in work and output, start afresh.")
]


@app.command("run")
def run_command(
    config: ConfigFile,
    workers: Workers = None,
    settings: Settings = None,
    restart: Restart = False,
) -> None:
    """Run all stages; what is complete is not done again."""
    run = _load(config, settings, workers, ahead=True)
    from . import show
    from .run import bring_up_to_date
    from .stages import STAGES

    bring_up_to_date(run, STAGES, _progress(), restart)
    summary = run.output.read_json("summary.json")
    out = Console()
    show.funnel(out, summary, run)
    show.next_steps(out, config, run, summary["languages"])
    _judge_quarantine(run, summary["totals"])


def _stage_command(name: str, help: str) -> None:
    @app.command(name, help=help)
    def command(
        config: ConfigFile,
        workers: Workers = None,
        settings: Settings = None,
        restart: Restart = False,
    ) -> None:
        run = _load(config, settings, workers, ahead=True)
        from .run import bring_up_to_date
        from .stages import up_to

        bring_up_to_date(run, up_to(name), _progress(), restart)


_stage_command("scan", "List the input and learn its columns and types.")
_stage_command("annotate", "Identify languages, measure and sign every document.")
_stage_command("dedup", "Cluster near-duplicates within each language.")
_stage_command("decide", "Decide every document from its annotations; reads no text.")
_stage_command("export", "Write the dataset's shards.")
_stage_command("card", "Write the dataset's card and summary.")


@app.command()
def weights(
    config: Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="The run's YAML file.")] = None,
    distribution: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Removal rates as FineWeb2 publishes them, instead of a run."),
    ] = None,
    max_repeats: Annotated[int | None, typer.Option(min=1, help="Instead of rebalance.max_repeats.")] = None,
    smoothing: Annotated[
        bool | None, typer.Option(help="Instead of rebalance.smoothing; off with --distribution.")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also draw cluster sizes and removal rates there, as SVG."),
    ] = None,
    workers: Workers = None,
    settings: Settings = None,
    restart: Restart = False,
) -> None:
    """Print learned upsampling weights as JSON: of each language of a run, or of one file of removal rates."""
    from .rebalance.show import print_learned, print_of_distribution

    if distribution is not None and config is None:
        print_of_distribution(distribution, max_repeats, bool(smoothing), pictures)
        return
    if config is None or distribution is not None:
        raise typer.BadParameter("give either CONFIG or --distribution FILE")
    given = {"rebalance.max_repeats": max_repeats, "rebalance.smoothing": smoothing}
    changed = [f"{key}={str(value).lower()}" for key, value in given.items() if value is not None]
    print_learned(_load(config, [*(settings or ()), *changed], workers), _progress(), restart, pictures)


@app.command()
def plan(config: ConfigFile, workers: Workers = None, settings: Settings = None) -> None:
    """Show stages, tasks, input bytes, estimated time, memory and disk; runs nothing."""
    from . import show
    from .plan import estimate

    show.plan(Console(), estimate(_load(config, settings, workers)))


@app.command()
def identify(
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT|FILE", help="Texts, files of one text per line, or - for standard input."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="lid176, polysift, glotlid, openlid, or a model file.")
    ] = "lid176",
    tsv: Annotated[bool, typer.Option("--tsv", help="Label and score parted by a tabulator.")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    top: Annotated[int, typer.Option(min=1, help="Labels to show of each text that score above 0.01.")] = 1,
    scripts: Annotated[bool, typer.Option("--scripts", help="Also the scripts with their shares.")] = False,
) -> None:
    """Identify the language of each line of text, as a table in a terminal, else as tab-separated values."""
    from .identify_command import identify

    if tsv and jsonl:
        raise typer.BadParameter("goes not with --tsv", param_hint="--jsonl")
    plain = tsv or not sys.stdout.isatty()
    identify(texts or [], model, "jsonl" if jsonl else "tsv" if plain else "table", top, scripts)


@app.command()
def explain(
    config: ConfigFile,
    id: Annotated[str, typer.Argument(metavar="ID", help="Id of a document.", show_default=False)],
    settings: Settings = None,
) -> None:
    """Show one document: language scores, every measure beside its threshold, what decided, its cluster."""
    from . import show
    from .explain import explain as explain_document

    for explanation in explain_document(_load(config, settings), id):
        show.explanation(Console(), explanation)


@app.command()
def clusters(
    config: ConfigFile,
    language: Annotated[str | None, typer.Option(metavar="LABEL", help="One language only.")] = None,
    most: Annotated[int, typer.Option(min=1, help="Clusters to show.")] = 10,
    settings: Settings = None,
) -> None:
    """Show the largest clusters of duplicates: size, samples, and a diff of the least similar member."""
    from .clusters import largest
    from .show_clusters import clusters as show_clusters

    show_clusters(Console(), largest(_load(config, settings), language, most))


index = typer.Typer(
    help="Indexes of earlier runs (dedup.index).", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(index, name="index")


@index.command("merge")
def index_merge(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A new folder or URL.", show_default=False)],
    sources: Annotated[
        list[str], typer.Argument(metavar="INDEX...", help="Indexes that runs wrote.", show_default=False)
    ],
) -> None:
    """Make one index of several; cluster sizes add up."""
    from .dedup.index import merge

    found = merge(target, sources)
    Console().print(
        f"{sum(found.values()):,} entries of {len(found):,} languages in {target}",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def languages(
    label: Annotated[str | None, typer.Argument(metavar="LABEL", help="Such as por_Latn.")] = None,
    config: Annotated[Path | None, typer.Option(help="A run's YAML file, whose overrides apply.")] = None,
    settings: Settings = None,
) -> None:
    """Show a language's config in force and where each value comes from; without LABEL, list the known languages."""
    from ..filters.language_config import LanguageConfigs
    from . import show
    from .adapt import decided_thresholds
    from .settings import language_configs

    if config is None and settings:
        raise typer.BadParameter("goes with --config", param_hint="--set")
    run = None if config is None else _load(config, settings)
    configs = LanguageConfigs((), {}) if run is None else language_configs(run)
    if label is None:
        show.languages(Console())
    else:
        show.language(Console(), label, configs, {} if run is None else decided_thresholds(run, label))


@app.command()
def tune(  # noqa: PLR0917 - options of a command
    crawl: Annotations,
    reference: Annotated[
        Path | None, typer.Option(help="Config of a run over clean text, such as a Wikipedia; annotated too.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for <label>.yml files; a run takes them by languages.configs.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="Language to tune, such as por_Latn; all by default.")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE=METHOD",
            help="English, MeanStd, Quantile, 10Tail, MedianRatio; @reference or @crawl.",
        ),
    ] = None,
    clip: Annotated[
        bool, typer.Option("--clip/--no-clip", help="Move thresholds back to the guard rails.")
    ] = True,
    words: Annotated[
        bool, typer.Option("--words/--no-words", help="Read text for stop words and precision lists.")
    ] = True,
    target_precision: Annotated[
        float | None, typer.Option(min=0, max=1, help="language_score for this share of right labels.")
    ] = None,
    gold: Annotated[
        str | None, typer.Option(help="Column with the true label, for --target-precision.")
    ] = None,
    transfer_from: Annotated[
        Path | None, typer.Option(help="Config of a run over the same documents with other `words`.")
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="A B",
            help="Decide under two config folders, or presets (polysift, fineweb2); show what differs.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Folder for one HTML page per language: distributions, thresholds, samples."),
    ] = None,
) -> None:
    """Fit language configs to annotated text: thresholds, stop words, precision lists, each with its source."""
    from .tune import command

    asked = command.Asked(
        crawl, reference, output, tuple(label or ()) or None, tuple(method or ()), clip, words, target_precision, gold,
        transfer_from, compare, report,
    )  # fmt: skip
    command.run(asked, Console(), _progress())


def _load(
    config: Path, settings: Sequence[str] | None, workers: int | None = None, ahead: bool = False
) -> Any:
    """The run of a config; `ahead` of its stages, the processes that will do the work start to load kernels."""
    from .config_file import load
    from .pool import start_server

    flags = [] if workers is None else [f"executor.workers={workers}"]
    try:
        loaded = load(config, [*(settings or ()), *flags])
        if ahead and loaded.executor.kind == "local" and loaded.executor.tasks_at_a_time > 1:
            start_server(loaded.language_id.uses_model)
        from .checks import check
        from .stage import Run

        check(loaded)
    except PolysiftError as error:
        _complain(error)
        raise typer.Exit(USAGE) from None
    return Run(loaded)


def _progress() -> Console:
    return Console(stderr=True)


def _judge_quarantine(run: Any, total: Any) -> None:
    most = run.config.input.max_quarantined_fraction
    if total["quarantined"] > most * total["documents"]:
        _complain(
            f"{total['quarantined']:,} of {total['documents']:,} documents could not be read, more than "
            f"input.max_quarantined_fraction ({most:.1%}) allows; see {run.config.work_url}/quarantine"
        )
        raise typer.Exit(QUARANTINED)


def _complain(error: object) -> None:
    Console(stderr=True, style="red", highlight=False, soft_wrap=True).print(
        f"polysift: {error}", markup=False
    )


def main() -> None:
    """Runs the command that the program's arguments name."""
    try:
        app()  # ends with SystemExit, whose code is that of the command, 2 for wrong usage
    except PolysiftError as error:
        _complain(error)
        sys.exit(error.exit_code)
