from __future__ import annotations

import re

from polysift.langid.languages import languages


def test_the_table_has_every_published_language() -> None:
    """1,929 language-scripts with a config, 43 subsets of undetermined language, and English."""
    rows = languages().values()
    assert len(rows) == 1929 + 43 + 1
    assert sum(row.code == "und" for row in rows) == 43
    assert sum(row.documents > 0 for row in rows) == 1913
    assert "eng_Latn" in languages()


def test_every_row_is_well_formed() -> None:
    """A label is a language code and a script, and has a name."""
    for label, row in languages().items():
        assert row.label == label == f"{row.code}_{row.script}"
        assert re.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", label)
        assert row.name
        assert row.documents >= 0


def test_the_published_counts() -> None:
    """Names, families and documents are those of FineWeb2's table."""
    assert languages()["por_Latn"] == ("por_Latn", "Portuguese", "Indo-European", 199737979)
    assert languages()["aai_Latn"] == ("aai_Latn", "Arifama-Miniafia", "Austronesian", 615)
    assert languages()["kor_Hang"].family == "Koreanic"


def test_the_table_cannot_be_changed() -> None:
    """One process shares one table."""
    assert languages() is languages()
    assert not hasattr(languages(), "__setitem__")
