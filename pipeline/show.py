"""What the commands print: tables that stay plain text when the output is not a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..filters.language_config import LanguageConfigs
from ..filters.rules import DUPLICATE, LANGUAGE_SCORE
from ..langid.labels import UNDETERMINED, canonical
from ..langid.languages import languages as known_languages
from .adapt import in_force
from .explain import Explanation
from .funnel import Counts, totals
from .plan import StageEstimate
from .stage import Run
from .units import duration, most_first, size

RULES = "rules"
LARGEST = 25  # languages shown in a terminal or a log; summary.json has all


def table(console: Console, head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> None:
    """Prints a table: the first `left` columns flush left, numbers flush right; tab-separated off a terminal."""
    if not console.is_terminal:
        for row in (head, *rows):
            console.file.write("\t".join(row) + "\n")  # rich would turn the tabs into spaces
        return
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for index, name in enumerate(head):
        shown.add_column(name, justify="left" if index < left else "right", overflow="fold")
    for row in rows:
        shown.add_row(*map(Text, row))
    console.print(shown)


def funnel(console: Console, summary: Mapping[str, Any], run: Run) -> None:
    """The funnel of a run, from its summary: per language, in total, by reason; then what the user should know."""
    languages, total = summary["languages"], summary["totals"]
    order = sorted(languages, key=lambda label: (-languages[label]["documents"], label))
    head = ["language", "documents", "kept", LANGUAGE_SCORE, "duplicates", RULES, "quarantined"]
    rows = [_row(label, languages[label]) for label in order[:LARGEST]]
    if len(order) > LARGEST:
        rest = totals({label: languages[label] for label in order[LARGEST:]})
        rows.append(_row(f"{len(order) - LARGEST} more languages", rest))
    rows.append(_row("total", total))
    table(console, head, rows)
    console.print()
    reasons = [
        [reason, f"{count:,}", _share(count, total["documents"])]
        for reason, count in most_first(total["removed"])
    ]
    table(console, ["removed by", "documents", "share"], reasons)
    console.print()
    for note in _threshold_notes(languages):
        console.print(note, soft_wrap=True, highlight=False)
    if total["duplicate_ids"]:
        console.print(
            f"note: {total['duplicate_ids']:,} documents have an id that another one of their language has",
            soft_wrap=True,
        )
    if total["quarantined"]:
        console.print(
            f"note: {total['quarantined']:,} could not be read: see {run.work.url}/quarantine", soft_wrap=True
        )
        for cause, count in most_first(summary["quarantine_causes"]):
            console.print(f"  {count:,}  {cause}", markup=False, highlight=False, soft_wrap=True)
    for conflict in summary["column_conflicts"]:
        console.print(f"note: {conflict}", markup=False, highlight=False, soft_wrap=True)
    kept = f"{total['kept']:,} of {total['documents']:,} documents kept in {run.config.output}"
    console.print(kept, highlight=False, soft_wrap=True)


def _threshold_notes(languages: Mapping[str, Counts]) -> Iterator[str]:
    """Which languages have no config of their own, and what they were decided by."""
    without = {
        name: of
        for name, counts in languages.items()
        if (of := counts["thresholds_of"]) not in (name, None) and name != UNDETERMINED
    }
    adapted = {name: f"{languages[name]['documents']:,}" for name in without if languages[name]["thresholds"]}
    lent = {name: of for name, of in without.items() if name not in adapted}
    if adapted:
        yield (
            f"note: languages without a config of their own, whose thresholds come from their own documents and, where "
            f"these are few, from relatives or the defaults (README.md of the dataset says each value's source): "
            f"{_some(adapted)}"
        )
    if lent:
        yield f"note: languages without a config of their own, by whose thresholds they were decided: {_some(lent)}"


def _some(named: Mapping[str, str], most: int = 8) -> str:
    """The number of languages, and some of them with what is known of each."""
    shown = ", ".join(f"{name} ({what})" for name, what in list(named.items())[:most])
    return f"{len(named)}: {shown}{', ...' if len(named) > most else ''}"


def _row(label: str, counts: Counts) -> list[str]:
    removed = dict(counts["removed"])
    score, duplicates = removed.pop(LANGUAGE_SCORE, 0), removed.pop(DUPLICATE, 0)
    numbers = (
        counts["documents"],
        counts["kept"],
        score,
        duplicates,
        sum(removed.values()),
        counts["quarantined"],
    )
    return [label, *(f"{number:,}" for number in numbers)]


def _share(part: int, whole: int) -> str:
    return f"{part / max(whole, 1):.1%}"


def value(number: Any) -> str:
    """A threshold or a measure; `off` for a threshold that is none.

    >>> value(None), value(50), value(0.1875), value(50.0)
    ('off', '50', '0.1875', '50')
    """
    if number is None:
        return "off"
    return f"{number:.4g}" if isinstance(number, float) and number != int(number) else f"{int(number)}"


def next_steps(console: Console, config: Any, run: Run, languages: Mapping[str, Counts]) -> None:
    """Where to look next: commands that can be pasted."""
    kept = [label for label in languages if languages[label]["kept"]]
    example = max(kept, key=lambda label: (languages[label]["kept"], label), default="por_Latn")
    loading = f"from datasets import load_dataset; print(load_dataset('{run.config.output}', '{example}'))"
    steps = {
        f"polysift explain {config} ID": "one document: its measures, what decided",
        f"polysift languages {example} --config {config}": "thresholds in force and where they come from",
        **({f'python -c "{loading}"': "the dataset, in Python"} if kept else {}),
        f"{run.config.output}/README.md": "its card; summary.json beside it has every number",
    }
    console.print("\nnext:")
    for step, what in steps.items():
        console.out(f"  {step}\n      {what}", highlight=False)


def plan(console: Console, estimates: Sequence[StageEstimate]) -> None:
    """What a run would do: a row per stage, then the sums."""
    head = ["stage", "units", "to do", "tasks", "input", "time", "memory per worker", "disk"]
    rows = [
        [
            e.stage,
            *("?" if number is None else f"{number:,}" for number in (e.units, e.pending, e.tasks)),
            size(e.input_bytes),
            duration(e.seconds),
            size(e.memory_bytes),
            size(e.disk_bytes),
        ]
        for e in estimates
    ]
    table(console, head, rows)
    seconds, disk = sum(e.seconds for e in estimates), sum(e.disk_bytes for e in estimates)
    console.print(f"\nabout {duration(seconds)} in all, {size(disk)} of disk; nothing was run")
    for note in (note for e in estimates for note in e.notes):
        console.print(f"note: {note}", soft_wrap=True, markup=False)


def explanation(console: Console, found: Explanation) -> None:
    """One document: where it comes from, its languages, every measure beside its threshold, its cluster."""
    document = found.document
    outcome = "kept" if found.reason is None else f"removed: {found.reason}"
    console.print(
        Text(f"{document['id']}  {outcome}", style="bold green" if found.reason is None else "bold red"),
        soft_wrap=True,
    )
    for name in ("url", "file_path"):
        if document.get(name):
            console.print(f"  {name}: {document[name]}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"  text: {excerpt(document['text'])}", markup=False, highlight=False, soft_wrap=True)
    tops = ", ".join(
        f"{key.removesuffix('_score')} {score:.3f}" for key, score in found.top_languages.items()
    )
    scores = f"{document['language_score']:.3f}{f' ({tops})' if tops else ''}"
    console.print(f"  language: {found.label} {scores}\n", highlight=False, soft_wrap=True)
    if found.config is not None:
        head = ["threshold", "measured", "limit", "", "limit from"]
        rows = [
            [v.threshold, "" if v.value != v.value else f"{v.value:.4g}", value(v.limit),
             _mark(v.threshold, v.fails, found.reason), found.config.sources.get(v.threshold, "")]
            for v in found.verdicts
        ]  # fmt: skip
        table(console, head, rows)
    else:
        console.print("not measured: the run's config leaves this language out (languages.include, exclude)")
    decided = "  <- decided" if found.reason == DUPLICATE else ""
    console.print(f"\ncluster: {found.cluster_size} document{'s'[: found.cluster_size != 1]}, "
                  f"upsample_weight {found.weight}{decided}", highlight=False)  # fmt: skip
    for index, member in enumerate(found.cluster if found.cluster_size > 1 else ()):
        role = " (kept for the cluster)" if index == 0 else ""
        console.print(f"  {member}{role}", markup=False, highlight=False, soft_wrap=True)


def excerpt(text: str, length: int = 160) -> str:
    """The beginning of a text on one line.

    >>> excerpt("uma linha\\noutra", 10)
    'uma linha …'
    """
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else f"{line[:length]}…"


def _mark(threshold: str, fails: bool, reason: str | None) -> str:
    return "<- decided" if threshold == reason else "fails" if fails else ""


def languages(console: Console) -> None:
    """All languages that have a config."""
    rows = [[label, known.name, known.family] for label, known in sorted(known_languages().items())]
    table(console, ["language", "name", "family"], rows, left=3)


def language(
    console: Console, label: str, configs: LanguageConfigs, decided: Mapping[str, Any] | None = None
) -> None:
    """One language's thresholds and stop words, each with where it comes from; `decided` are those a run found."""
    name = canonical(label)
    resolved = in_force(configs.resolve(name), decided or {})
    known = known_languages().get(name)
    title = f"{name}  {known.name}, {known.family}" if known else name
    lender = "fitted by this run" if len(decided or {}) > 1 else resolved.proxy
    console.print(f"{title}{f'  (no config of its own: {lender})' if resolved.proxy else ''}\n",
                  markup=False, highlight=False, soft_wrap=True)  # fmt: skip
    values = resolved.config.model_dump()
    words, candidates = values.pop("stop_words"), values.pop("stop_word_candidates")
    rows = [[key, value(number), resolved.sources[key]] for key, number in values.items()]
    table(console, ["threshold", "value", "from"], rows)
    more = f", of {len(candidates)} candidates" if candidates else ""
    console.print(f"\nstop_words ({resolved.sources['stop_words']}{more}): {' '.join(words)}",
                  markup=False, highlight=False, soft_wrap=True)  # fmt: skip
