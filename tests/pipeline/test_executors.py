"""The same run on every executor: a local process pool, a real local Ray, a real Slurm."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess

import pytest

PATIENCE = 900  # seconds


def no_slurm():
    """Why Slurm cannot be used here, or an empty string."""
    if not shutil.which("sbatch"):
        return "sbatch is not on PATH"
    if "SLURM_CONF" not in os.environ:
        return "SLURM_CONF is not set"
    answer = subprocess.run(["sinfo", "--noheader"], capture_output=True, text=True, check=False, timeout=60)
    return (
        ""
        if answer.returncode == 0 and answer.stdout.strip()
        else f"sinfo does not answer: {answer.stderr.strip()}"
    )


def no_ray():
    """Why Ray cannot be used here, or an empty string."""
    return "" if importlib.util.find_spec("ray") else "ray is not installed: pip install 'polysift[ray]'"


EXECUTORS = {
    "ray": (no_ray, {"kind": "ray", "ray": {"mem_per_cpu_gb": 0.5}}),
    "slurm": (no_slurm, {"kind": "slurm", "slurm": {"mem_per_cpu_gb": 1}}),
}


@pytest.mark.cluster
@pytest.mark.parametrize("kind", EXECUTORS)
def test_the_same_bytes_on_every_executor(config, start, tree, finished, tmp_path, kind):
    """A run on Ray or Slurm, with slices of another size too, gives the local run's dataset byte for byte."""
    missing, executor = EXECUTORS[kind]
    if why := missing():
        pytest.skip(why)
    path = config(input={"slice_bytes": "40 KB"}, executor={**executor, "workers": 2})
    process = start("run", path)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert tree(tmp_path / "dataset") == tree(finished.output)
    summary = json.loads((tmp_path / "dataset" / "summary.json").read_text("utf-8"))
    assert summary["languages"] == finished.summary["languages"]
    assert f"{finished.summary['totals']['kept']} of 33 documents kept" in out
    assert "annotate" in err
    assert " 33 documents " in err


@pytest.mark.cluster
def test_slurm_says_why_it_takes_no_job(config, polysift):
    """A partition that does not exist is an error with Slurm's own words and the keys to look at."""
    if why := no_slurm():
        pytest.skip(why)
    executor = {"kind": "slurm", "slurm": {"partition": "nowhere"}}
    result = polysift("run", config(executor=executor))
    assert result.code == 1
    assert "sbatch does not take the job" in result.err
    assert "check executor.slurm (partition 'nowhere'" in result.err
    assert "Traceback" not in result.err


def test_slurm_without_slurm_is_an_error(config, polysift, monkeypatch, tmp_path):
    """Where there is no sbatch, executor.kind: slurm says so instead of failing with a traceback."""
    monkeypatch.setenv("PATH", str(tmp_path))
    result = polysift("run", config(executor={"kind": "slurm"}))
    assert result.code == 1
    assert (
        "executor.kind: slurm: sbatch does not take the job ([Errno 2] No such file or directory: 'sbatch')"
        in result.err
    )
    assert "run polysift where `sinfo` answers" in result.err


def test_ray_without_ray_is_an_error(config, polysift):
    """Without the extra, executor.kind: ray says what to install."""
    if not no_ray():
        pytest.skip("ray is installed")
    result = polysift("run", config(executor={"kind": "ray"}))
    assert result.code == 1
    assert "executor.kind: ray needs Ray: pip install 'polysift[ray]'" in result.err
