"""The published recipe with stock datatrove blocks: the peer that polysift's speed and decisions are held against.

    python benchmarks/recipe.py INPUT OUT --workers 2 [--label-column lang | --model lid176]

Per language, in the order of FineWeb2 (arXiv 2506.20920): language id, language_score threshold, MinHash
(signatures, buckets, clusters, filter), repetition, FineWeb and Gopher filters, formatting; every step reads what the
one before wrote. Thresholds are the published ones. Writes OUT/decisions.parquet (id, language, outcome in
FineWeb2's names, minhash_cluster_size) and OUT/timings.json (seconds of each stage; languages left out, and why).
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
from datatrove.pipeline.filters import (
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    LambdaFilter,
)
from datatrove.pipeline.formatters import FTFYFormatter, PIIFormatter, SymbolLinesFormatter
from datatrove.pipeline.readers import JsonlReader, ParquetReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.hashing import HashConfig
from datatrove.utils.word_tokenizers import load_word_tokenizer
from polysift.filters.language_config import LanguageConfig, LanguageConfigs
from polysift.langid.labels import canonical
from polysift.langid.scripts import text_script

MINHASH = MinhashConfig(
    hash_config=HashConfig(hash_fc="xxhash", precision=64), num_buckets=14, hashes_per_bucket=8, n_grams=5
)


class ColumnLabel(PipelineStep):  # type: ignore[misc]
    """Trusts a column of the input."""

    name = "label column"

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Any:
        for document in data:
            document.metadata |= {
                "language": canonical(document.metadata[self.column]),
                "language_score": 1.0,
            }
            yield document


class FastTextLabel(PipelineStep):  # type: ignore[misc]
    """Language id with the fasttext package, all labels, as the recipe calls it; the script by majority."""

    name = "fasttext"

    def __init__(self, model: str) -> None:
        super().__init__()
        self.model = model

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Any:
        import fasttext

        model = fasttext.load_model(self.model)
        names: dict[tuple[str, str], str] = {}
        for document in data:
            labels, scores = model.predict(document.text.replace("\n", " "), k=-1)
            key = labels[0].removeprefix("__label__"), text_script(document.text)
            if key not in names:
                names[key] = canonical("_".join(key))
            document.metadata |= {"language": names[key], "language_score": float(min(scores[0], 1.0))}
            yield document


class Recipe:
    """One run of the recipe: folders, workers, seconds of each stage."""

    def __init__(self, out: Path, workers: int) -> None:
        self.out = out
        self.workers = workers
        self.seconds: Counter[str] = Counter()
        self.skipped: dict[str, str] = {}

    def execute(self, stage: str, steps: list[Any], tasks: int | None = None) -> None:
        tasks = tasks or self.workers
        logs = self.out / "logs" / f"{stage}-{time.monotonic_ns()}"
        start = time.perf_counter()
        LocalPipelineExecutor(
            steps, tasks=tasks, workers=min(self.workers, tasks), logging_dir=str(logs)
        ).run()
        self.seconds[stage] += time.perf_counter() - start

    def label(self, source: Path, labeller: PipelineStep) -> list[Path]:
        """Language id; returns a folder of documents per language."""
        reader = ParquetReader(str(source), glob_pattern="*.parquet", text_key="text", id_key="id")
        writer = JsonlWriter(str(self.out / "labelled"), output_filename="${language}/${rank}.jsonl.gz")
        self.execute("language_id", [reader, labeller, writer])
        return sorted((self.out / "labelled").iterdir())

    def language(self, folder: Path, config: LanguageConfig, score_min: float) -> None:
        """All further stages of one language."""
        label, base = folder.name, self.out / "languages" / folder.name

        def removed(reason: str) -> JsonlWriter:
            return JsonlWriter(str(base / "removed" / reason))

        passes = LambdaFilter(
            lambda document: document.metadata["language_score"] >= score_min,
            exclusion_writer=removed("language_score"),
        )
        scored, deduplicated = str(base / "scored"), str(base / "deduplicated")
        self.execute("language_score", [JsonlReader(str(folder)), passes, JsonlWriter(scored)])
        if not has_files(scored):
            return
        signatures, buckets, remove = (str(base / name) for name in ("signatures", "buckets", "remove"))
        self.execute(
            "signatures", [JsonlReader(scored), MinhashDedupSignature(signatures, MINHASH, language=label)]
        )
        self.execute("buckets", [MinhashDedupBuckets(signatures, buckets, config=MINHASH)], tasks=14)
        cluster = MinhashDedupCluster(buckets, remove, config=MINHASH, save_cluster_size=True)
        self.execute("clusters", [cluster], tasks=1)
        keep = MinhashDedupFilter(remove, load_cluster_sizes=True, exclusion_writer=removed("duplicate"))
        self.execute("duplicates", [JsonlReader(scored), keep, JsonlWriter(deduplicated)])
        if not has_files(deduplicated):
            return
        rules = [
            repetition_filter(label, config, removed("repetition")),
            fineweb_filter(label, config, removed("fineweb")),
            gopher_filter(label, config, removed("gopher")),
        ]
        filtered = str(base / "filtered")
        self.execute("filters", [JsonlReader(deduplicated), *rules, JsonlWriter(filtered)])
        if not has_files(filtered):
            return
        kept = JsonlWriter(str(self.out / "kept" / label))
        self.execute("formatting", [JsonlReader(filtered), *formatters(), kept])

    def decisions(self) -> Iterator[dict[str, Any]]:
        """What became of each document, from the files that the stages left."""
        for base in sorted((self.out / "languages").iterdir()):
            kinds = {
                "removed/language_score": "language_score",
                "removed/duplicate": "duplicate",
                "filtered": "kept",
            }
            kinds |= dict.fromkeys(("removed/repetition", "removed/fineweb", "removed/gopher"), "")
            for kind, outcome in kinds.items():
                for row in read_rows(base / kind):
                    yield {
                        "id": row["id"],
                        "language": base.name,
                        "outcome": outcome or row["metadata"]["filter_reason"],
                        "minhash_cluster_size": row["metadata"].get("minhash_cluster_size"),
                    }


def has_files(folder: str) -> bool:
    """Whether a step left documents: a reader takes an empty folder for an error."""
    return any(Path(folder).glob("*"))


def read_rows(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def formatters() -> list[Any]:
    """The recipe's three formatters."""
    table_lines = SymbolLinesFormatter(symbols_to_remove=["|"], replace_char="\n")
    return [FTFYFormatter(), PIIFormatter(), table_lines]


def repetition_filter(label: str, config: LanguageConfig, writer: JsonlWriter) -> GopherRepetitionFilter:
    def limits(pattern: str, sizes: range) -> tuple[tuple[int, float], ...]:
        found = ((n, getattr(config, pattern.format(n))) for n in sizes)
        return tuple((n, limit) for n, limit in found if limit is not None)

    return GopherRepetitionFilter(
        language=label,
        dup_para_frac=0,
        dup_line_char_frac=0,
        dup_para_char_frac=0,
        dup_line_frac=config.duplicate_line_fraction_max or 0,
        top_n_grams=limits("top_{}_gram_char_fraction_max", range(2, 5)),
        dup_n_grams=limits("duplicate_{}_gram_char_fraction_max", range(5, 11)),
        exclusion_writer=writer,
    )


def fineweb_filter(label: str, config: LanguageConfig, writer: JsonlWriter) -> FineWebQualityFilter:
    return FineWebQualityFilter(
        language=label,
        short_line_thr=999,
        char_duplicates_ratio=config.duplicate_line_char_fraction_max,
        line_punct_thr=config.terminal_punctuation_line_fraction_min or 0,
        new_line_ratio=float("inf")
        if config.newline_word_ratio_max is None
        else config.newline_word_ratio_max,
        exclusion_writer=writer,
    )


def gopher_filter(label: str, config: LanguageConfig, writer: JsonlWriter) -> GopherQualityFilter:
    return GopherQualityFilter(
        language=label,
        min_avg_word_length=config.mean_word_length_min,
        max_avg_word_length=config.mean_word_length_max,
        max_non_alpha_words_ratio=config.alpha_word_fraction_min,
        min_stop_words=config.stop_word_count_min,
        stop_words=list(config.stop_words),
        exclusion_writer=writer,
    )


def run(source: Path, out: Path, workers: int, labeller: PipelineStep, score_min: float | None) -> None:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    configs, recipe = LanguageConfigs(presets="fineweb2"), Recipe(out, workers)
    for folder in recipe.label(source, labeller):
        config = configs.resolve(folder.name).config
        try:
            # Not the one that the steps get: once it has loaded its model, Korean's cannot be sent to a worker.
            load_word_tokenizer.__wrapped__(folder.name).word_tokenize("a b")
        except Exception as error:  # a package or model of datatrove's that is not here
            recipe.skipped[folder.name] = str(error)[:100]
            continue
        recipe.language(folder, config, config.language_score_min or 0.0 if score_min is None else score_min)
    pq.write_table(pa.Table.from_pylist(list(recipe.decisions())), out / "decisions.parquet")
    timings = {"seconds": dict(recipe.seconds), "skipped": recipe.skipped}
    (out / "timings.json").write_text(json.dumps(timings, indent=1, ensure_ascii=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "input", type=Path, help="folder of Parquet files with id, text and a column of labels"
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--label-column", default="lang")
    parser.add_argument("--model", help="a fastText model file, instead of the column")
    arguments = parser.parse_args()
    if arguments.model:
        run(arguments.input, arguments.out, arguments.workers, FastTextLabel(arguments.model), None)
    else:
        run(arguments.input, arguments.out, arguments.workers, ColumnLabel(arguments.label_column), 0.0)


if __name__ == "__main__":
    main()
