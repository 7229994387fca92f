"""The weights of every language of a run: given, or learned from its own decisions, a family's, or all languages'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...langid.labels import UNDETERMINED, relatives, same_language
from .distribution import Distribution, pool
from .repeats import Weights, weights_of

ONCE: Weights = {1: 1}

OWN, FAMILY, ALL, GIVEN, NONE = "own", "family", "all languages", "config", "too few documents"


class Learned(NamedTuple):
    """The weights of one language, and whose removal rates they come from.

    Attributes:
        weights: cluster size from which on -> repeats.
        source: one of OWN, FAMILY, ALL, GIVEN, NONE.
        languages: the labels whose documents were counted.
        documents: documents that the rules judged in them.
    """

    weights: Weights
    source: str
    languages: tuple[str, ...] = ()
    documents: int = 0


class Options(NamedTuple):
    """How to learn.

    Attributes:
        most: repeats at the lowest removal rate.
        smooth: shrink small counts and keep the tails monotone; off for parity with the published sets.
        least: documents judged below which a language takes its family's curve.
    """

    most: int = 10
    smooth: bool = True
    least: int = 1000


def learn(distributions: Mapping[str, Distribution], options: Options) -> dict[str, Learned]:
    """The weights of each language.

    A language with fewer than `options.least` documents takes the curve of its family: its own documents, those of
    the language in other scripts and of its relatives in the run, pooled. Where these are too few, that of all
    languages; where even these are, every document counts once.
    """
    everywhere = _pooled(distributions, sorted(distributions), options, ALL)
    return {label: _of_language(label, distributions, options, everywhere) for label in sorted(distributions)}


def _of_language(
    label: str, distributions: Mapping[str, Distribution], options: Options, everywhere: Learned
) -> Learned:
    own = distributions[label]
    if own.documents >= options.least:
        weights = weights_of(own, options.most, options.smooth) if own.documents else ONCE
        return Learned(weights, OWN, (label,), own.documents)
    family = [label, *(name for name in kin(label) if name in distributions)]
    pooled = _pooled(distributions, family, options, FAMILY) if len(family) > 1 else everywhere
    return everywhere if pooled.source == NONE else pooled


def kin(label: str) -> list[str]:
    """Labels of the same language in other scripts, then of related languages in the same script, nearest first.

    >>> kin("nno_Latn")[0], kin("srp_Cyrl")[0], kin("und_Zyyy")
    ('nob_Latn', 'srp_Latn', [])
    """
    return [] if label == UNDETERMINED else [*same_language(label), *relatives(label)]


def _pooled(
    distributions: Mapping[str, Distribution], labels: list[str], options: Options, source: str
) -> Learned:
    members = {label: distributions[label] for label in labels if distributions[label].documents}
    documents = sum(member.documents for member in members.values())
    if not members or documents < options.least:
        return Learned(ONCE, NONE, tuple(members), documents)
    weights = weights_of(pool(members.values()), options.most, options.smooth)
    return Learned(weights, source, tuple(members), documents)
