"""A tuned language to `<label>.yml`: thresholds and stop words, with provenance; the same input, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from ...filters.language_files import PROVENANCE
from ...filters.precision import FOLDER
from ...filters.thresholds import KEYS, WORDS
from ...filters.tune import Fitted
from ..units import plural
from .annotated import Annotated
from .fit import Tuned

WIDTH = 110
LONGEST = 1_000  # of a line of provenance: a value's source stays on one line


def provenance(tuned: Tuned, reference: Annotated | None, crawl: Annotated) -> dict[str, Any]:
    """Where a config comes from: method, corpora, documents, date, versions, and the source of each value."""
    corpora = {"reference": reference, "crawl": crawl}
    found: dict[str, Any] = {
        "method": "polysift tune",
        **{
            name: _corpus(of, tuned.documents[name])
            for name, of in corpora.items()
            if of and name in tuned.documents
        },
        "date": max(of.date() for of in corpora.values() if of),
        "versions": {"polysift": version("polysift"), **_settings(crawl)},
    }
    leaning = any(fitted.proxy for fitted in tuned.fitted.values())
    if leaning and tuned.relatives:
        found["relatives"] = ", ".join(tuned.relatives)
    found["values"] = {key: _source(fitted, tuned) for key, fitted in tuned.fitted.items()}
    if tuned.stop_words is not None:
        words = tuned.stop_words
        left = f", {words.left_out:,} foreign ones left out" if words.left_out else ""
        found["values"]["stop_words"] = f"by document frequency in {plural(words.documents, 'page')}{left}"
    if tuned.contamination is not None:
        found["values"]["precision"] = f"contamination {tuned.contamination:.4f} at affinity 0.85"
    if warnings := [*tuned.small, *tuned.warnings]:
        found["warnings"] = warnings
    return found


def _source(fitted: Fitted, tuned: Tuned) -> str:
    """Where a value comes from; the relatives are listed once for all values."""
    source = fitted.source.replace(tuned.proxy, "the relatives") if tuned.relatives else fitted.source
    shares = ", ".join(f"{share:.1%} of the {corpus}" for corpus, share in fitted.removed.items())
    return f"{source}; removes {shares}" if shares else source


def _corpus(of: Annotated, documents: int) -> dict[str, Any]:
    paths = list(of.run.config.input.path)
    return {"input": paths[0] if len(paths) == 1 else paths, "documents": documents}


def _settings(of: Annotated) -> dict[str, Any]:
    settings = of.settings()
    return {"words": settings["words"], "language_id": settings["language_id.model"].rpartition("/")[2]}


def language_file(source: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """The content of `<label>.yml`: provenance, then the keys in the model's order, letters unescaped."""
    thresholds = {key: _plain(values[key]) for key in KEYS if key in values and key not in WORDS}
    words = {key: list(values[key]) for key in WORDS if values.get(key)}
    blocks = [
        dump({PROVENANCE: dict(source)}, flow=False, width=LONGEST),
        dump(thresholds, flow=False) if thresholds else "",
    ]
    return "".join([*blocks, dump(words, flow=None) if words else ""])


def dump(content: Mapping[str, Any], flow: bool | None, width: int = WIDTH) -> str:
    return yaml.safe_dump(content, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=width)


def _plain(value: Any) -> Any:
    """13.0 as 13."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def write(folder: Path, tuned: Tuned, reference: Annotated | None, crawl: Annotated) -> list[Path]:
    """Writes a language's files into a folder of configs and returns them."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {f"{tuned.label}.yml": language_file(provenance(tuned, reference, crawl), tuned.values())}
    if tuned.precision is not None:
        lists = {
            "words": tuned.precision.words,
            "urls": tuned.precision.url_terms,
            "words-0.95": tuned.certain_words,
        }
        contents |= {f"{FOLDER}/{tuned.label}.{kind}.txt": _lines(words) for kind, words in lists.items()}
        (folder / FOLDER).mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
    return [folder / name for name in contents]


def _lines(words: tuple[str, ...]) -> str:
    return "".join(f"{word}\n" for word in words)
