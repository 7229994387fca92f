"""One self-contained HTML page per language: every measure's distribution, thresholds, and documents beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...filters.distributions import Distribution, distribution
from ...filters.language_config import LanguageConfigs
from ...filters.rules import LANGUAGE_SCORE, LIST_WORDS, RULES, STOP_WORD_MASK, Rule, measured
from ...filters.thresholds import LanguageConfig
from ...langid.errors import PolysiftError
from ...langid.languages import languages
from ..show import excerpt, value
from .annotated import Annotated, Columns
from .charts import chart
from .fit import Tuned

SAMPLES = 3
EXCERPT = 320
RIGHT_TO_LEFT = ("Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg", "Mand", "Samr")

SCORE_COLUMN = "language_score"
SCORE_RULE = Rule(LANGUAGE_SCORE, LANGUAGE_SCORE, None, "min", "language_score")
SHOWN: tuple[Rule, ...] = (
    SCORE_RULE,
    *(rule for rule in RULES if rule.numerator not in (STOP_WORD_MASK, LIST_WORDS)),
)

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem 1.5rem; color: #1b1b1b }
h1 { margin-bottom: 0 } h2 { border-top: 1px solid #ddd; padding-top: 1.2rem; font-size: 1.15rem }
table { border-collapse: collapse; margin: .6rem 0 } td, th { padding: .15rem .8rem .15rem 0; text-align: right }
td:first-child, th:first-child { text-align: left } th { font-weight: 600; border-bottom: 1px solid #999 }
tr.chosen { font-weight: 700 } .source, .meta { color: #555 } .note { color: #a33 }
.samples { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem } .samples h3 { font-size: .95rem; margin: .3rem 0 }
.text { background: #f6f6f4; padding: .4rem .6rem; margin: .1rem 0 .6rem; overflow-wrap: anywhere }
nav a { margin-right: .9rem; white-space: nowrap } .words { font-size: 1.05rem }
"""


class Text(NamedTuple):
    """A corpus of the language as the page needs it."""

    of: Annotated
    columns: Columns


def write_page(
    folder: Path, tuned: Tuned, reference: Annotated | None, crawl: Annotated, configs: LanguageConfigs
) -> Path:
    """Writes `<label>.html`, which needs no network, and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{tuned.label}.html"
    path.write_text(page(tuned, reference, crawl, configs), encoding="utf-8", newline="\n")
    return path


def page(tuned: Tuned, reference: Annotated | None, crawl: Annotated, configs: LanguageConfigs) -> str:
    """The page of a tuned language."""
    corpora = {"reference": reference, "crawl": crawl}
    texts = {
        name: Text(of, of.columns(tuned.label))
        for name, of in corpora.items()
        if of is not None and tuned.label in of.languages
    }
    config = configs.resolve(tuned.label).config
    charts: list[dict[str, Any]] = []
    sections = [_section(rule, tuned, texts, config, charts) for rule in SHOWN]
    known = languages().get(tuned.label)
    title = f"{tuned.label} {known.name if known else ''}".strip()
    return "".join(
        [
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            f"<style>{STYLE}</style></head><body>\n",
            f"<h1>{escape(title)}</h1>\n{_summary(tuned)}\n{_navigation()}\n{_words(tuned)}\n",
            *sections,
            f'<script type="module">\n{_vega()}\nconst charts = {_json(charts)};\n'
            "const options = {mode: 'vega-lite', renderer: 'svg', actions: false};\n"
            "charts.forEach((spec, i) => window.vegaEmbed(`#chart${i}`, spec, options));\n"
            "</script>\n</body></html>\n",
        ]
    )


@cache
def _vega() -> str:
    """Vega, Vega-Lite and vega-embed as one module of JavaScript."""
    try:
        from vl_convert import javascript_bundle
    except ImportError:
        raise PolysiftError("tune --report needs vl-convert-python: pip install 'polysift[report]'") from None
    return str(javascript_bundle()).replace("</script", "<\\/script")


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def _summary(tuned: Tuned) -> str:
    counts = ", ".join(f"{count:,} documents of the {name}" for name, count in tuned.documents.items())
    notes = "".join(f'<p class="note">{escape(warning)}</p>' for warning in (*tuned.small, *tuned.warnings))
    dirty = "" if tuned.contamination is None else f"; contamination {tuned.contamination:.1%}"
    return f'<p class="meta">{counts}{dirty}</p>{notes}'


def _navigation() -> str:
    return (
        "<nav>" + " ".join(f'<a href="#{rule.threshold}">{rule.threshold}</a>' for rule in SHOWN) + "</nav>"
    )


def _words(tuned: Tuned) -> str:
    if tuned.stop_words is None:
        return ""
    chosen = {*tuned.stop_words.chosen}
    shown = " ".join(
        f"<b>{escape(word)}</b>" if word in chosen else escape(word) for word in tuned.stop_words.candidates
    )
    return (
        f'<h2>stop_words</h2><p class="source">candidates by document frequency, the chosen ones bold</p>'
        f'<p class="words" {_language(tuned.label)}>{shown}</p>'
    )


def _section(
    rule: Rule, tuned: Tuned, texts: Mapping[str, Text], config: LanguageConfig, charts: list[dict[str, Any]]
) -> str:
    found = {name: distribution(_values(rule, text.columns)) for name, text in texts.items()}
    found = {name: of for name, of in found.items() if of.documents}
    fitted = tuned.fitted.get(rule.threshold)
    limit = fitted.value if fitted else getattr(config, rule.threshold)
    source = fitted.source if fitted else "the same in every language"
    head = f'<h2 id="{rule.threshold}">{rule.threshold}: {value(limit)}</h2><p class="source">{escape(source)}</p>'
    if not found:
        return f"{head}<p>no document has this measure</p>\n"
    thresholds = {"in force": limit, **(fitted.by_method if fitted else {})}
    charts.append(chart(found, thresholds, rule.threshold.removesuffix(f"_{rule.bound}").replace("_", " ")))
    place = f'<div id="chart{len(charts) - 1}" class="chart"></div>'
    return f"{head}{place}{_table(rule, thresholds, found)}{_samples(rule, limit, tuned.label, texts)}\n"


def _values(rule: Rule, columns: Columns) -> NDArray[np.float64]:
    """The measure, or the score: shape (documents,)."""
    return np.asarray(columns[SCORE_COLUMN]) if rule is SCORE_RULE else measured(rule, columns)


def _table(rule: Rule, thresholds: Mapping[str, float | None], found: Mapping[str, Distribution]) -> str:
    head = "".join(
        f"<th>{escape(cell)}</th>" for cell in ("method", "threshold", *(f"removes of {n}" for n in found))
    )
    rows = [
        f"<tr{' class=chosen' if name == 'in force' else ''}><td>{escape(name)}</td><td>{value(limit)}</td>"
        + "".join(f"<td>{of.removed(limit, rule.bound):.2%}</td>" for of in found.values())
        + "</tr>"
        for name, limit in thresholds.items()
    ]
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _samples(rule: Rule, limit: float | None, label: str, texts: Mapping[str, Text]) -> str:
    """Documents of the crawl (or of the reference alone) nearest to the threshold on both sides."""
    if limit is None:
        return ""
    text = texts.get("crawl") or next(iter(texts.values()))
    values = _values(rule, text.columns)
    sides = nearest(values, limit, rule.bound)
    titles = ("just removed", "just kept")
    blocks = [
        f"<div><h3>{title}</h3>{''.join(_document(text.of, label, rows, values))}</div>"
        for title, rows in zip(titles, sides, strict=True)
    ]
    return f'<div class="samples">{"".join(blocks)}</div>'


def nearest(
    values: NDArray[np.float64], limit: float, bound: str, most: int = SAMPLES
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The documents nearest to a threshold among those it removes, and among those it keeps; numbers, nearest first.

    >>> [rows.tolist() for rows in nearest(np.array([0.1, 0.5, 0.3, 0.2, np.nan]), 0.3, "max", 2)]
    [[1], [2, 3]]
    """
    removed = values > limit if bound == "max" else values < limit
    kept = ~removed & ~np.isnan(values)
    distance = np.abs(values - limit)

    def first(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        rows = np.flatnonzero(which)
        return rows[np.argsort(distance[rows], kind="stable")[:most]]

    return first(removed), first(kept)


def _document(
    of: Annotated, label: str, rows: NDArray[np.int64], values: NDArray[np.float64]
) -> Iterator[str]:
    if not len(rows):
        yield "<p>none</p>"
        return
    ids, texts = (of.values(label, name, rows) for name in ("id", "text"))
    for row, id, text in zip(rows.tolist(), ids, texts, strict=True):
        yield f'<div class="meta">{values[row]:.4g} · {escape(id)}</div>'
        yield f'<div class="text" {_language(label)}>{escape(excerpt(text, EXCERPT))}</div>'


def _language(label: str) -> str:
    """Attributes of an element with text of the language: its direction and tag."""
    direction = "rtl" if label[4:] in RIGHT_TO_LEFT else "ltr"
    return f'dir="{direction}" lang="{label[:3]}-{label[4:]}"'
