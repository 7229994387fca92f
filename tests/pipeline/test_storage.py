from __future__ import annotations

import pytest
from polysift.langid.errors import PolysiftError
from polysift.pipeline.storage import TEMPORARY, Folder, digest, file_digest

URLS = ("local", "memory://storage-test")


@pytest.fixture(params=URLS)
def folder(request, tmp_path):
    made = Folder(str(tmp_path / "folder") if request.param == "local" else request.param)
    yield made
    made.remove()


def test_a_file_is_read_back_as_it_was_written(folder):
    """What is created under a name is found under it, and its digest is that of its bytes."""
    with folder.create("a/b.txt") as file:
        file.write("olá".encode())
    assert folder.names() == ["a/b.txt"]
    assert file_digest(folder, "a/b.txt") == digest("olá")


def test_a_failed_write_leaves_nothing(folder):
    """A file whose writer raised does not appear, and no temporary file stays behind."""

    def write():
        with folder.create("a.txt") as file:
            file.write(b"half")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write()
    assert folder.names() == []


def test_a_failed_write_leaves_the_old_content(folder):
    """A file that could not be replaced keeps what it held."""
    folder.write_json("a.json", {"version": 1})
    with pytest.raises(RuntimeError), folder.create("a.json"):
        raise RuntimeError
    assert folder.read_json("a.json") == {"version": 1}


def test_a_missing_json_file_reads_none(folder):
    """A manifest that is not there is no error: its unit is simply to do."""
    assert folder.read_json("none.json") is None


def test_remove_takes_files_folders_and_nothing(folder):
    """Removing works on a file, on a folder and on what is not there."""
    folder.write_json("a/b.json", 1)
    folder.write_json("a/c.json", 1)
    folder.remove("a/b.json")
    assert folder.names("a") == ["a/c.json"]
    folder.remove("a")
    folder.remove("a")
    assert folder.names() == []


def test_folders_left_empty_are_removed_up_to_the_first_that_is_not(folder):
    """A folder without files goes, with those above it that held nothing else; one with a file stays."""
    folder.write_json("a/b/c/d.json", 1)
    folder.write_json("a/e.json", 1)
    folder.remove_empty("a/b/c")
    assert folder.names() == ["a/b/c/d.json", "a/e.json"]
    folder.remove("a/b/c/d.json")
    folder.remove_empty("a/b/c")
    assert not (folder.is_local and folder.exists("a/b"))
    assert folder.names() == ["a/e.json"]


def test_clean_removes_what_a_killed_writer_left(tmp_path):
    """Temporary files and folders of a writer that was killed are removed, and only these."""
    folder = Folder(str(tmp_path))
    folder.write_json("a/b.json", 1)
    (tmp_path / "a" / f"{TEMPORARY}77-c.parquet").write_bytes(b"half")
    scratch = tmp_path / "a" / f"{TEMPORARY}scratch"
    scratch.mkdir()
    (scratch / f"{TEMPORARY}rows-0").write_bytes(b"rows")
    folder.clean()
    assert folder.names() == ["a/b.json"]
    assert not scratch.exists()


def test_an_unwritable_folder_is_named(tmp_path):
    """Where nothing can be written, the error says which key, which folder and why."""
    (tmp_path / "file").write_text("")
    with pytest.raises(PolysiftError, match=r"output: cannot write to .*file/dataset .*Not a directory"):
        Folder(str(tmp_path / "file" / "dataset")).check_writable("output")
