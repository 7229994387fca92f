"""Input that is broken or strange: it is named where it stands, the books balance, and nothing else is lost."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
import zstandard

HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
STRANGE = {
    "empty": "",
    "whitespace": " \n\t\u3000\u00a0\n " * 20,
    "emoji": "😀👩‍👩‍👧‍👦🇵🇹👍🏽\n" * 30,
    "digits": "0123456789 42\n" * 20,
    "surrogates": "\ud800 mitten \udfff im Text \ud83d",
}
MARKS = "\u202b\u200f\u202e\u202c\u061c"  # embedding, mark, override, end of it, Arabic letter mark
CONTROLS = "\x00\x07\x1b"


class Damaged(NamedTuple):
    """A run over a folder of broken files."""

    config: Path
    output: Path
    result: object
    records: list[dict]
    summary: dict
    good: set[str]
    odd: dict[str, dict]


def line(row):
    return json.dumps(row).encode() + b"\n"


def page(row):
    paragraphs = "".join(f"<p>{part}</p>" for part in row["text"].split("\n") if part.strip())
    return f"<html><head><title>x</title></head><body><article>{paragraphs}</article></body></html>".encode()


def record(row, length=None):
    """A WARC response record; its Content-Length may lie."""
    block = HTTP + page(row)
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\n"
        f"WARC-Record-ID: {row['id']}\r\nWARC-Target-URI: https://example.org/{row['lang']}\r\n"
        f"WARC-Date: 2024-03-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block) if length is None else length}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def overwritten(data, header):
    """Compressed data of which only the header is left, the rest overwritten."""
    return data[:header] + b"\xff" * (len(data) - header)


def damage(folder, rows, arabic):
    """Writes the broken files; each has sound documents too, but for the truncated one."""
    take = iter(rows)
    good, odd = [], {}

    def sound(count=1):
        chosen = [
            {key: row[key] for key in ("id", "text", "lang")}
            for _, row in zip(range(count), take, strict=False)
        ]
        assert len(chosen) == count
        good.extend(chosen)
        return chosen

    folder.mkdir()
    table = pa.Table.from_pylist([{"id": f"cut{i}", "text": "x" * 1000, "lang": "und"} for i in range(50)])
    pq.write_table(table, folder / "truncated.parquet")
    whole = (folder / "truncated.parquet").read_bytes()
    (folder / "truncated.parquet").write_bytes(whole[: len(whole) // 2])
    pq.write_table(pa.table({"id": ["n1", "n2"], "text": [1, 2]}), folder / "numbers.parquet")

    lost = line({"id": "lost", "text": "never read"}) * 40
    first = b"".join(map(line, sound(2)))
    (folder / "corrupt.jsonl.gz").write_bytes(gzip.compress(first) + overwritten(gzip.compress(lost), 10))
    first = b"".join(map(line, sound(2)))
    pack = zstandard.ZstdCompressor().compress
    (folder / "corrupt.jsonl.zst").write_bytes(pack(first) + overwritten(pack(lost), 6))

    before, after = sound(2)
    broken = {"id": "<urn:broken>", "text": "never read", "lang": "und"}
    (folder / "broken.warc").write_bytes(record(before) + record(broken, length=77) + record(after))

    bad = [
        b'{"id": "utf8", "text": "caf\xe9 \xff"}\n',
        b'["no", "object"]\n',
        b"17\n",
        b'{"id": "half", "text": "ha\n',
        b'{"id": "null", "text": null}\n',
        b'{"id": "number", "text": 5}\n',
        b'{"id": "textless", "body": "elsewhere"}\n',
    ]
    (folder / "lines.jsonl").write_bytes(b"".join(part for text in bad for part in (line(*sound()), text)))

    for name, text in STRANGE.items():
        odd[name] = {"id": f"odd-{name}", "text": text, "lang": "und"}
    odd["controls"] = {"id": "odd-controls", "text": f"{MARKS}{arabic['text']}{CONTROLS}", "lang": "arb_Arab"}
    (folder / "strange.jsonl").write_bytes(b"".join(map(line, odd.values())))

    for name, stars in (("one", 5), ("two", "many")):
        (row,) = sound()
        (folder / f"{name}.jsonl").write_bytes(line({**row, "stars": stars}))
    return good, odd


@pytest.fixture(scope="module")
def damaged(documents, tmp_path_factory, polysift):
    """One run over all faults of the data."""
    folder = tmp_path_factory.mktemp("damaged")
    rows = [row for row in documents if "-copy" not in row["id"]]
    (arabic, *_), others = (
        [row for row in rows if (row["lang"] == "arb_Arab") == wanted] for wanted in (True, False)
    )
    good, odd = damage(folder / "in", others, arabic)
    twins = [
        {"id": "twin", "text": row["text"] + "!", "lang": "por_Latn"}
        for row in rows
        if row["lang"] == "por_Latn"
    ]
    (folder / "in" / "twins.jsonl").write_bytes(b"".join(map(line, twins[:2])))
    config = folder / "run.yml"
    options = {"path": "in", "max_quarantined_fraction": 1.0}
    config.write_text(
        yaml.safe_dump({"input": options, "output": "dataset", "work": "work", "executor": {"workers": 1}})
    )
    result = polysift("run", config)
    files = sorted(folder.glob("work/quarantine/*.jsonl"))
    records = [json.loads(text) for file in files for text in file.read_text("utf-8").splitlines()]
    summary = json.loads((folder / "dataset" / "summary.json").read_text("utf-8"))
    return Damaged(config, folder / "dataset", result, records, summary, {row["id"] for row in good}, odd)


def test_broken_input_fails_no_run(damaged):
    """All faults together end with exit code 0, as the config allows any share of them, and are announced."""
    assert damaged.result.code == 0, damaged.result.err
    assert "Traceback" not in damaged.result.err
    count = damaged.summary["totals"]["quarantined"]
    assert f"{count} could not be read" in " ".join(damaged.result.out.split())


@pytest.mark.parametrize(
    ("file", "place", "cause", "rows"),
    [
        ("truncated.parquet", "file", "no readable Parquet file (", 1),
        ("numbers.parquet", "row groups 0 to 0", "text is of type int64, not string (column 'text')", 2),
        ("corrupt.jsonl.gz", "byte ", "corrupt gz data (", 1),
        ("corrupt.jsonl.zst", "byte ", "corrupt zst data (", 1),
        ("broken.warc", "record <urn:broken> at byte ", "Content-Length is wrong: no record follows", 1),
        ("lines.jsonl", "byte ", "invalid UTF-8", 1),
        ("lines.jsonl", "byte ", "JSON line is a list, not an object; one object per line is needed", 1),
        ("lines.jsonl", "byte ", "JSON line is an integer, not an object", 1),
        ("lines.jsonl", "byte ", "no JSON (", 1),
        ("lines.jsonl", "byte ", "text is null", 1),
        ("lines.jsonl", "byte ", "text is an integer, not a string", 1),
        ("lines.jsonl", "byte ", "no column 'text' for the text (the columns are 'id', 'body')", 1),
    ],
)
def test_what_cannot_be_read_is_quarantined_with_place_and_cause(damaged, file, place, cause, rows):
    """Each fault has a line in quarantine/: file, place, cause, how many documents."""
    (found,) = [
        one for one in damaged.records if one["file"] == f"in/{file}" and one["cause"].startswith(cause)
    ]
    assert found["place"].startswith(place)
    assert found["rows"] == rows
    assert found["cause"] in damaged.summary["quarantine_causes"]


def test_nothing_else_is_quarantined(damaged):
    """There are no other records than those of the faults."""
    assert len(damaged.records) == 12
    assert sum(one["rows"] for one in damaged.records) == damaged.summary["totals"]["quarantined"] == 13


def test_all_sound_documents_came_through(damaged, rows):
    """The documents before, after and beside the faults are in the dataset."""
    found = {row["id"] for row in rows(damaged.output) + rows(damaged.output, "removed")}
    assert damaged.good <= found
    assert found - damaged.good == {"twin", *(row["id"] for row in damaged.odd.values())}


def test_the_books_balance_with_what_was_not_read(damaged):
    """For every language and in total, documents in are those kept, removed and quarantined."""
    for counts in (*damaged.summary["languages"].values(), damaged.summary["totals"]):
        assert counts["documents"] == counts["kept"] + sum(counts["removed"].values()) + counts["quarantined"]
    assert damaged.summary["languages"]["und_Zyyy"]["quarantined"] == 13
    assert damaged.summary["totals"]["documents"] == len(damaged.good) + len(damaged.odd) + 2 + 13


@pytest.mark.parametrize("name", ["empty", "whitespace", "emoji", "digits"])
def test_text_without_letters_is_undetermined(damaged, rows, name):
    """Empty text, white space, emoji and digits are of no language, and removed as such."""
    (row,) = [row for row in rows(damaged.output, "removed", "und_Zyyy") if row["id"] == f"odd-{name}"]
    assert (row["text"], row["language_score"], row["top_langs"]) == (STRANGE[name], 0.0, "{}")
    assert row["reason"] == "no_language"


def test_lone_surrogates_are_replaced(damaged, rows):
    """What is no character becomes U+FFFD; the text around it stays."""
    everything = rows(damaged.output) + rows(damaged.output, "removed")
    (row,) = [row for row in everything if row["id"] == "odd-surrogates"]
    assert row["text"] == "\ufffd mitten \ufffd im Text \ufffd"


def test_right_to_left_text_with_controls_is_read(damaged, rows):
    """Direction marks stay, control characters go with the formatting, and the language is recognised."""
    (row,) = [row for row in rows(damaged.output, "data", "arb_Arab") if row["id"] == "odd-controls"]
    assert row["text"].startswith(MARKS)
    assert not set(CONTROLS) & set(row["text"])
    assert row["language_score"] > 0.9


def test_a_column_of_another_type_is_named(damaged, rows):
    """A column that is a number in one file and text in another travels as text; the conflict is in the summary."""
    (conflict,) = damaged.summary["column_conflicts"]
    assert conflict == "column stars: int64 in in/one.jsonl, string in in/two.jsonl; declared as string"
    found = {row["stars"] for row in rows(damaged.output) + rows(damaged.output, "removed")}
    assert found == {None, "5", "many"}


def test_repeated_ids_are_counted_and_kept(damaged, rows):
    """Two documents of one id are two documents, and the run says that there are such."""
    found = [row for row in rows(damaged.output) + rows(damaged.output, "removed") if row["id"] == "twin"]
    assert len({row["text"] for row in found}) == 2
    assert damaged.summary["totals"]["duplicate_ids"] == 1
    assert "1 documents have an id that another one of their language has" in damaged.result.out


def test_more_faults_than_allowed_end_with_exit_code_3(damaged, polysift):
    """input.max_quarantined_fraction is the share of unreadable documents that a run may have."""
    result = polysift("run", damaged.config, "--set", "input.max_quarantined_fraction=0.01")
    assert result.code == 3
    read = damaged.summary["totals"]["documents"]
    assert (
        f"13 of {read} documents could not be read, more than input.max_quarantined_fraction (1.0%)"
        in result.err
    )
    assert str(damaged.config.parent / "work" / "quarantine") in result.err


def test_a_document_of_50_mb(config, polysift, documents, rows, tmp_path):
    """One page of 50 MB beside normal ones is measured, decided and exported like any other."""
    normal, large = [row for row in documents if row["lang"] == "por_Latn"][:2]
    half = len(large["text"]) // 2
    padded = f"{large['text'][:half]}{' ' * 50_000_000}{large['text'][half:]}"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_bytes(line(normal) + line({**large, "text": padded}))
    result = polysift("run", config(input={"path": "in", "slice_bytes": "1 GB"}, formatting={"ftfy": False}))
    assert result.code == 0, result.err
    found = {row["id"]: len(row["text"]) for row in rows(tmp_path / "dataset")}
    assert found == {normal["id"]: len(normal["text"]), large["id"]: len(padded)}


def test_an_empty_input_folder(config, polysift, tmp_path):
    """A folder without files is an error that names it, and leaves no dataset."""
    (tmp_path / "empty").mkdir()
    result = polysift("run", config(input={"path": "empty"}))
    assert result.code == 1
    assert "input 'empty' is a folder without files" in result.err
    assert not (tmp_path / "dataset" / "README.md").exists()


def test_a_folder_of_other_things(config, polysift, tmp_path):
    """Files of no known format are listed with the reason, where there is nothing else."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.docx").write_bytes(b"PK")
    result = polysift("run", config(input={"path": "in"}))
    assert result.code == 1
    assert (
        "holds no file that can be read: 1 left aside (in/notes.docx (its extension is none of" in result.err
    )


def test_a_path_that_does_not_exist(config, polysift, tmp_path):
    """A mistyped path is named with what is there instead."""
    (tmp_path / "crawl").mkdir()
    (tmp_path / "crawl" / "a.jsonl").write_bytes(line({"text": "x"}))
    result = polysift("run", config(input={"path": "crwal"}))
    assert result.code == 1
    assert "input 'crwal' does not exist" in result.err
    assert "did you mean 'crawl'?" in result.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"I am no model", "no fastText model: it begins with b'I am no"),
        (b"\xba\x16\x4f\x2f\x0c\x00\x00\x00", "or download it again"),
        (None, "not found"),
    ],
)
def test_a_model_that_is_none(config, polysift, tmp_path, content, message):
    """A model file that is not one stops the run before anything is read, and says what to give instead."""
    if content is not None:
        (tmp_path / "lid.bin").write_bytes(content)
    result = polysift("run", config(language_id={"model": "./lid.bin"}))
    assert result.code == 2
    assert str(tmp_path / "lid.bin") in result.err
    assert message in result.err
    assert "give a supervised fastText model (.bin or .ftz), or 'lid176'" in result.err
    assert "Traceback" not in result.err
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("key", ["output", "work"])
def test_a_folder_that_cannot_be_written(config, polysift, tmp_path, key):
    """Where output or work cannot be written the run ends at once, with the key, the folder and the cause."""
    (tmp_path / "file").write_text("in the way")
    result = polysift("run", config(**{key: "file/below"}))
    assert result.code == 1
    assert f"{key}: cannot write to {tmp_path / 'file' / 'below'} (Not a directory)" in result.err
    assert not list(tmp_path.glob("work/annotations/*"))


@pytest.fixture
def disk(tmp_path):
    """Mounts a small file system in memory, and changes its size."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(size, *more):
        command = ["mount", "-t", "tmpfs", "-o", ",".join([f"size={size}", *more]), "tmpfs", folder]
        if (
            os.geteuid()
            or not shutil.which("mount")
            or subprocess.run(command, capture_output=True, check=False).returncode
        ):
            pytest.skip("a small disk can be mounted by root only, where the system lets it")
        return folder

    yield mount
    subprocess.run(["umount", folder], capture_output=True, check=False)


def test_a_read_only_disk(config, polysift, disk):
    """An output on a read-only file system is named before any work is done."""
    result = polysift("run", config(output=str(disk("1m", "ro") / "dataset")))
    assert result.code == 1
    assert "(Read-only file system); give a folder that this user may write to" in result.err


@pytest.mark.parametrize(("on_disk", "size"), [("work", "64k"), ("output", "40k")])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk(config, polysift, disk, tree, finished, on_disk, size, workers):
    """A disk that fills up ends the run with exit code 1 and advice; with more space it completes as if nothing was."""
    folder = disk(size)
    path = config(**{on_disk: str(folder / on_disk)})
    result = polysift("run", path, "--workers", workers)
    assert result.code == 1
    assert "no space left on the disk while writing" in result.err
    assert str(folder) in result.err
    assert "run the same command again: what is finished is kept" in result.err
    assert "Traceback" not in result.err
    disk("50m", "remount")
    result = polysift("run", path)
    assert result.code == 0, result.err
    output = folder / "output" if on_disk == "output" else path.parent / "dataset"
    assert tree(output) == tree(finished.output)
