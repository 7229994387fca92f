"""Stop words of a language from its reference text: candidates by document frequency, and the choice among them.

    pages ─► foreign pages out ─► words of letters ─► ranked by document frequency ─► 64 candidates ─► 8 or more chosen

Chosen are the candidates that make up 0.8 % of the words or more; where these are fewer than 8, 0.3 %, then
0.2 %, as in the public precursor of the recipe's code; then simply the first 8.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..langid.kernels import Words, select
from ..langid.scripts import text_script
from .thresholds import MAX_STOP_WORDS
from .word_lists import strings

ENGLISH_MAX = 0.7
"""A page identified as English with a higher score is left out of another language's text; published."""

SCRIPT_READ = 4_000
"""Characters of a page that tell its main script."""

WORD_SHARES = (0.008, 0.003, 0.002)
CHOSEN_MIN = 8
FOREIGN = 5
JOINERS = "\u200c\u200d"  # inside words of Persian and of Indic scripts


class StopWords(NamedTuple):
    """Attributes:
    candidates: at most 64 words, the most frequent first.
    chosen: those of them that are stop words, in the same order.
    documents: pages that were counted.
    left_out: pages that were not: of another script, or English.
    """

    candidates: tuple[str, ...]
    chosen: tuple[str, ...]
    documents: int
    left_out: int


@dataclass
class WordCounts:
    """Words of a language's pages, counted page by page: how often, and in how many pages."""

    label: str
    tokens: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    documents: int = 0
    left_out: int = 0
    total: int = 0

    def add(self, texts: Sequence[str], words: Words, top_langs: Sequence[str]) -> None:
        """Counts pages, but for foreign ones: their main script not the label's, or English above 70 %."""
        native = [is_native(self.label, *page) for page in zip(texts, top_langs, strict=True)]
        rows = np.flatnonzero(native)
        self.documents += len(rows)
        self.left_out += len(texts) - len(rows)
        chosen = select(words, rows)
        self.total += len(chosen.starts)
        if not len(chosen.starts):
            return
        encoded = strings(chosen).dictionary_encode()
        codes = encoded.indices.to_numpy().astype(np.int64)
        pages = np.repeat(np.arange(len(rows)), np.diff(chosen.offsets))
        distinct = np.unique(pages * len(encoded.dictionary) + codes) % len(encoded.dictionary)
        for counter, of in ((self.tokens, codes), (self.pages, distinct)):
            found = np.bincount(of, minlength=len(encoded.dictionary)).tolist()
            for word, count in zip(encoded.dictionary.to_pylist(), found, strict=True):
                counter[unicodedata.normalize("NFC", word)] += count


def is_native(label: str, text: str, top_langs: str = "{}") -> bool:
    """Whether a page is in the label's script, and is not English by its top languages (JSON).

    >>> is_native("por_Latn", "Uma página"), is_native("por_Latn", "Страница")
    (True, False)
    >>> is_native("por_Latn", "A page", '{"eng_Latn_score": 0.9}')
    False
    """
    if text_script(text[:SCRIPT_READ]) != label[4:]:
        return False
    return bool(label == "eng_Latn" or json.loads(top_langs).get("eng_Latn_score", 0) <= ENGLISH_MAX)


def is_word(word: str, script: str) -> bool:
    """Whether a word is letters only (with their marks), in NFC, of that script.

    >>> [is_word(word, "Latn") for word in ("não", "3,5", "e-mail", "слово", "na\\u0303o", "—")]
    [True, False, False, False, False, False]
    >>> is_word("में", "Deva"), is_word("می\u200cشود", "Arab")
    (True, True)
    """
    kinds = [unicodedata.category(character)[0] for character in word if character not in JOINERS]
    letters = "L" in kinds and all(kind in "LM" for kind in kinds)
    return letters and word == unicodedata.normalize("NFC", word) and text_script(word) in _scripts(script)


def choose(counts: WordCounts, english: WordCounts | None = None, least: int = CHOSEN_MIN) -> StopWords:
    """The candidates and stop words of counted pages; ties go to the more frequent word, then by code points.

    A word that is `FOREIGN` times as frequent in English is left out: it comes from English in the pages.
    """
    script = counts.label[4:]
    ranked = sorted(counts.pages, key=lambda word: (-counts.pages[word], -counts.tokens[word], word))
    fitting = (word for word in ranked if is_word(word, script) and not _foreign(word, counts, english))
    candidates = tuple(_first(fitting, MAX_STOP_WORDS))
    chosen: tuple[str, ...] = ()
    for share in WORD_SHARES:
        chosen = tuple(word for word in candidates if counts.tokens[word] >= share * counts.total)
        if len(chosen) >= least:
            break
    if len(chosen) < least:
        chosen = candidates[:least]
    return StopWords(candidates, chosen, counts.documents, counts.left_out)


def _foreign(word: str, counts: WordCounts, english: WordCounts | None) -> bool:
    if english is None or english.label == counts.label:
        return False
    own = counts.tokens[word] / counts.total
    return english.tokens[word] > FOREIGN * own * english.total


def _scripts(script: str) -> tuple[str, ...]:
    return ("Jpan", "Hani") if script == "Jpan" else (script,)


def _first(words: Iterable[str], most: int) -> Iterable[str]:
    for _, word in zip(range(most), words, strict=False):
        yield word
