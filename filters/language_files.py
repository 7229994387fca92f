"""Reads `<label>.yml`: thresholds and stop words in polysift's own keys or in FineWeb2's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from ..langid.errors import PolysiftError, did_you_mean
from .rules import LANGUAGE_SCORE, RULES, Rule
from .thresholds import KEYS, STOP_WORDS, validated

PROVENANCE = "provenance"
"""Key of a file that says where its values come from: for its readers, not for the program."""

RENAMED = {"language_score": LANGUAGE_SCORE, "stopwords": STOP_WORDS}
RULES_OF_KEY: dict[str, dict[int | None, Rule]] = {
    key: {rule.fineweb2_n: rule for rule in RULES if rule.fineweb2_key == key}
    for key in dict.fromkeys(rule.fineweb2_key for rule in RULES)
    if key
}
FINEWEB2_KEYS = (*RULES_OF_KEY, *RENAMED)

# Its C version reads the 1,900 published files in a second instead of ten.
YAML_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_language_file(path: Path | Traversable) -> dict[str, Any]:
    """The keys that a file sets, in polysift's names, each value as `LanguageConfig` holds it.

    Raises:
        PolysiftError: with every error of the file: no YAML, unknown keys, wrong types, impossible values.
    """
    return language_values(_load(path), str(path))


def language_values(content: Mapping[Any, Any], place: str) -> dict[str, Any]:
    """The same for content that is read already; `place` stands in front of every error.

    >>> language_values({"line_punct_thr": -1, "stopwords": ["का", "में"]}, "hin_Deva.yml")
    {'terminal_punctuation_line_fraction_min': None, 'stop_words': ('का', 'में')}
    """
    values, spelled, problems = _translate(content)
    checked, errors = validated(values, spelled)
    if problems or errors:
        raise PolysiftError("\n".join(f"{place}: {problem}" for problem in (*problems, *errors)))
    return checked


def _load(path: Path | Traversable) -> Mapping[Any, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), YAML_LOADER)
    except OSError as error:
        raise PolysiftError(f"{path}: cannot read the language config ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolysiftError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict | None):
        raise PolysiftError(f"{path}: expected keys such as `stop_words:`, found {type(content).__name__}")
    return content or {}


def _translate(content: Mapping[Any, Any]) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Values by polysift's keys; how the file spells those it calls otherwise; and errors."""
    values: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    problems: list[str] = []
    for key, value in content.items():
        for spelling, name, translated in _entries(str(key), value):
            if name is None:
                problems.append(f"{spelling}: {translated}")
            elif name in values:
                problems.append(f"{spelling}: {name} is given twice")
            else:
                values[name], spelled[name] = translated, spelling
    return values, spelled, problems


def _entries(key: str, value: Any) -> Iterator[tuple[str, str | None, Any]]:
    """(spelling, polysift's key, value) of what one key of a file sets; key None: the value is an error."""
    rules = RULES_OF_KEY.get(key, {})
    if key == PROVENANCE:
        return
    if key in RENAMED or key in KEYS:
        yield key, RENAMED.get(key, key), value
    elif None in rules:
        yield key, rules[None].threshold, _threshold(rules[None], value)
    elif rules:
        yield from _n_gram_entries(key, value, rules)
    else:
        yield key, None, f"no such key{did_you_mean(key, [*KEYS, *FINEWEB2_KEYS])}"


def _n_gram_entries(
    key: str, value: Any, rules: Mapping[int | None, Rule]
) -> Iterator[tuple[str, str | None, Any]]:
    for position, entry in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(entry, list) and len(entry) == 2 and type(entry[0]) is int and entry[0] in rules:
            rule = rules[entry[0]]
            yield f"{key}[{entry[0]}]", rule.threshold, _threshold(rule, entry[1])
        else:
            allowed = ", ".join(map(str, rules))
            yield f"{key}[{position}]", None, f"found {entry!r}, should be [n, threshold] with n of {allowed}"


def _threshold(rule: Rule, value: Any) -> Any:
    """FineWeb2's value with its stand-ins for off (`rules.Rule.fineweb2_off`) as None."""
    return None if type(value) in (int, float) and value in rule.fineweb2_off else value
