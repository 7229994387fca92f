from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from polysift.pipeline.config_file import load
from polysift.pipeline.run import bring_up_to_date
from polysift.pipeline.stage import Run
from polysift.pipeline.stages import STAGES
from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
FROZEN = ROOT / "tests" / "data" / "parity"


def tool(name):
    """A script of tools/, which is no package, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_decisions_and_clusters_are_the_recipes(tmp_path):
    """With datatrove's words and given labels, every outcome and reason is that of datatrove's blocks, among
    documents that neither side calls a duplicate, and clusters are its clusters.
    """
    pytest.importorskip("spacy")
    pytest.importorskip("indicnlp")
    config = tmp_path / "run.yml"
    config.write_text(
        f"input: {{path: {FROZEN / 'documents.parquet'}}}\n"
        "output: dataset\n"
        "language_id: {model: 'column:lang'}\n"
        "words: datatrove\n"
        "dedup: {verify: off, normalise: recipe}\n"
        "executor: {workers: 1}\n"
    )
    bring_up_to_date(Run(load(config)), STAGES, Console(quiet=True))
    parity = tool("compare_parity")
    peer = list(parity.peer_decisions(FROZEN / "expected.parquet"))
    comparisons = parity.compare_all(peer, parity.our_decisions(tmp_path / "dataset"))
    assert "\n".join(parity.report([c for c in comparisons if not c.equal])) == "\n".join(parity.report([]))
    assert len(comparisons) >= 15
    assert sum(c.compared for c in comparisons) > 600
    assert sum(c.clusters for c in comparisons) >= 15
