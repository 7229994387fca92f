"""Runs that were interrupted, changed or disturbed: what is done stays done, and the result is the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from contextlib import suppress

import psutil
import pytest
from polysift.filters.language_config import LanguageConfigs
from polysift.pipeline.config_file import load
from polysift.pipeline.run import locked
from polysift.pipeline.stage import Run
from polysift.pipeline.storage import TEMPORARY

STAGES = ("scan", "annotate", "dedup", "decide", "export", "card")  # those that the small crawl has units of
# What shows that a stage is under way: its first manifest; the card's first file, as it has one unit only.
FIRST = {stage: f"work/{stage}/[!.]*.json" for stage in STAGES} | {"card": "dataset/README.md"}
# Stages that a config may ask for. The one unit of boilerplate writes its file shortly before its manifest.
ASKED_FOR = ("lines", "boilerplate", "index", "scatter", "shuffle")
FIRST |= {stage: f"work/{stage}/[!.]*.json" for stage in ASKED_FOR} | {
    "boilerplate": "work/boilerplate/[!.]*"
}
PATIENCE = 900  # seconds, for a machine that is busy with other things


def wait_until(holds, seconds=PATIENCE):
    """Polls until a condition holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.001)


def alive(session):
    """Processes of a session that still run."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def interrupt(start, config, stage, send):
    """Starts a run with two workers, and sends a signal once a stage is under way; whether that was in time."""
    folder = config.parent
    process = start("run", config, "--workers", 2)
    wait_until(lambda: any(folder.glob(FIRST[stage])) or process.poll() is not None)
    if process.poll() is None:
        send(process)
    code = process.wait(PATIENCE)
    wait_until(lambda: not alive(process.pid))
    return code != 0


def killed(start, config, stage, send):
    """A run that was killed in a stage; tried again where it had ended before the signal came."""
    for _ in range(5):
        if interrupt(start, config, stage, send):
            return
        for name in ("work", "dataset"):
            shutil.rmtree(config.parent / name)
    pytest.fail(f"five runs had ended before they could be killed in {stage}")


def kill_group(process):
    os.killpg(process.pid, signal.SIGKILL)


def kill_main(process):
    process.kill()


def contents(folder, pattern):
    return {path: path.read_bytes() for path in folder.glob(pattern) if path.is_file()}


def temporary(folder):
    return [path for path in folder.rglob("*") if path.name.startswith(TEMPORARY)]


def lines(text):
    """Lines of the progress report, with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines()]


def finish(polysift, path):
    result = polysift("run", path)
    assert result.code == 0, result.err
    return lines(result.err)


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_ends_the_same(config, start, polysift, tree, finished, tmp_path, stage):
    """Main process and workers killed: the next run keeps what was complete and ends with the same bytes."""
    path = config()
    killed(start, path, stage, kill_group)
    done = contents(tmp_path, "work/*/[!.]*.json")
    finish(polysift, path)
    assert tree(tmp_path / "dataset") == tree(finished.output)
    assert not temporary(tmp_path)
    assert done.items() <= contents(tmp_path, "work/*/*.json").items()


def with_all_stages(config, output, work):
    """Config of a run that cleans lines, writes an index and materializes its mix."""
    return config(
        f"{output}.yml",
        output=output,
        work=work,
        dedup={"lines": {"more_than": 1, "clean": True}, "index": {"write": f"{output}.index"}},
        rebalance={"weights": {1: 1, 2: 3}, "materialize": True},
        export={"shard_bytes": "8 KB"},
    )


def test_killed_in_stages_that_were_asked_for_it_ends_the_same(config, start, polysift, tree, tmp_path):
    """SIGKILL in lines, boilerplate, index, scatter and shuffle, one after the other in one run: what was complete
    stays as it was, and dataset and index are those of a run that nothing disturbed.
    """
    finish(polysift, with_all_stages(config, "reference", "reference.work"))
    path = with_all_stages(config, "dataset", "work")
    for stage in ASKED_FOR:
        for _ in range(5):
            if interrupt(start, path, stage, kill_group):
                break
            shutil.rmtree(tmp_path / "work" / stage)  # the run had ended before: this stage once more
        else:
            pytest.fail(f"five runs had ended before they could be killed in {stage}")
        done = contents(tmp_path, f"work/{stage}/[!.]*.json")
        assert done or stage == "boilerplate"
    last = contents(tmp_path, "work/*/[!.]*.json")
    finish(polysift, path)
    assert last.items() <= contents(tmp_path, "work/*/*.json").items()
    assert tree(tmp_path / "dataset") == tree(tmp_path / "reference")
    assert tree(tmp_path / "dataset.index") == tree(tmp_path / "reference.index")
    assert not temporary(tmp_path)


def test_a_run_killed_in_every_stage_leaves_no_worker(config, start, polysift, tree, finished, tmp_path):
    """Only the main process killed, in one stage after the other: its workers end too, and the bytes are the same."""
    path = config()
    for stage in STAGES:
        if any(tmp_path.glob(FIRST[stage])):  # the run before was killed too late for this stage
            continue
        interrupt(start, path, stage, kill_main)
    finish(polysift, path)
    assert tree(tmp_path / "dataset") == tree(finished.output)
    assert not temporary(tmp_path)


def test_an_interrupted_run_ends_quietly(config, start, polysift, tree, finished, tmp_path):
    """Ctrl-C ends with exit code 130 and no traceback, and the run can go on."""
    path = config()
    process = start("run", path, "--workers", 2)
    wait_until(lambda: any(tmp_path.glob(FIRST["annotate"])))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in err
    wait_until(lambda: not alive(process.pid))
    finish(polysift, path)
    assert tree(tmp_path / "dataset") == tree(finished.output)


def workers_of(process):
    """The worker processes of a run: those that another process of its own started, not itself."""
    with suppress(psutil.Error):
        main = psutil.Process(process.pid)
        return [worker for child in main.children() for worker in child.children()]
    return []


def test_a_killed_worker_fails_the_run_with_a_reason(config, start, polysift, tree, finished, tmp_path):
    """A worker that the system kills ends the run with exit code 1 and advice; run again, it completes."""
    path = config()
    process = start("run", path, "--workers", 2)
    wait_until(lambda: any(tmp_path.glob(FIRST["annotate"])) or process.poll() is not None)
    workers_of(process)[0].kill()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "Traceback" not in err
    message = " ".join(err.split())
    assert "a worker of stage annotate was killed (by a signal, or for lack of memory)" in message
    assert "what is finished is kept" in message
    wait_until(lambda: not alive(process.pid))
    finish(polysift, path)
    assert tree(tmp_path / "dataset") == tree(finished.output)


def test_a_second_run_at_the_same_time_is_refused(config, polysift, tmp_path):
    """Two runs cannot share a work folder: the second one says so and changes nothing."""
    path = config()
    with locked(Run(load(path))):
        result = polysift("run", path)
    assert result.code == 1
    assert f"another run is at work in {tmp_path / 'work'}; wait for it" in result.err
    assert not (tmp_path / "dataset" / "data").exists()
    assert polysift("run", path).code == 0


@pytest.fixture
def copied(finished, tmp_path):
    """The finished run's folder, copied into the test's, so that a test may go on from there."""
    for name in ("work", "dataset"):
        shutil.copytree(finished.output.parent / name, tmp_path / name)
    return tmp_path


def test_a_second_run_does_nothing(config, polysift, tree, finished, copied):
    """Every stage of a finished run is up to date."""
    before = contents(copied, "[wd]*/**/*")
    stages = [*STAGES[: STAGES.index("export")], "weights", *STAGES[STAGES.index("export") :]]
    assert finish(polysift, config()) == [f"{stage} up to date" for stage in stages]
    assert contents(copied, "[wd]*/**/*") == before


def test_a_changed_threshold_decides_anew_and_reads_no_text(config, polysift, tree, copied, tmp_path):
    """A rule's threshold redoes decide and export only, says why, and ends as a run from the start would."""
    changed = config(rules={"word_count_max": 320})
    report = finish(polysift, changed)
    assert report[:3] == [f"{stage} up to date" for stage in STAGES[:3]]
    assert "decide stale: 9 of 9 units: word_count_max changed from 100000 to 320" in report
    export = [line for line in report if line.startswith("export stale")]
    assert export
    assert all("decisions changed" in line for line in export)
    after = tree(tmp_path / "dataset")
    assert polysift("run", changed, "--restart").code == 0
    assert tree(tmp_path / "dataset") == after


def test_a_threshold_that_changes_no_decision_exports_nothing(config, polysift, tree, finished, copied):
    """Where all decisions come out the same, the dataset is up to date."""
    report = finish(polysift, config(rules={"word_count_max": 99_999}))
    assert "decide stale: 9 of 9 units: word_count_max changed from 100000 to 99999" in report
    assert report[-2:] == ["export up to date", "card up to date"]
    assert tree(copied / "dataset") == tree(finished.output)


def test_a_changed_language_threshold_clusters_that_language_anew(config, polysift, copied):
    """language_score_min decides who takes part in dedup: a user's file for one language redoes that one only."""
    (copied / "mine").mkdir()
    (copied / "mine" / "por_Latn.yml").write_text("language_score_min: 0.1\n")
    report = finish(polysift, config(languages={"configs": ["mine"]}))
    assert report[:2] == ["scan up to date", "annotate up to date"]
    assert "dedup stale: 1 of 9 units: language_score_min changed from 0.799 to 0.1" in report
    assert "decide stale: 1 of 9 units: language_score_min changed from 0.799 to 0.1" in report


def test_changed_stop_words_annotate_the_languages_concerned(config, polysift, copied):
    """Other stop words of a language redo the slices that hold it, no others."""
    (copied / "mine").mkdir()
    (copied / "mine" / "jpn_Jpan.yml").write_text("stop_words: [ですます]\n")
    manifests = [json.loads(text) for text in contents(copied, "work/annotate/*.json").values()]
    concerned = sum("jpn_Jpan" in manifest["languages"] for manifest in manifests)
    assert 0 < concerned < len(manifests)
    report = finish(polysift, config(languages={"configs": ["mine"]}))
    assert f"annotate stale: {concerned} of {len(manifests)} units: stop words changed" in report


def test_stop_words_chosen_among_the_candidates_read_no_text(config, polysift, copied):
    """The mask holds a bit for each candidate, so that another choice among them only decides anew."""
    candidates = LanguageConfigs().resolve("jpn_Jpan").config.stop_word_candidates
    (copied / "mine").mkdir()
    (copied / "mine" / "jpn_Jpan.yml").write_text(f"stop_words: [{', '.join(candidates[3:9])}]\n", "utf-8")
    report = finish(polysift, config(languages={"configs": ["mine"]}))
    assert report[:3] == ["scan up to date", "annotate up to date", "dedup up to date"]
    assert "decide stale: 1 of 9 units: stop_words changed" in report


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dump": "CC-MAIN-2024-10"}, "input.dump changed from None to 'CC-MAIN-2024-10'"),
        ({"columns": {"dump": "source"}}, "input.columns changed"),
    ],
)
def test_what_reading_depends_on_annotates_anew(config, polysift, rows, copied, change, reason):
    """Another dump or another column mapping reads the input anew, and the dataset has the new values."""
    report = finish(polysift, config(input=change))
    assert any(line.startswith("annotate stale: ") and reason in line for line in report)
    assert None not in {row["dump"] for row in rows(copied / "dataset")}


def test_a_language_left_out_annotates_only_its_slices(config, polysift, copied):
    """An excluded language concerns the slices that hold it, no others."""
    manifests = [json.loads(text) for text in contents(copied, "work/annotate/*.json").values()]
    concerned = sum("jpn_Jpan" in manifest["languages"] for manifest in manifests)
    report = finish(polysift, config(languages={"exclude": ["jpn_Jpan"]}))
    prefix = f"annotate stale: {concerned} of {len(manifests)} units: "
    assert any(line.startswith(prefix) and "languages left out changed" in line for line in report)


@pytest.mark.parametrize(
    ("section", "key", "value", "was"),
    [("dedup", "ngram", 4, "5"), ("dedup", "bands", 10, "14"), ("words", None, "datatrove", "'unicode'")],
)
def test_what_annotate_depends_on_annotates_anew(config, polysift, copied, section, key, value, was):
    """A changed signature or tokenizer re-annotates all, and the plan of it says which key and which values."""
    name = f"{section}.{key}" if key else section
    result = polysift("explain", config(**{section: {key: value} if key else value}), "some id")
    assert result.code == 1
    message = " ".join(result.err.split())
    slices = len(contents(copied, "work/annotate/*.json"))
    assert f"stage annotate is not complete: {slices} of {slices} units are to do (first: part-" in message
    assert f"{name} changed from {was} to {value!r}); run `polysift annotate CONFIG`" in message


def test_a_changed_shingle_is_said_and_redone(config, polysift, copied):
    """dedup.ngram: 4 makes every signature anew, with the reason; the input is not scanned again."""
    report = finish(polysift, config(dedup={"ngram": 4}))
    assert report[0] == "scan up to date"
    slices = len(contents(copied, "work/annotate/*.json"))
    assert f"annotate stale: {slices} of {slices} units: dedup.ngram changed from 5 to 4" in report


def jsonl(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def few(documents, lang, **more):
    return [{**row, **more} for row in documents if row["lang"] == lang]


def test_an_added_folder_annotates_only_what_is_new(config, polysift, tree, rows, documents, tmp_path):
    """New input in a folder of its own, with a new column, leaves the slices of before as they are."""
    jsonl(tmp_path / "in" / "one" / "a.jsonl", few(documents, "por_Latn"))
    path = config(input={"path": "in"})
    finish(polysift, path)
    before = contents(tmp_path, "work/annotate/*.json")
    jsonl(tmp_path / "in" / "two" / "a.jsonl", few(documents, "spa_Latn", stars=5))
    report = finish(polysift, path)
    after = contents(tmp_path, "work/annotate/*.json")
    assert before.items() < after.items()
    (annotate,) = [line for line in report if line.startswith("annotate")]
    assert f" {len(few(documents, 'spa_Latn'))} documents" in annotate
    assert {row["stars"] for row in rows(tmp_path / "dataset", "data", "spa_Latn")} == {5}
    assert {row["stars"] for row in rows(tmp_path / "dataset", "data", "por_Latn")} == {None}
    dataset = tree(tmp_path / "dataset")
    assert polysift("run", path, "--restart").code == 0
    assert tree(tmp_path / "dataset") == dataset


def test_a_column_that_changes_its_type_is_said(config, polysift, documents, rows, tmp_path):
    """New input whose column has another type changes the declared one, and what was annotated before."""
    jsonl(tmp_path / "in" / "one" / "a.jsonl", few(documents, "por_Latn", stars=5))
    path = config(input={"path": "in", "slice_bytes": "1 MB"})
    finish(polysift, path)
    jsonl(tmp_path / "in" / "two" / "a.jsonl", few(documents, "spa_Latn", stars="many"))
    report = finish(polysift, path)
    assert "annotate stale: 1 of 2 units: schema changed" in report
    assert {row["stars"] for row in rows(tmp_path / "dataset")} == {"5", "many"}


def test_a_removed_folder_leaves_nothing_behind(config, polysift, tree, documents, tmp_path):
    """Parts, clusters, decisions and shards of input that is gone go too."""
    jsonl(tmp_path / "in" / "one" / "a.jsonl", few(documents, "por_Latn"))
    path = config(input={"path": "in"})
    finish(polysift, path)
    before = {name: tree(tmp_path / name) for name in ("work", "dataset")}
    jsonl(tmp_path / "in" / "two" / "a.jsonl", few(documents, "spa_Latn"))
    (tmp_path / "in" / "two" / "b.jsonl").write_bytes(b'{"text": "\xff"}\n')
    assert polysift("run", path, "--set", "input.max_quarantined_fraction=1").code == 0
    assert list(tmp_path.glob("work/quarantine/*"))
    shutil.rmtree(tmp_path / "in" / "two")
    finish(polysift, path)
    assert tree(tmp_path / "dataset") == before["dataset"]
    assert tree(tmp_path / "work").keys() == before["work"].keys()
    assert not [
        path for path in (tmp_path / "dataset").rglob("*") if path.is_dir() and not any(path.iterdir())
    ]


def test_a_mended_file_takes_its_quarantine_back(config, polysift, documents, tmp_path):
    """A faulty file that is replaced by a sound one is read again, and its quarantine is gone."""
    file = tmp_path / "in" / "a.jsonl"
    jsonl(file, few(documents, "por_Latn"))
    sound = file.read_bytes()
    file.write_bytes(sound + b"[]\n")
    os.utime(file, (0, 0))
    path = config(input={"path": "in", "slice_bytes": "1 MB", "max_quarantined_fraction": 1.0})
    finish(polysift, path)
    assert list(tmp_path.glob("work/quarantine/*"))
    file.write_bytes(sound + b"  \n")  # as large as before, so its place in the input is the same
    assert "annotate stale: 1 of 1 units: input changed" in finish(polysift, path)
    assert not list(tmp_path.glob("work/quarantine/*"))


def test_a_deleted_dataset_file_is_written_again(config, polysift, tree, finished, copied):
    """A shard that somebody deleted comes back, and the run says which one was gone."""
    gone = "data/jpn_Jpan/train-00000-of-00001.parquet"
    (copied / "dataset" / gone).unlink()
    report = finish(polysift, config())
    assert f"export stale: 1 of 15 units: {gone} is gone" in report
    assert tree(copied / "dataset") == tree(finished.output)


def test_restart_starts_afresh_and_keeps_what_is_not_its_own(config, polysift, tree, finished, copied):
    """--restart does all stages again, removes old shards, and touches no file that no run wrote."""
    for folder in ("work", "dataset"):
        (copied / folder / "mine.txt").write_text("not polysift's")
    (copied / "dataset" / "data" / "old_Latn").mkdir()
    (copied / "dataset" / "data" / "old_Latn" / "train-00000-of-00001.parquet").write_bytes(b"old")
    result = polysift("run", config(), "--restart")
    assert result.code == 0
    assert "up to date" not in result.err
    assert (copied / "work" / "mine.txt").exists()
    assert tree(copied / "dataset").pop("mine.txt")
    assert {**tree(copied / "dataset"), "mine.txt": ""} == {**tree(finished.output), "mine.txt": ""}
