"""polysift and its peers on one Parquet file of `id`, `text` and `lang`: which documents each would remove."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from dedup_scores import Answer

WORD = re.compile(r"\w+")
NGRAM, THRESHOLD, PERMUTATIONS = 5, 0.7, 128  # of the peers that have no recipe of their own for web text


def rows(source: Path) -> list[dict[str, Any]]:
    return pq.read_table(source).to_pylist()


def numbered(ids: list[str], removed: set[str], cluster: dict[str, Any]) -> Answer:
    """An answer from the ids removed and a name of each document's cluster; one that is missing is alone."""
    names: dict[Any, int] = {}
    numbers = [names.setdefault(cluster.get(id, id), len(names)) for id in ids]
    return Answer(np.array([id in removed for id in ids]), np.array(numbers, np.int64))


def polysift(source: Path, work: Path, **dedup: Any) -> Answer:
    """`polysift run` with the labels given, every rule off, each language apart."""
    from polysift.filters.thresholds import THRESHOLDS

    config = {
        "input": {"path": str(source)},
        "output": str(work / "dataset"),
        "work": str(work / "work"),
        "language_id": {"model": "column:lang", "threshold": 0},
        "rules": {name: None for name in THRESHOLDS if name != "language_score_min"},
        "dedup": dedup,
        "executor": {"workers": 1},
    }
    work.mkdir(parents=True, exist_ok=True)
    (work / "run.yml").write_text(json.dumps(config))
    command = [str(Path(sys.executable).with_name("polysift")), "run", str(work / "run.yml")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    removed, cluster = set(), {}
    for kind in ("data", "removed"):
        for file in sorted((work / "dataset" / kind).rglob("*.parquet")):
            for row in pq.read_table(file).to_pylist():
                cluster[row["id"]] = (row["language"], row["language_script"], row["minhash_cluster_id"])
                if row.get("reason") == "duplicate":
                    removed.add(row["id"])
    return numbered([row["id"] for row in rows(source)], removed, cluster)


def datatrove(source: Path, work: Path) -> Answer:
    """The blocks as FineWeb2 runs them: per language, 14 bands of 8, words of the language's tokenizer."""
    from datatrove.executor.local import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers.jsonl import JsonlWriter
    from datatrove.utils.hashing import HashConfig
    from polysift.langid.labels import canonical

    hashes = HashConfig(hash_fc="xxhash", precision=64)
    minhash = MinhashConfig(hash_config=hashes, num_buckets=14, hashes_per_bucket=8, n_grams=NGRAM)
    documents = rows(source)
    removed, cluster = set(), {}
    for label in sorted({row["lang"] for row in documents}):
        base = work / label
        _write_jsonl(base / "input" / "00000.jsonl.gz", [row for row in documents if row["lang"] == label])
        reader = JsonlReader(str(base / "input"))
        paths = {name: str(base / name) for name in ("signatures", "buckets", "ids", "kept", "gone", "logs")}
        keep = MinhashDedupFilter(
            paths["ids"],
            load_cluster_ids=True,
            load_cluster_sizes=True,
            exclusion_writer=JsonlWriter(paths["gone"]),
        )
        steps = [
            [
                reader,
                MinhashDedupSignature(paths["signatures"], minhash, language=_tokenized(canonical(label))),
            ],
            [MinhashDedupBuckets(paths["signatures"], paths["buckets"], config=minhash)],
            [
                MinhashDedupCluster(
                    paths["buckets"],
                    paths["ids"],
                    config=minhash,
                    save_cluster_id=True,
                    save_cluster_size=True,
                )
            ],
            [reader, keep, JsonlWriter(paths["kept"])],
        ]
        for number, step in enumerate(steps):
            tasks = 14 if number == 1 else 1
            LocalPipelineExecutor(step, tasks=tasks, workers=1, logging_dir=f"{paths['logs']}/{number}").run()
        for name in ("kept", "gone"):
            for row in _read_jsonl(Path(paths[name])):
                of = row["metadata"].get("minhash_cluster_id", -1)
                cluster[row["id"]] = (label, of) if of not in (None, -1) else row["id"]
                if name == "gone":
                    removed.add(row["id"])
    return numbered([row["id"] for row in documents], removed, cluster)


def _tokenized(label: str) -> str:
    """The label, or English where the package or model of its tokenizer is not here."""
    from datatrove.utils.word_tokenizers import load_word_tokenizer

    try:
        load_word_tokenizer(label).word_tokenize("a b")
    except Exception as error:  # whatever a tokenizer package raises
        print(f"datatrove: {label} is split as English: {str(error)[:80]}", flush=True)
        return "eng_Latn"
    finally:
        load_word_tokenizer.cache_clear()  # a tokenizer that is loaded cannot be sent to a task
    return label


def _write_jsonl(path: Path, documents: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        for row in documents:
            file.write(json.dumps({"id": row["id"], "text": row["text"]}, ensure_ascii=False) + "\n")


def _read_jsonl(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def word_shingles(text: str) -> set[str]:
    words = WORD.findall(text.lower())
    return {" ".join(words[i : i + NGRAM]) for i in range(max(1, len(words) - NGRAM + 1))}


def datasketch(source: Path, work: Path) -> Answer:
    """MinHashLSH at threshold 0.7: a document that finds one inserted before it is removed."""
    from datasketch import MinHash, MinHashLSH

    removed, cluster = set(), {}
    documents = rows(source)
    lsh = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    for row in documents:
        minhash = MinHash(num_perm=PERMUTATIONS)
        minhash.update_batch([shingle.encode() for shingle in word_shingles(row["text"])])
        found = sorted(lsh.query(minhash))
        if found:
            removed.add(row["id"])
            cluster[row["id"]] = found[0]
        else:
            lsh.insert(row["id"], minhash)
            cluster[row["id"]] = row["id"]
    return numbered([row["id"] for row in documents], removed, cluster)


def rensa(source: Path, work: Path) -> Answer:
    """RMinHashDeduplicator at threshold 0.7 with 16 bands: a document similar to one added before is removed."""
    from rensa import RMinHash, RMinHashDeduplicator

    removed, cluster = set(), {}
    documents = rows(source)
    deduplicator = RMinHashDeduplicator(THRESHOLD, PERMUTATIONS, True, 16)
    for row in documents:
        minhash = RMinHash(PERMUTATIONS, 42)
        minhash.update(sorted(word_shingles(row["text"])))
        found = sorted(deduplicator.get_duplicates(minhash))
        if found:
            removed.add(row["id"])
            cluster[row["id"]] = found[0]
        else:
            deduplicator.add(row["id"], minhash)
            cluster[row["id"]] = row["id"]
    return numbered([row["id"] for row in documents], removed, cluster)


def text_dedup(source: Path, work: Path, python: str) -> Answer:
    """`python -m text_dedup.minhash` with its defaults (250 permutations, threshold 0.7), in a venv of its own."""
    out = work / "out"
    work.mkdir(parents=True, exist_ok=True)
    command = [
        python, "-m", "text_dedup.minhash", "--path", "parquet", "--data_files", str(source), "--split", "train",
        "--cache_dir", str(work / "cache"), "--output", str(out), "--column", "text", "--batch_size", "10000",
        "--num_proc", "1", "--ngram", str(NGRAM), "--threshold", str(THRESHOLD), "--debug",
    ]  # fmt: skip
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(work / "home")}
    with open(work / "log", "w") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log, env=environment)
    ids = [row["id"] for row in rows(source)]
    kept = set()
    for file in sorted(out.glob("*.arrow")):
        with pa.memory_map(str(file)) as mapped:
            kept |= set(pa.ipc.open_stream(mapped).read_all().column("id").to_pylist())
    show = "import json, pickle, sys; uf = pickle.load(open(sys.argv[1], 'rb')); "
    show += "print(json.dumps({int(n): int(uf.find(n)) for n in list(uf.parent)}))"
    shown = subprocess.run(
        [python, "-c", show, str(out / "uf.pkl")], check=True, capture_output=True, text=True
    )
    roots = json.loads(shown.stdout)
    return numbered(ids, set(ids) - kept, {ids[int(n)]: root for n, root in roots.items()})
