from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langcodes.data_dicts import LANGUAGE_ALPHA3, MACROLANGUAGES
from polysift.langid.aliases import LABEL_SETS, OTHER_CODES, PREDOMINANT, PREDOMINANT_BY_SCRIPT
from polysift.langid.errors import PolysiftError
from polysift.langid.labels import (
    UNDETERMINED,
    Label,
    canonical,
    canonical_code,
    relatives,
    same_language,
    written_scripts,
)
from polysift.langid.languages import languages

CASES = json.loads((Path(__file__).parents[1] / "cases" / "labels.json").read_text(encoding="utf-8"))
CODES = sorted({row.code for row in languages().values()})
PUBLISHED = sorted(languages())


def alpha3(code: str) -> str:
    return str(LANGUAGE_ALPHA3.get(code, code))


def test_every_fineweb2_label_is_its_own_name() -> None:
    """The canonical names are FineWeb2's, whatever else their codes may mean."""
    assert [canonical(label) for label in PUBLISHED] == PUBLISHED
    assert [canonical_code(label[:3], label[4:]) for label in PUBLISHED] == [label[:3] for label in PUBLISHED]
    assert [canonical_code(code) for code in CODES] == CODES


@pytest.mark.parametrize(("label", "expected"), [*CASES["labels"].items(), *CASES["spellings"].items()])
def test_other_names(label: str, expected: str) -> None:
    """Labels of FLORES-200, HPLT, ISO 639-1 and -2, and BCP-47's form with a hyphen."""
    assert canonical(label) == expected


@pytest.mark.parametrize("label", CASES["without_subset"])
def test_labels_that_fineweb2_does_not_have_stay(label: str) -> None:
    """A language or script without a subset keeps its own label."""
    assert label not in languages()
    assert canonical(label) == label


def test_every_label_of_lid176_has_its_language() -> None:
    """All 176 labels of lid.176 give the code that FineWeb2 uses for that Wikipedia's language."""
    assert len(CASES["lid176"]) == 176
    meanings = LABEL_SETS["lid176"]
    assert {code: canonical_code(meanings.get(code, code)) for code in CASES["lid176"]} == CASES["lid176"]
    assert all(re.fullmatch("[a-z]{3}", code) for code in CASES["lid176"].values())
    assert set(CASES["lid176"].values()) <= set(CODES)


def test_als_depends_on_the_label_set() -> None:
    """Tosk Albanian in ISO 639 and FineWeb2, Alemannic in lid.176."""
    assert canonical("als_Latn") == canonical("sq") == "als_Latn"
    assert LABEL_SETS["lid176"]["als"] == "gsw"


def test_predominant_members_belong_to_their_macro_language() -> None:
    """The table agrees with the IANA registry, and its targets are languages that FineWeb2 has."""
    members = {(alpha3(macrolanguage), alpha3(member)) for member, macrolanguage in MACROLANGUAGES.items()}
    by_script = {(macrolanguage, member) for (macrolanguage, _), member in PREDOMINANT_BY_SCRIPT.items()}
    outside = (set(PREDOMINANT.items()) | by_script) - members
    assert outside == {("bih", "bho")}
    assert {*PREDOMINANT.values(), *PREDOMINANT_BY_SCRIPT.values(), *OTHER_CODES.values()} <= set(CODES)


@given(st.from_regex(r"[a-z]{3}_[A-Z][a-z]{3}", fullmatch=True) | st.sampled_from(PUBLISHED))
def test_canonical_is_idempotent(label: str) -> None:
    """A canonical label is its own canonical label, and can be parsed."""
    once = canonical(label)
    assert canonical(once) == once
    assert str(Label.parse(once)) == once


@given(st.text(max_size=12))
def test_any_text_is_a_label_or_a_clear_error(text: str) -> None:
    """No input fails in another way."""
    try:
        label = canonical(text)
    except PolysiftError:
        return
    assert Label.parse(label)


@pytest.mark.parametrize("text", CASES["not_labels"])
def test_what_is_no_label(text: str) -> None:
    """Neither a label nor any spelling of one."""
    with pytest.raises(PolysiftError, match=re.escape(repr(text))):
        canonical(text)
    with pytest.raises(PolysiftError, match="no language label"):
        Label.parse(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("por_Lat", "por_Latn"), ("cmn_Hanni", "cmn_Hani"), ("eng_latn", "eng_Latn")]
)
def test_a_near_miss_gets_a_suggestion(text: str, meant: str) -> None:
    """The message says which label may be meant."""
    with pytest.raises(PolysiftError, match=f"did you mean '{meant}'"):
        Label.parse(text)


def test_a_long_wrong_label_is_cut() -> None:
    """A column of texts taken for labels does not fill the log."""
    with pytest.raises(PolysiftError) as raised:
        canonical("many words " * 1000)
    assert len(str(raised.value)) < 300


def test_undetermined_is_a_label() -> None:
    """It parses, is canonical, and is related to nothing."""
    assert canonical(UNDETERMINED) == UNDETERMINED
    assert Label.parse(UNDETERMINED) == ("und", "Zyyy")
    assert same_language(UNDETERMINED) == relatives(UNDETERMINED) == []


def test_same_language_in_other_scripts() -> None:
    """Most documents first, without the label itself."""
    assert same_language("uzn_Latn") == ["uzn_Cyrl"]
    assert same_language("uzn_Arab") == ["uzn_Cyrl", "uzn_Latn"]
    assert same_language("por_Latn") == []


def test_relatives_of_members_of_a_macro_language() -> None:
    """Siblings first, then the family; always in the same script and never the language itself."""
    found = relatives("cnr_Latn")
    assert found[:3] == ["bos_Latn", "hrv_Latn", "srp_Latn"]
    assert found[3] == "deu_Latn"
    assert all(label.endswith("_Latn") for label in found)
    assert len(set(found)) == len(found)
    assert relatives("prs_Deva")[0] == "hin_Deva"
    assert "srp_Latn" not in relatives("srp_Latn")


def test_relatives_of_a_language_that_nothing_is_known_of() -> None:
    """No family and no macro-language: no relatives, also for isolates and constructed languages."""
    assert relatives("xyz_Latn") == relatives("eus_Latn") == relatives("epo_Latn") == []


def test_scripts_of_a_language() -> None:
    """The scripts in which FineWeb2 has a language."""
    assert written_scripts("hin") == {"Deva", "Latn"}
    assert written_scripts("kor") == {"Hang"}
    assert written_scripts("xyz") == set()
