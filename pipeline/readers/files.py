"""Input files: paths, folders, globs and fsspec URLs of a config -> a sorted list of files with formats.

A file's name is what its documents are known by: it is the `file_path` column and goes into missing ids, so
it says nothing of the machine. It is the path as the config gives it where that is relative or a URL; below
an absolute local folder, that folder's own name and the path below it (`/mnt/disk1/crawl/a.parquet`, given as
`/mnt/disk1/crawl`, is `crawl/a.parquet`; where two such folders share a name, their parents' are added).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from fsspec.core import has_magic

from ...langid.errors import PolysiftError, did_you_mean
from .streams import CODECS, locate, reading

# What an extension says about the content, after that of a compression is taken off.
FORMATS = {
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".warc": "warc",
    ".arc": "arc",
    ".wet": "wet",
    ".arrow": "arrow",
}
UNCOMPRESSED = ("parquet", "arrow")  # compressed inside
# Housekeeping of Hugging Face `datasets` folders: no documents in them.
HOUSEKEEPING = ("state.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json")
WHOLE = -1
VERSION_KEYS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "blob_id", "created")


class InputFile(NamedTuple):
    """A file of the input.

    Attributes:
        url: where it is opened: a local path or an fsspec URL.
        name: what it is known by: unique, the same on every machine.
        format: a value of FORMATS.
        size: bytes; 0 where the file system does not say.
        version: entity tag or time of the last change, for fingerprints.
    """

    url: str
    name: str
    format: str
    size: int
    version: str


class Piece(NamedTuple):
    """A part of a file, or all of it.

    Attributes:
        file: the file.
        start: first row group of a Parquet file, first byte of a plain JSONL file, 0 of others. A line
            belongs to the piece that has its first byte.
        stop: the row group or byte after the last, -1 for all to the end.
        cost: bytes, uncompressed of Parquet, as stored of others.
    """

    file: InputFile
    start: int = 0
    stop: int = WHOLE
    cost: int = 0


class Listing(NamedTuple):
    """Files to read, by name, and the names of those left aside with the reason."""

    files: tuple[InputFile, ...]
    skipped: tuple[tuple[str, str], ...]


class _Root(NamedTuple):
    """A path of the config: the folder that names are relative to, and the files found (path -> details)."""

    fs: Any
    folder: str
    given: str | None  # how the config names the folder; None below an absolute local path
    found: Mapping[str, Mapping[str, Any]]


def list_inputs(paths: Sequence[str], format: str | None = None, base: str = ".") -> Listing:
    """All files that `paths` stand for.

    Args:
        paths: files, folders (with all below them), globs or fsspec URLs of these.
        format: format of every file, whatever its extension; None: by extension.
        base: folder that relative paths start from.

    Returns:
        The files sorted by name. Hidden ones and those starting with `_` are left out without a word, others
        that are no input with the reason. Of a folder made by `datasets.save_to_disk`, the files of its
        state.json are taken.

    Raises:
        PolysiftError: where a path matches nothing or nothing can be read, or `format` is unknown.
    """
    known = sorted(set(FORMATS.values()))
    if format is not None and format not in known:
        raise PolysiftError(
            f"format {format!r} is not one of {', '.join(known)}{did_you_mean(format, known)}"
        )
    roots = [_expand(path, base) for path in paths]
    files: dict[str, InputFile] = {}
    skipped: dict[str, str] = {}
    for root, prefix in zip(roots, _prefixes(roots), strict=True):
        left_out = _unlisted(root)
        for path, details in root.found.items():
            url, name = _url(root.fs, path), posixpath.join(prefix, _below(root.folder, path))
            kind, why = (None, left_out[path]) if path in left_out else _format(path, details, format)
            if kind is not None:
                files.setdefault(
                    url, InputFile(url, name, kind, int(details.get("size") or 0), _version(details))
                )
            elif why:
                skipped.setdefault(name, why)
    if not files:
        raise PolysiftError(_nothing(paths, skipped))
    return Listing(tuple(sorted(files.values(), key=lambda file: file.name)), tuple(sorted(skipped.items())))


def format_of(name: str) -> str | None:
    """The format that a file's extension says, or None.

    >>> format_of("CC-MAIN-0.warc.wet.gz"), format_of("a.JSONL.zst"), format_of("README.md")
    ('wet', 'jsonl', None)
    """
    stem, extension = posixpath.splitext(name.lower())
    if extension not in CODECS:
        return FORMATS.get(extension)
    format = FORMATS.get(posixpath.splitext(stem)[1])
    return None if format in UNCOMPRESSED else format


def _expand(path: str, base: str) -> _Root:
    relative = "://" not in path and not posixpath.isabs(path) and not path.startswith("~")
    fs, full = locate(posixpath.join(base, path) if relative else path)
    with reading(path):
        fs.invalidate_cache()
        folder, found = _find(fs, full)
    if not found:
        raise PolysiftError(
            f"input {path!r} {_what_is_there(fs, full)}; give a file, a folder, a glob or a URL"
        )
    given = None
    if relative:
        given = posixpath.relpath(folder or "/", locate(base)[1] or "/")
        given = "" if given == "." else given
    elif not _is_local(fs):
        given = str(fs.unstrip_protocol(folder))
    return _Root(fs, folder, given, found)


def _find(fs: Any, path: str) -> tuple[str, dict[str, Any]]:
    """The folder that names start from, and the files with their details."""
    if fs.isfile(path):
        return posixpath.dirname(path), {path: fs.info(path)}
    if fs.isdir(path):
        return path.rstrip("/"), _walk(fs, path)
    folder = _fixed_part(path)
    if not has_magic(path) or not fs.isdir(folder):
        return folder, {}
    found: dict[str, Any] = {}
    for match, details in fs.glob(path, detail=True).items():
        if not _hidden(_below(folder, match)):
            found |= _files(fs, match, details)
    return folder.rstrip("/"), found


def _walk(fs: Any, folder: str) -> dict[str, Any]:
    """All files below a folder that are not hidden."""
    if not _is_local(fs):
        found = fs.find(folder, detail=True)  # one request for many folders
        return {path: details for path, details in found.items() if not _hidden(_below(folder, path))}
    found = {}  # here `find` would leave out a folder that may not be listed, without a word
    for details in fs.ls(folder, detail=True):
        path = details["name"]
        if not _hidden(posixpath.basename(path)):
            found |= _files(fs, path, details)
    return found


def _files(fs: Any, path: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """A file, or all files of a folder; what a link leads to, where it leads to something."""
    if details.get("islink"):
        with suppress(FileNotFoundError):
            details = fs.info(path)
    return _walk(fs, path) if details["type"] == "directory" else {path: details}


def _fixed_part(pattern: str) -> str:
    """The folder above the first component with a wildcard.

    >>> _fixed_part("/data/*/2024/[ab].parquet"), _fixed_part("bucket/a.parquet")
    ('/data', 'bucket')
    """
    parts = posixpath.dirname(pattern).split("/")
    fixed = next((i for i, part in enumerate(parts) if has_magic(part)), len(parts))
    return "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else "")


def _below(folder: str, path: str) -> str:
    return path[len(folder.rstrip("/")) :].lstrip("/")


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))


def _is_local(fs: Any) -> bool:
    return "file" in fs.protocol


def _url(fs: Any, path: str) -> str:
    return path if _is_local(fs) else str(fs.unstrip_protocol(path))


def _version(details: Mapping[str, Any]) -> str:
    return next((str(details[key]) for key in VERSION_KEYS if details.get(key)), "")


def _prefixes(roots: Sequence[_Root]) -> list[str]:
    """What the names of each root's files begin with; of absolute folders, as little as tells them apart."""
    folders = {root.folder for root in roots if root.given is None}
    return [root.given if root.given is not None else _shortest(root.folder, folders) for root in roots]


def _shortest(folder: str, folders: Iterable[str]) -> str:
    """The fewest last parts of `folder` that no other folder ends in.

    >>> _shortest("/disk1/crawl", ["/disk1/crawl", "/disk2/crawl"]), _shortest("/disk1/crawl", [])
    ('disk1/crawl', 'crawl')
    """
    parts = folder.strip("/").split("/")
    others = [other.strip("/").split("/") for other in folders if other != folder]
    for count in range(1, len(parts) + 1):
        if all(other[-count:] != parts[-count:] for other in others):
            return "/".join(parts[-count:])
    return "/".join(parts)


def _format(path: str, details: Mapping[str, Any], forced: str | None) -> tuple[str | None, str]:
    """The format of a file, or None and why it is left aside (nothing where that goes without saying)."""
    name = posixpath.basename(path)
    if name in HOUSEKEEPING:
        return None, ""
    if details["type"] != "file":
        return None, "it is no file but a device, or a link to nothing"
    kind = forced or format_of(name)
    return kind, f"its extension is none of {', '.join(FORMATS)}, compressed or not"


def _unlisted(root: _Root) -> dict[str, str]:
    """Files in folders of Hugging Face `datasets` that state.json does not name, and why not to read them."""
    left_out: dict[str, str] = {}
    for path in root.found:
        if posixpath.basename(path) == "state.json" and (named := _data_files(root.fs, path)) is not None:
            folder = posixpath.dirname(path)
            here = {name for name in root.found if posixpath.dirname(name) == folder and name != path}
            left_out |= dict.fromkeys(here - named, "state.json does not name it")
            missing = sorted(named - here)
            if missing:
                raise PolysiftError(f"{path} names {posixpath.basename(missing[0])}, which is not there")
    return {path: why for path, why in left_out.items() if posixpath.basename(path) not in HOUSEKEEPING}


def _data_files(fs: Any, path: str) -> set[str] | None:
    """The Arrow files that a state.json of `datasets` names; None for a file of another kind."""
    try:
        with fs.open(path, "rb") as file:
            names = [entry["filename"] for entry in json.load(file)["_data_files"]]
    except (ValueError, KeyError, TypeError):
        return None
    return {posixpath.join(posixpath.dirname(path), str(name)) for name in names}


def _what_is_there(fs: Any, path: str) -> str:
    """Why nothing was found at a path, and what there is instead."""
    if fs.isdir(path):
        return "is a folder without files (hidden ones and those starting with _ do not count)"
    folder = _fixed_part(path)
    while not fs.isdir(folder) and posixpath.dirname(folder) != folder:
        folder = posixpath.dirname(folder)
    names = sorted(posixpath.basename(str(name).rstrip("/")) for name in _names(fs, folder))
    what = "matches no file" if has_magic(path) else "does not exist"
    there = f"holds {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}" if names else "is empty"
    return f"{what}: {folder or '/'} {there}{did_you_mean(posixpath.basename(path), names)}"


def _names(fs: Any, folder: str) -> Iterator[str]:
    try:
        yield from fs.ls(folder, detail=False)
    except FileNotFoundError:
        return


def _nothing(paths: Sequence[str], skipped: Mapping[str, str]) -> str:
    found = "; ".join(f"{name} ({why})" for name, why in list(skipped.items())[:3])
    return (
        f"input {', '.join(paths)} holds no file that can be read: {len(skipped)} left aside ({found}); "
        f"name the files' format in `input.format`, or give another path"
    )
