"""What automatic configs keep of languages whose files are taken away, against what the presets keep.

    python benchmarks/adapt.py RUN.yml [--languages 30]

RUN.yml is a run whose annotate is done. Takes languages spread over scripts and families, each with at least 100
documents and a shipped file; removes all their files at once, so that none lends to another; fits each on its own
documents as `decide` does (pipeline/adapt.py); and decides the documents that pass the language score under both.
Prints a table: documents, shares kept, the share of documents with the same outcome, and the sums.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from polysift.filters.english import shipped_english
from polysift.filters.language_config import LanguageConfigs
from polysift.filters.rules import first_reason
from polysift.filters.tune import distributions, fit, fit_score, proxy_for
from polysift.langid.languages import languages
from polysift.pipeline.tune.annotated import Annotated

LEAST = 100
HEAD = ("language", "documents", "preset keeps", "automatic keeps", "same outcome", "proxy")


def chosen(run: Annotated, count: int) -> list[str]:
    """Languages with enough documents, in turn from each script and family, so that no group has the most."""
    shipped = {*LanguageConfigs().labels()}
    groups: dict[tuple[str, str], list[str]] = {}
    for label in sorted(run.languages, key=lambda of: -run.documents(of)):
        if run.documents(label) >= LEAST and label in shipped and label != "eng_Latn" and label[:3] != "und":
            groups.setdefault((label[4:], languages()[label].family), []).append(label)
    taken = [group[turn] for turn in range(50) for group in groups.values() if turn < len(group)]
    return sorted(taken[:count])


def compare(run: Annotated, label: str, presets: LanguageConfigs, without: LanguageConfigs) -> dict[str, Any]:
    """Outcomes of the documents that pass the score, without the stop-word rule, which needs candidates."""
    columns = run.columns(label)
    proxy = proxy_for(without, label)
    least = fit_score(columns["language_score"], proxy).value or 0.0
    passing = columns["language_score"] >= least
    own = {name: values[passing] for name, values in columns.items()}
    fitted = fit(label, {"crawl": distributions(own)}, shipped_english(), proxy)
    base = without.resolve(label).config
    automatic = base.model_copy(update={key: found.value for key, found in fitted.items()})
    off = {"stop_word_count_min": None, "precision": None}
    kept = [
        first_reason(own, config.model_copy(update=off)) < 0
        for config in (presets.resolve(label).config, automatic)
    ]
    return {"documents": int(passing.sum()), "preset": kept[0], "automatic": kept[1], "proxy": proxy.name}


def main(path: str, count: int) -> None:
    run = Annotated.open(path)
    labels = chosen(run, count)
    presets, without = LanguageConfigs(), LanguageConfigs(without=labels)
    print(" | ".join(("", *HEAD, "")).strip())
    print("|---|" + "---:|" * (len(HEAD) - 2) + "---|")
    rows = []
    for label in labels:
        found = compare(run, label, presets, without)
        one, two = found["preset"], found["automatic"]
        rows.append((one.mean(), two.mean(), (one == two).mean()))
        shares = " | ".join(f"{share:.1%}" for share in rows[-1])
        print(f"| {label} | {found['documents']:,} | {shares} | {found['proxy']} |")
    means, median = np.mean(rows, axis=0), np.median(rows, axis=0)
    print(f"| mean | | {means[0]:.1%} | {means[1]:.1%} | {means[2]:.1%} | |")
    print(f"| median | | {median[0]:.1%} | {median[1]:.1%} | {median[2]:.1%} | |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run")
    parser.add_argument("--languages", type=int, default=30)
    given = parser.parse_args()
    main(given.run, given.languages)
