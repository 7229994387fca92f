"""The config in force for each language, and where each of its values comes from.

    shipped configs/languages/por_Latn.yml  ┐
    a user's folders: por_Latn.yml          ├─►  LanguageConfigs(folders, rules).resolve("por_Latn")
    the run's rules                         ┘

Later layers win key by key.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from ..langid.errors import PolysiftError
from ..langid.labels import canonical, relatives, same_language
from .language_files import read_language_file
from .precision import PrecisionList, shipped_list, user_list
from .thresholds import CANDIDATES, KEYS, STOP_WORDS, THRESHOLDS, LanguageConfig, validated

__all__ = ["KEYS", "THRESHOLDS", "LanguageConfig", "LanguageConfigs", "Resolved", "shipped_files"]

STOP_WORD_COUNT = "stop_word_count_min"
PRECISION = "precision"
RELATIVES = 15


class Resolved(NamedTuple):
    """The config in force for a language."""

    config: LanguageConfig
    sources: dict[str, str]
    """Where each key's value comes from: 'default', a file, 'fallback: LABEL (FILE)', 'rules', or why it is
    off."""
    proxy: str | None
    """The label that lends thresholds to one without a shipped config; None where nothing is borrowed."""


class _Layer(NamedTuple):
    source: str
    values: Mapping[str, Any]


class LanguageConfigs:
    """The configs of all languages: the shipped ones, under the user's folders, under the run's rules.

    A file is read when its language is first asked for; `check` reads all of the user's at once.

    Args:
        folders: folders of `<label>.yml` files, in polysift's keys or FineWeb2's; later ones win.
        overrides: thresholds that win in every language.
        presets: 'polysift' or 'fineweb2': which shipped files; the second are as published, the first differ from
            them where Unicode words differ from the words that the recipe fitted its thresholds with.
        without: labels whose shipped files are left aside.

    Raises:
        PolysiftError: for a folder that does not exist, file names that are no labels, impossible overrides.

    >>> configs = LanguageConfigs(overrides={"newline_word_ratio_max": None})
    >>> config, sources, proxy = configs.resolve("por_Latn")
    >>> config.mean_word_length_max, sources["mean_word_length_max"]
    (13.0, 'configs/languages/por_Latn.yml')
    >>> config.newline_word_ratio_max, sources["newline_word_ratio_max"]
    (None, 'rules')
    """

    def __init__(
        self,
        folders: Sequence[str | os.PathLike[str]] = (),
        overrides: Mapping[str, float | None] | None = None,
        presets: str = "polysift",
        without: Iterable[str] = (),
    ) -> None:
        aside = frozenset(without)
        self._shipped = {label: name for label, name in shipped_files(presets).items() if label not in aside}
        self._roots = [Path(folder) for folder in folders]
        self._folders = [_user_files(Path(folder)) for folder in folders]
        values, problems = validated(overrides or {}, {})
        if problems:
            raise PolysiftError("\n".join(f"rules: {problem}" for problem in problems))
        self._overrides = _Layer("rules", values)
        self._resolved: dict[str, Resolved] = {}
        self._labels = sorted({*self._shipped, *(label for folder in self._folders for label in folder)})

    def labels(self) -> list[str]:
        """The labels that have a file, shipped or the user's, sorted."""
        return self._labels

    def check(self) -> None:
        """Reads every file of the user's folders, and raises a PolysiftError with all errors of all files."""
        problems = []
        for path in (path for folder in self._folders for path in folder.values()):
            try:
                read_language_file(path)
            except PolysiftError as error:
                problems.append(str(error))
        if problems:
            raise PolysiftError("\n".join(problems))

    def resolve(self, label: str) -> Resolved:
        """The config of a canonical label, with the source of every value.

        A label without a shipped config borrows the thresholds of its own language in another script, else of
        its closest relative in the same script, else the defaults. Stop words are never borrowed: those of
        another script cannot occur, those of another language need not, and the rule would then remove every
        document. A language without stop words goes without that rule instead.

        Raises:
            PolysiftError: for files with errors, and for files that contradict each other.

        >>> LanguageConfigs().resolve("nno_Cyrl").proxy
        'nno_Latn'
        >>> LanguageConfigs().resolve("und_Zyyy").sources["stop_word_count_min"]
        'off: no stop words of und_Zyyy are known'
        """
        if label not in self._resolved:
            self._resolved[label] = self._merge(label)
        return self._resolved[label]

    def _merge(self, label: str) -> Resolved:
        own, proxy = list(self._file_layers(label)), None
        base = [_Layer("default", LanguageConfig().model_dump())]
        if label not in self._shipped:
            proxy = self._proxy(label)
            base += [_lent(layer, proxy) for layer in self._file_layers(proxy)] if proxy else []
            base.append(
                _Layer(f"none of {label} are known", {STOP_WORDS: (), CANDIDATES: (), PRECISION: None})
            )
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        for layer in (*base, *own, self._overrides):
            values.update(layer.values)
            sources.update(dict.fromkeys(layer.values, layer.source))
            if STOP_WORDS in layer.values and not {*values[STOP_WORDS]} <= {*values[CANDIDATES]}:
                values[CANDIDATES], sources[CANDIDATES] = (
                    (),
                    layer.source,
                )  # others chosen: they are their own
        if not values[STOP_WORDS]:
            values[STOP_WORD_COUNT] = None
            sources[STOP_WORD_COUNT] = f"off: no stop words of {label} are known"
        if values[PRECISION] is not None and self.precision_list(label) is None:
            values[PRECISION], sources[PRECISION] = None, f"off: no word list of {label} is known"
        borrowed = any(source.startswith("fallback") for source in sources.values())
        return Resolved(_checked(label, values, sources), sources, proxy if borrowed else None)

    def precision_list(self, label: str) -> PrecisionList | None:
        """The words and URL terms that show a language: the last user folder's that has them, else the shipped ones."""
        for folder in reversed(self._roots):
            if found := user_list(folder, label):
                return found
        return shipped_list(label)

    def proxy_of(self, label: str) -> tuple[str, LanguageConfig, bool]:
        """What stands in for a language with little text: the median thresholds of its nearest relatives.

        Relatives are of the same script, and of the same macro-language or family, at most `RELATIVES` of them; else
        the same language in another script; else the defaults. A threshold is off where it is in most of them.

        Returns:
            whose they are, in a phrase; a config without stop words; and whether they are of relatives.

        >>> LanguageConfigs().proxy_of("nno_Latn")[0]
        '15 relatives (nob_Latn, deu_Latn, ...)'
        """
        near = self.lenders(label)
        configs = [self.resolve(name).config for name in near] or [LanguageConfig()]
        bare: dict[str, Any] = {
            key: _median([getattr(config, key) for config in configs]) for key in THRESHOLDS
        }
        bare |= {STOP_WORDS: (), CANDIDATES: (), STOP_WORD_COUNT: None, PRECISION: None}
        return _named(near), LanguageConfig().model_copy(update=bare), bool(near)

    def lenders(self, label: str) -> list[str]:
        """The labels that `proxy_of` takes the median of; none where the defaults stand in.

        >>> LanguageConfigs().lenders("nno_Latn")[:2]
        ['nob_Latn', 'deu_Latn']
        """
        known = {*self.labels()} - {label}
        near = [name for name in relatives(label) if name in known][:RELATIVES]
        return near or [name for name in same_language(label) if name in known][:1]

    def _file_layers(self, label: str) -> Iterator[_Layer]:
        if label in self._shipped:
            yield _Layer(self._shipped[label], _shipped_values(self._shipped[label]))
        for folder in self._folders:
            if label in folder:
                yield _Layer(str(folder[label]), read_language_file(folder[label]))

    def _proxy(self, label: str) -> str | None:
        known = {*self._labels} - {label}
        return next((near for near in (*same_language(label), *relatives(label)) if near in known), None)


@cache
def shipped_files(presets: str = "polysift") -> Mapping[str, str]:
    """The shipped config files by label, as `configs/languages/por_Latn.yml`."""
    folders = ("languages",) if presets == "polysift" else ("languages", presets)
    return {
        file.name.removesuffix(".yml"): f"configs/{folder}/{file.name}"
        for folder in folders
        for file in files("polysift.configs").joinpath(folder).iterdir()
        if file.name.endswith(".yml")
    }


@cache
def _shipped_values(name: str) -> Mapping[str, Any]:
    return read_language_file(files("polysift.configs").joinpath(name.removeprefix("configs/")))


def _median(values: list[float | None]) -> float | None:
    """The median of the thresholds that are on; None where most are off."""
    numbers = sorted(value for value in values if value is not None)
    if 2 * len(numbers) <= len(values):
        return None
    middle = statistics.median(numbers)
    return int(middle) if all(isinstance(number, int) for number in numbers) else middle


def _named(labels: list[str]) -> str:
    if len(labels) < 2:
        return labels[0] if labels else "the defaults"
    return f"{len(labels)} relatives ({', '.join(labels[:2])}{', ...' if len(labels) > 2 else ''})"


def _user_files(folder: Path) -> dict[str, Path]:
    """The files of a user's folder by the canonical label that their name stands for."""
    if not folder.is_dir():
        raise PolysiftError(f"languages.configs: {folder} is no folder; give a folder of <label>.yml files")
    found: dict[str, Path] = {}
    problems = []
    for path in sorted(folder.glob("*.yml")):
        try:
            label = canonical(path.stem)
        except PolysiftError as error:
            problems.append(f"{path}: {error}")
            continue
        if label in found:
            problems.append(f"{path}: stands for {label}, as {found[label].name} does; keep one of the two")
        found[label] = path
    if problems:
        raise PolysiftError("\n".join(problems))
    return found


def _lent(layer: _Layer, proxy: str | None) -> _Layer:
    own = (STOP_WORDS, CANDIDATES, PRECISION)
    values = {key: value for key, value in layer.values.items() if key not in own}
    return _Layer(f"fallback: {proxy} ({layer.source})", values)


def _checked(label: str, values: Mapping[str, Any], sources: Mapping[str, str]) -> LanguageConfig:
    """The merged config; files that are sound one by one may still put a minimum above a maximum together."""
    checked, problems = validated(values, {})
    if problems:
        places = ", ".join(dict.fromkeys(sources[problem.split(":")[0]] for problem in problems))
        raise PolysiftError("\n".join(f"{label}: {problem} (from {places})" for problem in problems))
    return LanguageConfig(**checked)
