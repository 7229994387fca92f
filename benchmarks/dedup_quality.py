"""Near-duplicates with known answers: polysift beside datatrove, text-dedup, datasketch and rensa on one input.

    python benchmarks/dedup_quality.py DATA OUT [--sources 60] [--text-dedup VENV/bin/python]

DATA is a folder of Parquet files with `text`, `source` and `lang`. The test set and what counts as right are
described in dedup_testset.py. Writes OUT/documents.parquet, OUT/scores.json and OUT/tables.md, and prints the tables. A
tool that is not installed is left out and named: `pip install datasketch rensa`; text-dedup needs a venv of its own.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import dedup_tools as tools
import pyarrow as pa
import pyarrow.parquet as pq
from dedup_scores import Answer, Scores, by_kind, score
from dedup_testset import TestSet, make, script

Tool = Callable[[Path, Path], Answer]


def runners(text_dedup: str | None) -> dict[str, Tool]:
    """Each tool by name; polysift as it is by default, with more bands, and without verification."""
    found: dict[str, Tool] = {
        "polysift": partial(tools.polysift, verify=0.7, normalise="unicode"),
        "polysift (28 bands)": partial(tools.polysift, verify=0.7, normalise="unicode", bands=28),
        "polysift (normalise recipe)": partial(tools.polysift, verify=0.7, normalise="recipe"),
        "polysift (verify off)": partial(tools.polysift, verify="off"),
        "datasketch": tools.datasketch,
        "rensa": tools.rensa,
    }
    if text_dedup:
        found["text-dedup"] = partial(tools.text_dedup, python=text_dedup)
    return {**found, "datatrove": tools.datatrove}


def describe(test: TestSet) -> str:
    kinds = Counter(document.kind for document in test.documents)
    labels = {document.language for document in test.documents}
    listed = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    scripts = len(set(map(script, labels)))
    return f"{len(test.documents):,} documents, {len(labels)} languages, {scripts} scripts: {listed}"


def table(head: list[str], lines: list[list[str]], left: int = 1) -> str:
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, rule, *lines])


def score_table(scores: dict[str, Scores], seconds: dict[str, float]) -> str:
    head = [
        "tool",
        "precision",
        "recall",
        "F1",
        "adjusted Rand",
        "removed",
        "wrongly",
        "missed",
        "templates lost",
    ]
    lines = []
    for name, of in scores.items():
        shares = [f"{value:.4f}" for value in (of.precision, of.recall, of.f1, of.rand)]
        counts = [f"{count:,}" for count in (of.removed, of.wrong, of.missed)]
        lines.append([name, *shares, *counts, f"{of.templates:.1%}", f"{seconds[name]:.0f}"])
    return table([*head, "seconds"], lines)


def kind_table(test: TestSet, answers: dict[str, Answer]) -> str:
    return table(
        ["edit", "similarity", "documents", *answers],
        [
            [kind, band, f"{count:,}", *(f"{share:.1%}" for share in shares)]
            for kind, band, count, shares in by_kind(test, list(answers.values()))
        ],
        left=2,
    )


def run(tool: Tool, source: Path, work: Path) -> tuple[Answer, float]:
    """What a tool answers, and its seconds."""
    shutil.rmtree(work, ignore_errors=True)
    start = time.perf_counter()
    return tool(source, work), time.perf_counter() - start


def keep(out: Path, name: str, answer: Answer, took: float) -> None:
    """Writes an answer beside the documents, a row each, so that it can be scored again."""
    content = {"removed": answer.removed, "cluster": answer.cluster, "seconds": [took] * len(answer.removed)}
    pq.write_table(pa.table(content), out / f"answer-{name}.parquet")


def kept(out: Path, name: str) -> tuple[Answer, float]:
    """An answer that `keep` wrote."""
    found = pq.read_table(out / f"answer-{name}.parquet")
    removed, cluster = (found.column(column).to_numpy() for column in ("removed", "cluster"))
    return Answer(removed, cluster), found.column("seconds")[0].as_py()


def report(out: Path, test: TestSet, answers: dict[str, Answer], seconds: dict[str, float]) -> None:
    """Writes the tables of the tools that have answered so far."""
    scores = {name: score(test, answer) for name, answer in answers.items()}
    text = "\n\n".join([describe(test), score_table(scores, seconds), kind_table(test, answers)])
    (out / "tables.md").write_text(text + "\n", encoding="utf-8")
    listed = {name: of._asdict() for name, of in scores.items()}
    (out / "scores.json").write_text(json.dumps(listed, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sources", type=int, default=60, help="source documents of each language")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--text-dedup", metavar="PYTHON", help="interpreter of a venv with text-dedup")
    parser.add_argument("--scores", action="store_true", help="score the answers in OUT again, run nothing")
    parser.add_argument("--only", help="comma-separated names of tools")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    test = make(arguments.data, arguments.sources, arguments.seed)
    source = out / "documents.parquet"
    columns = {
        "id": [d.id for d in test.documents],
        "text": [d.text for d in test.documents],
        "lang": [d.language for d in test.documents],
    }
    pq.write_table(pa.table(columns), source)
    print(describe(test), flush=True)
    answers: dict[str, Answer] = {}
    seconds: dict[str, float] = {}
    for name, tool in runners(arguments.text_dedup).items():
        if arguments.only and name not in arguments.only.split(","):
            continue
        work = out / re.sub(r"\W+", "_", name)
        try:
            answer, took = kept(out, name) if arguments.scores else run(tool, source, work)
        except ImportError as error:
            print(f"left out: {name} ({error})", flush=True)
            continue
        answers[name], seconds[name] = answer, took
        keep(out, name, answer, took)
        print(name, score(test, answers[name]), flush=True)
        report(out, test, answers, seconds)
    print((out / "tables.md").read_text("utf-8"))


if __name__ == "__main__":
    main()
