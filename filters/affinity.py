"""Precision lists from text: words that hardly occur outside a language, contamination, and terms for URLs.

The affinity of a word to a language is its frequency there divided by its frequency over all languages of the
reference. A language's contamination is the share of its crawled documents without a word of its list.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from ..langid.languages import languages

AFFINITIES = (0.85, 0.95)
"""The published list, and one that is more certain."""

COUNT_MIN = 2
"""A word seen once, or on one page, belongs to one language by chance."""

SMALL = 1_000_000
"""Published documents below which a language is small. The crawl of a large one is seldom mostly others', while a
list made from little text misses most of its pages."""

MISSED_MAX = 0.1
"""Share of the reference's own pages without a word of the list that occurs on another page, above which the list is
too thin to remove anything by."""


def affinities(
    counts: Mapping[str, Mapping[str, int]], label: str, least: int = COUNT_MIN
) -> dict[str, float]:
    """The affinity of each word to a language, among all the languages counted.

    Args:
        counts: label -> word -> how often it occurs in the language's reference text.
        label: the language.
        least: occurrences in the language that a word must have.

    Frequencies are per word of text, so that a language with much text does not own the words it borrows.

    >>> counts = {"glg_Latn": {"xa": 3, "que": 3}, "por_Latn": {"já": 3, "que": 3}}
    >>> affinities(counts, "glg_Latn")
    {'xa': 1.0, 'que': 0.5}
    """
    return dict(_affinities(counts, frequencies(counts), label, least))


def frequencies(counts: Mapping[str, Mapping[str, int]]) -> dict[str, float]:
    """Each word's frequencies per language added up."""
    total: defaultdict[str, float] = defaultdict(float)
    for label in sorted(counts):  # sums of floats depend on their order
        words = counts[label]
        size = max(1, sum(words.values()))
        for word, count in words.items():
            total[word] += count / size
    return total


def lists(
    counts: Mapping[str, Mapping[str, int]], total: Mapping[str, float], label: str, least: int = COUNT_MIN
) -> dict[float, tuple[str, ...]]:
    """The words of a language at each of `AFFINITIES`, letters and marks only, sorted; `total` is `frequencies`."""
    found = {
        word: affinity
        for word, affinity in _affinities(counts, total, label, least)
        if affinity >= min(AFFINITIES) and _lettered(word)
    }
    return {
        bound: tuple(sorted(word for word, affinity in found.items() if affinity >= bound))
        for bound in AFFINITIES
    }


def contamination(documents: Iterable[Iterable[str]], listed: frozenset[str]) -> float:
    """The share of documents, each given by its words, none of whose words is in the list; 0 for no document.

    >>> contamination([["xa", "que"], ["que"]], frozenset({"xa"}))
    0.5
    """
    outcomes = [listed.isdisjoint(words) for words in documents]
    return sum(outcomes) / len(outcomes) if outcomes else 0.0


def is_small(label: str) -> bool:
    """Whether precision lists are for this language.

    >>> is_small("por_Latn"), is_small("bar_Latn"), is_small("nno_Cyrl")
    (False, True, True)
    """
    known = languages().get(label)
    return label != "eng_Latn" and (known is None or known.documents < SMALL)


@cache
def url_terms(label: str) -> tuple[str, ...]:
    """What in a URL points at a language: codes, English name, endonym, regions, top-level domains.

    From CLDR through langcodes and language_data (likely subtags and names); where these know only the code, that.

    >>> terms = url_terms("isl_Latn")
    >>> [term in terms for term in ("isl", "is", "icelandic", "íslenska", "iceland", ".is")]
    [True, True, True, True, True, True]
    """
    from langcodes import Language

    code = label[:3]
    tag = Language.get(code)
    terms = {code, str(tag)}
    terms |= {_plain(tag.display_name()), _plain(tag.autonym())}
    region = tag.maximize().territory
    if region and region not in ("001", "ZZ"):
        terms |= {f".{region.lower()}", _plain(Language.get(f"und-{region}").territory_name())}
        terms.add(_plain(Language.get(f"und-{region}").territory_name(str(tag))))
    return tuple(sorted(term for term in terms if len(term) > 1 and "unknown language" not in term))


def _affinities(
    counts: Mapping[str, Mapping[str, int]], total: Mapping[str, float], label: str, least: int
) -> Iterable[tuple[str, float]]:
    words = counts[label]
    size = max(1, sum(words.values()))
    return ((word, count / size / total[word]) for word, count in words.items() if count >= least)


def _lettered(word: str) -> bool:
    kinds = {unicodedata.category(character)[0] for character in word}
    return "L" in kinds and kinds <= {"L", "M", "C"}


def _plain(name: str) -> str:
    return re.sub(r"\s*\(.*?\)", "", name).strip().lower().replace(" ", "-")
