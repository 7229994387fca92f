"""Deduplication as stages of a run: by disk, in blocks or in memory, with any workers, killed and resumed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from itertools import product

import pytest
from polysift.pipeline.storage import TEMPORARY

BY_DISK = "2 KB"  # memory of three documents: every language of more goes by disk
LARGE_STAGES = ("bands", "groups", "components", "sets")
IN_BLOCKS = "1 KB"  # memory of one document: near-duplicates do not fit, and are clustered in blocks
BLOCK_STAGES = ("deal", "links", "blocks")
BANDS = {"bands": 4}  # few units, for the tests that start processes


def units(folder, stage):
    return [path.stem for path in (folder / "work" / stage).glob("[!.]*.json")]


@pytest.fixture
def similar(spanish, lines, tmp_path):
    """Sections of a config: five pages that differ in their last line, one of them twice."""
    text = spanish["text"]
    last = ("Hoy llueve.", "Fin de la página.", "Volver al inicio.", "Gracias por leer.", "Hasta mañana.")
    pages = [{"id": str(i), "text": f"{text}\n{last[i % 5]}"} for i in range(6)]
    folder = lines(tmp_path / "similar" / "a.jsonl", pages)
    return {"input": {"path": folder}, "languages": {"include": "spa_Latn"}}


@pytest.mark.parametrize("verify", [0.7, "off"])
def test_by_disk_the_dataset_is_the_same(config, run, tree, tmp_path, verify):
    """Cut into slices, key ranges and sets of components, a language has the same clusters, to the byte."""
    run(config(dedup={"verify": verify}))
    in_memory = tree(tmp_path / "dataset")
    assert not any(units(tmp_path, stage) for stage in (*LARGE_STAGES, *BLOCK_STAGES))
    run(config(dedup={"verify": verify, "memory": BY_DISK}))
    assert tree(tmp_path / "dataset") == in_memory
    assert all(units(tmp_path, stage) for stage in LARGE_STAGES)
    assert len([name for name in units(tmp_path, "bands") if name.startswith("jpn_Jpan-")]) == 3
    assert not units(tmp_path, "dedup").count("jpn_Jpan")


@pytest.mark.parametrize("verify", [0.7, "off"])
def test_in_blocks_the_dataset_is_the_same(config, run, tree, similar, tmp_path, verify):
    """Near-duplicates that do not fit in memory together have the same clusters, to the byte."""
    run(config(dedup={**BANDS, "verify": verify}, **similar))
    in_memory = tree(tmp_path / "dataset")
    run(config(dedup={**BANDS, "verify": verify, "memory": IN_BLOCKS}, **similar))
    assert tree(tmp_path / "dataset") == in_memory
    assert all(bool(units(tmp_path, stage)) == (verify != "off") for stage in BLOCK_STAGES)
    assert len(units(tmp_path, "blocks")) in (0, 5)


def test_workers_and_the_order_of_tasks_make_no_difference(config, run, polysift, tree, similar, tmp_path):
    """By disk with three workers, where tasks end in any order, the files of work and dataset are those of one."""
    path = config(dedup={**BANDS, "memory": IN_BLOCKS}, **similar)
    run(path)
    one = {name: tree(tmp_path / "work" / name) for name in (*LARGE_STAGES, *BLOCK_STAGES, "dedup")}
    dataset = tree(tmp_path / "dataset")
    assert polysift("run", path, "--restart", "--workers", 3).code == 0
    assert tree(tmp_path / "dataset") == dataset
    for name, files in one.items():
        written = {file: digest for file, digest in files.items() if not file.endswith(".json")}
        again = tree(tmp_path / "work" / name)
        assert {file: again[file] for file in written} == written
        assert again.keys() == files.keys()


@pytest.mark.parametrize("stage", [*LARGE_STAGES, *BLOCK_STAGES, "dedup"])
def test_killed_in_any_sub_step_it_ends_the_same(config, run, start, tree, similar, tmp_path, stage):
    """SIGKILL to planner and workers while a sub-step is under way: the next run keeps what was complete and ends
    with the same bytes.
    """
    run(config(output="reference", work="reference.work", dedup=BANDS, **similar))
    path = config(dedup={**BANDS, "memory": IN_BLOCKS}, **similar)
    for _ in range(5):
        process = start("run", path, "--workers", 2)
        end = time.monotonic() + 600
        while not units(tmp_path, stage) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.wait(600):
            break
        shutil.rmtree(tmp_path / "work")
    else:
        pytest.fail(f"five runs had ended before they could be killed in {stage}")
    done = {
        name: (tmp_path / "work" / stage / f"{name}.json").read_bytes() for name in units(tmp_path, stage)
    }
    assert done
    run(path)
    assert tree(tmp_path / "dataset") == tree(tmp_path / "reference")
    assert (
        done.items()
        <= {
            name: (tmp_path / "work" / stage / f"{name}.json").read_bytes() for name in units(tmp_path, stage)
        }.items()
    )
    assert not list(tmp_path.rglob(f"{TEMPORARY}*"))


def outcomes(folder):
    """Of each block that was compared, the file of what became of it: when it was written."""
    files = (folder / "work" / "blocks").glob("[!.]*.stars.bin")
    return {file.name: file.stat().st_mtime_ns for file in files if file.stat().st_size}


def test_killed_within_a_component_it_goes_on_from_that_block(
    config, lines, run, start, tree, spanish, tmp_path
):
    """SIGKILL while the blocks of one component are compared: those that were are not compared again, and the bytes
    are the same.
    """
    words = ["".join(pair) * 2 for pair in product("bcdfgl", "aeiou")]
    pages = [{"id": word, "text": f"{spanish['text']}\n{word.capitalize()}."} for word in words]
    folder = lines(tmp_path / "pages" / "a.jsonl", pages)
    sections = {"input": {"path": folder}, "languages": {"include": "spa_Latn"}}
    run(config(output="reference", work="reference.work", dedup=BANDS, **sections))
    path = config(dedup={**BANDS, "memory": "4 KB"}, **sections)
    for _ in range(5):
        process = start("run", path)
        while len(outcomes(tmp_path)) < 5 and process.poll() is None:
            time.sleep(0.001)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(600)
        compared = outcomes(tmp_path)
        if len(compared) < len(units(tmp_path, "blocks")):
            break
        shutil.rmtree(tmp_path / "work")
    else:
        pytest.fail("five runs had compared all blocks before they could be killed")
    assert len(compared) >= 5
    assert not units(tmp_path, "dedup")
    run(path)
    assert len(outcomes(tmp_path)) == len(units(tmp_path, "blocks")) == len(pages) // 2
    assert compared.items() <= outcomes(tmp_path).items()
    assert tree(tmp_path / "dataset") == tree(tmp_path / "reference")
    assert not list(tmp_path.rglob(f"{TEMPORARY}*"))


def test_other_memory_leaves_nothing_behind(config, run, tree, finished, tmp_path):
    """Back in memory, what went by disk is removed."""
    run(config(dedup={"memory": BY_DISK}))
    run(config())
    assert not any((tmp_path / "work" / stage).exists() and units(tmp_path, stage) for stage in LARGE_STAGES)
    assert tree(tmp_path / "work" / "dedup").keys() == tree(finished.work / "dedup").keys()
    assert tree(tmp_path / "dataset") == tree(finished.output)
