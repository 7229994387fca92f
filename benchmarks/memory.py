"""What a worker takes, at most, for inputs that are large in every way: a document, a line, a row group, columns.

    python benchmarks/memory.py --input ../shared/data/dev --json memory.json

Makes each input from real text (folders of Parquet with text and lang), has one worker annotate it, and prints the
words of the document that has most, documents kept back for their size, seconds, and the greatest resident memory of a
process. Run it twice for the seconds: kernels that no cache has are compiled with the first input.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import yaml
from measured import measured
from polysift.langid.labels import canonical

DOCUMENT = 50_000_000  # bytes of a large document
GIGABYTE = 10**9


class Inputs:
    """Makes the inputs, each a file of its own.

    Args:
        source: folder of Parquet with text and lang.
        folder: where files go.
    """

    def __init__(self, source: Path, folder: Path) -> None:
        self.folder = folder
        self.table = ds.dataset(source).to_table(columns=["text", "lang"])
        names = {name: canonical(name) for name in self.table["lang"].unique().to_pylist()}
        self.labels = pa.array([names[name] for name in self.table["lang"].to_pylist()])

    def document(self, label: str, size: int = DOCUMENT) -> str:
        """All documents of a language as one, again and again, each time with another number, up to `size` bytes."""
        texts = self.table["text"].filter(pc.equal(self.labels, label)).to_pylist()
        whole, pieces, length, again = "\n".join(texts).encode(), [], 0, 0
        while length < size:
            pieces += [whole, f"\n{again}\n".encode()]
            length, again = length + len(whole) + len(pieces[-1]), again + 1
        return b"".join(pieces)[:size].decode(errors="ignore")

    def parquet(self, texts: Iterable[str], label: str, **columns: list[str]) -> Path:
        """One row group of documents."""
        texts = list(texts)
        ids = [str(number) for number in range(len(texts))]
        target = self.folder / "input.parquet"
        pq.write_table(
            pa.table({"id": ids, "text": texts, "lang": [label] * len(texts), **columns}),
            target,
            row_group_size=len(texts),
        )
        return target

    def of(self, label: str) -> Path:
        return self.parquet([self.document(label)], label)

    def of_many(self) -> Path:
        """Languages with words of every kind, one large document after the other."""
        target = self.folder / "input"
        target.mkdir()
        for label in ("cmn_Hani", "por_Latn", "jpn_Jpan", "tha_Thai", "cmn_Hani"):
            self.of(label).rename(target / f"{len(list(target.iterdir()))}.parquet")
        return target

    def escaped(self) -> Path:
        """A Chinese document in a JSON line, all of its characters escaped."""
        target = self.folder / "input.jsonl"
        target.write_text(
            json.dumps({"id": "0", "text": self.document("cmn_Hani"), "lang": "cmn_Hani"}) + "\n"
        )
        return target

    def endless(self) -> Path:
        """A JSON line of a gigabyte between short ones."""
        target = self.folder / "input.jsonl"
        short = [
            json.dumps({"id": f"{n}", "text": f"Olá mundo, {n}", "lang": "por_Latn"}) + "\n"
            for n in range(1000)
        ]
        with target.open("w") as file:
            file.writelines(short)
            file.write('{"id": "x", "lang": "por_Latn", "text": "')
            for _ in range(1000):
                file.write("palavra  " * (GIGABYTE // 9000))
            file.write('"}\n')
            file.writelines(short)
        return target

    def row_group(self) -> Path:
        """Eight times all documents in one row group."""
        target = self.folder / "input.parquet"
        of_all = pa.concat_tables([self.table] * 8)
        ids = pa.array(range(len(of_all)), pa.int64()).cast(pa.string())
        pq.write_table(of_all.append_column("id", ids), target, row_group_size=len(of_all))
        return target

    def large_page(self) -> Path:
        """A dozen documents of 10 MB in one page of a Parquet file."""
        return self.parquet([f"{n} {self.document('por_Latn', 10_000_000)}" for n in range(12)], "por_Latn")

    def wide(self) -> Path:
        columns = {f"c{c}": [f"{c} {row}" * 5 for row in range(2000)] for c in range(900)}
        return self.parquet(["Olá, mundo. Um texto curto."] * 2000, "por_Latn", **columns)


def cases(inputs: Inputs) -> dict[str, Callable[[], Path]]:
    """What is measured, by name."""
    large = {
        f"a document of 50 MB: {label}": (lambda label=label: inputs.of(label))
        for label in ("cmn_Hani", "jpn_Jpan", "kor_Hang", "vie_Latn", "tha_Thai", "por_Latn")
    }
    return {
        "a short document": lambda: inputs.parquet(["Olá, mundo."], "por_Latn"),
        **large,
        "five such, one after the other": inputs.of_many,
        "cmn_Hani in an escaped JSON line": inputs.escaped,
        "50 MB of newlines": lambda: inputs.parquet(["\n" * DOCUMENT], "eng_Latn"),
        "50 MB of commas": lambda: inputs.parquet(["," * DOCUMENT], "eng_Latn"),
        "a word of 50 MB": lambda: inputs.parquet(["a" * DOCUMENT], "eng_Latn"),
        "50 MB of `a b a b`": lambda: inputs.parquet(["a b " * (DOCUMENT // 4)], "eng_Latn"),
        "a JSON line of 1 GB": inputs.endless,
        "twelve documents of 10 MB in one page": inputs.large_page,
        "a row group of 2.2 GB": inputs.row_group,
        "903 columns": inputs.wide,
    }


def run(source: Path, folder: Path, memory: str) -> dict[str, Any]:
    """Annotates one input; what that took, and what came of it."""
    config = {
        "input": {"path": str(source)},
        "output": "dataset",
        "work": "work",
        "language_id": {"model": "column:lang"},
        "executor": {"workers": 1, "memory": memory},
    }
    (folder / "run.yml").write_text(yaml.safe_dump(config))
    polysift = str(Path(sys.executable).with_name("polysift"))
    took = measured([polysift, "annotate", str(folder / "run.yml")], str(folder / "run.log"))
    manifests = [json.loads(path.read_text()) for path in (folder / "work" / "annotate").glob("*.json")]
    return {
        "documents": sum(manifest["documents"] for manifest in manifests),
        "quarantined": sum(manifest["quarantined"] for manifest in manifests),
        "most_words": max(most_words(path) for path in (folder / "work" / "annotations").glob("*.arrow")),
        "seconds": took.seconds,
        "megabytes": took.worker_bytes / 1e6,
    }


def most_words(part: Path) -> int:
    """Of the documents of a part."""
    with pa.memory_map(str(part)) as source, pa.ipc.open_file(source) as file:
        batches = [file.get_batch(number) for number in range(file.num_record_batches)]
        return max((pc.max(batch.column("n_words")).as_py() or 0 for batch in batches), default=0)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", type=Path, required=True, help="folder of Parquet with text and lang")
    parser.add_argument("--memory", default="1 GB", help="executor.memory")
    parser.add_argument("--only", help="cases whose name holds this")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    print(f"{'one worker, executor.memory: ' + arguments.memory:<42}{'documents':>12}{'kept back':>11}"
          f"{'most words':>13}{'seconds':>9}{'MB':>8}")  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        inputs = Inputs(arguments.input, Path(scratch) / "of")
        for name, make in cases(inputs).items():
            if (arguments.only or "") not in name:
                continue
            inputs.folder.mkdir()
            row = found[name] = run(make(), inputs.folder, arguments.memory)
            print(f"{name:<42}{row['documents']:>12,}{row['quarantined']:>11,}{row['most_words']:>13,}"
                  f"{row['seconds']:>9.1f}{row['megabytes']:>8,.0f}", flush=True)  # fmt: skip
            shutil.rmtree(inputs.folder)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
