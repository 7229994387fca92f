from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.manifest import Unit, check, manifest_name, pack, remove_obsolete
from polysift.pipeline.storage import Folder


def folders(tmp_path):
    return Folder(str(tmp_path / "work")), Folder(str(tmp_path / "output"))


def finish(work, stage, unit, **manifest):
    for name in manifest.get("files", ()):
        work.write_json(name, "data")
    work.write_json(manifest_name(stage, unit.name), {"fingerprint": dict(unit.fingerprint), **manifest})


def test_a_new_unit_is_pending_without_a_reason(tmp_path):
    """A unit that was never done is to do, and there is nothing to explain."""
    work, output = folders(tmp_path)
    status = check(work, output, "stage", [Unit("a", {"x": 1})])
    assert [(p.unit.name, p.why) for p in status.pending] == [("a", "")]


def test_a_complete_unit_is_done(tmp_path):
    """Manifest there, fingerprint equal, files there: done."""
    work, output = folders(tmp_path)
    unit = Unit("a", {"x": 1})
    finish(work, "stage", unit, files=["stage-files/a.parquet"])
    status = check(work, output, "stage", [unit])
    assert list(status.done) == ["a"]
    assert not status.pending


def test_a_changed_fingerprint_says_what_changed(tmp_path):
    """The reason names the key with its old and its new value."""
    work, output = folders(tmp_path)
    finish(work, "stage", Unit("a", {"dedup.ngram": 5}))
    status = check(work, output, "stage", [Unit("a", {"dedup.ngram": 4})])
    assert status.reasons() == {"dedup.ngram changed from 5 to 4": 1}


def test_a_missing_file_makes_a_unit_stale(tmp_path):
    """A unit whose output was deleted, in work or in the dataset, is done again."""
    work, output = folders(tmp_path)
    unit, other = Unit("a", {}), Unit("b", {})
    finish(work, "stage", unit, files=["gone.parquet"])
    finish(work, "stage", other, dataset_files=["data/gone.parquet"])
    work.remove("gone.parquet")
    status = check(work, output, "stage", [unit, other])
    assert [p.why for p in status.pending] == ["gone.parquet is gone", "data/gone.parquet is gone"]


def test_units_no_longer_planned_are_removed(tmp_path):
    """The output of a slice that is no longer in the input goes, what others own stays."""
    work, output = folders(tmp_path)
    finish(work, "stage", Unit("old", {}), files=["old.parquet", "shared.parquet"])
    kept = Unit("new", {})
    finish(work, "stage", kept, files=["shared.parquet"])
    remove_obsolete(work, output, "stage", check(work, output, "stage", [kept]))
    assert work.names() == ["shared.parquet", "stage/new.json"]


@given(st.lists(st.integers(0, 50_000_000), max_size=40))
def test_tasks_hold_every_unit_once_in_order(costs):
    """Packing loses nothing, keeps the order, and bounds units and bytes of a task of several units."""
    units = [Unit(str(i), {}, cost=cost) for i, cost in enumerate(costs)]
    tasks = pack(units, 8)
    assert [unit for task in tasks for unit in task] == units
    assert all(
        len(task) <= 8 and (len(task) == 1 or sum(u.cost for u in task) <= 64_000_000) for task in tasks
    )
