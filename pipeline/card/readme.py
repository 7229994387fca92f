"""README.md: front matter that makes `datasets.load_dataset(FOLDER, LABEL)` work, and a table of languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from ...langid.labels import Label
from ...langid.languages import languages as known_languages
from ..config import Card
from ..funnel import Counts, totals
from ..units import most_first, size

SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"),
         (10**8, "10M<n<100M"), (10**9, "100M<n<1B"), (10**10, "1B<n<10B"))  # fmt: skip

THRESHOLDS_OF = 30
"""Languages whose found thresholds the card lists, those with the most documents."""


def render(card: Card, languages: Mapping[str, Counts], text_bytes: Mapping[str, int], removed: bool) -> str:
    """The whole card.

    Args:
        card: title, licence and description.
        languages: the funnel of each language.
        text_bytes: UTF-8 bytes of the kept text of each language, after formatting.
        removed: whether removed/ is part of the dataset.
    """
    total = totals(languages)
    parts = [
        f"---\n{_front_matter(card, languages, removed)}---\n",
        f"# {card.name}\n",
        *([f"{card.description}\n"] if card.description else []),
        f"{total['kept']:,} documents in {sum(c['kept'] > 0 for c in languages.values()):,} languages, "
        f"{size(sum(text_bytes.values()))} of text, curated from {total['documents']:,} with polysift.\n",
        _usage(languages, removed),
        "## Languages\n",
        _table(languages, text_bytes),
        "## What was removed, and why\n",
        _reasons(total),
        *_found_thresholds(languages),
        _columns(removed),
    ]
    return "\n".join(parts)


def _front_matter(card: Card, languages: Mapping[str, Counts], removed: bool) -> str:
    kept = [label for label, counts in languages.items() if counts["kept"]]
    configs = [_config(label, label, "data", languages[label]["test_documents"] > 0) for label in kept]
    if removed:
        dropped = [label for label, counts in languages.items() if counts["removed"]]
        configs += [_config(f"{label}_removed", label, "removed") for label in dropped]
    mixed = [label for label, counts in languages.items() if counts.get("rebalanced_documents")]
    configs += [_config(f"{label}_rebalanced", label, "rebalanced") for label in mixed]
    configs += [_config("rebalanced", "*", "rebalanced")] if mixed else []
    documents = sum(languages[label]["kept"] for label in kept)
    head: dict[str, Any] = {
        "pretty_name": card.name,
        "license": card.license,
        "language": sorted({Label.parse(label).code for label in kept}),
        "multilinguality": ["multilingual" if len(kept) > 1 else "monolingual"],
        "task_categories": ["text-generation"],
        "size_categories": [next((name for most, name in SIZES if documents < most), "n>10B")],
        "tags": ["polysift"],
        "configs": configs,
    }
    return yaml.safe_dump(
        {key: value for key, value in head.items() if value}, sort_keys=False, allow_unicode=True
    )


def _config(name: str, label: str, kind: str, test: bool = False) -> dict[str, Any]:
    splits = ("train", "test") if test else ("train",)
    return {
        "config_name": name,
        "data_files": [{"split": split, "path": f"{kind}/{label}/{split}-*.parquet"} for split in splits],
    }


def _usage(languages: Mapping[str, Counts], removed: bool) -> str:
    kept = {label: counts["kept"] for label, counts in languages.items() if counts["kept"]}
    dropped = {
        label: sum(counts["removed"].values()) for label, counts in languages.items() if counts["removed"]
    }
    lines = []
    if kept:
        lines.append(f'dataset = load_dataset("FOLDER", "{_most(kept)}")')
    if removed and dropped:
        lines.append(
            f'removed = load_dataset("FOLDER", "{_most(dropped)}_removed")  # with the reason of each removal'
        )
    return (
        "\n".join(["```python", "from datasets import load_dataset", "", *lines, "```", ""]) if lines else ""
    )


def _most(counts: Mapping[str, int]) -> str:
    return max(counts, key=lambda label: (counts[label], label))


def _table(languages: Mapping[str, Counts], text_bytes: Mapping[str, int]) -> str:
    names = known_languages()
    rows = ["| language | name | documents in | kept | duplicates | below language_score | removed by rules | text |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for label, counts in sorted(languages.items(), key=lambda item: (-item[1]["kept"], item[0])):
        removed = dict(counts["removed"])
        duplicates, score = removed.pop("duplicate", 0), removed.pop("language_score_min", 0)
        name = names[label].name if label in names else ""
        rows.append(
            f"| {label} | {name} | {counts['documents']:,} | {counts['kept']:,} | {duplicates:,} | {score:,} "
            f"| {sum(removed.values()):,} | {size(text_bytes.get(label, 0))} |"
        )
    return "\n".join([*rows, ""])


def _reasons(total: Counts) -> str:
    rows = ["| reason | documents |", "| --- | ---: |"]
    rows += [f"| `{reason}` | {count:,} |" for reason, count in most_first(total["removed"])]
    rows += [f"| quarantined: could not be read | {total['quarantined']:,} |"] if total["quarantined"] else []
    note = (
        "A reason is the name of the threshold that a document missed: thresholds differ from language to language. "
        "Each document has one reason, the first that applied.\n"
    )
    return "\n".join([note, *rows, ""])


def _found_thresholds(languages: Mapping[str, Counts]) -> list[str]:
    """The thresholds that the run has found itself, each with where it comes from; none: no section."""
    found = {label: of for label, counts in languages.items() if (of := counts.get("thresholds"))}
    if not found:
        return []
    order = sorted(found, key=lambda label: (-languages[label]["documents"], label))
    note = (
        f"{len(found):,} languages have thresholds that come from this run's own documents, or, where these are few, "
        "partly from other languages: they have no config, or the run asks for `auto`. "
        "`summary.json` has all of them.\n"
    )
    rows = ["| language | threshold | value | from |", "| --- | --- | ---: | --- |"]
    for label in order[:THRESHOLDS_OF]:
        for key, entry in found[label].items():
            shown = "off" if entry["value"] is None else f"{entry['value']:.4g}"
            rows.append(f"| {label} | `{key}` | {shown} | {entry['source'].removeprefix('auto: ')} |")
    more = [f"\nand {len(order) - THRESHOLDS_OF:,} more languages"] if len(order) > THRESHOLDS_OF else []
    return ["## Thresholds found in this run\n", note, "\n".join([*rows, *more, ""])]


def _columns(removed: bool) -> str:
    columns = {
        "text": "the document, after repair of its encoding and replacement of e-mail and public IP addresses",
        "id, url, date, dump, file_path": "where it comes from",
        "language, language_script": "ISO 639-3 code and ISO 15924 script",
        "language_score": "confidence of the language identification",
        "top_langs": "JSON: every language with a score above 0.01",
        "minhash_cluster_size": "how many near-duplicates the document stands for, itself included",
        "minhash_cluster_id": "number of its cluster, within the language unless duplicates were looked for over all",
        "upsample_weight": "how often to repeat the document in a training mix, by the size of its cluster",
    }
    if removed:
        columns |= {
            "reason (removed only)": "why the document was removed",
            "duplicate_of (removed only)": "id of the document kept in its place, perhaps of an earlier crawl",
            "similarity (removed only)": "Jaccard similarity of a duplicate to that document",
        }
    rows = [f"| `{name}` | {meaning} |" for name, meaning in columns.items()]
    return "\n".join(["## Columns\n", "| column | meaning |", "| --- | --- |", *rows, ""])
