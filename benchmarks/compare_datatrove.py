"""The whole run beside the published recipe with stock datatrove blocks: same input, same workers, in one go.

    python benchmarks/compare_datatrove.py --input ../shared/data/dev --documents 1200
    python benchmarks/compare_datatrove.py --input ../shared/data/dev --documents 1200 --times 16
    python benchmarks/compare_datatrove.py --input ../shared/data/dev --language-id lid176

Takes a sample of the input (folders of Parquet with id, text, lang), runs the recipe (recipe.py) and then
`polysift run`, each in processes of its own, checks the decisions of both and prints, as a table and as JSON, documents
per second, MB/s, CPU seconds and peak memory, per stage and in total, and the ratio.

With --times N the input is N times as large, so that start-up weighs as little as it does on a crawl: to the
documents come N - 1 rounds of as many made of the same sentences, shuffled within each language.

With --words datatrove (may be given beside unicode) every outcome, reason, band of a signature and cluster size must
equal datatrove's, or the exit status is 1; with --words unicode the share of documents that both keep or both remove is
shown by language.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from agreement import Agreement, agreement, same_bands
from measured import Took, measured
from polysift.langid.identify import MODELS
from polysift.langid.labels import canonical

HERE = Path(__file__).parent
# The twenty languages with the most documents in FineWeb2 (fineweb2/language-distribution.csv), most first.
LANGUAGES = (
    "rus_Cyrl,cmn_Hani,deu_Latn,spa_Latn,jpn_Jpan,fra_Latn,ita_Latn,por_Latn,pol_Latn,nld_Latn,"
    "ind_Latn,tur_Latn,ces_Latn,arb_Arab,vie_Latn,kor_Hang,swe_Latn,fas_Arab,ron_Latn,ukr_Cyrl"
)
FEW = 2
# A sentence or line with the white space after it, of 200 characters at most.
PIECE = re.compile(r".{1,200}?(?:[.!?؟۔।] |[。！？]|\n+|$)|.{1,200}(?:\s|$)|.{1,200}", re.DOTALL)


class Bench(NamedTuple):
    """What both sides run on.

    Attributes:
        folder: of input and output of one run.
        workers: of both sides.
        model: a name of MODELS, None for the labels in the column `lang`.
    """

    folder: Path
    workers: int
    model: str | None

    def slice_bytes(self) -> int:
        """Sixteen slices for each worker, so that they end together, unless these would be of less than 4 MB."""
        size = sum(path.stat().st_size for path in (self.folder / "input").iterdir())
        return max(4_000_000, size // (16 * self.workers))

    def recipe(self) -> Took:
        command = [
            sys.executable,
            str(HERE / "recipe.py"),
            str(self.folder / "input"),
            str(self.folder / "recipe"),
        ]
        command += ["--workers", str(self.workers)]
        command += ["--model", str(MODELS[self.model])] if self.model else []
        return measured(command, str(self.folder / "recipe.log"))

    def polysift(self, words: str) -> Took:
        config: dict[str, Any] = {
            "input": {"path": "input", "slice_bytes": self.slice_bytes()},
            "output": f"polysift-{words}",
            "language_id": {"model": self.model or "column:lang"},
            "words": words,
            "dedup": {"verify": "off", "normalise": "recipe"},
            "rules": {"precision": None},  # a filter of its own in the recipe, which comes after these
            "executor": {"workers": self.workers},
        }
        file = self.folder / f"{words}.yml"
        file.write_text(yaml.safe_dump(config))
        command = [str(Path(sys.executable).with_name("polysift")), "run", str(file)]
        return measured(command, str(self.folder / f"{words}.log"))


def sample(source: Path, languages: Sequence[str], documents: int) -> pa.Table:
    """Up to `documents` of each language, evenly spaced over the input, in its order: id, text, lang."""
    paths = sorted(source.glob("**/*.parquet"))
    table = pa.concat_tables([pq.read_table(path, columns=["id", "text", "lang"]) for path in paths])
    names = {name: canonical(name) for name in table["lang"].unique().to_pylist()}
    labels = pa.array([names[name] for name in table["lang"].to_pylist()])
    picked: list[int] = []
    for label in languages or sorted(set(names.values())):
        rows = pc.indices_nonzero(pc.equal(labels, label)).to_pylist()
        picked += rows[:: max(1, len(rows) // documents)][:documents]
    return table.set_column(2, "lang", labels).take(sorted(picked))


def shuffled(table: pa.Table, times: int) -> pa.Table:
    """The documents, and `times` - 1 rounds of as many: those of a language with its sentences dealt out anew.

    A document keeps its number of sentences (lines, or 200 characters without an end), and these the white space after
    them: lengths and lines stay like those of real text, and what has more than a few sentences has no
    near-duplicate. Seeded by language and round.
    """
    rounds = [table]
    labels, texts = table["lang"].to_pylist(), table["text"].to_pylist()
    pieces = [PIECE.findall(text) for text in texts]
    rows_of: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        rows_of.setdefault(label, []).append(row)
    for number in range(1, times):
        for label, rows in rows_of.items():
            pool = [piece for row in rows for piece in pieces[row]]
            random.Random(f"{label} {number}").shuffle(pool)
            left = iter(pool)
            for row in rows:
                texts[row] = "".join(islice(left, len(pieces[row]))).strip()
        ids = pc.binary_join_element_wise(table["id"], str(number), "#")
        rounds.append(
            pa.table({"id": ids, "text": pa.array(texts, table["text"].type), "lang": table["lang"]})
        )
    return pa.concat_tables(rounds)


def write(table: pa.Table, folder: Path, files: int) -> None:
    folder.mkdir(parents=True)
    for number in range(files):
        start, stop = (len(table) * n // files for n in (number, number + 1))
        pq.write_table(table.slice(start, stop - start), folder / f"{number:02d}.parquet")


def few_of_each(table: pa.Table) -> pa.Table:
    """The first documents of each language: what a run takes to start."""
    seen: Counter[str] = Counter()
    rows = []
    for row, label in enumerate(table["lang"].to_pylist()):
        seen[label] += 1
        if seen[label] <= FEW:
            rows.append(row)
    return table.take(rows)


class Input(NamedTuple):
    documents: int
    text_bytes: int


def report(
    name: str, took: Took, stages: dict[str, float], size: Input, peer: Took | None, start: Took
) -> dict[str, Any]:
    """Prints one side and returns it as JSON values; `start` is what it took on a few documents."""
    figures = {
        "seconds": took.seconds,
        "documents_per_second": size.documents / took.seconds,
        "megabytes_per_second": size.text_bytes / 1e6 / took.seconds,
        "cpu_seconds": took.cpu_seconds,
        "peak_megabytes": took.peak_bytes / 1e6,
        "worker_megabytes": took.worker_bytes / 1e6,
        "ratio": peer.seconds / took.seconds if peer else 1.0,
        "cpu_ratio": peer.cpu_seconds / took.cpu_seconds if peer else 1.0,
    }
    print(f"{name:<26}" + "".join(f"{value:>14,.1f}" for value in figures.values()))
    for stage, seconds in {**stages, "start-up (in the above)": start.seconds}.items():
        print(f"  {stage:<24}{seconds:>14,.1f}")
    return {
        **figures,
        "stages": stages,
        "start_seconds": start.seconds,
        "start_cpu_seconds": start.cpu_seconds,
    }


def write_both(table: pa.Table, whole: Bench, few: Bench) -> Input:
    """Writes the input of the whole run and of the start-up, in place of what is there; says how large it is."""
    for bench, part, files in ((whole, table, 4 * whole.workers), (few, few_of_each(table), whole.workers)):
        shutil.rmtree(bench.folder / "input", ignore_errors=True)
        write(part, bench.folder / "input", files)
    size = Input(len(table), pc.sum(pc.binary_length(table["text"])).as_py())
    print(f"{size.documents:,} documents, {size.text_bytes / 1e6:.1f} MB of text, {whole.workers} workers\n")
    return size


def print_agreement(words: str, found: list[Agreement]) -> bool:
    """Prints agreement by language; whether it is what `words` promises."""
    print(
        f"\nwords: {words}\n{'language':<12}{'documents':>10}{'same kept':>12}{'same reason':>13}{'same size':>12}"
    )
    documents = sum(row.documents for row in found)
    means = [sum(row[i] * row.documents for row in found) / max(documents, 1) for i in (2, 3, 4)]
    for row in (*found, Agreement("total", documents, *means)):
        shares = f"{row.same_kept:>12.2%}{row.same_reason:>13.2%}{row.same_size:>12.2%}"
        print(f"{row.language:<12}{row.documents:>10,}{shares}")
    return words == "unicode" or all(row[3:] == (1.0, 1.0) for row in found)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", type=Path, required=True, help="folder of Parquet with id, text, lang")
    parser.add_argument("--languages", default=LANGUAGES, help="labels, or 'all'")
    parser.add_argument("--documents", type=int, default=1200, help="of each language, at most")
    parser.add_argument(
        "--times", type=int, default=1, help="so many times the documents, by shuffled sentences"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--words", action="append", choices=["unicode", "datatrove"])
    parser.add_argument("--language-id", default="column", choices=["column", "lid176"])
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--keep", type=Path, help="folder for all files of both sides, which must not exist")
    arguments = parser.parse_args()
    languages = [] if arguments.languages == "all" else arguments.languages.split(",")
    table = shuffled(sample(arguments.input, languages, arguments.documents), arguments.times)
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch) / "run"
        good, sides = compare(table, folder, arguments)
    about = {"machine": platform.machine(), "cpu_count": os.cpu_count(), "python": platform.python_version()}
    if arguments.json:
        arguments.json.write_text(json.dumps({**about, **sides}, indent=1, ensure_ascii=False))
    sys.exit(not good)


def compare(table: pa.Table, folder: Path, arguments: argparse.Namespace) -> tuple[bool, dict[str, Any]]:
    """Runs and reports all sides; whether their decisions agree as they must, and the figures."""
    model = None if arguments.language_id == "column" else arguments.language_id
    whole, few = (Bench(folder / name, arguments.workers, model) for name in ("whole", "few"))
    size = write_both(table, whole, few)
    peer = whole.recipe()
    timings = json.loads((whole.folder / "recipe" / "timings.json").read_text())
    for label, why in timings["skipped"].items():
        print(f"left out by the recipe: {label}: {why}")
    if timings["skipped"] and model is None:  # and by polysift, then
        skipped = pa.array(list(timings["skipped"]))
        size = write_both(table.filter(pc.invert(pc.is_in(table["lang"], skipped))), whole, few)
    heads = ("seconds", "documents/s", "MB/s", "CPU s", "peak MB", "worker MB", "ratio", "CPU ratio")
    print(f"{'':<26}" + "".join(f"{head:>14}" for head in heads))
    sides = {"recipe": report("recipe, stock datatrove", peer, timings["seconds"], size, None, few.recipe())}
    found: dict[str, list[Agreement]] = {}
    for words in arguments.words or ["unicode"]:
        cold = few.polysift(words)  # leaves the kernels' machine code in its cache
        shutil.rmtree(few.folder / f"polysift-{words}.work")
        start, took = few.polysift(words), whole.polysift(words)
        summary = json.loads((whole.folder / f"polysift-{words}" / "summary.json").read_text())
        stages = {name: stage["seconds"] for name, stage in summary["stages"].items() if stage["units"]}
        sides[words] = report(f"polysift, words: {words}", took, stages, size, peer, start)
        sides[words]["first_start_seconds"] = cold.seconds
        found[words] = agreement(whole.folder / "recipe", whole.folder / f"polysift-{words}")
        sides[words]["agreement"] = [row._asdict() for row in found[words]]
    good = True
    for words, rows in found.items():
        good = print_agreement(words, rows) and good
    if "datatrove" in found:
        bands = same_bands(whole.folder / "recipe", whole.folder / "polysift-datatrove.work")
        print(f"\nsignatures: {bands.equal:,} of {bands.compared:,} bands equal")
        sides["datatrove"]["bands"] = bands._asdict()
        good = good and bands.equal == bands.compared
    return good, {**size._asdict(), "sides": sides}


if __name__ == "__main__":
    main()
