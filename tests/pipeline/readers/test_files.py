"""Inputs of a config -> files."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import fsspec
import pytest
from datasets import Dataset, DatasetDict
from polysift.langid.errors import PolysiftError
from polysift.pipeline.readers.files import InputFile, format_of, list_inputs


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")


def names(*paths: str, base: Path, format: str | None = None) -> list[str]:
    return [file.name for file in list_inputs(paths, format, str(base)).files]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.parquet", "parquet"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson.gz", "jsonl"),
        ("a.json.zst", "jsonl"),
        ("A.JSONL.BZ2", "jsonl"),
        ("a.csv.xz", "csv"),
        ("a.tsv", "tsv"),
        ("a.warc.gz", "warc"),
        ("a.warc.wet.gz", "wet"),
        ("a.wet", "wet"),
        ("a.arc.gz", "arc"),
        ("a.arrow", "arrow"),
        ("a.parquet.gz", None),
        ("a.txt", None),
        ("a.warc.wat.gz", None),
        ("gz", None),
    ],
)
def test_formats_go_by_extension(name: str, format: str | None) -> None:
    """The extension, after that of a compression, says the format."""
    assert format_of(name) == format


def test_folder_is_read_with_all_below(tmp_path: Path) -> None:
    """A folder stands for all files below it, sorted by name, in whatever order they were written."""
    make(tmp_path, "in/z.jsonl", "in/b/c/d.parquet", "in/b/a.csv", "in/b.jsonl")
    assert names("in", base=tmp_path) == ["in/b.jsonl", "in/b/a.csv", "in/b/c/d.parquet", "in/z.jsonl"]


def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    """Names that start with a dot or an underscore, and folders so named, do not count."""
    make(
        tmp_path,
        "in/a.jsonl",
        "in/.b.jsonl",
        "in/_c.jsonl",
        "in/_logs/d.jsonl",
        "in/.git/e.jsonl",
        "in/_SUCCESS",
    )
    listing = list_inputs(["in"], None, str(tmp_path))
    assert [file.name for file in listing.files] == ["in/a.jsonl"]
    assert listing.skipped == ()


def test_hidden_file_that_is_named_is_taken(tmp_path: Path) -> None:
    """A file that the config names is read, whatever its name."""
    make(tmp_path, "_in/_a.jsonl")
    assert names("_in/_a.jsonl", base=tmp_path) == ["_in/_a.jsonl"]


def test_unknown_files_are_told(tmp_path: Path) -> None:
    """A file of unknown format is left aside and named, with the reason."""
    make(tmp_path, "in/a.jsonl", "in/README.md")
    listing = list_inputs(["in"], None, str(tmp_path))
    assert [name for name, _ in listing.skipped] == ["in/README.md"]
    assert ".parquet" in listing.skipped[0][1]


def test_given_format_wins(tmp_path: Path) -> None:
    """A given format holds for every file, whatever its extension."""
    make(tmp_path, "in/a.txt.gz", "in/b.json")
    assert {file.format for file in list_inputs(["in"], "csv", str(tmp_path)).files} == {"csv"}


def test_unknown_format_is_an_error(tmp_path: Path) -> None:
    """A format that is none names those there are, and the closest."""
    with pytest.raises(PolysiftError, match="did you mean 'parquet'"):
        list_inputs(["in"], "parket", str(tmp_path))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("in/*.jsonl", ["in/a.jsonl", "in/b.jsonl"]),
        ("in/**/*.jsonl", ["in/a.jsonl", "in/b.jsonl", "in/sub/c.jsonl"]),
        ("in/[a]*", ["in/a.jsonl"]),
        ("in/s*", ["in/sub/c.jsonl"]),
        ("*/sub", ["in/sub/c.jsonl"]),
    ],
)
def test_glob(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    """A glob stands for the files it matches, and for all files below a folder that it matches."""
    make(tmp_path, "in/a.jsonl", "in/b.jsonl", "in/sub/c.jsonl")
    assert names(pattern, base=tmp_path) == expected


def test_existing_file_is_no_glob(tmp_path: Path) -> None:
    """A name with brackets that exists is that file."""
    make(tmp_path, "in/a[1].jsonl", "in/a1.jsonl")
    assert names("in/a[1].jsonl", base=tmp_path) == ["in/a[1].jsonl"]


def test_list_of_paths_has_no_duplicates(tmp_path: Path) -> None:
    """A file that several paths stand for is taken once."""
    make(tmp_path, "in/a.jsonl", "in/b.jsonl")
    assert names("in/a.jsonl", "in", "in/*", base=tmp_path) == ["in/a.jsonl", "in/b.jsonl"]


def test_names_do_not_depend_on_the_machine(tmp_path: Path) -> None:
    """Relative paths keep their names wherever the config's folder is, in names and versions of a copy alike."""
    for home in ("one", "two/deep"):
        make(tmp_path, f"{home}/data/crawl/a.jsonl", f"{home}/configs/run.yml")
        assert names("../data/crawl", base=tmp_path / home / "configs") == ["../data/crawl/a.jsonl"]
        assert names(f"{tmp_path}/{home}/data/crawl", base=tmp_path) == ["crawl/a.jsonl"]


def test_absolute_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Two absolute folders of the same name get as many of their parents' names as they need."""
    make(tmp_path, "x/crawl/a.jsonl", "y/crawl/a.jsonl")
    assert names(f"{tmp_path}/x/crawl", f"{tmp_path}/y/crawl", base=tmp_path) == [
        "x/crawl/a.jsonl",
        "y/crawl/a.jsonl",
    ]


def test_fsspec_url() -> None:
    """A URL is listed through its file system, and its files' names are URLs."""
    fs = fsspec.filesystem("memory")
    fs.pipe({"/bucket/in/a.jsonl": b"{}", "/bucket/in/b/c.jsonl.gz": b"", "/bucket/in/_x": b""})
    listing = list_inputs(["memory://bucket/in"], None, "anywhere")
    assert [file.name for file in listing.files] == [
        "memory:///bucket/in/a.jsonl",
        "memory:///bucket/in/b/c.jsonl.gz",
    ]
    assert all(file.url == file.name for file in listing.files)
    assert names("memory://bucket/**/*.gz", base=Path()) == ["memory:///bucket/in/b/c.jsonl.gz"]


def test_input_file_travels(tmp_path: Path) -> None:
    """A file pickles, goes through JSON, and its version changes with its content."""
    make(tmp_path, "a.jsonl")
    (file,) = list_inputs(["a.jsonl"], None, str(tmp_path)).files
    assert pickle.loads(pickle.dumps(file)) == file
    assert InputFile(*json.loads(json.dumps(file))) == file
    os.utime(tmp_path / "a.jsonl", (1, 1))
    assert list_inputs(["a.jsonl"], None, str(tmp_path)).files[0].version != file.version


def test_saved_dataset(tmp_path: Path) -> None:
    """A folder saved by `datasets` gives the Arrow files of its state.json, and nothing else."""
    Dataset.from_dict({"text": ["a", "b", "c"]}).save_to_disk(tmp_path / "set", num_shards=2)
    make(tmp_path, "set/cache-123.arrow")
    listing = list_inputs(["set"], None, str(tmp_path))
    assert [file.name for file in listing.files] == [
        "set/data-00000-of-00002.arrow",
        "set/data-00001-of-00002.arrow",
    ]
    assert listing.skipped == (("set/cache-123.arrow", "state.json does not name it"),)


def test_saved_dataset_dict(tmp_path: Path) -> None:
    """A saved DatasetDict gives the files of all its splits."""
    split = Dataset.from_dict({"text": ["a"]})
    DatasetDict({"train": split, "test": split}).save_to_disk(tmp_path / "set")
    assert names("set", base=tmp_path) == [
        "set/test/data-00000-of-00001.arrow",
        "set/train/data-00000-of-00001.arrow",
    ]


def test_saved_dataset_with_a_missing_file(tmp_path: Path) -> None:
    """A shard that state.json names and that is gone is an error, not a smaller dataset."""
    Dataset.from_dict({"text": ["a", "b"]}).save_to_disk(tmp_path / "set", num_shards=2)
    (tmp_path / "set/data-00001-of-00002.arrow").unlink()
    with pytest.raises(PolysiftError, match=r"names data-00001-of-00002\.arrow, which is not there"):
        list_inputs(["set"], None, str(tmp_path))


def test_another_state_json_is_housekeeping(tmp_path: Path) -> None:
    """A state.json of something else hides no file."""
    make(tmp_path, "in/a.jsonl", "in/state.json")
    assert names("in", base=tmp_path) == ["in/a.jsonl"]


def error(*paths: str, base: Path) -> str:
    with pytest.raises(PolysiftError) as caught:
        list_inputs(paths, None, str(base))
    return str(caught.value)


def test_empty_folder(tmp_path: Path) -> None:
    """An empty folder is an error that says so."""
    (tmp_path / "in").mkdir()
    assert "input 'in' is a folder without files" in error("in", base=tmp_path)


def test_missing_path(tmp_path: Path) -> None:
    """A missing path is an error that says what is there, and what may be meant."""
    make(tmp_path, "data/crawl/a.jsonl", "data/books/b.jsonl")
    message = error("data/crawls", base=tmp_path)
    assert "'data/crawls' does not exist" in message
    assert "holds books, crawl; did you mean 'crawl'?" in message


def test_missing_path_in_missing_folder(tmp_path: Path) -> None:
    """What is there is said of the nearest folder that exists."""
    make(tmp_path, "data/a.jsonl")
    assert f"{tmp_path} holds data" in error("dta/x/y.jsonl", base=tmp_path)


def test_glob_without_match(tmp_path: Path) -> None:
    """A glob that matches nothing says what the folder holds."""
    make(tmp_path, "in/a.jsonl")
    assert "'in/*.parquet' matches no file" in error("in/*.parquet", base=tmp_path)
    assert "holds a.jsonl" in error("in/*.parquet", base=tmp_path)


def test_nothing_readable(tmp_path: Path) -> None:
    """Where no file is of a known format, the error names some, and the key that gives the format."""
    make(tmp_path, "in/a.txt", "in/b.md")
    message = error("in", base=tmp_path)
    assert "in/a.txt" in message
    assert "input.format" in message


def test_unknown_protocol(tmp_path: Path) -> None:
    """A URL of an unknown file system is an error for the user."""
    assert "nosuch" in error("nosuch://bucket/in", base=tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_folder(tmp_path: Path) -> None:
    """A folder below that may not be listed is an error: its files would be missing without a word."""
    make(tmp_path, "in/a.jsonl", "in/secret/b.jsonl")
    (tmp_path / "in/secret").chmod(0)
    assert "Permission denied" in error("in", base=tmp_path)


def test_link_to_nothing_is_told(tmp_path: Path) -> None:
    """A link to nothing and a pipe are left aside with the reason, and never opened."""
    make(tmp_path, "in/a.jsonl")
    (tmp_path / "in/b.jsonl").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "in/c.jsonl")
    listing = list_inputs(["in"], None, str(tmp_path))
    assert [name for name, _ in listing.skipped] == ["in/b.jsonl", "in/c.jsonl"]
    assert "no file" in listing.skipped[0][1]


def test_linked_folder_is_read(tmp_path: Path) -> None:
    """A link to a folder or a file is read like one."""
    make(tmp_path, "elsewhere/a.jsonl")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/crawl").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in/b.jsonl").symlink_to(tmp_path / "elsewhere/a.jsonl")
    assert names("in", base=tmp_path) == ["in/b.jsonl", "in/crawl/a.jsonl"]
    assert names("in/*", base=tmp_path) == ["in/b.jsonl", "in/crawl/a.jsonl"]
