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
from ...filters.tune import CORPORA
from ...langid.errors import PolysiftError
from ...langid.languages import languages
from ..show import excerpt, value
from ..units import plural
from .annotated import Annotated, Columns
from .charts import COLORS, chart, sample_line
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
:root { color-scheme: light }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem 1.5rem; color: #1b1b1b;
  background: #fff }
h1 { margin-bottom: 0 } h2 { border-top: 1px solid #ddd; margin: 1.6rem 0 0; padding-top: 1.2rem; font-size: 1.15rem }
table { border-collapse: collapse; margin: .6rem 0 } td, th { padding: .15rem .9rem .15rem 0; text-align: right }
td:first-child, th:first-child { text-align: left } th { font-weight: 600; border-bottom: 1px solid #999 }
td.left, th.left { text-align: left } th { vertical-align: bottom } td { font-variant-numeric: tabular-nums }
tr.chosen { font-weight: 700 } tr.chosen td { border-bottom: 1px solid #ddd }
.source, .meta { color: #555 } .source { margin: .3rem 0 .6rem } .note { color: #a33; margin: .3rem 0 }
.overview tr:hover { background: #f6f6f4 } .overview a { color: inherit }
.figure { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: flex-start } .chart { min-height: 15rem }
.samples { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem }
.samples h3 { font-size: .95rem; margin: .3rem 0 }
.meta code { font-size: .8rem; overflow-wrap: anywhere } .meta b { color: #1b1b1b }
.text { background: #f6f6f4; border-radius: 4px; padding: .5rem .7rem; margin: .1rem 0 .7rem; overflow-wrap: anywhere }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .35em }
.words { font-size: 1.05rem; word-spacing: .35em } .words b { border-bottom: 2px solid #f58518 }
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
            f"<h1>{escape(title)}</h1>\n{_summary(tuned)}\n{_overview(tuned, config)}\n{_words(tuned)}\n",
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
    parts = [f"{name}: {plural(count, 'document')}" for name, count in tuned.documents.items()]
    parts += [] if tuned.contamination is None else [f"contamination {tuned.contamination:.1%}"]
    notes = "".join(f'<p class="note">{escape(text)}</p>' for text in (*tuned.small, *tuned.warnings))
    return f'<p class="meta">{" · ".join(parts)}</p>{notes}'


def _overview(tuned: Tuned, config: LanguageConfig) -> str:
    """Every threshold, fitted and before, with the share it removes; each links to its section."""
    head = "<tr><th>threshold</th><th>fitted</th><th>before</th>{}<th class=left>fitted by</th></tr>".format(
        "".join(f"<th>removes of {name}</th>" for name in CORPORA)
    )
    return f'<table class="overview">{head}{"".join(_overview_row(rule, tuned, config) for rule in SHOWN)}</table>'


def _overview_row(rule: Rule, tuned: Tuned, config: LanguageConfig) -> str:
    name, before = rule.threshold, value(getattr(config, rule.threshold))
    fitted = tuned.fitted.get(name)
    now, how, shares = before, "not fitted", ["" for _ in CORPORA]
    if fitted is not None:
        now = value(fitted.value)
        how = f"{fitted.method}, {fitted.corpus}" + (f", {fitted.weight:.0%}" if fitted.weight < 1 else "")
        shares = [f"{fitted.removed[of]:.1%}" if of in fitted.removed else "" for of in CORPORA]
    cells = "".join(f"<td>{cell}</td>" for cell in (now, before, *shares))
    return f'<tr><td><a href="#{name}">{name}</a></td>{cells}<td class=left>{escape(how)}</td></tr>'


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
    found = {name: of for name, of in found.items() if of.documents and _told(rule, texts[name])}
    before = getattr(config, rule.threshold)
    fitted = tuned.fitted.get(rule.threshold)
    limit = fitted.value if fitted else before
    source = fitted.source if fitted else "the same in every language"
    head = (
        f'<section id="{rule.threshold}"><h2>{rule.threshold}: {value(limit)}</h2>'
        f'<p class="source">{escape(source)}</p>'
    )
    if not found:
        return f"{head}<p>no document has this measure</p></section>\n"
    thresholds = {"in force": limit}
    if fitted:
        thresholds = {"fitted": limit, "before": before, **fitted.by_method}
    charts.append(chart(found, thresholds, rule.threshold.removesuffix(f"_{rule.bound}").replace("_", " ")))
    place = f'<div id="chart{len(charts) - 1}" class="chart"></div>'
    figure = f'<div class="figure">{place}{_table(rule, thresholds, found)}</div>'
    return f"{head}{figure}{_samples(rule, limit, tuned.label, texts)}</section>\n"


def _told(rule: Rule, text: Text) -> bool:
    """Whether a corpus has the measure of its own: the score of a label that a column gives is always 1."""
    return (
        rule is not SCORE_RULE
        or text.of.run.config.language_id.column is None
        or bool(text.of.run.config.language_id.score_column)
    )


def _values(rule: Rule, columns: Columns) -> NDArray[np.float64]:
    """The measure, or the score: shape (documents,)."""
    return np.asarray(columns[SCORE_COLUMN]) if rule is SCORE_RULE else measured(rule, columns)


def _table(rule: Rule, thresholds: Mapping[str, float | None], found: Mapping[str, Distribution]) -> str:
    """The thresholds with the lines that the chart has for them, and what each removes of either corpus."""
    corpora = "".join(
        f'<th>removes of<br><span class="swatch" style="background:{COLORS[name]}"></span>{name}</th>'
        for name in found
    )
    rows = [
        f"<tr{' class=chosen' if not place else ''}><td>{sample_line(place)}</td><td class=left>{escape(name)}</td>"
        f"<td>{value(limit)}</td>"
        + "".join(f"<td>{of.removed(limit, rule.bound):.2%}</td>" for of in found.values())
        + "</tr>"
        for place, (name, limit) in enumerate(thresholds.items())
    ]
    head = f"<tr><th></th><th class=left>method</th><th>threshold</th>{corpora}</tr>"
    return f"<table>{head}{''.join(rows)}</table>"


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
        yield f'<div class="meta"><b>{value(float(values[row]))}</b> <code>{escape(id)}</code></div>'
        yield f'<div class="text" {_language(label)}>{escape(excerpt(text, EXCERPT))}</div>'


def _language(label: str) -> str:
    """Attributes of an element with text of the language: its direction and tag."""
    direction = "rtl" if label[4:] in RIGHT_TO_LEFT else "ltr"
    return f'dir="{direction}" lang="{label[:3]}-{label[4:]}"'
