"""Stop words of a language from its reference text: candidates by document frequency, and the choice among them.

    pages ─► foreign pages out ─► words of letters ─► ranked by document frequency ─► 64 candidates ─► 8 or more chosen

Chosen are the candidates that make up 0.8 % of the words or more; where these are fewer than 8, 0.3 %, then
0.2 %, as in the public precursor of the recipe's code; then simply the first 8.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
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

FOREIGN = 3
"""A word so many times as frequent in English comes from English sentences in the pages."""

BORROWERS, BORROWED = 3, 0.5
"""A word that is on half as large a share of the pages of three languages of other scripts is no word of the
language but the name of something, or markup: `LibreOffice`, `http`."""

JUDGED_PAGES = 30
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


def choose(counts: WordCounts, others: Collection[WordCounts] = (), least: int = CHOSEN_MIN) -> StopWords:
    """The candidates and stop words of counted pages; ties go to the more frequent word, then by code points.

    Args:
        counts: of the language.
        others: of other languages of the reference (the language itself may be among them): words that come from
            English, or that are the same in languages of other scripts, are left out.
        least: stop words at least.
    """
    script = counts.label[4:]
    ranked = sorted(counts.pages, key=lambda word: (-counts.pages[word], -counts.tokens[word], word))
    fitting = (word for word in ranked if is_word(word, script) and not is_foreign(word, counts, others))
    candidates = tuple(islice(fitting, MAX_STOP_WORDS))
    chosen: tuple[str, ...] = ()
    for share in WORD_SHARES:
        chosen = tuple(word for word in candidates if counts.tokens[word] >= share * counts.total)
        if len(chosen) >= least:
            break
    if len(chosen) < least:
        chosen = candidates[:least]
    return StopWords(candidates, chosen, counts.documents, counts.left_out)


def is_foreign(word: str, counts: WordCounts, others: Collection[WordCounts]) -> bool:
    """Whether a word of a language's pages is English, or one that languages of other scripts have as well.

    >>> own, english = WordCounts("por_Latn", total=100), WordCounts("eng_Latn", total=100)
    >>> own.tokens["the"], english.tokens["the"] = 1, 5
    >>> is_foreign("the", own, [english]), is_foreign("de", own, [english])
    (True, False)
    """
    own = counts.tokens[word] / max(1, counts.total)
    english = next((other for other in others if other.label == "eng_Latn"), None)
    if english and english is not counts and english.tokens[word] > FOREIGN * own * english.total:
        return True
    share = BORROWED * counts.pages[word] / max(1, counts.documents)
    elsewhere = (other for other in others if other.label[4:] != counts.label[4:])
    having = (o for o in elsewhere if o.documents >= JUDGED_PAGES and o.pages[word] > share * o.documents)
    return len(list(islice(having, BORROWERS))) == BORROWERS


def _scripts(script: str) -> tuple[str, ...]:
    return ("Jpan", "Hani") if script == "Jpan" else (script,)
