"""One language's config from annotations: score, thresholds, stop words, precision list, each with its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...filters.affinity import (
    AFFINITIES,
    COUNT_MIN,
    MISSED_MAX,
    contamination,
    frequencies,
    is_small,
    lists,
    url_terms,
)
from ...filters.distributions import Distributions
from ...filters.english import shipped_english
from ...filters.language_config import LanguageConfigs
from ...filters.methods import score_for_precision
from ...filters.precision import CONTAMINATION_MAX, PrecisionList
from ...filters.rules import LANGUAGE_SCORE
from ...filters.stop_words import StopWords, WordCounts, choose
from ...filters.tune import ENGLISH_LABEL, ENOUGH, Fitted, Proxy, distributions, fit, fit_score, proxy_for
from ...filters.word_lists import split_texts
from ...filters.words import segmenter_batch
from ...langid.errors import PolysiftError
from ...langid.identify import FastTextLanguageModel
from ...langid.kernels import from_arrow
from ...langid.labels import canonical, canonical_code, relatives, same_language
from ...langid.models import model_path
from ..units import plural
from .annotated import Annotated

WORDS_COUNTED = 5_000
"""Pages of a language that are split into words again; more change the ranks of stop words little."""

DOCUMENTS_CHECKED = 2_000
"""Documents of a language whose words are held against its list."""

ROUNDS = 1_000  # texts in memory at a time

CHECKED = 50
"""Documents of a reference that are identified, to see whether it is in its language."""

SURE = 0.9
"""Score from which on a model that does not know a language is believed when it calls its text another one."""

JUDGED = 100
"""Crawled documents below which contamination is not measured: the share would be off by more than a tenth of it."""


class Options(NamedTuple):
    """What the user asked for beyond the published method."""

    methods: Mapping[str, str] = {}
    clip: bool = True
    target_precision: float | None = None
    gold: str | None = None
    """Column of the annotations with the true label, for `target_precision`."""
    words: bool = True
    """Whether texts are read for stop words and precision lists."""


@dataclass
class Tuned:
    """A language's new config, and what is needed to explain it.

    Attributes:
        label: the language.
        documents: by corpus.
        fitted: every threshold, language_score first.
        proxy: whose thresholds the rest is of where documents are few, in a phrase.
        relatives: the same as labels; none: the defaults.
        small: which corpora have so few documents, a sentence each.
        stop_words: None where no text was counted.
        precision: the list at 0.85 where the rule applies.
        certain_words: the words of the list at 0.95.
        contamination: None where there is no list or no crawl.
        warnings: what the user should know, a sentence each.
    """

    label: str
    documents: dict[str, int]
    fitted: dict[str, Fitted]
    proxy: str
    relatives: tuple[str, ...]
    stop_words: StopWords | None = None
    precision: PrecisionList | None = None
    certain_words: tuple[str, ...] = ()
    small: list[str] = field(default_factory=list)
    contamination: float | None = None
    warnings: list[str] = field(default_factory=list)

    def values(self) -> dict[str, Any]:
        """The keys of the config file."""
        found: dict[str, Any] = {key: fitted.value for key, fitted in self.fitted.items()}
        if self.precision is not None:
            found["precision"] = 1
        if self.stop_words is not None and self.stop_words.chosen:
            found["stop_words"] = list(self.stop_words.chosen)
            found["stop_word_candidates"] = list(self.stop_words.candidates)
        return found


def tune(
    reference: Annotated | None,
    crawl: Annotated,
    labels: Iterable[str] | None,
    configs: LanguageConfigs,
    options: Options = Options(),  # noqa: B008 - immutable
) -> Iterable[Tuned]:
    """The new config of each language of the crawl, one after the other.

    Args:
        reference: clean text, such as a Wikipedia; None: the crawl stands in.
        crawl: the text to be filtered.
        labels: which languages; None: all that the crawl has, and the reference where there is one.
        configs: where proxies come from.
        options: what differs from the published method.

    Raises:
        PolysiftError: for a language that neither has.
    """
    chosen = _labels(reference, crawl, labels)
    english = {name: _english(of, name) for name, of in (("reference", reference), ("crawl", crawl))}
    text = reference or crawl
    counts = {label: count_words(text, label) for label in text.languages if options.words}
    total = frequencies({label: found.tokens for label, found in counts.items()})
    for label in chosen:
        tuned = _thresholds(reference, crawl, label, configs, english, options)
        if label in counts:
            _words(tuned, counts)
            if is_small(label) and len(counts) > 1:
                _precision(tuned, counts, total, text, crawl)
        yield tuned


def count_words(text: Annotated, label: str) -> WordCounts:
    """The words of a language's pages, counted from at most `WORDS_COUNTED` of them."""
    counts = WordCounts(label)
    split = segmenter_batch(text.run.config.words, label)
    for rows in _rounds(text.sample(label, WORDS_COUNTED)):
        pages = text.values(label, "text", rows)
        words = split(from_arrow(pa.array(pages, pa.large_string())))
        counts.add(pages, words, text.values(label, "top_langs", rows))
    return counts


def _labels(reference: Annotated | None, crawl: Annotated, labels: Iterable[str] | None) -> list[str]:
    known = {*crawl.languages, *(reference.languages if reference else ())}
    if labels is None:
        both = known if reference is None else {*crawl.languages} & {*reference.languages}
        return sorted(label for label in both if not label.startswith("und"))
    asked = [canonical(label) for label in labels]
    missing = [label for label in asked if label not in known]
    if missing:
        raise PolysiftError(
            f"tune: no document of {', '.join(missing)}; there are {', '.join(sorted(known)[:20])}"
        )
    return asked


def _english(of: Annotated | None, corpus: str) -> Distributions:
    """English of the same corpus, where there is enough; else the shipped figures."""
    if of is None or of.documents(ENGLISH_LABEL) < ENOUGH:
        return shipped_english()[corpus]
    return distributions(of.columns(ENGLISH_LABEL))


def _thresholds(
    reference: Annotated | None,
    crawl: Annotated,
    label: str,
    configs: LanguageConfigs,
    english: Mapping[str, Distributions],
    options: Options,
) -> Tuned:
    proxy = proxy_for(configs, label)
    own: dict[str, Distributions] = {}
    documents: dict[str, int] = {}
    fitted: dict[str, Fitted] = {}
    if crawl.documents(label):
        columns = crawl.columns(label)
        score = _score(crawl, label, columns["language_score"], proxy, options)
        fitted[LANGUAGE_SCORE] = score
        passing = columns["language_score"] >= (score.value or 0.0)
        own["crawl"] = distributions({name: values[passing] for name, values in columns.items()})
        documents["crawl"] = int(passing.sum())
    if reference is not None and reference.documents(label):
        own["reference"] = distributions(reference.columns(label))
        documents["reference"] = reference.documents(label)
    fitted |= fit(label, own, english, proxy, options.methods, options.clip)
    tuned = Tuned(
        label, documents, fitted, proxy.name, tuple(configs.lenders(label)), small=_small(label, documents)
    )
    if reference is not None and label in reference.languages:
        tuned.warnings += wrong_language(reference, label)
    return tuned


def _score(crawl: Annotated, label: str, scores: Any, proxy: Proxy, options: Options) -> Fitted:
    found = fit_score(scores, proxy)
    if options.target_precision is None:
        return found
    if options.gold is None:
        raise PolysiftError("tune: --target-precision needs labelled text: name the column with --gold")
    true = crawl.values(label, options.gold, np.arange(len(scores)))
    right = np.array([_same(value, label) for value in true])
    value = score_for_precision(scores, right, options.target_precision)
    method = f"lowest score with precision {options.target_precision:g} on {options.gold}"
    if value is None:
        notes = (
            f"precision {options.target_precision:g} is not reached (at most {_best(scores, right):.3f})",
        )
        return found._replace(notes=notes)
    removed = {"crawl": round(float((scores < value).mean()), 6)}
    return found._replace(value=value, method=method, weight=1.0, proxy=None, removed=removed)


def _same(value: object, label: str) -> bool:
    try:
        return isinstance(value, str) and canonical(value) == label
    except PolysiftError:
        return False


def _best(scores: Any, right: Any) -> float:
    """The greatest precision that a threshold reaches."""
    order = np.argsort(scores, kind="stable")[::-1]
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.r_[scores[order][1:] != scores[order][:-1], True]  # documents of one score pass together
    return float(shares[last].max())


def _small(label: str, documents: Mapping[str, int]) -> list[str]:
    """What is said of corpora with few documents; English leans on nothing."""
    few = {corpus: count for corpus, count in documents.items() if count < ENOUGH and label != ENGLISH_LABEL}
    return [
        f"{plural(count, 'document')} of the {corpus}, fewer than {ENOUGH:,}; thresholds lean on relatives"
        for corpus, count in few.items()
    ]


def wrong_language(reference: Annotated, label: str) -> list[str]:
    """A warning where the reference's texts are identified as another language than their column says.

    Where the model does not know the language itself, texts that it is sure of are those of another language, unless
    that is a relative, whose label it gives to what is near.
    """
    if reference.run.config.language_id.column is None:
        return []  # the label is what the model said
    model, known = _judge(label)
    rows = reference.sample(label, CHECKED)
    identified = model.identify(pa.array(reference.values(label, "text", rows), pa.string()))
    names = [identified.names[number] for number in identified.labels.tolist()]
    found = names if known else [name for name, s in zip(names, identified.scores, strict=True) if s >= SURE]
    near = {label, *(() if known else (*same_language(label), *relatives(label)))}
    if sum(name in near for name in found) >= len(names) / 2 or (not known and len(found) < len(names) / 2):
        return []
    other = max(sorted({*found} - near), key=found.count, default=None)
    if other is None or (not known and found.count(other) < len(names) / 2):
        return []
    right = f"{found.count(label) / len(names):.0%} are identified as {label}, " if known else ""
    return [
        f"the reference may be in another language: of {len(names)} documents {right}"
        f"{found.count(other) / len(names):.0%} as {other}"
    ]


@cache
def _models() -> list[tuple[FastTextLanguageModel, frozenset[str]]]:
    """The embedded models with the languages that they know, the one that knows most first."""
    loaded = [FastTextLanguageModel(model_path(name)) for name in ("polysift", "lid176")]
    return [(model, frozenset(canonical_code(code) for code in model.codes if code)) for model in loaded]


def _judge(label: str) -> tuple[FastTextLanguageModel, bool]:
    """The model to ask about a language, and whether it knows it."""
    for model, codes in _models():
        if label[:3] in codes:
            return model, True
    return _models()[0][0], False


def _words(tuned: Tuned, counts: Mapping[str, WordCounts]) -> None:
    tuned.stop_words = choose(counts[tuned.label], counts.values())
    if tuned.stop_words.left_out > tuned.stop_words.documents:
        left, read = tuned.stop_words.left_out, tuned.stop_words.documents
        tuned.warnings.append(
            f"{left:,} of {left + read:,} pages are foreign (of another script, or English)"
        )


def _precision(
    tuned: Tuned,
    counts: Mapping[str, WordCounts],
    total: Mapping[str, float],
    text: Annotated,
    crawl: Annotated,
) -> None:
    """The language's word list, its contamination, and the rule where that is high and the list covers the text."""
    pages = counts[tuned.label].pages
    found = lists({label: of.tokens for label, of in counts.items()}, total, tuned.label)
    words, certain = (tuple(word for word in found[a] if pages[word] >= COUNT_MIN) for a in AFFINITIES)
    listed = frozenset(words)
    if not listed or tuned.documents.get("crawl", 0) < JUDGED:
        return
    least = tuned.fitted[LANGUAGE_SCORE].value or 0.0
    passing = crawl.columns(tuned.label)["language_score"] >= least
    tuned.contamination = contamination(_documents(crawl, tuned.label, passing), listed)
    if tuned.contamination <= CONTAMINATION_MAX:
        return
    missed = contamination(_documents(text, tuned.label), listed)
    if missed > MISSED_MAX:
        tuned.warnings.append(f"the word list misses {missed:.0%} of its own text's pages: no precision rule")
        return
    tuned.precision, tuned.certain_words = PrecisionList(words, url_terms(tuned.label)), certain


def _documents(of: Annotated, label: str, among: NDArray[np.bool_] | None = None) -> Iterable[Sequence[str]]:
    for rows in _rounds(of.sample(label, DOCUMENTS_CHECKED, among)):
        yield from split_texts(of.run.config.words, label, of.values(label, "text", rows))


def _rounds(rows: Any) -> Iterable[Any]:
    return (rows[start : start + ROUNDS] for start in range(0, len(rows), ROUNDS))
