"""English distributions of every tunable measure, which the methods compare a language with.

Quantiles, means and deviations of English documents, in `data/english.json`; figures only, no text. They stand in
where a run has little English of its own. Made by `tools/make_english_reference.py`, which names the documents.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from .distributions import Distribution, Distributions, sketch

DIGITS = 6


@cache
def shipped_english() -> Mapping[str, Distributions]:
    """'reference' and 'crawl' to the distribution of each tunable measure.

    >>> shipped_english()["reference"]["mean_word_length_max"].mean > 3
    True
    """
    content = json.loads(files("polysift.filters").joinpath("data/english.json").read_text(encoding="utf-8"))
    return {
        corpus: {key: Distribution(np.array(found["values"]), *(found[name] for name in Distribution._fields[1:]))
                 for key, found in content[corpus].items()}
        for corpus in ("reference", "crawl")
    }  # fmt: skip


def as_json(found: Distributions) -> dict[str, Any]:
    """Sketches of distributions as JSON values, numbers rounded to 6 digits."""

    def plain(value: Distribution) -> dict[str, Any]:
        small = sketch(value)
        return {
            "values": [_rounded(number) for number in small.values.tolist()],
            "documents": small.documents,
            "mean": _rounded(small.mean),
            "std": _rounded(small.std),
        }

    return {key: plain(value) for key, value in found.items()}


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
