"""Annotated runs over the sample of real web text: found by language id, labelled, and split by other words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from polysift.langid.labels import canonical
from polysift.pipeline.config_file import load
from polysift.pipeline.run import bring_up_to_date
from polysift.pipeline.stage import Run
from polysift.pipeline.stages import up_to
from rich.console import Console

WEB = Path(__file__).resolve().parents[2] / "data" / "web"
LABELS = ("por_Latn", "arb_Arab", "eng_Latn", "isl_Latn")


class Runs(NamedTuple):
    """Configs whose annotate is done: of labelled text, the same by datatrove's words, and where they lie."""

    labelled: Path
    datatrove: Path
    folder: Path


def sample() -> list[dict[str, Any]]:
    tables = [pq.read_table(file) for file in sorted(WEB.glob("*.parquet"))]
    rows = pa.concat_tables(tables, promote_options="default").to_pylist()
    for row in rows:
        row["lang"] = canonical(row["lang"])
    return [row for row in rows if row["lang"] in LABELS]


def annotated(folder: Path, name: str, rows: list[dict[str, Any]], **changes: Any) -> Path:
    """Writes an input and a config, annotates, and returns the config's path."""
    inputs = folder / f"{name}-input"
    inputs.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), inputs / "a.parquet")
    config = {
        "input": {"path": str(inputs)},
        "output": f"{name}/dataset",
        "work": f"{name}/work",
        "language_id": {"model": "column:lang"},
        "executor": {"workers": 1},
        **changes,
    }
    path = folder / f"{name}.yml"
    path.write_text(yaml.safe_dump(config))
    bring_up_to_date(Run(load(path)), up_to("annotate"), Console(quiet=True))
    return path


@pytest.fixture(scope="session", name="sample")
def sample_fixture() -> Callable[[], list[dict[str, Any]]]:
    return sample


@pytest.fixture(scope="session", name="annotated")
def annotated_fixture() -> Callable[..., Path]:
    return annotated


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("tune")
    rows = sample()
    assert len(rows) > 40
    return Runs(
        annotated(folder, "labelled", rows), annotated(folder, "datatrove", rows, words="datatrove"), folder
    )
