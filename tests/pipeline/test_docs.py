"""The documentation holds: commands, options, keys, files and numbers in it are real."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer
import yaml
from polysift.filters.language_config import shipped_files
from polysift.filters.measures import MEASURES
from polysift.pipeline import cli
from polysift.pipeline.config import Config
from polysift.pipeline.config_file import load
from polysift.pipeline.decide import REASONS
from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = typer.main.get_command(cli.app).commands
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = [*PAGES, *sorted((ROOT / "configs").glob("*.yml")), ROOT / "docker" / "Dockerfile"]
PACKAGES = ("langid", "filters", "pipeline", "configs")

# A command in a block of code (indented) or between backticks; elsewhere, in a comment.
IN_PAGE = re.compile(r"(?:^    (?:.*[ /])?|`)polysift ([a-z]+\b[^`\n]*)", re.M)
IN_COMMENT = re.compile(r"^# +(?:.* )?polysift ([a-z]+\b.*)", re.M)


def commands():
    for path in TEXTS:
        for match in (IN_PAGE if path in PAGES else IN_COMMENT).finditer(path.read_text("utf-8")):
            yield pytest.param(match[1].split("  ")[0], id=f"{path.name}: {match[1][:60]}")


def problems(words):
    """What is wrong with the words of a command behind `polysift`."""
    command = COMMANDS.get(words[0])
    if command is None:
        yield f"no command {words[0]}"
        return
    if hasattr(command, "commands"):  # of a group, such as `langid train`
        if len(words) < 2 or words[1] not in command.commands:
            yield f"no command {' '.join(words[:2])}"
            return
        command, words = command.commands[words[1]], words[1:]
    options = {
        name: option
        for option in command.params
        for name in (*option.opts, *option.secondary_opts)
        if name.startswith("--")
    }
    arguments = [option for option in command.params if option.param_type_name == "argument"]
    most = sum(100 if argument.nargs < 0 else 1 for argument in arguments)
    rest = iter(words[1:])
    given = 0
    for word in rest:
        if not word.startswith("--"):
            given += 1
        elif word not in options:
            yield f"{words[0]} has no option {word}"
        elif not options[word].is_flag:
            for _ in range(options[word].nargs):
                next(rest, None)
    if given > most:
        yield f"{words[0]} takes {most} arguments, not {given}"


@pytest.mark.parametrize("line", commands())
def test_commands_in_the_docs_exist(line):
    """Each `polysift ...` in README, docs, configs and the Dockerfile names a command with its options."""
    words = shlex.split(line.partition(" #")[0].replace("[", "").replace("]", ""))
    assert list(problems(words)) == []


def test_the_search_for_commands_finds_them():
    """The README's own commands are among those that the test above looks at."""
    found = {parameter.values[0].split()[0] for parameter in commands()}
    assert {"run", "plan", "explain", "languages", "identify", "decide"} <= found


def test_options_in_the_docs_exist():
    """Each `--option` of a page is one of some command."""
    every = [
        *COMMANDS.values(),
        *(each for group in COMMANDS.values() for each in getattr(group, "commands", {}).values()),
    ]
    known = {
        name
        for command in every
        for option in command.params
        for name in (*option.opts, *option.secondary_opts)
    }
    for page in PAGES:
        prose = re.sub(r"^    .*$", "", page.read_text("utf-8"), flags=re.M)
        assert set(re.findall(r"`(--[a-z-]+)", prose)) <= known


def sections(model):
    """The dotted names of all keys of the config, and of its sections."""
    for name, field in model.model_fields.items():
        yield name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from (f"{name}.{below}" for below in sections(field.annotation))


def test_keys_in_the_docs_exist():
    """Each `section.key` that a page names is a key of the config."""
    known = set(sections(Config))
    for page in PAGES:
        for key in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)[`:]", page.read_text("utf-8")):
            if key.partition(".")[0] in Config.model_fields:
                assert key in known, f"{page.name}: {key}"


def test_files_in_the_docs_exist():
    """Each file that a page links to is in the repository."""
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_example_config_loads(tmp_path):
    """The config that README.md shows is valid, and is what the text says it is."""
    (shown,) = re.findall(r"^    input:\n(?:    .*\n)+", (ROOT / "README.md").read_text("utf-8"), re.M)
    (tmp_path / "run.yml").write_text("\n".join(line[4:] for line in shown.splitlines()))
    assert yaml.safe_load((tmp_path / "run.yml").read_text()).keys() == {"input", "output"}
    assert load(tmp_path / "run.yml").input.columns.text == "content"


def test_the_example_document_is_in_the_sample():
    """The id that README.md explains is one of the sample's."""
    ids = re.findall(
        r"polysift explain configs/quickstart.yml (\S+)", (ROOT / "README.md").read_text("utf-8")
    )
    known = {
        id for file in ROOT.glob("tests/data/web/*.parquet") for id in pq.read_table(file)["id"].to_pylist()
    }
    assert ids
    assert set(ids) <= known


def test_numbers_and_names_in_the_docs():
    """The number of language-scripts and of measures, and the reasons, are those of the code."""
    readme = (ROOT / "README.md").read_text("utf-8")
    how = (ROOT / "docs" / "how-it-works.md").read_text("utf-8")
    assert f"thresholds for {len(shipped_files()):,}\nlanguage-scripts" in readme
    assert f"then {len(MEASURES)} integers" in how
    assert [reason for reason in re.findall(r"`(\w+)`", how) if reason in REASONS][:3] == list(REASONS[:3])


def test_exit_codes_are_those_of_the_code():
    """README.md and the command line's own docstring list the same exit codes."""
    codes = [cli.FAILED, cli.USAGE, cli.QUARANTINED, cli.UNBALANCED, cli.INTERRUPTED]
    for text in ((ROOT / "README.md").read_text("utf-8"), cli.__doc__):
        listed = text[text.index("Exit codes:") :].partition("\n\n")[0]
        assert [
            int(code) for code in re.findall(r"[ ;](\d+) (?:done|the|wrong|more|interrupted)", listed)
        ] == [0, *codes]


def test_packages_are_the_folders():
    """The packages of pyproject.toml are the folders with an __init__.py, under polysift."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    folders = {
        file.parent.relative_to(ROOT) for top in PACKAGES for file in (ROOT / top).rglob("__init__.py")
    }
    assert sorted(listed) == sorted(".".join(("polysift", *folder.parts)) for folder in folders)
