"""Thresholds that a run finds in its own documents: `language_score: auto`, and labels without a config file.

Both are fitted inside the stages, from the narrow columns of one language (filters/tune.py); the manifest of
`decide` records each value with where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from ..filters.english import shipped_english
from ..filters.language_config import LanguageConfig, Resolved
from ..filters.measures import MEASURES
from ..filters.rules import LANGUAGE_SCORE
from ..filters.tune import Fitted, Proxy, distributions, fit, fit_score, proxy_for
from ..langid.labels import canonical, is_noise
from . import corpus
from .corpus import Parts
from .settings import language_configs
from .stage import Run

AUTO = "auto"

Columns = Mapping[str, NDArray[Any]]


def adapts(run: Run, label: str) -> bool:
    """Whether a label's thresholds are fitted on the run's own text: it has no config file, and is a language."""
    known = label in language_configs(run).labels()
    return run.config.languages.adapt and not known and not is_noise(label)


def scores_itself(run: Run, label: str) -> bool:
    """Whether a label's language_score_min comes from the run's own scores."""
    automatic = run.config.language_id.automatic
    given = run.config.language_id.threshold is not None or LANGUAGE_SCORE in run.config.rules
    return automatic or (adapts(run, label) and not given)


def score_min(run: Run, label: str, parts: Parts) -> float | None:
    """The language_score_min in force for a label."""
    if not scores_itself(run, label):
        return language_configs(run).resolve(label).config.language_score_min
    scores = corpus.read(run.work, parts, ["language_score"]).column("language_score").to_numpy()
    return fit_score(scores, _proxy(run, label)).value


def ahead_of_decide(run: Run, label: str, parts: Parts, rules: bool = True) -> LanguageConfig:
    """The config that `decide` will find for a label, for stages before it; without `rules` its least score alone."""
    return run.once(f"config of {label} {rules}", lambda: _ahead_of_decide(run, label, parts, rules))


def _ahead_of_decide(run: Run, label: str, parts: Parts, rules: bool) -> LanguageConfig:
    if rules and adapts(run, label):
        return adapted(run, label, corpus.numbers(run.work, parts, ["language_score", *MEASURES])).config
    base = language_configs(run).resolve(label).config
    return base.model_copy(update={"language_score_min": score_min(run, label, parts)})


def adapted(run: Run, label: str, columns: Columns) -> Resolved:
    """The config in force for a label, with what its own documents give in place of what is not known.

    Args:
        run: the run.
        label: a language that the run wants.
        columns: `language_score` and every measure: arrays of shape (documents,).

    A threshold that the run's `rules` set stays theirs.
    """
    base = language_configs(run).resolve(label)
    found: list[Fitted] = []
    least = base.config.language_score_min
    if scores_itself(run, label):
        found.append(fit_score(columns["language_score"], _proxy(run, label)))
        least = found[0].value
    if adapts(run, label):
        passing = columns["language_score"] >= (least or 0.0)
        own = {name: values[passing] for name, values in columns.items()}
        if passing.any():
            fitted = fit(label, {"crawl": distributions(own)}, shipped_english(), _proxy(run, label))
            found += [value for key, value in fitted.items() if key not in run.config.rules]
    return _with(base, found)


def fingerprint(run: Run, label: str) -> dict[str, Any]:
    """What of the config the adapted thresholds of a label depend on, beside its config and documents."""
    if not (adapts(run, label) or scores_itself(run, label)):
        return {}
    name, config, _ = _proxy(run, label)
    return {
        "languages.adapt": adapts(run, label),
        "language_id.threshold": AUTO if scores_itself(run, label) else None,
        "thresholds of": name,
        **{f"{name}: {key}": value for key, value in config.model_dump(mode="json").items()},
    }


def recorded(resolved: Resolved, base: Resolved) -> dict[str, Any]:
    """For the manifest: the values that differ in origin from the config's own, each with its source."""
    return {
        key: {"value": getattr(resolved.config, key), "source": source}
        for key, source in resolved.sources.items()
        if source != base.sources[key]
    }


def in_force(base: Resolved, adapted: Mapping[str, Any]) -> Resolved:
    """The config that `decide` used, from a label's config and what its manifest records."""
    values = {key: entry["value"] for key, entry in adapted.items()}
    sources = {**base.sources, **{key: entry["source"] for key, entry in adapted.items()}}
    return Resolved(base.config.model_copy(update=values), sources, base.proxy)


def decided_thresholds(run: Run, label: str) -> dict[str, Any]:
    """What the run's last `decide` recorded of a label's thresholds; nothing where it has not decided yet."""
    manifest = run.work.read_json(f"decide/{canonical(label)}.json") or {}
    return dict(manifest.get("thresholds", {}))


def _proxy(run: Run, label: str) -> Proxy:
    return proxy_for(language_configs(run), label)


def _with(base: Resolved, found: list[Fitted]) -> Resolved:
    values = {fitted.key: fitted.value for fitted in found}
    config = LanguageConfig.model_validate({**base.config.model_dump(), **_ordered(values)})
    return Resolved(
        config, {**base.sources, **{fitted.key: f"auto: {fitted.source}" for fitted in found}}, base.proxy
    )


def _ordered(values: dict[str, float | None]) -> dict[str, float | None]:
    """Word lengths with the maximum not below the minimum, as may happen where most words have one length."""
    least, most = (values.get(f"mean_word_length_{bound}") for bound in ("min", "max"))
    if least is not None and most is not None and most < least:
        return {**values, "mean_word_length_max": least}
    return values
