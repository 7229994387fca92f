"""The precision rule: evidence that a document is in its language, for languages whose crawl is mostly others'.

Evidence is a word of the language's list (words that hardly occur in any other language) or a term in the URL that
points at the language (its code, names, regions, top-level domains). `annotate` counts both, so that `decide` reads
no text; a document without any is removed where the language's config has `precision: 1`.

Published lists (affinity 0.85), terms and contamination scores: huggingface/fineweb-2, Apache-2.0, for the
languages with a contamination above `CONTAMINATION_MAX`, to which the recipe applies the rule.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import regex as re

from ..langid.errors import PolysiftError
from ..langid.kernels import Words, from_arrow, kernel

CONTAMINATION_MAX = 0.1
"""Share of a language's documents without a word of its list above which the rule applies; published."""

SHORT = 5
"""A URL term below this length must stand between other than letters and digits: `ain` is not in `maintain`."""

FOLDER = "precision"
"""Folder beside `<label>.yml` files: `<label>.words.txt` and `<label>.urls.txt`, one entry a line."""


class PrecisionList(NamedTuple):
    """What shows that a document is in a language: words as written, URL terms in lower case.

    A term that begins with a dot is a top-level domain.
    """

    words: tuple[str, ...]
    url_terms: tuple[str, ...]


class Published(NamedTuple):
    contamination: float
    url_terms: tuple[str, ...]


@cache
def published() -> dict[str, Published]:
    """FineWeb2's contamination score and URL terms by label.

    >>> published()["bar_Latn"].contamination > CONTAMINATION_MAX
    True
    """
    table = files("polysift.filters").joinpath("data/precision.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in table.splitlines() if not line.startswith("#"))
    return {
        row["label"]: Published(float(row["contamination"]), tuple(filter(None, row["url_terms"].split("|"))))
        for row in rows
    }


@cache
def _shipped_words() -> pa.Table:
    with files("polysift.filters").joinpath("data/wordlists.parquet").open("rb") as file:
        return pq.read_table(file)


@lru_cache(maxsize=64)
def shipped_list(label: str) -> PrecisionList | None:
    """The published list of a language that needs one, else None.

    >>> shipped_list("por_Latn") is None, len(shipped_list("bar_Latn").words) > 100
    (True, True)
    """
    found = published().get(label)
    if found is None or found.contamination <= CONTAMINATION_MAX:
        return None
    table = _shipped_words()
    words = table.filter(pc.equal(table.column("label"), label)).column("word").to_pylist()
    return PrecisionList(tuple(words), found.url_terms) if words else None


def user_list(folder: Path, label: str) -> PrecisionList | None:
    """The list in a folder of configs; None where the folder has none for the language."""
    words, terms = (folder / FOLDER / f"{label}.{kind}.txt" for kind in ("words", "urls"))
    if not words.exists():
        return None
    return PrecisionList(_lines(words), _lines(terms) if terms.exists() else ())


def _lines(path: Path) -> tuple[str, ...]:
    try:
        return tuple(filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())))
    except (OSError, UnicodeDecodeError) as error:
        raise PolysiftError(f"{path}: cannot read the list ({error}); one UTF-8 entry a line") from None


def count_list_words(words: Iterable[str], listed: frozenset[str]) -> int:
    """How many of a document's words are in the list (reference).

    >>> count_list_words(["Des", "is", "a", "Haus", "is"], frozenset({"is"}))
    2
    """
    return sum(word in listed for word in words)


def count_url_terms(url: str | None, terms: Sequence[str]) -> int:
    """How many terms a URL holds (reference).

    >>> count_url_terms("https://www.tjam.jm/patwa", ["patwa", "jam", ".jm", ".mx"])
    2
    >>> count_url_terms("https://example.org/?from=https://a.jm/", [".jm"]), count_url_terms(None, [".jm"])
    (0, 0)
    """
    found = unquote(url or "").lower()
    return sum(re.search(term_pattern(term), found) is not None for term in terms)


def term_pattern(term: str) -> str:
    """The regular expression (of `re` and of RE2) that finds a term in a URL in lower case."""
    quoted = re.escape(term.lower())
    if term.startswith("."):
        # The end of the host: behind `//` and a possible user, before a port, the path or the end.
        return rf"^(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*{quoted}\.?(?::[0-9]*)?(?:[/?#]|$)"
    return quoted if len(term) >= SHORT else rf"(?:^|[^\pL\pN]){quoted}(?:[^\pL\pN]|$)"


def list_word_counts(words: Words, listed: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """The same for a batch: words as spans, the list as `list_hashes`; int64 (texts,)."""
    counts: npt.NDArray[np.int64] = _list_word_counts(*words, listed)
    return counts


def url_term_counts(urls: pa.Array, terms: Sequence[str]) -> npt.NDArray[np.int64]:
    """The same for a batch: an Arrow array of URLs, null where there is none; int64 (urls,)."""
    total = np.zeros(len(urls), dtype=np.int64)
    if not terms or urls.null_count == len(urls):
        return total
    lower = pc.utf8_lower(_unquoted(urls))
    for term in terms:
        total += pc.match_substring_regex(lower, term_pattern(term)).fill_null(False).to_numpy(False)
    return total


def _unquoted(urls: pa.Array) -> pa.Array:
    """Percent escapes decoded, in the few URLs that have some."""
    escaped = pc.match_substring(urls, "%").fill_null(False)
    if not pc.any(escaped).as_py():
        return urls
    plain = pa.array([unquote(url) for url in urls.filter(escaped).to_pylist()], urls.type)
    return pc.replace_with_mask(urls, escaped, plain)


def list_hashes(listed: Iterable[str]) -> npt.NDArray[np.uint64]:
    """The list as the kernel takes it: 64-bit hashes of the words, ascending; two words of one hash are not told
    apart, which a list of 20,000 words does to one word in 10**15.
    """
    strings = from_arrow(pa.array(sorted(listed), pa.large_string()))
    return np.unique(_hashes(strings.data, strings.offsets[:-1], strings.offsets[1:]))


@kernel
def _hash(data: npt.NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """FNV-1a of a span of bytes, with a final mix of its bits."""
    value = np.uint64(0xCBF29CE484222325)
    for at in range(start, end):
        value = (value ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return value ^ (value >> np.uint64(33))


@kernel
def _hashes(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    found = np.empty(len(starts), dtype=np.uint64)
    for i in range(len(starts)):
        found[i] = _hash(data, starts[i], ends[i])
    return found


@kernel
def _list_word_counts(
    data: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.integer[Any]],
    ends: npt.NDArray[np.integer[Any]],
    offsets: npt.NDArray[np.int64],
    listed: npt.NDArray[np.uint64],
) -> npt.NDArray[np.int64]:
    counts = np.zeros(len(offsets) - 1, dtype=np.int64)
    for text in range(len(counts)):
        for word in range(offsets[text], offsets[text + 1]):
            key = _hash(data, starts[word], ends[word])
            at = np.searchsorted(listed, key)
            if at < len(listed) and listed[at] == key:
                counts[text] += 1
    return counts
