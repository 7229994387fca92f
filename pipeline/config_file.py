"""Reads a run's YAML: settings of the command line, all errors at once, relative paths resolved."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from ..langid.errors import PolysiftError, did_you_mean
from ..langid.models import NAMES as MODEL_NAMES
from .config import Config


def load(path: str | os.PathLike[str], settings: Sequence[str] = ()) -> Config:
    """Reads and validates a run's YAML.

    Args:
        path: the YAML file; relative paths in it, and in `settings`, are relative to its folder.
        settings: `key.path=value` strings (values as YAML), which win over the file.

    Raises:
        PolysiftError: with every error of the file at once.
    """
    file = Path(path)
    raw = _read_yaml(file)
    for setting in settings:
        _set(raw, setting)
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        lines = [f"{file}: {line}" for line in describe(error, Config)]
        raise PolysiftError("\n".join(lines)) from None
    return _resolve_paths(config, file.resolve().parent)


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolysiftError(
            f"{file}: cannot read the config ({error.strerror}); give the path of a YAML file"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolysiftError(f"{file}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict):
        raise PolysiftError(
            f"{file}: expected keys such as `input:` and `output:`, found {type(raw).__name__}"
        )
    return raw


def _set(raw: dict[str, Any], setting: str) -> None:
    key, equals, value = setting.partition("=")
    if not equals or not key.strip():
        raise PolysiftError(f"--set {setting}: expected key.path=value, such as --set dedup.ngram=4")
    *parents, last = key.strip().split(".")
    node = raw
    for parent in parents:
        if not isinstance(node.get(parent), dict):
            node[parent] = {}
        node = node[parent]
    try:
        node[last] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise PolysiftError(
            f"--set {setting}: the value is not valid YAML: {' '.join(str(error).split())}"
        ) from None


def _resolve_paths(config: Config, base: Path) -> Config:
    def absolute(path: str) -> str:
        return path if "://" in path else os.path.normpath(base / Path(path).expanduser())

    model, second = config.language_id.model, config.language_id.agree_with
    if model not in MODEL_NAMES and config.language_id.column is None:
        model = absolute(model)
    if second is not None and second not in MODEL_NAMES:
        second = absolute(second)
    mixture = config.rebalance.mixture
    if mixture.tokenizer is not None:
        mixture = mixture.model_copy(update={"tokenizer": absolute(mixture.tokenizer)})
    resolved = config.model_copy(
        update={
            "output": absolute(config.output),
            "work": absolute(config.work_url),
            "language_id": config.language_id.model_copy(update={"model": model, "agree_with": second}),
            "dedup": config.dedup.model_copy(
                update={
                    "index": config.dedup.index.model_copy(
                        update={
                            "read": tuple(map(absolute, config.dedup.index.read)),
                            "write": config.dedup.index.write and absolute(config.dedup.index.write),
                        }
                    )
                }
            ),
            "languages": config.languages.model_copy(
                update={"configs": tuple(map(absolute, config.languages.configs))}
            ),
            "rebalance": config.rebalance.model_copy(update={"mixture": mixture}),
        }
    )
    resolved._base = str(base)
    return resolved


def describe(error: ValidationError, model: type[BaseModel]) -> Iterable[str]:
    """One line per error: path, what was found against what is allowed, a suggestion."""
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            siblings = _fields_at(model, item["loc"][:-1])
            yield f"{where}: no such key{did_you_mean(str(item['loc'][-1]), siblings)} (known: {', '.join(siblings)})"
        elif item["type"] == "missing":
            yield f"{where}: missing; it must be given"
        elif item["type"] == "literal_error":
            allowed = re.findall(r"'([^']*)'", str(item["ctx"]["expected"]))
            hint = did_you_mean(str(item["input"]), allowed)
            yield f"{where}: found {item['input']!r}, allowed: {item['ctx']['expected']}{hint}"
        elif item["type"] == "value_error":
            yield f"{where}: {item['msg'].removeprefix('Value error, ')}"
        else:
            yield f"{where}: {item['msg'][0].lower()}{item['msg'][1:]}, found {item['input']!r}"


def _fields_at(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    for part in path:
        annotation = model.model_fields[str(part)].annotation
        candidates = [annotation, *get_args(annotation)]
        model = next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
    return list(model.model_fields)
