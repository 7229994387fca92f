#!/usr/bin/env python
"""What a language model says of text in no language, of short, shouted and informal text: models side by side.

    python benchmarks/language_id_robustness.py DEV_FOLDER WEB_FOLDER [--model NAME_OR_FILE ...] [--examples]

DEV_FOLDER holds Parquet with columns text, source and lang; code lines are from its documents' fenced code and from
packages installed here, links from its lists of links. WEB_FOLDER holds Parquet with columns text and lang: sentences
in 31 languages. None of this text is trained on. Prints, for text in no language, the share that gets no label of
a language with a score of 0.5 or more; for text in a language, the share told right, the mean score, the calibration
error, and the share that is told wrongly with a score above 0.8.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from polysift.langid.identify import load_model
from polysift.langid.labels import canonical, is_noise
from polysift.langid.training.augment import EMOJI, without_diacritics
from polysift.langid.training.evaluate import calibration_error

LANGUAGES = frozenset(
    str.split(
        "eng spa fra deu ita por nld swe dan pol ces ron hun fin tur vie ind zsm swh fil ekk rus ukr bul ell arb fas "
        "hin ben cmn jpn"
    )
)
LINES = 1500  # of each set
LOW, SURE = 0.5, 0.8
URL = re.compile(r"https?://[^\s)>\]]+")
FENCED = re.compile(r"```[^\n]*\n(.*?)```", re.S)
PACKAGES = ("sklearn", "pandas", "spacy", "numba", "pybind11")  # not those that training takes code from
CODE_SOURCES = ("electron_docs", "react_docs", "tensorflow_docs", "tldr_pages")
EXAMPLES = (
    "import numpy as np",
    "for (int i = 0; i < n; i++) { sum += a[i]; }",
    "https://www.example.com/products/list?id=42 https://cdn.example.org/js/app.min.js",
    "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG",
    "mdr t'es où ??",
    "merhaba",
    "jajaja q risa tio",
    "lol that was sooo funny",
    "bonjour tout le monde",
    "guten morgen",
    "buenos dias",
    "Привет, как дела?",
    "SELECT id, name FROM users WHERE age > 30 ORDER BY name;",
    "asdf qwer zxcv",
    "12:30 45.00 2021-04-05",
    '<div class="container"><a href="/login">',
    '{"id": 1, "name": "foo", "tags": ["a", "b"]}',
)


def fenced_code(dev: Path) -> list[str]:
    """Lines of fenced code in documents; those with four words in a row, such as comments, are left out."""
    blocks = [
        block
        for text, source, _ in rows(dev)
        if source in CODE_SOURCES
        for block in FENCED.findall(text)
        or (re.findall(r"`([^`\n]{10,})`", text) if source == "tldr_pages" else [])
    ]
    return [line.strip() for block in blocks for line in block.splitlines() if is_code(line)]


def package_code() -> list[str]:
    """Lines of packages' Python, Cython and C."""
    found = []
    for name in PACKAGES:
        spec = find_spec(name)
        for root in spec.submodule_search_locations or () if spec else ():
            for path in sorted(Path(root).rglob("*"))[::7]:
                if path.suffix in (".py", ".c", ".h", ".pyx", ".cpp", ".js", ".css"):
                    found += [
                        line.strip()
                        for line in path.read_text("utf-8", "replace").splitlines()
                        if is_code(line)
                    ]
    return found


def is_code(line: str) -> bool:
    bare = line.strip()
    prose = re.search(r"[^\W\d_]{2,} [^\W\d_]+ [^\W\d_]{2,} [^\W\d_]{2,}", bare) or not bare.isascii()
    return 10 <= len(bare) <= 200 and not prose and not bare.startswith(("#", "//", "*", "/*", '"""'))


def link_lists(dev: Path) -> list[str]:
    """Addresses of lists of links, one to six on a line."""
    found = []
    for text, source, _ in rows(dev):
        if source == "link_lists":
            urls = URL.findall(text)
            found += [" ".join(urls[i : i + 1 + i % 6]) for i in range(0, len(urls), 6)]
    return found


def number_lines() -> list[str]:
    rng = np.random.default_rng(1)
    units = ("", "", "", "kg", "px", "MB", "€", "%", "h", "km/h", "USD", "x")
    return [
        " ".join(
            f"{rng.integers(10 ** rng.integers(1, 6))}{rng.choice(units)}" for _ in range(rng.integers(3, 12))
        )
        for _ in range(LINES)
    ]


def rows(folder: Path) -> Iterator[tuple[str, str, str]]:
    for file in sorted(folder.glob("*.parquet")):
        table = pq.read_table(file, columns=["text", "source", "lang"])
        yield from zip(*(table.column(name).to_pylist() for name in ("text", "source", "lang")), strict=True)


def sentences(web: Path) -> list[tuple[str, str]]:
    """Sentences of 60 to 200 characters in the chosen languages, up to 50 of each, with their labels."""
    kept: dict[str, list[str]] = {}
    for text, _, lang in rows(web):
        label = canonical(lang)
        if label[:3] in LANGUAGES:
            for part in re.split(r"(?<=[.!?。！？।])\s*", " ".join(text.split()))[1:3]:
                least = 20 if label[:3] in ("cmn", "jpn") else 60
                if least <= len(part) <= 200 and len(kept.setdefault(label, [])) < 50:
                    kept[label].append(part)
    return [(text, label) for label, texts in sorted(kept.items()) for text in texts]


def span(text: str, least: int, most: int, rng: np.random.Generator) -> str:
    """Words in a row of that many characters about, or characters where there are few spaces."""
    length = int(rng.integers(least, most + 1))
    words = text.split(" ")
    if len(words) * 15 < len(text):
        length = max(4, length // 3)
        start = int(rng.integers(0, max(1, len(text) - length)))
        return text[start : start + length]
    start = int(rng.integers(0, len(words)))
    piece = words[start]
    for word in words[start + 1 :]:
        if len(piece) + len(word) + 1 > length:
            break
        piece += " " + word
    return piece if any(c.isalpha() for c in piece) and len(piece) >= least / 2 else text[:length]


def drawn_out(text: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(len(text)))
    return (
        text[:at]
        + text[at] * (4 if text[at].isalpha() else 1)
        + text[at + 1 :]
        + "!! "
        + rng.choice(list(EMOJI))
    )


def languages(web: Path) -> dict[str, tuple[list[str], list[str]]]:
    gold = sentences(web)
    rng = np.random.default_rng(1)
    changes: dict[str, Callable[[str], str]] = {
        "sentences": str,
        "in capitals": str.upper,
        "10 to 20 characters": lambda text: span(text, 10, 20, rng),
        "20 to 40 characters": lambda text: span(text, 20, 40, rng),
        "20 to 40, in capitals": lambda text: span(text, 20, 40, rng).upper(),
        "20 to 40, informal": lambda text: drawn_out(span(text, 20, 40, rng).lower(), rng),
        "without diacritics": without_diacritics,
    }
    return {
        name: ([change(text) for text, _ in gold], [label for _, label in gold])
        for name, change in changes.items()
    }


def even(lines: Sequence[str]) -> list[str]:
    return list(lines)[:: max(1, len(lines) // LINES)][:LINES]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dev", type=Path)
    parser.add_argument("web", type=Path)
    parser.add_argument("--model", action="append", help="by name or file")
    parser.add_argument("--examples", action="store_true", help="also what each model says of some texts")
    arguments = parser.parse_args()
    names = arguments.model or ["lid176", "polysift"]
    models = [load_model(name) for name in names]

    def answers(texts: Sequence[str]) -> Iterator[tuple[list[str], np.ndarray]]:
        for model in models:
            found = model.identify(pa.array(texts, pa.large_string()))
            yield found.label_names(), found.scores

    print("| text in no language | lines | " + " | ".join(names) + " |")
    print("| --- | ---: |" + " ---: |" * len(names))
    nothing = {
        "code in documentation": fenced_code(arguments.dev),
        "code of packages": package_code(),
        "lists of links": link_lists(arguments.dev),
        "numbers with units": number_lines(),
    }
    for kind, lines in nothing.items():
        texts = even(lines)
        shares = [
            np.mean([is_noise(label) or score < LOW for label, score in zip(*found, strict=True)])
            for found in answers(texts)
        ]
        print(f"| {kind} | {len(texts):,} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")

    print("\n| text in 31 languages | lines | " + " | ".join(names) + " |")
    print("| --- | ---: |" + " ---: |" * len(names))
    for kind, (texts, gold) in languages(arguments.web).items():
        cells = []
        for labels, scores in answers(texts):
            right = np.array([a == b for a, b in zip(labels, gold, strict=True)])
            error = calibration_error(scores, right)
            sure = np.mean(~right & (scores > SURE))
            cells.append(f"{right.mean():.3f}, {scores.mean():.2f}, {error:.3f}, {sure:.3f}")
        print(f"| {kind} | {len(texts):,} | " + " | ".join(cells) + " |")

    if arguments.examples:
        for text in EXAMPLES:
            said = [f"{labels[0]} {scores[0]:.2f}" for labels, scores in answers([text])]
            print(f"{text[:50]!r}: " + ", ".join(said))


if __name__ == "__main__":
    main()
