"""The whole run beside the published recipe with stock datatrove blocks: same input, same workers, in one go.

    python benchmarks/compare_datatrove.py --input ../shared/data/dev --documents 1200
    python benchmarks/compare_datatrove.py --input ../shared/data/dev --language-id lid176

Takes a sample of the input (folders of Parquet with id, text, lang), runs the recipe (recipe.py) and then
`polysift run`, each in processes of its own, checks the decisions of both and prints, as a table and as JSON, documents
per second, MB/s, CPU seconds and peak memory, per stage and in total, and the ratio.

With --words datatrove (may be given beside unicode) every outcome, reason, band of a signature and cluster size must
equal datatrove's, or the exit status is 1; with --words unicode the share of documents that both keep or both remove is
shown by language.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from agreement import Agreement, agreement, same_bands
from measured import Took, measured
from polysift.langid.identify import MODELS
from polysift.langid.labels import canonical

HERE = Path(__file__).parent
# Widely written languages of nine scripts, for each of which datatrove's tokenizer runs without a download.
LANGUAGES = (
    *(
        "por_Latn",
        "spa_Latn",
        "deu_Latn",
        "fra_Latn",
        "pol_Latn",
        "tur_Latn",
        "rus_Cyrl",
        "ukr_Cyrl",
        "ell_Grek",
    ),
    *("arb_Arab", "hin_Deva", "cmn_Hani"),
)


def sample(source: Path, target: Path, languages: Sequence[str], documents: int, files: int) -> pa.Table:
    """Up to `documents` of each language, evenly spaced over the input, as `files` Parquet files; returns them all."""
    paths = sorted(source.glob("**/*.parquet"))
    table = pa.concat_tables([pq.read_table(path, columns=["id", "text", "lang"]) for path in paths])
    names = {name: canonical(name) for name in table["lang"].unique().to_pylist()}
    labels = pa.array([names[name] for name in table["lang"].to_pylist()])
    picked: list[int] = []
    for label in languages or sorted(set(names.values())):
        rows = pc.indices_nonzero(pc.equal(labels, label)).to_pylist()
        picked += rows[:: max(1, len(rows) // documents)][:documents]
    table = table.set_column(2, "lang", labels).take(sorted(picked))
    target.mkdir(parents=True)
    for number in range(files):
        start, stop = (len(table) * n // files for n in (number, number + 1))
        pq.write_table(table.slice(start, stop - start), target / f"{number:02d}.parquet")
    return table


def run_recipe(folder: Path, workers: int, model: str | None) -> Took:
    command = [sys.executable, str(HERE / "recipe.py"), str(folder / "input"), str(folder / "recipe")]
    command += ["--workers", str(workers), *(("--model", model) if model else ())]
    return measured(command, str(folder / "recipe.log"))


def run_polysift(folder: Path, workers: int, words: str, model: str | None, source: str = "input") -> Took:
    config: dict[str, Any] = {
        "input": {"path": source, "slice_bytes": "4 MB"},
        "output": f"polysift-{words}",
        "language_id": {"model": model or "column:lang"},
        "words": words,
        "dedup": {"verify": "off"},
        "executor": {"workers": workers},
    }
    (folder / f"{words}.yml").write_text(yaml.safe_dump(config))
    command = [str(Path(sys.executable).with_name("polysift")), "run", str(folder / f"{words}.yml")]
    return measured(command, str(folder / f"{words}.log"))


def report(
    name: str, took: Took, stages: dict[str, float], documents: int, size: int, peer: Took | None
) -> dict[str, Any]:
    """Prints one side and returns it as JSON values."""
    ratio = peer.seconds / took.seconds if peer else 1.0
    print(
        f"{name:<28} {took.seconds:>9.1f} {documents / took.seconds:>12,.0f} {size / 1e6 / took.seconds:>8.2f} "
        f"{took.cpu_seconds:>9.1f} {took.peak_bytes / 1e6:>9,.0f} {took.worker_bytes / 1e6:>9,.0f} {ratio:>8.1f}x"
    )
    for stage, seconds in stages.items():
        print(f"  {stage:<26} {seconds:>9.1f}")
    return {
        "seconds": took.seconds,
        "documents_per_second": documents / took.seconds,
        "megabytes_per_second": size / 1e6 / took.seconds,
        "cpu_seconds": took.cpu_seconds,
        "peak_bytes": took.peak_bytes,
        "worker_bytes": took.worker_bytes,
        "ratio": ratio,
        "stages": stages,
    }


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
    parser.add_argument("--languages", default=",".join(LANGUAGES), help="labels, or 'all'")
    parser.add_argument("--documents", type=int, default=1200, help="of each language, at most")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--words", action="append", choices=["unicode", "datatrove"])
    parser.add_argument("--language-id", default="column", choices=["column", "lid176"])
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--keep", type=Path, help="folder for all files of both sides, which must not exist")
    arguments = parser.parse_args()
    languages = [] if arguments.languages == "all" else arguments.languages.split(",")
    model = None if arguments.language_id == "column" else arguments.language_id
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch) / "run"
        table = sample(
            arguments.input, folder / "input", languages, arguments.documents, 4 * arguments.workers
        )
        size = pc.sum(pc.binary_length(table["text"])).as_py()
        (folder / "few").mkdir()
        pq.write_table(table.slice(0, 8), folder / "few.parquet")
        print(f"{len(table):,} documents, {size / 1e6:.1f} MB of text, {arguments.workers} workers")
        heads = f"{'MB/s':>8} {'CPU s':>9} {'peak MB':>9} {'worker MB':>9}  ratio"
        print(f"\n{'':<28} {'seconds':>9} {'documents/s':>12} {heads}")
        peer = run_recipe(folder, arguments.workers, str(MODELS[model]) if model else None)
        timings = json.loads((folder / "recipe" / "timings.json").read_text())
        figures = {
            "recipe": report("recipe, stock datatrove", peer, timings["seconds"], len(table), size, None)
        }
        good = True
        found = {}
        for words in arguments.words or ["unicode"]:
            # Once on a few documents, which leaves the kernels' machine code in its cache: the cold start.
            cold = run_polysift(folder / "few", arguments.workers, words, model, "../few.parquet")
            took = run_polysift(folder, arguments.workers, words, model)
            summary = json.loads((folder / f"polysift-{words}" / "summary.json").read_text())
            stages = {name: stage["seconds"] for name, stage in summary["stages"].items()}
            figures[words] = report(f"polysift, words: {words}", took, stages, len(table), size, peer)
            figures[words]["cold_start_seconds"] = cold.seconds
            print(f"  {'first run, of 8 documents':<26} {cold.seconds:>9.1f}")
            found[words] = agreement(folder / "recipe", folder / f"polysift-{words}")
        for words, rows in found.items():
            good = print_agreement(words, rows) and good
            figures[words]["agreement"] = [row._asdict() for row in rows]
        if "datatrove" in found:
            bands = same_bands(folder / "recipe", folder / "polysift-datatrove.work")
            print(f"\nsignatures: {bands.equal:,} of {bands.compared:,} bands equal")
            figures["datatrove"]["bands"] = bands._asdict()
            good = good and bands.equal == bands.compared
        for label, why in timings["skipped"].items():
            print(f"left out by the recipe: {label}: {why}")
        about = {
            "machine": platform.machine(),
            "cpu_count": os.cpu_count(),
            "python": platform.python_version(),
        }
        if arguments.json:
            content = {"documents": len(table), "text_bytes": size, **about, "sides": figures}
            arguments.json.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    sys.exit(not good)


if __name__ == "__main__":
    main()
