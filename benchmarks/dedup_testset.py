"""A test set of near-duplicates from real text, with known answers.

What a right answer is does not depend on how a document was made, but on its words: exact Jaccard similarity of the
sets of five consecutive words of every two documents of a language. Words are what stands between Unicode's word
boundaries and has a letter or digit; case, accents and the value of numbers do not count (`simplify_text`, mode
`unicode`).

- 0.8 and above to its source: a duplicate, which must be found;
- 0.7 to 0.8: neither right nor wrong;
- below 0.7: no duplicate, whatever the two have in common. Templates, truncations to a half, translations and other
  pages of one site are built or chosen so that they are below it, as near as 0.69.

Documents whose answer would not be known (similar to a document of another family, or of their own but not to its
source) are left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from polysift.filters.simplify import simplify_text
from polysift.filters.words import unicode_words
from scipy.sparse import csr_array

NGRAM = 5
MUST, MAY = 0.8, 0.7  # similarity from which on a document must, and may, be removed
RATES = (0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6)
SHARES = (0.4, 0.5, 0.6, 0.7, 0.8)  # of a template's words that all its pages have

# 34 languages, 18 scripts.
LANGUAGES = (
    "eng_Latn", "deu_Latn", "fra_Latn", "spa_Latn", "por_Latn", "ita_Latn", "pol_Latn", "tur_Latn",
    "vie_Latn", "ind_Latn", "fin_Latn", "hun_Latn", "swh_Latn", "eus_Latn", "rus_Cyrl", "ukr_Cyrl",
    "bul_Cyrl", "ell_Grek", "arb_Arab", "pes_Arab", "hbo_Hebr", "hin_Deva", "pan_Guru", "guj_Gujr",
    "tam_Taml", "mal_Mlym", "tel_Telu", "hye_Armn", "khm_Khmr", "tha_Thai", "dzo_Tibt", "zho_Hans",
    "jpn_Jpan", "kor_Hang",
)  # fmt: skip

# Pages of one site share its navigation; chapters of the Bible are translations of one another.
SITES = ("debian_handbook", "libreoffice_help", "tldr_pages", "debian_reference", "thaigov")
BIBLES = ("bible_corpus", "bibles_other")
MANY = 90  # candidates of a kind per language


@dataclass(frozen=True)
class Document:
    """A document of the test set.

    Attributes:
        kind: how it was made: source, an edit, template, site or translation.
        rate: share of words that the edit changed, or of the template; 0 for others.
        family: number of the source (or template) it was made from, its own number for others.
    """

    id: str
    language: str
    text: str
    kind: str
    rate: float
    family: int


@dataclass
class TestSet:
    """The documents in random order, and what is known of them.

    Attributes:
        documents: all of them.
        similar: of each language, numbers int64 (documents,) and exact similarities float32 (documents, documents).
        to_source: float32 (documents,), similarity to the source; 1 for a source, 0 for what is of no source.
    """

    documents: list[Document]
    similar: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = field(default_factory=dict)
    to_source: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))


Words = list[str]  # pieces of a text: each word with what follows it up to the next


def pieces(text: str) -> Words:
    """A text cut before each word that has a letter or digit; joined they are the text.

    >>> pieces("Olá, mundo!")
    ['Olá, ', 'mundo!']
    """
    found: Words = []
    at = 0
    for word in unicode_words(text):
        start = text.index(word, at)
        if any(c.isalnum() for c in word):
            if found:
                found[-1] += text[at:start]
            found.append(("" if found else text[:start]) + word)
        elif found:
            found[-1] += text[at:start] + word
        at = start + len(word)
    return found


def shingles(text: str) -> set[str]:
    words = [word for word in unicode_words(simplify_text(text, "unicode")) if any(c.isalnum() for c in word)]
    return {"\x1f".join(words[i : i + NGRAM]) for i in range(max(1, len(words) - NGRAM + 1))}


def substitute(words: Words, rate: float, other: Words, chance: random.Random) -> Words:
    """Words here and there become others."""
    changed = set(chance.sample(range(len(words)), max(1, round(rate * len(words)))))
    return [chance.choice(other) if i in changed else word for i, word in enumerate(words)]


def delete(words: Words, rate: float, other: Words, chance: random.Random) -> Words:
    """Words here and there go."""
    gone = set(chance.sample(range(len(words)), max(1, round(rate * len(words)))))
    return [word for i, word in enumerate(words) if i not in gone]


def rewrite(words: Words, rate: float, other: Words, chance: random.Random) -> Words:
    """One passage becomes another of the same length."""
    count = max(1, round(rate * len(words)))
    start, there = (chance.randrange(len(of) - min(count, len(of) - 1)) for of in (words, other))
    return [*words[:start], *other[there : there + count], *words[start + count :]]


def reorder(words: Words, rate: float, other: Words, chance: random.Random) -> Words:
    """Passages change places, the more of them the higher the rate: a cut breaks four shingles."""
    cuts = sorted(
        chance.sample(range(1, len(words)), min(len(words) - 1, max(2, round(rate * len(words) / 5))))
    )
    parts = [words[a:b] for a, b in zip([0, *cuts], [*cuts, len(words)], strict=True)]
    chance.shuffle(parts)
    return [word for part in parts for word in part]


def surround(words: Words, rate: float, other: Words, chance: random.Random) -> Words:
    """A header and a footer, the same around every page of the language."""
    count = max(2, round(rate * len(words)))
    frame = (other * (count // len(other) + 1))[:count]
    return [*frame[: count // 3], "\n\n", *words, "\n\n", *frame[count // 3 :]]


def truncate(words: Words, rate: float, other: Words, chance: random.Random) -> Words:
    """The end is missing."""
    return words[: max(1, round((1 - rate) * len(words)))]


EDITS: dict[str, Callable[[Words, float, Words, random.Random], Words]] = {
    "substitute": substitute,
    "delete": delete,
    "rewrite": rewrite,
    "reorder": reorder,
    "surround": surround,
    "truncate": truncate,
}


def template(share: float, frame: Words, others: list[Words], chance: random.Random) -> Iterator[str]:
    """Pages of one template: the same frame in four parts, each followed by content of its own."""
    for _ in range(12):
        fixed = frame[: round(share * 240)]
        slots = [cut(chance.choice(others), round((1 - share) * 60), chance) for _ in range(4)]
        quarter = len(fixed) // 4 + 1
        parts = [
            word
            for i in range(4)
            for word in (*fixed[i * quarter : (i + 1) * quarter], "\n", *slots[i], "\n")
        ]
        yield "".join(parts)


def cut(words: Words, count: int, chance: random.Random) -> Words:
    start = chance.randrange(max(1, len(words) - count))
    return words[start : start + count]


def jaccard(texts: list[str]) -> NDArray[np.float32]:
    """Exact similarity of every two texts, float32 (texts, texts)."""
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(shingle, len(numbers)) for shingle in shingles(text)] for text in texts]
    sizes = np.array([len(row) for row in rows])
    matrix = csr_array(
        (np.ones(sizes.sum(), np.int32), np.concatenate(rows), np.r_[0, np.cumsum(sizes)]),
        shape=(len(texts), len(numbers)),
    )
    shared = (matrix @ matrix.T).toarray()
    return (shared / (sizes[:, None] + sizes[None, :] - shared)).astype(np.float32)


def read(data: Path, seed: int) -> dict[str, dict[str, list[str]]]:
    """Texts of 600 to 4,000 characters by language and source, in random order; only the benchmark's languages."""
    found: dict[str, dict[str, list[str]]] = {label: {} for label in LANGUAGES}
    for file in sorted(data.glob("*.parquet")):
        table = pq.read_table(file, columns=["text", "source", "lang"])
        for row in table.filter(pc.is_in(table["lang"], pa.array(LANGUAGES))).to_pylist():
            if 600 <= len(row["text"]) <= 4000:
                found[row["lang"]].setdefault(row["source"], []).append(row["text"])
    for label, sources in found.items():
        for source in sorted(sources):
            random.Random(f"{seed}/{label}/{source}").shuffle(sources[source])
    return found


def candidates(label: str, texts: dict[str, list[str]], per_language: int, seed: int) -> Iterator[Document]:
    """Everything that might become a document of one language: sources first, then what is made of them."""
    chance = random.Random(f"{seed}/{label}")
    prose = [text for source in sorted(texts) if source not in (*SITES, *BIBLES) for text in texts[source]]
    bible = [text for source in BIBLES for text in texts.get(source, [])[: MANY // 2]]
    site = [text for source in SITES for text in texts.get(source, [])[: MANY // 2]]
    base = [*prose, *[text for source in (*BIBLES, *SITES) for text in texts.get(source, [])[MANY // 2 :]]]
    chance.shuffle(base)
    sources = [words for words in map(pieces, base[: 2 * per_language + 40]) if 80 <= len(words) <= 900]
    frame, other, sources = sources[0], sources[1:20], sources[20 : 20 + per_language]
    number = 0

    def made(words: Words | str, kind: str, rate: float, family: int) -> Document:
        nonlocal number
        number += 1
        text = words if isinstance(words, str) else "".join(words)
        return Document(f"{label}/{kind}/{number}", label, text, kind, rate, family)

    for words in sources:
        yield made(words, "source", 0.0, number)
    edits = [(kind, rate) for kind in EDITS for rate in RATES]
    for family, words in enumerate(sources):
        for kind, rate in chance.sample(edits, 3):
            foreign = frame if kind == "surround" else chance.choice(other)
            yield made(EDITS[kind](words, rate, foreign, chance), kind, rate, family)
    for share in SHARES:
        family = 1_000_000 + number
        for page in template(share, chance.choice(other), [*other, *sources], chance):
            yield made(page, "template", share, family)
    for kind, pages in (("site", site), ("translation", bible)):
        for page in pages[:MANY]:
            yield made(page, kind, 0.0, number)


def accepted(found: list[Document], similar: NDArray[np.float32]) -> list[int]:
    """The candidates whose answer is known, in order."""
    numbers: list[int] = []
    source: dict[int, int] = {}
    for i, document in enumerate(found):
        near = [j for j in numbers if similar[i, j] >= MAY]
        if document.kind == "source" and not near:
            source[document.family] = i
        elif document.kind in EDITS:
            of = source.get(document.family)
            family = [j for j in near if found[j].family == document.family]
            if of is None or len(family) != len(near) or (near and similar[i, of] < MAY):
                continue
        elif near:
            continue
        numbers.append(i)
    return numbers


def make(data: Path, per_language: int, seed: int) -> TestSet:
    """The whole test set.

    Args:
        data: folder of Parquet files with `text`, `source` and `lang`.
        per_language: sources of each language; three edits are made of each.
        seed: of every choice.
    """
    documents: list[Document] = []
    for label, texts in read(data, seed).items():
        found = list(candidates(label, texts, per_language, seed))
        documents += [found[i] for i in accepted(found, jaccard([document.text for document in found]))]
    random.Random(seed).shuffle(documents)
    result = TestSet(documents, to_source=np.zeros(len(documents), np.float32))
    for label in LANGUAGES:
        numbers = np.array([i for i, document in enumerate(documents) if document.language == label])
        similar = jaccard([documents[i].text for i in numbers])
        result.similar[label] = numbers, similar
        heads = {documents[n].family: at for at, n in enumerate(numbers) if documents[n].kind == "source"}
        for at, number in enumerate(numbers.tolist()):
            if documents[number].kind == "source" or documents[number].kind in EDITS:
                result.to_source[number] = similar[at, heads[documents[number].family]]
    return result


def script(label: str) -> str:
    return re.sub("^.*_", "", label)
