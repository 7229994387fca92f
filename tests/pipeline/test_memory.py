"""Memory of a worker: bounded whatever the input, and what does not fit is told, not lost."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polysift.pipeline.settings import LIBRARIES

MEMORY = 850_000_000
ROOM = MEMORY - LIBRARIES
SENTENCE = "Às vezes não há razão para tanta pressa, diz o autor {}. "

TOO_LARGE = "document larger than executor.memory allows"
# Name, text, and the class of the cause for which it is set aside, None where it is measured.
DOCUMENTS = [
    ("first", SENTENCE.format(0) * 20, None),
    ("prose", "".join(SENTENCE.format(i) for i in range(150_000))[:9_000_000], None),
    ("han", "".join(f"他第{i}次来到这里，看见了许多书。" for i in range(200_000))[:3_000_000], None),
    ("word", "a" * 9_900_000, None),
    ("newlines", "\n" * 9_900_000, None),
    ("many words", "a b " * (ROOM // 48 // 2 + 1), TOO_LARGE),
    ("only marks", "," * 9_900_000, None),
    ("long", "c" * (ROOM // 10 + 1), TOO_LARGE),
    ("last", SENTENCE.format(1) * 20, None),
]


def write_jsonl(folder: Path) -> None:
    lines = [json.dumps({"text": text, "id": name}, ensure_ascii=False) for name, text, _ in DOCUMENTS]
    (folder / "a.jsonl").write_text("\n".join(lines), "utf-8")


def write_parquet(folder: Path) -> None:
    table = pa.table({"text": [text for _, text, _ in DOCUMENTS], "id": [name for name, _, _ in DOCUMENTS]})
    pq.write_table(table, folder / "a.parquet", row_group_size=1)


def run(config: Path, start: Any) -> tuple[int, str, int]:
    """Exit code, standard error and greatest resident bytes of a run in a process of its own."""
    process = start("run", config)
    peak = 0
    while process.poll() is None:
        peak = max(peak, resident_peak(process.pid))
        time.sleep(0.01)
    return process.returncode, process.stderr.read(), peak


def resident_peak(pid: int) -> int:
    """The most bytes that a process has had in memory so far; 0 of one that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    return 1024 * next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc to ask")


@needs_proc
@pytest.mark.parametrize("write", [write_jsonl, write_parquet])
def test_documents_of_megabytes_stay_within_memory(
    config: Any, start: Any, finished: Any, tmp_path: Path, write: Any
) -> None:
    """Documents of 10 MB are measured; what would take more than the memory is quarantined with its size."""
    folder = tmp_path / "large"
    folder.mkdir()
    write(folder)
    settings = {"path": str(folder), "slice_bytes": "1 GB", "max_quarantined_fraction": 1}
    path = config(input=settings, executor={"memory": MEMORY}, language_id={"sample_bytes": "20 KB"})
    code, err, peak = run(path, start)
    assert code == 0, err
    summary = json.loads((tmp_path / "dataset" / "summary.json").read_text("utf-8"))
    expected = [cause for _, _, cause in DOCUMENTS if cause]
    assert summary["totals"]["documents"] == len(DOCUMENTS)
    assert summary["totals"]["quarantined"] == len(expected)
    quarantine = sorted((tmp_path / "work" / "quarantine").glob("*.jsonl"))
    causes = [
        json.loads(line)["cause"] for file in quarantine for line in file.read_text("utf-8").splitlines()
    ]
    assert [cause.partition(" (")[0] for cause in causes] == expected
    assert 100_000_000 < peak < MEMORY


@needs_proc
def test_a_line_longer_than_memory_is_stepped_over(
    config: Any, start: Any, finished: Any, tmp_path: Path
) -> None:
    """A line of 600 MB is quarantined alone: those around it are read, in less memory than it takes."""
    folder = tmp_path / "large"
    folder.mkdir()
    with (folder / "a.jsonl").open("w", encoding="utf-8") as file:
        file.write(json.dumps({"text": SENTENCE.format(0) * 20}) + "\n")
        file.write('{"text": "')
        for _ in range(600):
            file.write("palavra " * 125_000)
        file.write('"}\n' + json.dumps({"text": SENTENCE.format(1) * 20}) + "\n")
    settings = {"path": str(folder), "slice_bytes": "1 GB", "max_quarantined_fraction": 1}
    code, err, peak = run(config(input=settings, executor={"memory": MEMORY}), start)
    assert code == 0, err
    totals = json.loads((tmp_path / "dataset" / "summary.json").read_text("utf-8"))["totals"]
    assert (totals["documents"], totals["quarantined"]) == (3, 1)
    assert 100_000_000 < peak < MEMORY
