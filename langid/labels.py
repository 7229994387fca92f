"""Language labels `iso639-3_Script`, named as FineWeb2 names its subsets, and the other names of the same.

`canonical` turns what other label sets write into that one name: ISO 639-1 ("pt"), ISO 639-2 and 639-3
macro-languages ("zho_Hant"), FLORES-200 and NLLB ("pes_Arab", "est_Latn"), OpenLID, HPLT ("ara_Arab") and GlotLID,
retired codes ("mol"), BCP-47 ("pt-BR", "zh-Hant-TW"), English names ("Portuguese"). A language for which
FineWeb2 has no subset keeps its own code. A label set in which a code means something else than in ISO 639
has its own entry in `aliases.LABEL_SETS`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from .aliases import (
    NAMES,
    OTHER_CODES,
    PREDOMINANT,
    PREDOMINANT_BY_SCRIPT,
    SCRIPTS,
    SCRIPTS_OF_LANGUAGE,
    UNRELATED,
)
from .errors import PolysiftError, did_you_mean
from .languages import Language, languages

UNDETERMINED = "und_Zyyy"
"""The label of text without a single character that belongs to a script."""

NOISE = {"und": UNDETERMINED, "zxx": "zxx_Zxxx"}
"""Codes that name no language, ISO 639's "undetermined" and "no linguistic content", and what they stand for alone."""

PREFIX = "__label__"
"""What fastText's files write before a label."""

SHOWN = 40
"""Characters of a wrong label that an error message repeats."""

_LABEL = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")
# Code and script, or BCP-47: then a region, and variants of at least five letters.
_LOOSE_LABEL = re.compile(
    r"([A-Za-z]{2,3})(?:[_-]([A-Za-z]{4}))?"
    r"(?:[_-](?:[A-Za-z]{2}|[0-9]{3}))?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
)


class Label(NamedTuple):
    """A language and the script it is written in, as ISO 639-3 and ISO 15924 codes.

    >>> Label.parse("por_Latn")
    Label(code='por', script='Latn')
    >>> str(Label("por", "Latn"))
    'por_Latn'
    """

    code: str
    script: str

    def __str__(self) -> str:
        return f"{self.code}_{self.script}"

    @classmethod
    def parse(cls, text: str) -> Label:
        """The label that `text` spells exactly; `canonical` also takes other spellings.

        Raises PolysiftError for anything that has not the form `xxx_Xxxx`.
        """
        if not _LABEL.fullmatch(text):
            raise _no_label(text)
        return cls(text[:3], text[4:])


@lru_cache(maxsize=1 << 14)
def canonical(label: str) -> str:
    """polysift's name of a label in any of the spellings that this module knows; idempotent.

    A code without a script stands for the script in which FineWeb2 has the most documents of that language.
    Raises PolysiftError for what has not the form of a label, and for a language without a known script.

    >>> [canonical(label) for label in ("zho_Hans", "pes_Arab", "est_Latn", "arb_Arab", "tgl_Latn")]
    ['cmn_Hani', 'fas_Arab', 'ekk_Latn', 'arb_Arab', 'fil_Latn']
    >>> [canonical(label) for label in ("pt", "zh-Hant", "ku-Arab", "kor_Kore", "jpn_Hira", "khm_Latn")]
    ['por_Latn', 'cmn_Hani', 'ckb_Arab', 'kor_Hang', 'jpn_Jpan', 'khm_Latn']
    >>> [canonical(label) for label in ("pt-BR", "sr-Latn-RS", "zh-Hant-TW", "Portuguese", "persian", "zxx_Zxxx")]
    ['por_Latn', 'srp_Latn', 'cmn_Hani', 'por_Latn', 'fas_Arab', 'zxx_Zxxx']
    >>> [canonical(label) for label in ("und", "zxx", "__label__zho_Hans")]
    ['und_Zyyy', 'zxx_Zxxx', 'cmn_Hani']
    """
    if label in languages():
        return label
    label = label.removeprefix(PREFIX)
    match = _LOOSE_LABEL.fullmatch(label)
    if not match:
        return _named(label)
    if match[2] is None:
        return _default_label(label)
    script = match[2].title()
    script = SCRIPTS.get(script, script)
    code = canonical_code(match[1], script)
    return f"{code}_{SCRIPTS_OF_LANGUAGE.get((code, script), script)}"


def is_noise(label: str) -> bool:
    """Whether a label says that a text is in no language that is known, or in none at all.

    >>> is_noise("und_Cyrl"), is_noise("zxx_Latn"), is_noise("por_Latn")
    (True, True, False)
    """
    return label[:3] in NOISE and label[3:4] == "_"


def canonical_code(code: str, script: str | None = None) -> str:
    """The ISO 639-3 code that FineWeb2 uses for a language given by an ISO 639-1, 639-2 or 639-3 code.

    `script` matters for a macro-language whose members are written in different scripts. Raises PolysiftError
    for a two-letter code that ISO 639-1 does not have.

    >>> [canonical_code(code) for code in ("pt", "zh", "no", "nn", "sh", "ger", "pes", "als", "ful")]
    ['por', 'cmn', 'nob', 'nno', 'srp', 'deu', 'fas', 'als', 'ful']
    >>> canonical_code("az", "Latn"), canonical_code("az", "Arab")
    ('azj', 'azb')
    """
    alpha3 = _alpha3(code.lower())
    if alpha3 is None:
        raise PolysiftError(
            f"{code!r} is no language code: ISO 639-1 does not have it; write the three letters of ISO 639-3"
        )
    member = PREDOMINANT_BY_SCRIPT.get((alpha3, script or "")) or PREDOMINANT.get(alpha3, alpha3)
    return OTHER_CODES.get(member, member)


@cache
def written_scripts(code: str) -> frozenset[str]:
    """The scripts in which FineWeb2 has a language, by its canonical code; empty for one it does not have.

    >>> sorted(written_scripts("srp")), sorted(written_scripts("jpn"))
    (['Cyrl', 'Latn'], ['Jpan'])
    """
    return frozenset(row.script for row in languages().values() if row.code == code)


def same_language(label: str) -> list[str]:
    """The labels of the same language in other scripts, the one with the most published documents first.

    >>> same_language("srp_Cyrl"), same_language("zho_Latn"), same_language("aeb_Latn")
    (['srp_Latn'], ['cmn_Hani'], ['aeb_Arab'])
    """
    wanted = Label.parse(canonical(label))
    rows = (row for row in languages().values() if row.code == wanted.code != "und")
    return _ranked(row for row in rows if row.script != wanted.script)


def relatives(label: str) -> list[str]:
    """Labels of related languages in the same script, the nearest first; empty when nothing is known.

    The members of the same macro-language come first, then the languages of the same family; each group by
    published documents, most first. Another script is no relative: it shares neither words nor punctuation.

    >>> relatives("acq_Arab")[:3], relatives("nno_Latn")[0], relatives("ful_Latn")[:2]
    (['arb_Arab', 'ary_Arab', 'arz_Arab'], 'nob_Latn', ['fuf_Latn', 'fuv_Latn'])
    """
    wanted = Label.parse(canonical(label))
    siblings = _siblings(wanted.code)
    family = _family(wanted.code, siblings)
    rows = [row for row in _by_script().get(wanted.script, ()) if row.code != wanted.code]
    near = [row for row in rows if row.code in siblings]
    far = [row for row in rows if row.code not in siblings and family and row.family == family]
    return _ranked(near) + _ranked(far)


@cache
def _by_script() -> Mapping[str, Sequence[Language]]:
    found: dict[str, list[Language]] = defaultdict(list)
    for row in languages().values():
        found[row.script].append(row)
    return found


def _named(name: str) -> str:
    """The label of a language given by its English name, in any case."""
    wanted = name.strip().casefold()
    code = NAMES.get(wanted)
    label = _default_label(code) if code else _labels_by_name().get(wanted)
    if label is None:
        raise _no_label(name)
    return label


@cache
def _labels_by_name() -> dict[str, str]:
    """FineWeb2's English names in lower case; of several labels with one name, that with the most documents."""
    ranked = sorted(languages().values(), key=lambda row: (row.documents, row.label))
    return {row.name.casefold(): row.label for row in ranked if row.code not in NOISE}


def _no_label(text: str) -> PolysiftError:
    # Only labels with the same first letter: a column full of mistakes must not cost seconds per row.
    similar = [label for label in languages() if label[:1] == text[:1].lower()]
    shown = text if len(text) <= SHOWN else text[:SHOWN] + "..."
    return PolysiftError(
        f"{shown!r} is no language label: expected an ISO 639-3 code and an ISO 15924 script such as "
        f"'por_Latn'{did_you_mean(text[:SHOWN], similar)}"
    )


@cache
def _alpha3(code: str) -> str | None:
    """The ISO 639-3 form of a lower-case code of ISO 639-1, -2 or -3; None for an unknown one of two letters."""
    from langcodes import Language as Tag
    from langcodes.data_dicts import LANGUAGE_ALPHA3_BIBLIOGRAPHIC

    if len(code) == 3:
        alpha2 = {b: a for a, b in LANGUAGE_ALPHA3_BIBLIOGRAPHIC.items()}.get(code)
        return _alpha3(alpha2) if alpha2 else code
    try:
        # Without normalisation, which would turn individual languages into macro-languages.
        return str(Tag.get(code, normalize=False).to_alpha3())
    except LookupError:
        return None


@cache
def _default_label(code: str) -> str:
    """The label with the most documents among those of a language whose script is not given."""
    alpha3 = canonical_code(code)
    if alpha3 in NOISE:
        return NOISE[alpha3]
    ranked = _ranked(row for row in languages().values() if row.code == alpha3)
    if not ranked:
        raise PolysiftError(
            f"label {code!r} names no script, and FineWeb2 has no {alpha3} to take one from; "
            f"write the script behind the code, for instance '{alpha3}_Latn'"
        )
    return ranked[0]


def _ranked(rows: Iterable[Language]) -> list[str]:
    return [row.label for row in sorted(rows, key=lambda row: (-row.documents, row.label))]


@cache
def _macrolanguage_groups() -> tuple[frozenset[str], ...]:
    """Each macro-language with its members, from the IANA registry; the members by FineWeb2's codes."""
    from langcodes.data_dicts import MACROLANGUAGES

    groups: dict[str, set[str]] = {}
    for member, macrolanguage in MACROLANGUAGES.items():
        code = _alpha3(macrolanguage) or macrolanguage
        groups.setdefault(code, {code}).add(canonical_code(member))
    return tuple(frozenset(members) for members in groups.values())


def _siblings(code: str) -> frozenset[str]:
    """The codes that share a macro-language with this one, the macro-language itself included."""
    return frozenset().union(*(group for group in _macrolanguage_groups() if code in group)) - {code}


def _family(code: str, siblings: frozenset[str]) -> str:
    """The family of a language, from its own rows or else from those of its siblings; empty if unknown."""
    own = {row.family for row in languages().values() if row.code == code} - UNRELATED
    near = {row.family for row in languages().values() if row.code in siblings} - UNRELATED
    return min(own or near, default="")
