#!/usr/bin/env python
"""Accuracy of language identification: polysift's models beside lid.176 and other packages, on the same lines.

    python benchmarks/language_id_accuracy.py EVAL_FOLDER [--model NAME_OR_FILE ...] [--lines N]

EVAL_FOLDER holds Parquet files with columns text and label. Peers come with the extra `bench`; one that is not
installed is left out. A label set's labels are compared by polysift's names, the script taken from the text where a
package names none. Each row of the second table is a package on the lines whose language it can name, and polysift's
model on the same lines, with all of its labels to choose from.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from polysift.langid.aliases import LABEL_SETS
from polysift.langid.errors import PolysiftError
from polysift.langid.fasttext_model import check_model
from polysift.langid.identify import MODELS, load_model
from polysift.langid.labels import canonical, canonical_code
from polysift.langid.scripts import text_script
from polysift.langid.training.evaluate import evaluate

Answers = tuple[list[str], np.ndarray]


class Peer(NamedTuple):
    """A package: its name, the language codes it knows, and the code and score that it gives a line."""

    name: str
    codes: frozenset[str]
    answer: Callable[[str], tuple[str, float]]


def heliport() -> Peer:
    from heliport import Identifier

    model = Identifier()
    codes = known(name for name, _ in model.identify_topk_with_score("a", 10_000))
    return Peer("heliport", codes, model.identify_with_score)


def py3langid() -> Peer:
    import py3langid as langid

    codes = known(name for name, _ in langid.rank("a"))
    return Peer("py3langid", codes, langid.classify)


def lingua() -> Peer:
    from lingua import Language, LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().build()

    def answer(line: str) -> tuple[str, float]:
        found = detector.detect_language_of(line)
        return (found.iso_code_639_1.name.lower() if found else "und", 1.0)

    return Peer("lingua", known(each.iso_code_639_1.name.lower() for each in Language.all()), answer)


def pycld2() -> Peer:
    import pycld2 as cld2

    names = dict(cld2.LANGUAGES)
    codes = known(names[name] for name in cld2.DETECTED_LANGUAGES if name in names)

    def answer(line: str) -> tuple[str, float]:
        try:
            _, _, found = cld2.detect(line, bestEffort=True)
        except cld2.error:
            return "und", 0.0
        return found[0][1], found[0][2] / 100

    return Peer("pycld2", codes, answer)


PEERS = (heliport, py3langid, lingua, pycld2)


def known(names: Iterator[str]) -> frozenset[str]:
    """The canonical codes of a package's labels."""
    return frozenset(filter(None, map(code_of, names)))


def code_of(name: str, script: str = "Latn") -> str:
    """The canonical code of a label in whatever form; empty for what is none."""
    try:
        return canonical_code(name.replace("-", "_").split("_")[0], script)
    except PolysiftError:
        return ""


def written(name: str, script: str) -> str:
    """A package's label by polysift's name, in the script of the text."""
    code = code_of(name, script)
    try:
        return canonical(f"{code}_{script}") if code and script != "Zyyy" else "und_Zyyy"
    except PolysiftError:
        return "und_Zyyy"


def peer_answers(peer: Peer, texts: Sequence[str], scripts: Sequence[str]) -> Answers:
    found = [peer.answer(text) for text in texts]
    labels = [written(name, script) for (name, _), script in zip(found, scripts, strict=True)]
    return labels, np.clip(np.array([score for _, score in found], float), 0, 1)


@cache
def model_codes(name: str) -> frozenset[str]:
    labels = [label.removeprefix("__label__") for label in check_model(Path(MODELS.get(name, name)))]
    renamed = LABEL_SETS["lid176"] if "sq" in labels and "als" in labels else {}
    return known(renamed.get(label, label) for label in labels)


def model_answers(name: str, texts: Sequence[str]) -> Answers:
    found = load_model(name).identify(pa.array(texts, pa.large_string()))
    return found.label_names(), found.scores


def row(cells: Sequence[object]) -> None:
    print("| " + " | ".join(map(str, cells)) + " |")


def head(*titles: str) -> None:
    row(titles)
    row(["---", *["---:"] * (len(titles) - 1)])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--model", action="append", help="model by name or file; the last one is set beside the peers"
    )
    parser.add_argument(
        "--lines", type=int, help="only every nth line, so that about N are left in each file"
    )
    parser.add_argument("--without", action="append", default=[], help="peer to leave out")
    arguments = parser.parse_args()
    models = arguments.model or ["lid176", *(["polysift"] if "polysift" in MODELS else [])]
    peers = [peer for make in PEERS if make.__name__ not in arguments.without for peer in available(make)]
    for file in sorted(arguments.folder.glob("*.parquet")):
        compare(file, models, peers, arguments.lines)


def available(make: Callable[[], Peer]) -> Iterator[Peer]:
    try:
        yield make()
    except ImportError as error:
        print(f"left out: {make.__name__} ({error})")


def compare(file: Path, models: Sequence[str], peers: Sequence[Peer], lines: int | None) -> None:
    table = pq.read_table(file, columns=["text", "label"])
    step = max(1, table.num_rows // lines) if lines else 1
    texts = [" ".join(text.split()) for text in table.column("text").to_pylist()[::step]]
    gold = [canonical(label) for label in table.column("label").to_pylist()[::step]]
    codes = [label[:3] for label in gold]
    scripts = [text_script(text) for text in texts]
    answers = {name: model_answers(name, texts) for name in models}
    shared = frozenset.intersection(*map(model_codes, models))

    print(f"\n### {file.stem}: {len(texts):,} lines, {len(set(gold))} labels\n")
    head(
        "model",
        "labels it knows",
        "macro-F1 on these",
        "calibration error",
        "macro-F1 on labels all know",
        "on all",
    )
    for name in models:
        own = figures(gold, answers[name], [code in model_codes(name) for code in codes])
        both = figures(gold, answers[name], [code in shared for code in codes])
        whole = figures(gold, answers[name], [True] * len(codes))
        f1s = [f"{each.macro_f1:.4f}" for each in (own, both, whole)]
        row([name, len(own.labels), f1s[0], f"{own.calibration_error:.4f}", *f1s[1:]])

    best = models[-1]
    print()
    head("package", "labels it knows", "its macro-F1", f"{best} on the same lines", "seconds")
    for peer in peers:
        start = time.perf_counter()
        given = peer_answers(peer, texts, scripts)
        seconds = time.perf_counter() - start
        rows = [code in peer.codes & model_codes(best) for code in codes]
        theirs, ours = figures(gold, given, rows), figures(gold, answers[best], rows)
        row(
            [
                peer.name,
                len(theirs.labels),
                f"{theirs.macro_f1:.4f}",
                f"{ours.macro_f1:.4f}",
                f"{seconds:.1f}",
            ]
        )


def figures(gold: Sequence[str], answers: Answers, rows: Sequence[bool]):
    chosen = np.flatnonzero(rows)
    labels, scores = answers
    return evaluate([gold[i] for i in chosen], [labels[i] for i in chosen], scores[chosen])


if __name__ == "__main__":
    main()
