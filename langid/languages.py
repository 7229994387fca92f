"""The language-scripts that FineWeb2 names: English name, family and number of published documents."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from .unicode_data import DATA


class Language(NamedTuple):
    """One row of `data/languages.csv`.

    `family` is the top-level family as FineWeb2 gives it (Ethnologue's names), empty where it names none.
    `documents` counts the documents of the published training subset: 0 for the labels that have a config but
    no subset, and for English, which FineWeb2 leaves to its sibling FineWeb.
    """

    label: str
    name: str
    family: str
    documents: int

    @property
    def code(self) -> str:
        return self.label[:3]

    @property
    def script(self) -> str:
        return self.label[4:]


@cache
def languages() -> Mapping[str, Language]:
    """Every label that FineWeb2 publishes or configures, and eng_Latn, in alphabetical order.

    The 43 `und_*` labels are among them: text that FineWeb2's model (GlotLID v3) knows the script of only.

    >>> languages()["cmn_Hani"]
    Language(label='cmn_Hani', name='Mandarin Chinese', family='Sino-Tibetan', documents=636058984)
    """
    with (DATA / "languages.csv").open(encoding="utf-8", newline="") as lines:
        rows = [
            Language(row["label"], row["name"], row["family"], int(row["documents"]))
            for row in csv.DictReader(lines)
        ]
    return MappingProxyType({language.label: language for language in rows})
