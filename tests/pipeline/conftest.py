"""A small crawl made from the sample in tests/data/web, configs for it, and ways to run and look at it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash
import yaml
from polysift.pipeline import cli

WEB = Path(__file__).resolve().parents[1] / "data" / "web"
POLYSIFT = Path(sys.executable).with_name("polysift")

# Right to left (Arabic, Persian, Hebrew), Han, kana, Deva and no spaces (Japanese, Chinese) are among them.
LABELS = {
    "por_Latn": "por_Latn",
    "spa_Latn": "spa_Latn",
    "rus_Cyrl": "rus_Cyrl",
    "arb_Arab": "arb_Arab",
    "pes_Arab": "fas_Arab",
    "heb_Hebr": "heb_Hebr",
    "hin_Deva": "hin_Deva",
    "zho_Hans": "cmn_Hani",
    "jpn_Jpan": "jpn_Jpan",
}
SOURCES = ("opensource_guide", "react_docs", "HPLT v2.0 manual-inspection sample")
GROUP_ROWS = 3  # rows of a row group: with the small slices of the tests' configs, several tasks

Row = dict[str, Any]
Tree = dict[str, str]


class Result(NamedTuple):
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Finished(NamedTuple):
    """A finished run that tests only read."""

    config: Path
    output: Path
    work: Path
    summary: dict[str, Any]
    result: Result


def _chosen() -> list[Row]:
    """Three documents of each language, of 500 to 2,500 characters: prose first, then excerpts of web pages."""
    files = sorted(WEB.glob("*.parquet"))
    sample = pa.concat_tables([pq.read_table(file) for file in files]).to_pylist()
    fitting = [
        row
        for row in sample
        if row["lang"] in LABELS
        and row["source"] in SOURCES
        and 500 <= len(row["text"]) <= 2500
        and not row["id"].startswith("copy/")
    ]
    fitting.sort(key=lambda row: (SOURCES.index(row["source"]), row["id"]))
    return [row for lang in LABELS for row in [row for row in fitting if row["lang"] == lang][:3]]


def _copies(row: Row, count: int, change: str = "") -> list[Row]:
    return [{**row, "id": f"{row['id']}-copy{i}", "text": row["text"] + change} for i in range(1, count + 1)]


@pytest.fixture(scope="session")
def documents() -> list[Row]:
    """The documents of the crawl: 27 of the sample, and copies that make clusters of 2, 3 and 5."""
    chosen = [{**row, "place": {"row": n, "tags": [row["lang"][:3]]}} for n, row in enumerate(_chosen())]
    first = {lang: next(row for row in chosen if row["lang"] == lang) for lang in LABELS}
    return [
        *chosen,
        *_copies(first["spa_Latn"], 1, "\n\nPublicado el 3 de marzo de 2021."),
        *_copies(first["por_Latn"], 2),
        *_copies(first["jpn_Jpan"], 4),
    ]


@pytest.fixture(scope="session")
def crawl(documents: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The crawl: a Parquet file and a JSONL file, each with a column that the other has not."""
    folder = tmp_path_factory.mktemp("input") / "crawl"
    folder.mkdir()
    half = len(documents) // 2
    table = pa.Table.from_pylist([{**row, "rank": n} for n, row in enumerate(documents[:half])])
    pq.write_table(table, folder / "a.parquet", row_group_size=GROUP_ROWS)
    lines = [json.dumps({**row, "crawler": "test"}, ensure_ascii=False) for row in documents[half:]]
    (folder / "b.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _write_config(folder: Path, crawl: Path, changes: Mapping[str, Any], name: str = "run.yml") -> Path:
    base = {
        "input": {"path": str(crawl), "slice_bytes": 24_000},
        "output": "dataset",
        "work": "work",
        "executor": {"workers": 1},
    }
    path = folder / name
    path.write_text(yaml.safe_dump(_merged(base, changes), allow_unicode=True), encoding="utf-8")
    return path


@pytest.fixture
def config(tmp_path: Path, crawl: Path) -> Callable[..., Path]:
    """Writes run.yml into the test's folder: the crawl, `dataset` and `work` beside it, and the given sections."""

    def write(name: str = "run.yml", **changes: Any) -> Path:
        return _write_config(tmp_path, crawl, changes, name)

    return write


def _call(arguments: tuple[object, ...], stdin: bytes = b"") -> Result:
    """The command line, called as the installed script calls it, with its streams caught."""
    kept = sys.argv, sys.stdin, sys.stdout, sys.stderr
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["polysift", *map(str, arguments)]
    sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(stdin)), out, err
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv, sys.stdin, sys.stdout, sys.stderr = kept
    return Result(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def polysift() -> Callable[..., Result]:
    """`polysift ARGUMENTS...` in this process, which spares each call the seconds of an import."""

    def call(*arguments: object, stdin: bytes = b"") -> Result:
        return _call(arguments, stdin)

    return call


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `polysift ARGUMENTS...` as a process in a session of its own, which ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: object, **options: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [POLYSIFT, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, SIGKILL)
        process.communicate()


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], Tree]:
    """Digest of each file of a folder by name; not of summary.json, which says how long it all took."""

    def digests(folder: Path) -> Tree:
        return {
            file.relative_to(folder).as_posix(): xxhash.xxh3_128_hexdigest(file.read_bytes())
            for file in sorted(folder.rglob("*"))
            if file.is_file() and file.name != "summary.json"
        }

    return digests


@pytest.fixture(scope="session")
def rows() -> Callable[..., list[Row]]:
    """The rows of data/ or removed/ of a dataset, of one language or of all."""

    def read(output: Path, kind: str = "data", label: str = "*") -> list[Row]:
        files = sorted(output.glob(f"{kind}/{label}/*.parquet"))
        return [row for file in files for row in pq.read_table(file).to_pylist()]

    return read


@pytest.fixture(scope="session")
def finished(
    crawl: Path, tmp_path_factory: pytest.TempPathFactory, polysift: Callable[..., Result]
) -> Finished:
    """A finished run of the crawl with one worker."""
    folder = tmp_path_factory.mktemp("finished")
    config = _write_config(folder, crawl, {})
    result = polysift("run", config)
    assert result.code == 0, result.err
    summary = json.loads((folder / "dataset" / "summary.json").read_text("utf-8"))
    return Finished(config, folder / "dataset", folder / "work", summary, result)
