"""How fast annotated documents are decided anew, and thresholds fitted.

    python benchmarks/decide.py [--documents 1000000] [WORK]

One core, one language. Without WORK the columns are made up, spread as real ones are; with the work folder of a run
they are the annotations of its largest language, repeated up to the number of documents. Prints documents per second
of `decide` (every rule, duplicates, score) and of a decision under changed thresholds from an Arrow file on disk, and
the seconds that fitting every threshold of the language takes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
from polysift.filters.english import shipped_english
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.measures import MEASURES
from polysift.filters.tune import distributions, fit, proxy_for
from polysift.pipeline.decide import counts, decide
from polysift.pipeline.schema import PRECISION

LABEL = "por_Latn"
NAMES = ("language_score", *MEASURES, *PRECISION.names)


def made_up(count: int) -> dict[str, Any]:
    """Columns of documents whose measures spread about as those of web pages do."""
    rng = np.random.default_rng(7)
    words = rng.lognormal(5.5, 1.0, count).astype(np.int64) + 1
    lines = rng.geometric(0.08, count)

    def of(total: Any, share: float) -> Any:
        return rng.binomial(total, np.clip(rng.beta(1, 1 / share - 1, count), 0, 1))

    found = {name: of(words, 0.02) for name in MEASURES}
    chars = words * 6
    found |= {name: of(chars, 0.05) for name in MEASURES if name.endswith("gram_chars")}
    found |= {"n_bytes": chars, "n_chars": chars, "n_chars_without_newlines": chars, "n_words": words,
              "n_non_symbol_words": words, "n_non_symbol_word_chars": words * 5 + of(words, 0.3),
              "n_alpha_words": words - of(words, 0.1), "n_lines": lines, "n_nonblank_lines": lines,
              "n_split_lines": lines, "n_terminal_punctuation_lines": of(lines, 0.5)}  # fmt: skip
    found["stop_word_mask"] = rng.integers(0, 1 << 16, count).astype(np.uint64)
    found |= dict.fromkeys(PRECISION.names, np.zeros(count, np.int64))
    return {**found, "language_score": rng.beta(8, 1, count)}


def of_run(work: Path, count: int) -> dict[str, Any]:
    """The annotations of a run's largest language, repeated."""
    from polysift.pipeline import corpus
    from polysift.pipeline.storage import Folder

    folder = Folder(str(work))
    manifests = {name: folder.read_json(name) for name in folder.names("annotate")}
    languages = corpus.by_language({name: found for name, found in manifests.items() if found})
    parts = max(languages.values(), key=corpus.documents)
    table = corpus.read(folder, parts, NAMES)
    return {name: np.resize(table.column(name).fill_null(0).to_numpy(), count) for name in NAMES}


def main(count: int, work: Path | None, repeats: int = 3) -> None:
    columns = made_up(count) if work is None else of_run(work, count)
    configs = LanguageConfigs()
    config = configs.resolve(LABEL).config
    ids, alone = np.arange(count).astype(np.uint64), {"keeper": np.arange(count)}
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/columns.arrow"
        table = pa.table(columns)
        with pa.ipc.new_file(
            file, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")
        ) as writer:
            writer.write_table(table)
        deciding = best(lambda: decide(columns, alone, config), repeats)
        changed = config.model_copy(update={"newline_word_ratio_max": 0.2, "mean_word_length_max": 9.0})

        def again() -> None:
            with pa.memory_map(file) as source, pa.ipc.open_file(source) as reader:
                read = reader.read_all()
            found = {name: read.column(name).to_numpy() for name in NAMES}
            counts(decide(found, alone, changed), ids)

        redeciding = best(again, repeats)
    proxy = proxy_for(configs, LABEL)
    english = shipped_english()

    def fitting() -> None:
        own = distributions(columns)
        fit(LABEL, {"reference": own, "crawl": distributions(columns)}, english, proxy)

    seconds = best(fitting, 1)
    print(f"documents                 {count:,}")
    print(f"decided                   {count / deciding:,.0f} documents/s ({deciding:.2f} s)")
    print(f"read and decided anew     {count / redeciding:,.0f} documents/s ({redeciding:.2f} s)")
    print(f"all thresholds fitted     {seconds:.2f} s (reference and crawl of {count:,} documents each)")


def best(work: Any, repeats: int) -> float:
    """The shortest of some times of a call, in seconds of this process's processor."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path, nargs="?")
    parser.add_argument("--documents", type=int, default=1_000_000)
    given = parser.parse_args()
    main(given.documents, given.work)
