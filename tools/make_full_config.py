"""Writes configs/full.yml: every key of a run's config, its default, one line of comment each.

python tools/make_full_config.py > configs/full.yml
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import yaml
from polysift.pipeline.config import Config, parse_size
from pydantic import BaseModel
from pydantic.fields import FieldInfo

HEAD = """\
# Every key of a run's config with its default. Only `input.path` and `output` must be given.
# Relative paths are relative to this file. Sizes take units: 64 KiB, 500 MB.
# Made by tools/make_full_config.py from the models in pipeline/config.py.
"""
EXAMPLES = {"input.path": "../tests/data/web", "output": "../quickstart/dataset"}
UNITS = (("GB", 10**9), ("MB", 10**6))


def lines(model: type[BaseModel], prefix: str = "", depth: int = 0) -> Iterator[str]:
    """The keys of a model as YAML lines, sections nested."""
    for name, field in model.model_fields.items():
        path, indent = f"{prefix}{name}", "  " * depth
        section = field.annotation
        if depth == 0:
            yield ""
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield f"{indent}{name}:  # {field.description}"
            yield from lines(section, f"{path}.", depth + 1)
        else:
            yield f"{indent}{name}: {shown(path, field)}  # {field.description}"


def shown(path: str, field: FieldInfo) -> str:
    """The value of a key on one line of YAML."""
    value: Any = EXAMPLES[path] if field.is_required() else field.default
    if path.endswith("verify") and value is None:
        return "off"
    if value is not None and path.endswith(("_bytes", ".memory")):
        return next((f"{value // size} {unit}" for unit, size in UNITS if value % size == 0), str(value))
    plain = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(plain, default_flow_style=True, width=1000).removesuffix("\n").removesuffix("\n...")


def main() -> None:
    assert parse_size("1 MB") == 10**6
    sys.stdout.write(HEAD + "\n".join(lines(Config)) + "\n")


if __name__ == "__main__":
    main()
