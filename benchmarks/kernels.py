"""Each kernel beside its stock counterpart, in one process and one thread, on real text.

    python benchmarks/kernels.py --data ../shared/data --json kernels.json

| kernel | stock counterpart |
| --- | --- |
| words | the tokenizer that datatrove assigns to the language |
| signature | `MinhashDedupSignature`: simplified text, words, shingles, minima |
| measures + rules | `GopherRepetitionFilter`, `FineWebQualityFilter`, `GopherQualityFilter`, until one removes |
| formatting | `FTFYFormatter`, `PIIFormatter`, `SymbolLinesFormatter`, on documents that they leave as they are |

Stock blocks are called as their pipelines call them, document by document, without reading, writing or starting
anything. Both sides are called once before they are timed; times are medians of processor seconds. `..., words given`
is the same without the words, on which the decisions of both sides must be equal, `simplified text` a part of the
signature: they have no target, and say where the time goes. The exit status is 1 when a target is missed.
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

import argparse
import json
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.utils.text import simplify_text
from datatrove.utils.word_tokenizers import WordTokenizer, load_word_tokenizer
from polysift.filters.format_kernel import format_batch
from polysift.filters.formatting import FormattingOptions
from polysift.filters.language_config import LanguageConfig, LanguageConfigs
from polysift.filters.measure_kernel import columns, measure_batch
from polysift.filters.rules import FINEWEB2_REASONS, REASONS, first_reason
from polysift.filters.simplify_kernel import simplify
from polysift.filters.stop_word_kernel import stop_words_of
from polysift.filters.words import segment, style_numbers
from polysift.langid.kernels import Strings, Words, from_arrow, words_from_lists
from polysift.langid.labels import canonical
from polysift.pipeline.dedup.minhash import MinHash
from polysift.pipeline.dedup.minhash_kernel import sign_batch
from polysift.pipeline.memory import keep_freed
from recipe import MINHASH, fineweb_filter, formatters, gopher_filter, repetition_filter

LANGUAGES = (
    "eng_Latn por_Latn deu_Latn spa_Latn pol_Latn tur_Latn fin_Latn vie_Latn rus_Cyrl ukr_Cyrl ell_Grek arb_Arab "
    "fas_Arab hin_Deva ben_Beng tam_Taml mal_Mlym kor_Hang cmn_Hani jpn_Jpan tha_Thai khm_Khmr"
)
WITHOUT_SPACES = ("Hani", "Jpan", "Thai", "Laoo", "Khmr", "Mymr")
PACKAGES = ("datatrove", "spacy", "numba", "numpy", "icu4py", "ftfy", "xxhash")
TARGETS = {"words": 100.0, "signature": 100.0, "measures + rules": 100.0, "formatting": 20.0}
TARGET_OF_WORDS_WITHOUT_SPACES = 10.0
Call = Callable[[], object]


class Sample(NamedTuple):
    """Documents of one language: as strings, as a batch, with its tokenizer and thresholds."""

    label: str
    texts: list[str]
    tokenizer: WordTokenizer
    config: LanguageConfig

    @property
    def array(self) -> pa.Array:
        return pa.array(self.texts, pa.large_string())

    @property
    def batch(self) -> Strings:
        return from_arrow(self.array)

    def words(self, batch: Strings) -> Words:
        """What the word kernel finds, as annotate calls it."""
        return segment(batch, np.repeat(style_numbers([self.label]), len(self.texts)))


class Row(NamedTuple):
    """One kernel on one language; times in microseconds per document."""

    kernel: str
    language: str
    documents: int
    text_bytes: int
    stock: float
    polysift: float
    target: float | None

    @property
    def ratio(self) -> float:
        return self.stock / self.polysift

    @property
    def passed(self) -> bool:
        return self.target is None or self.ratio >= self.target


class Given(WordTokenizer):  # type: ignore[misc]
    """A tokenizer whose work is done: looks up the words of each text."""

    def __init__(self, texts: list[str], tokenizer: WordTokenizer) -> None:
        super().__init__()
        self.words = {text: tokenizer.word_tokenize(text) for text in texts}

    def word_tokenize(self, text: str) -> list[str]:
        return self.words[text]

    def sent_tokenize(self, text: str) -> list[str]:
        raise NotImplementedError

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        raise NotImplementedError


def words(sample: Sample) -> Iterator[tuple[str, Call, Call]]:
    batch = sample.batch
    yield (
        "words",
        lambda: [sample.tokenizer.word_tokenize(text) for text in sample.texts],
        lambda: sample.words(batch),
    )


def signature(sample: Sample) -> Iterator[tuple[str, Call, Call]]:
    signer = MinhashDedupSignature("/tmp", MINHASH, language=sample.label)
    batch, options = sample.batch, MinHash()

    def stock() -> None:
        for text in sample.texts:
            shingles = signer.get_shingles(text)
            if shingles.size:
                signer.get_signature(shingles)

    signer.word_tokenizer = sample.tokenizer
    yield "signature", stock, lambda: sign_batch(sample.words(simplify(batch)), options)
    simple = [simplify_text(text) for text in sample.texts]
    signer.word_tokenizer = given = Given(simple, sample.tokenizer)
    listed = words_from_lists([given.words[text] for text in simple])

    def ours() -> None:
        simplify(batch)
        sign_batch(listed, options)

    yield "signature, words given", stock, ours
    yield "simplified text", lambda: [simplify_text(text) for text in sample.texts], lambda: simplify(batch)


def filtered(block: Any, document: Document) -> str | None:
    """The reason for which a filter removes a document."""
    outcome = block.filter(document)
    return None if outcome is True else outcome[1]


def rules(sample: Sample) -> Iterator[tuple[str, Call, Call]]:
    makers = (repetition_filter, fineweb_filter, gopher_filter)
    filters: list[Any] = [make(sample.label, sample.config, None) for make in makers]
    batch, stop_words = sample.batch, stop_words_of([sample.config.stop_words])
    languages = np.zeros(len(sample.texts), np.int32)

    def stock() -> list[str | None]:
        outcomes = (map(filtered, filters, repeat(Document(text=text, id=""))) for text in sample.texts)
        return [next((reason for reason in found if reason is not None), None) for found in outcomes]

    def ours(found: Words) -> list[str | None]:
        measured = columns(measure_batch(batch, found, languages, stop_words))
        reasons = first_reason(measured, sample.config).tolist()
        return [FINEWEB2_REASONS[REASONS[reason]] if reason >= 0 else None for reason in reasons]

    yield "measures + rules", stock, lambda: ours(sample.words(batch))
    given = Given(sample.texts, sample.tokenizer)
    for block in filters:
        block.language = given
    listed = words_from_lists([given.words[text] for text in sample.texts])
    if ours(listed) != stock():
        raise SystemExit(
            f"{sample.label}: with the same words, decisions differ from those of the three filters"
        )
    yield "measures + rules, words given", stock, lambda: ours(listed)


def formatting(sample: Sample) -> Iterator[tuple[str, Call, Call]]:
    blocks = formatters()

    def formatted(text: str) -> str:
        for block in blocks:
            text = block.format(text)
        return text

    clean = [text for text in sample.texts if formatted(text) == text]
    if clean:
        array, options = pa.array(clean, pa.large_string()), FormattingOptions()
        yield "formatting", lambda: [formatted(text) for text in clean], lambda: format_batch(array, options)


KERNELS = (words, signature, rules, formatting)


def seconds(call: Call, repeats: int) -> float:
    """The median processor time of a call, after one that is not timed: what other processes do counts less."""
    call()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)


def rows(sample: Sample, repeats: int) -> Iterator[Row]:
    count, size = len(sample.texts), sum(len(text.encode()) for text in sample.texts)
    for kernel in KERNELS:
        for name, stock, ours in kernel(sample):
            target = TARGETS.get(name)
            if name == "words" and sample.label.endswith(WITHOUT_SPACES):
                target = TARGET_OF_WORDS_WITHOUT_SPACES
            times = [seconds(stock, repeats), seconds(ours, 5 * repeats)]
            yield Row(name, sample.label, count, size, *(1e6 * t / count for t in times), target)


def samples(folder: Path, labels: list[str], documents: int) -> Iterator[Sample]:
    """Documents of each language, evenly spaced over `folder/dev`; says which language is left out, and why."""
    files = sorted((folder / "dev").glob("*.parquet"))
    table = pa.concat_tables([pq.read_table(file, columns=["text", "lang"]) for file in files])
    names = pc.unique(table["lang"]).to_pylist()
    configs = LanguageConfigs()
    for label in labels:
        own = pa.array([name for name in names if canonical(name) == label], pa.string())
        texts = table.filter(pc.is_in(table["lang"], own))["text"].to_pylist()
        try:
            tokenizer = load_word_tokenizer(label)
            tokenizer.word_tokenize("a b")
        except Exception as error:  # a package or model of datatrove's that is not here
            print(f"left out: {label}: {str(error)[:100]}")
            continue
        step = max(1, len(texts) // documents)
        if texts:
            yield Sample(label, texts[::step][:documents], tokenizer, configs.resolve(label).config)


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())


def print_table(found: list[Row]) -> None:
    print("| kernel | language | documents | stock, µs/document | polysift, µs/document | ratio | target | |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for row in sorted(found, key=lambda row: list(dict.fromkeys(r.kernel for r in found)).index(row.kernel)):
        target = "" if row.target is None else f"{row.target:.0f}x"
        mark = "" if row.target is None else "pass" if row.passed else "MISSED"
        print(
            f"| {row.kernel} | {row.language} | {row.documents} | {row.stock:,.0f} | {row.polysift:,.1f} | "
            f"{row.ratio:,.0f}x | {target} | {mark} |"
        )
    print(
        "\n| kernel | languages | median ratio | least ratio | targets reached |\n| --- | ---: | ---: | ---: | --- |"
    )
    for kernel in dict.fromkeys(row.kernel for row in found):
        of = [row for row in found if row.kernel == kernel]
        ratios = [row.ratio for row in of]
        reached = f"{sum(row.passed for row in of)} of {len(of)}" if of[0].target else ""
        median = statistics.median(ratios)
        print(f"| {kernel} | {len(of)} | {median:,.0f}x | {min(ratios):,.0f}x | {reached} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with dev/*.parquet: text, lang"
    )
    parser.add_argument("--languages", default=LANGUAGES, help="labels, separated by spaces or commas")
    parser.add_argument("--documents", type=int, default=100, help="of each language, at most")
    parser.add_argument(
        "--repeats", type=int, default=3, help="timed calls of a stock block; ours: 5 times that"
    )
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    labels = [canonical(label) for label in arguments.languages.replace(",", " ").split()]
    about = {"processor": processor(), "python": platform.python_version()}
    about |= {name: version(name) for name in PACKAGES}
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    warnings.simplefilter("ignore")  # the mean length of no words
    keep_freed(20 << 20)  # as workers do
    found: list[Row] = []
    for sample in samples(arguments.data, labels, arguments.documents):
        print(f"{sample.label}: {len(sample.texts)} documents", file=sys.stderr)
        found += rows(sample, arguments.repeats)
    print_table(found)
    if arguments.json:
        values = [row._asdict() | {"ratio": row.ratio, "passed": row.passed} for row in found]
        arguments.json.write_text(json.dumps({"about": about, "rows": values}, indent=1, ensure_ascii=False))
    sys.exit(not all(row.passed for row in found))


if __name__ == "__main__":
    main()
