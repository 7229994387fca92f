"""What of a config only the world can tell, checked before anything is read or written: all faults at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from ..langid.errors import PolysiftError, did_you_mean
from ..langid.identify import model_digest
from ..langid.labels import Label, canonical
from ..langid.unicode_data import script_table
from .config import Config
from .settings import configs_of
from .storage import Folder

# What a run writes into the output folder.
DATASET = ("data", "removed", "matches", "rebalanced", "README.md", "summary.json", "mixture.json")
MIXED_SCRIPTS = (
    "Jpan",
    "Hans",
    "Hant",
    "Kore",
)  # codes of writing systems that no character has as its script
MARKER = (
    ".polysift"  # in the output folder: what is there of DATASET was written by polysift, and may be replaced
)


def check(config: Config) -> None:
    """Checks labels, model, configs of languages, and that input, output and work stay apart.

    Raises:
        PolysiftError: with one line for each fault.
    """
    problems = [*_labels(config), *_model(config), *_languages(config), *_folders(config)]
    if problems:
        raise PolysiftError("\n".join(problems))


def claim(output: Folder) -> None:
    """Marks the output folder as polysift's to replace.

    Raises:
        PolysiftError: where it holds files of the dataset's names that no run wrote.
    """
    if output.exists(MARKER):
        return
    foreign = [name for name in DATASET if output.exists(name)]
    if foreign:
        raise PolysiftError(
            f"output: {output.url} holds {', '.join(foreign)}, which polysift did not write and would replace; "
            f"give a folder of its own"
        )
    with output.create(MARKER) as file:
        file.write(f"polysift replaces here: {', '.join(DATASET)}\n".encode())


def _labels(config: Config) -> Iterator[str]:
    scripts = {*script_table().codes, *MIXED_SCRIPTS}
    for key, labels in (("include", config.languages.include or ()), ("exclude", config.languages.exclude)):
        for label in labels:
            try:
                name = canonical(label)
            except PolysiftError as error:
                yield f"languages.{key}: {error}"
                continue
            if Label.parse(name).script not in scripts:
                yield f"languages.{key}: {label!r} has no script of ISO 15924{did_you_mean(name[4:], scripts)}"


def _model(config: Config) -> Iterator[str]:
    settings = config.language_id
    if settings.column is None:
        yield from _fault("language_id.model", lambda: model_digest(settings.model))
        if settings.score_column is not None:
            yield "language_id.score_column: goes with language_id.model: column:NAME only"
    elif settings.mixed and settings.agree_with is None:
        yield "language_id.mixed: needs a model for the lines, in language_id.model or language_id.agree_with"
    if settings.agree_with is not None:
        second = settings.agree_with
        yield from _fault("language_id.agree_with", lambda: model_digest(second))


def _languages(config: Config) -> Iterator[str]:
    def read() -> None:
        configs = configs_of(config)
        configs.check()
        configs.resolve("eng_Latn")  # the defaults: what contradicts them contradicts nearly every language

    yield from _fault("languages.configs or rules", read)


def _fault(key: str, attempt: Callable[[], object]) -> Iterator[str]:
    try:
        attempt()
    except PolysiftError as error:
        yield f"{key}: {error}"


def _folders(config: Config) -> Iterator[str]:
    """A run must not read what it writes, nor replace what it reads."""
    output, work = config.output.rstrip("/"), config.work_url.rstrip("/")
    index = config.dedup.index
    if index.write is not None and index.write in (*index.read, output, work):
        yield f"dedup.index.write: {index.write} is also read, or the output or work folder; give it one of its own"
    if output == work:
        yield f"work: is the output folder, {output}; give it a folder of its own"
    for given in config.input.path:
        root = _absolute(given, config.base)
        for key, folder in (("output", output), ("work", work)):
            if os.path.isdir(root) and _within(folder, [root]):
                yield f"{key}: {folder} lies in the input {given!r}, which would be read with it; give another folder"
        if _within(
            root, [*(f"{output}/{name}" for name in DATASET), work, *filter(None, [config.dedup.index.write])]
        ):
            yield f"input.path: {given!r} is a place that the run writes to; give another input, output or work"


def _absolute(path: str, base: str) -> str:
    return path if "://" in path else os.path.normpath(os.path.join(base, os.path.expanduser(path)))


def _within(path: str, roots: Sequence[str]) -> bool:
    return any(path == root or path.startswith(f"{root.rstrip('/')}/") for root in roots)
