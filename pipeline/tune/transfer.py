"""Presets for another word segmenter: the same documents annotated twice, thresholds carried over, stop words anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

from ...filters.language_config import Resolved
from ...filters.rules import RULES, STOP_WORD_MASK, fails
from ...filters.stop_words import choose
from ...filters.thresholds import CANDIDATES, STOP_WORDS
from ...filters.transfer import Carried, enough_stop_words, transfer
from ...filters.word_lists import split_texts
from ...langid.errors import PolysiftError
from .. import corpus
from ..settings import language_configs
from ..show import table, value
from ..units import plural
from .annotated import Annotated
from .fit import count_words
from .write import language_file

STOP_WORD_RULE = next(rule for rule in RULES if rule.numerator == STOP_WORD_MASK)
DOCUMENTS_MIN = 30
"""Below so many documents shares are too coarse to be matched, and a language keeps its thresholds."""

ORIGIN = "github.com/huggingface/fineweb-2 d0defb2, configs"
PUBLISHED = {"source": ORIGIN, "license": "Apache-2.0"}


class Moved(NamedTuple):
    """A language's thresholds for the new words.

    Attributes:
        label: the language.
        documents: that were split both ways.
        words_ratio: new words per old word.
        carried: each threshold of words, before and after.
        stop_words: of the new words.
        candidates: what they were chosen among.
    """

    label: str
    documents: int
    words_ratio: float
    carried: dict[str, Carried]
    stop_words: tuple[str, ...]
    candidates: tuple[str, ...]


def show_transfer(
    new: Annotated, old: Annotated, labels: Sequence[str] | None, output: Path | None, out: Console
) -> None:
    """Carries the thresholds of every language in both runs, writes and shows them.

    Raises:
        PolysiftError: where the two runs are not over the same documents.
    """
    if new.run.config.words == old.run.config.words:
        raise PolysiftError(
            f"tune: {new.name} and {old.name} both have words: {new.run.config.words}; --transfer-from takes a run "
            f"over the same documents with other `words`"
        )
    rows = []
    for label in labels or sorted({*new.languages} & {*old.languages}):
        if min(new.documents(label), old.documents(label)) < DOCUMENTS_MIN:
            out.print(
                f"note: {label}: {plural(new.documents(label), 'document')}, fewer than {DOCUMENTS_MIN}: left as it is"
            )
            continue
        moved = move(new, old, label)
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
            content = moved_file(moved, language_configs(old.run).resolve(label), new, old)
            (output / f"{label}.yml").write_text(content, encoding="utf-8", newline="\n")
        rows += [
            [
                label,
                key,
                value(of.before),
                value(of.after),
                f"{of.removed_before:.1%}",
                f"{of.removed_after:.1%}",
            ]
            for key, of in moved.carried.items()
            if of.before != of.after
        ]
    table(out, ["language", "threshold", "before", "after", "removed", "removes"], rows, left=2)


def move(new: Annotated, old: Annotated, label: str) -> Moved:
    """One language's thresholds and stop words for the words of `new`."""
    after, before = new.columns(label), old.columns(label)
    _check_same(new, old, label)
    config = language_configs(old.run).resolve(label).config
    removed = float(fails(STOP_WORD_RULE, before, config).mean())
    words = choose(count_words(new, label))
    texts = new.values(label, "text", np.arange(new.documents(label)))
    documents = split_texts(new.run.config.words, label, texts)
    least = config.stop_word_count_min
    chosen = enough_stop_words(words.candidates, documents, removed, least or 1)
    ratio = float(after["n_words"].sum() / max(1, before["n_words"].sum()))
    return Moved(label, len(documents), ratio, transfer(config, before, after), chosen, words.candidates)


def moved_values(moved: Moved, resolved: Resolved) -> dict[str, Any]:
    """The keys of the new file: those of the old one, and every threshold that has changed."""
    values = {
        key: getattr(resolved.config, key)
        for key, source in resolved.sources.items()
        if source.endswith(f"{moved.label}.yml")
    }
    values |= {key: of.after for key, of in moved.carried.items() if key in values or of.after != of.before}
    return {**values, STOP_WORDS: moved.stop_words, CANDIDATES: moved.candidates}


def moved_file(moved: Moved, resolved: Resolved, new: Annotated, old: Annotated) -> str:
    """The content of the language's new file, with provenance."""
    files = {of for of in resolved.sources.values() if of.endswith(f"{moved.label}.yml")}
    own = sorted(of for of in files if not of.startswith("configs/"))
    whose = {"source": ", ".join(own)} if own else {**PUBLISHED, "source": f"{ORIGIN}/{moved.label}.yml"}
    source: Mapping[str, Any] = {
        **whose,
        "method": f"{'' if own else 'published '}thresholds carried from words: {old.run.config.words} to "
        f"{new.run.config.words} by matching quantiles on {moved.documents:,} documents ({moved.words_ratio:.2f} new "
        f"words per old word); stop words by document frequency in them",
        "date": max(new.date(), old.date()),
    }
    return language_file(source, moved_values(moved, resolved))


def _check_same(new: Annotated, old: Annotated, label: str) -> None:
    first, second = _ids(new, label), _ids(old, label)
    if len(first) != len(second) or (first != second).any():
        raise PolysiftError(
            f"tune: {label}: {new.name} and {old.name} are not over the same documents ({len(first):,} against "
            f"{len(second):,}); annotate the same input, with language_id.model: column:NAME so that labels agree"
        )


def _ids(of: Annotated, label: str) -> Any:
    return corpus.numbers(of.run.work, of.languages[label], ["id_hash"])["id_hash"]
