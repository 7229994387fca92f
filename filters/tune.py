"""Measures of a language's documents to its thresholds: method, bounds, shrinkage, guard rails; each step recorded.

    by a method ─► off bounds become None ─► shrunk to the proxy where documents are few ─► guard rails ─► rounded

Nothing here reads text: the input is the integer columns that `annotate` stores.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.errors import PolysiftError, did_you_mean
from .distributions import Distribution, Distributions, of_rule
from .language_config import LanguageConfigs
from .methods import METHODS, PUBLISHED, TUNABLE, language_score
from .rules import LANGUAGE_SCORE, Columns, Rule
from .thresholds import LanguageConfig

ENGLISH_LABEL = "eng_Latn"

ENOUGH = 1000
"""Documents from which on a language's own text has the whole say. A share of a tenth has then a standard error of
one percentage point; with fewer documents it grows with 1 / sqrt(n), and the weight of the own text falls likewise."""

ENOUGH_ALONE = 200
"""The same where no relative is known: the English defaults are no better than what two hundred documents say."""

MOST_REMOVED, LEAST_REMOVED = 0.75, 0.001
"""Guard rails: a rule that alone removes more, or less, is reported, and by default clipped to these shares. The
first is the recipe's; it also drops what removes nothing, of which a thousandth of the documents is the reading."""

JUDGES = 100
"""Documents below which the guard rails only report: a share of so few says little."""

FEWEST = 30
"""Documents of a corpus below which the other one, if it has more, is fitted on: shares of fewer are too coarse."""

DECIMALS = 4
SCORE_METHOD = "median - std"

CORPORA = ("reference", "crawl")


class Fitted(NamedTuple):
    """One threshold, and how it came about.

    Attributes:
        key: of the config.
        value: the threshold; None: off.
        method: one of `METHODS`.
        corpus: 'reference' or 'crawl', which it was fitted on.
        documents: in that corpus.
        by_method: each method's threshold on that corpus, bounds applied.
        weight: of the language's own text, 0 to 1; the rest is the proxy's.
        proxy: where the rest comes from; None where the weight is 1.
        removed: share that the threshold alone removes, by corpus.
        notes: what was done beyond the method, a phrase each.
    """

    key: str
    value: float | None
    method: str
    corpus: str
    documents: int
    by_method: dict[str, float | None]
    weight: float
    proxy: str | None
    removed: dict[str, float]
    notes: tuple[str, ...]

    @property
    def source(self) -> str:
        """In a phrase, where the value comes from.

        >>> Fitted("newline_word_ratio_max", 0.2, "10Tail", "crawl", 250, {}, 0.5, "por_Latn", {}, ()).source
        '10Tail on the crawl (250 documents), weight 0.50; the rest of por_Latn'
        """
        if self.method == "English" and self.proxy is None:
            return "the English threshold"
        counted = f"{self.documents:,} document{'' if self.documents == 1 else 's'}"
        fitted = f"{self.method} on the {self.corpus} ({counted})"
        if self.proxy and not self.weight:
            return "; ".join((f"of {self.proxy}, not by {fitted}", *self.notes))
        rest = f", weight {self.weight:.2f}; the rest of {self.proxy}" if self.proxy else ""
        return "; ".join((f"{fitted}{rest}", *self.notes))


class Proxy(NamedTuple):
    """Whose thresholds stand in where a language's own documents are few."""

    name: str
    config: LanguageConfig
    enough: int = ENOUGH
    """Documents from which on nothing is taken from it."""


def proxy_for(configs: LanguageConfigs, label: str) -> Proxy:
    """The proxy of a language among some configs, and how many documents do without it."""
    name, config, related = configs.proxy_of(label)
    return Proxy(name, config, ENOUGH if related else ENOUGH_ALONE)


def distributions(columns: Columns) -> Distributions:
    """The distribution of every tunable measure over some documents."""
    return {rule.threshold: of_rule(rule, columns) for rule in TUNABLE}


def own_weight(documents: int, enough: int = ENOUGH) -> float:
    """The weight of a language's own text against its proxy: sqrt(n / enough), at most 1.

    >>> own_weight(10), own_weight(250), own_weight(5000)
    (0.1, 0.5, 1.0)
    """
    return min(1.0, math.sqrt(documents / enough))


def fit(
    label: str,
    own: Mapping[str, Distributions],
    english: Mapping[str, Distributions],
    proxy: Proxy,
    methods: Mapping[str, str] | None = None,
    clip: bool = True,
) -> dict[str, Fitted]:
    """The threshold of every tunable rule for one language.

    Args:
        label: the language; English is what the others are measured against, and keeps its thresholds.
        own: 'reference' and 'crawl', one of them or both, to the distributions over its documents.
        english: the same of English; where a corpus is missing, the other one's stand in.
        proxy: thresholds to shrink towards.
        methods: threshold's key -> method, or method@corpus; the published choice where none is given.
        clip: whether thresholds beyond the guard rails are moved back to them.

    Returns:
        By key, in the order of the rules.

    Raises:
        PolysiftError: for an unknown rule, method or corpus, and where there is no document at all.
    """
    chosen = choices(methods or {})
    if not any(found.documents for corpus in own.values() for found in corpus.values()):
        raise PolysiftError(f"{label}: no document to fit thresholds on; give text of it, or leave it out")
    return {rule.threshold: _fit(label, rule, own, english, proxy, chosen, clip) for rule in TUNABLE}


def choices(methods: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The method and corpus of each rule: the published ones with the given ones in their place.

    >>> choices({"newline_word_ratio_max": "Quantile@crawl"})["newline_word_ratio_max"]
    ('Quantile', 'crawl')
    """
    chosen = dict(PUBLISHED)
    for key, text in methods.items():
        name, _, corpus = text.partition("@")
        _known("rule", key, chosen)
        _known("method", name, METHODS)
        _known("corpus", corpus or chosen[key][1], CORPORA)
        chosen[key] = name, corpus or chosen[key][1]
    return chosen


def fit_score(scores: npt.NDArray[np.float64], proxy: Proxy, enough: int = 30) -> Fitted:
    """language_score_min by the published formula, from the scores of all documents given the label.

    Below `enough` documents it shrinks to the proxy's as the other thresholds do.
    """
    documents = len(scores)
    weight = own_weight(documents, enough)
    value = language_score(scores) if documents else None
    mixed = _shrunk(value, proxy.config.language_score_min, weight)
    value = None if mixed is None else round(mixed, DECIMALS)
    removed = float((scores < value).mean()) if documents and value is not None else 0.0
    lender = proxy.name if weight < 1 else None
    shares = {"crawl": round(removed, 6)}
    return Fitted(LANGUAGE_SCORE, value, SCORE_METHOD, "crawl", documents, {}, weight, lender, shares, ())


def _fit(
    label: str,
    rule: Rule,
    own: Mapping[str, Distributions],
    english: Mapping[str, Distributions],
    proxy: Proxy,
    chosen: Mapping[str, tuple[str, str]],
    clip: bool,
) -> Fitted:
    key = rule.threshold
    found = {corpus: own[corpus][key] for corpus in CORPORA if corpus in own and own[corpus][key].documents}
    method, corpus = chosen[key] if label != ENGLISH_LABEL else ("English", chosen[key][1])
    if not found:  # no document has the measure, as where none has a word
        return Fitted(key, getattr(proxy.config, key), method, corpus, 0, {}, 0.0, proxy.name, {}, ())
    notes: list[str] = []
    if corpus not in found:
        notes.append(f"no {corpus}")
        corpus = next(iter(found))
    fullest = max(found, key=lambda name: found[name].documents)
    if found[corpus].documents < FEWEST and fullest != corpus:
        count = found[corpus].documents
        notes.append(f"only {count} document{'' if count == 1 else 's'} in the {corpus}")
        corpus = fullest
    here, base = found[corpus], english.get(corpus) or next(iter(english.values()))
    by_method = by_each_method(label, rule, here, base[key])
    value, weight = (
        by_method[method],
        own_weight(here.documents, proxy.enough) if label != ENGLISH_LABEL else 1.0,
    )
    if here.std == 0:
        notes.append(f"constant measure, {here.mean:g} in every document")
    if not defined(rule, method, here, base[key]) and label != ENGLISH_LABEL:
        weight = 0.0
        notes.append(f"{method} is not defined here")
    judged = found.get("crawl", here)
    if weight < 1:
        mixed = _shrunk(value, getattr(proxy.config, key), weight)
        if weight and _only_mixed_is_harsh(rule, value, mixed, judged):
            notes.append(
                f"not mixed with {proxy.name}: that alone removes {judged.removed(mixed, rule.bound):.1%}"
            )
            weight = 1.0
        else:
            value = mixed
    value, problem = _guarded(rule, value, judged, clip and label != ENGLISH_LABEL)
    value = bounded(rule, value)
    removed = {name: round(of.removed(value, rule.bound), 6) for name, of in found.items()}
    lender = proxy.name if weight < 1 else None
    said = (*notes, *problem)
    return Fitted(key, value, method, corpus, here.documents, by_method, weight, lender, removed, said)


def by_each_method(
    label: str, rule: Rule, own: Distribution, english: Distribution
) -> dict[str, float | None]:
    """What each method makes of a rule's measure in a language, bounds applied; English has the English threshold.

    English thresholds are those of `LanguageConfig()`.
    """
    threshold = float(getattr(LanguageConfig(), rule.threshold))
    if label == ENGLISH_LABEL:
        return dict.fromkeys(METHODS, threshold)
    return {
        name: bounded(rule, method(own, english, threshold, rule.bound)) for name, method in METHODS.items()
    }


def defined(rule: Rule, method: str, own: Distribution, english: Distribution) -> bool:
    """Whether a method gives a threshold at all; where it does not, the proxy's stands."""
    threshold = float(getattr(LanguageConfig(), rule.threshold))
    return METHODS[method](own, english, threshold, rule.bound) is not None


def bounded(rule: Rule, value: float | None) -> float | None:
    """The threshold rounded towards removing less, and None where it can remove nothing.

    A fraction is at most 1, but for top n-grams, which overlap; a mean word length is at least 1.
    """
    if value is None or not math.isfinite(value):
        return None
    step = 10**DECIMALS
    near = round(value * step, 3)  # so that 0.15 as a sum of floats does not become 0.1501
    if rule.bound == "max":
        rounded = math.ceil(near) / step
        most = 1.0 if "fraction" in rule.threshold and not rule.threshold.startswith("top_") else math.inf
        return None if rounded >= most else max(rounded, 0.0)
    rounded = math.floor(near) / step
    least = 1.0 if rule.threshold.startswith("mean_word_length") else 0.0
    return None if rounded <= least else min(rounded, 1.0) if "fraction" in rule.threshold else rounded


def _shrunk(own: float | None, proxy: float | None, weight: float) -> float | None:
    """The weighted mean of two thresholds; where one is off, the one with more weight."""
    if own is None or proxy is None:
        return own if weight >= 0.5 else proxy
    return weight * own + (1 - weight) * proxy


def _only_mixed_is_harsh(rule: Rule, own: float | None, mixed: float | None, found: Distribution) -> bool:
    """Whether the relatives push a threshold over the guard rail: theirs are then of other words or another script."""
    return found.documents >= JUDGES and found.removed(mixed, rule.bound) > MOST_REMOVED >= found.removed(
        own, rule.bound
    )


def _guarded(
    rule: Rule, value: float | None, found: Distribution, clip: bool
) -> tuple[float | None, tuple[str, ...]]:
    """The threshold within the guard rails, and what was wrong with it."""
    share = found.removed(value, rule.bound)
    if share > MOST_REMOVED:
        back = _removing(found, MOST_REMOVED, rule.bound)
        what = f"alone removes {share:.1%}, more than {MOST_REMOVED:.0%}"
    elif share == 0 and value is not None and found.documents * LEAST_REMOVED >= 1:
        back = _removing(found, LEAST_REMOVED, rule.bound)
        what = "removes nothing"
    else:
        return value, ()
    if not clip or found.documents < JUDGES or found.removed(back, rule.bound) > MOST_REMOVED:
        return value, (what,)
    return back, (f"clipped: {what}",)


def _removing(found: Distribution, share: float, bound: str) -> float:
    """The threshold that removes at most that share, and as near to it as ties allow."""
    most = int(share * len(found.values))
    if bound == "max":
        return float(found.values[len(found.values) - most - 1])
    return float(found.values[most])


def _known(what: str, name: str, allowed: Iterable[str]) -> None:
    names = list(allowed)
    if name not in names:
        hint = did_you_mean(name, names)
        raise PolysiftError(f"tune: no {what} {name!r}{hint}; known: {', '.join(names)}")
