"""Thresholds fitted with one word segmenter, carried to another by matching quantiles on the same documents.

A threshold that removes a share of the documents when words are split one way becomes the one that removes the same
share when they are split the other way. Rules that divide no words keep their thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .distributions import Distribution, of_rule
from .methods import mean_std, quantile
from .rules import LIST_WORDS, RULES, STOP_WORD_MASK, Columns, Rule, fails
from .thresholds import MAX_STOP_WORDS, LanguageConfig
from .tune import bounded

TAIL_DOCUMENTS = 10
"""Documents that a threshold must remove, and keep, for its quantile to be matched: of fewer it is chance."""


class Carried(NamedTuple):
    """One threshold before and after, and the shares of the documents that it removes by the words it is for."""

    key: str
    before: float | None
    after: float | None
    removed_before: float
    removed_after: float


def of_words(rule: Rule) -> bool:
    """Whether a rule's measure depends on how text is split into words.

    >>> [of_words(rule) for rule in RULES if "line" in rule.threshold][:3]
    [False, False, False]
    """
    columns = f"{rule.numerator} {rule.denominator}"
    return ("word" in columns or "gram" in columns) and rule.numerator not in (STOP_WORD_MASK, LIST_WORDS)


# The greatest number of words keeps out files that are no documents: no text comes near it, whatever its words.
WORD_RULES: tuple[Rule, ...] = tuple(
    rule for rule in RULES if of_words(rule) and rule.threshold != "word_count_max"
)


def transfer(config: LanguageConfig, before: Columns, after: Columns) -> dict[str, Carried]:
    """Every threshold of words for the new segmenter.

    Args:
        config: thresholds that go with the first segmenter.
        before: measures of some documents by the first segmenter: arrays of shape (documents,).
        after: measures of the same documents, in the same order, by the second.

    Returns:
        By key, in the order of the rules; those that are off stay off.
    """
    return {rule.threshold: _carried(rule, config, before, after) for rule in WORD_RULES}


def enough_stop_words(
    candidates: Sequence[str],
    documents: Iterable[Sequence[str]],
    removed: float,
    count_min: int = 2,
    least: int = 8,
) -> tuple[str, ...]:
    """The first candidates that suffice: at least `least`, and so many that the rule removes no larger share.

    Args:
        candidates: ranked words by the new segmenter.
        documents: the words of each document by it.
        removed: the share that the rule removed with the old words.
        count_min: distinct stop words that a document must have.
        least: stop words at least.

    >>> enough_stop_words(["de", "a", "o"], [["de", "a"], ["a", "o"], ["x"]], removed=0.4, least=2)
    ('de', 'a', 'o')
    """
    ranked = list(candidates[:MAX_STOP_WORDS])
    places = {word: place for place, word in enumerate(ranked)}
    # With the first n candidates a document has `count_min` of them from its count_min-th place on.
    found = (sorted(places[word] for word in {*words} if word in places) for words in documents)
    enough = np.sort([own[count_min - 1] + 1 if len(own) >= count_min else len(ranked) + 1 for own in found])
    for count in range(min(least, len(ranked)), len(ranked) + 1):
        if 1 - np.searchsorted(enough, count, "right") / max(1, len(enough)) <= removed:
            return tuple(ranked[:count])
    return tuple(ranked)


def _carried(rule: Rule, config: LanguageConfig, before: Columns, after: Columns) -> Carried:
    threshold = getattr(config, rule.threshold)
    old, new = of_rule(rule, before), of_rule(rule, after)
    if threshold is None or not old.documents or not new.documents:
        return Carried(rule.threshold, threshold, threshold, 0.0, 0.0)
    if bounded(rule, float(threshold)) is None:  # can remove nothing, whatever the words
        return Carried(rule.threshold, threshold, threshold, 0.0, 0.0)
    value = bounded(rule, _matched(rule, float(threshold), old, new))
    if value is not None and isinstance(threshold, int):
        value = round(value)  # a number of words
    elsewhere = LanguageConfig.model_construct(**{**config.model_dump(), rule.threshold: value})
    shares = fails(rule, before, config).mean(), fails(rule, after, elsewhere).mean()
    return Carried(rule.threshold, threshold, value, *map(float, shares))


def _matched(rule: Rule, threshold: float, old: Distribution, new: Distribution) -> float | None:
    """By quantiles; where too few documents are on either side to have one, in the ratio of the means (counts), or as
    many deviations from the mean (fractions).
    """
    removed = old.removed(threshold, rule.bound) * old.documents
    if TAIL_DOCUMENTS <= removed <= old.documents - TAIL_DOCUMENTS:
        return quantile(new, old, threshold, rule.bound)
    if rule.denominator is None:
        return threshold * new.mean / old.mean if old.mean else threshold
    return mean_std(new, old, threshold, rule.bound) if old.std and new.std else threshold
