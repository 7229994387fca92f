#!/usr/bin/env python3
"""Writes langid/data/word_break.csv: the class of every code point in ICU's word-break rules.

    python tools/make_word_break_table.py

The classes are made of the properties that the installed `regex` module knows, in the way of ICU's root rules. Then
ICU itself is asked: every code point is put between characters of each class, and one that ICU does not treat as its
class says (a character that is newer than the installed ICU, say) gets the class that ICU treats it as.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import regex
from icu4py._version import icu_version
from polysift.filters.word_break_rules import Automaton, automaton_of, icu_breaker, segment_ends

TARGET = Path(__file__).parents[1] / "langid" / "data" / "word_break.csv"
CODE_POINTS = [code for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
EVERYTHING = "".join(map(chr, CODE_POINTS))
# fmt: off
PROPERTY_VALUES = (
    "CR", "LF", "Newline", "Extend", "ZWJ", "Regional_Indicator", "Format", "Katakana", "Hebrew_Letter", "ALetter",
    "Single_Quote", "Double_Quote", "MidNumLet", "MidLetter", "MidNum", "Numeric", "ExtendNumLet", "WSegSpace",
)
# fmt: on
FULLWIDTH_DIGITS = set(range(0xFF10, 0xFF1A))
# The scripts that ICU divides with a dictionary or model; of those written without spaces, all it has one for.
COMPLEX = ("Thai", "Lao", "Khmer", "Myanmar")
HALFWIDTH_MARKS = {0xFF70, 0xFF9E, 0xFF9F, 0x30FC}

# What stays together. A punctuation mark is an edge unless it is listed here: it is a word of its own at the edges of
# what white space delimits. docs/words.md says how these lists were measured.
ZERO_WIDTH_SPACE = 0x200B
SINGLE = (
    ("stop", "."),
    ("edge_divider", ",:<>=—–"),
    ("divider", "/~"),
    ("hyphen", "-"),
    ("operator", "+^"),
    ("edge", "*#_`´"),
    ("bracket", '!?"¿¡'),
    ("apart", "…"),
    ("joiner", "‐‑―@\\‹›᙮՝՞։؞"),
)

# A code point stands for {0}. The classes that join with something are told apart by what they join with.
PROBES = (
    "a{0}", "{0}a", "a{0}a", "1{0}", "{0}1", "1{0}1", "א{0}", "{0}א", "א{0}א", "_{0}", "{0}_", "ア\u0301{0}",
    "{0}\u0301ア", "\u200d{0}", "a{0}\u231a", "{0}\u0301", "\u0301{0}", "!{0}", "{0}\u231a", "{0} ", " {0}", "한{0}",
    "{0}한", "🇦{0}", "\r{0}", "{0}\u200d\u231a",
)  # fmt: skip
PROBE = "\n".join((*PROBES, ""))
MARK = "\ue000"
BLOCK = 4096


def with_property(pattern: str) -> set[int]:
    return {ord(character) for character in regex.findall(pattern, EVERYTHING)}


def classes() -> dict[int, str]:
    """Code point to class, by its properties; 'Other' is left out."""
    words = {value: with_property(rf"\p{{WB={value}}}") for value in PROPERTY_VALUES}
    han, kana = with_property(r"\p{Script=Han}"), with_property(r"\p{Script=Hiragana}") | words["Katakana"]
    hangul = set(range(0xAC00, 0xD7A4))
    complex_context = with_property(r"\p{LB=SA}") - words["Extend"] - with_property(r"\p{GCB=Control}")
    words["Extend"] -= han
    words["ALetter"] = (words["ALetter"] - han - kana - hangul) | complex_context
    words["Numeric"] |= FULLWIDTH_DIGITS
    words |= {"Kana_Han": han | kana, "Hangul_Syllable": hangul}
    words["Extended_Pictographic"] = with_property(r"\p{Extended_Pictographic}")
    names: dict[int, list[str]] = {}
    for name in sorted(words):
        for code in words[name]:
            names.setdefault(code, []).append(name)
    return {code: "+".join(found) for code, found in names.items()}


def dictionary() -> set[int]:
    """Code points of the runs that ICU divides with a dictionary or model."""
    complex_scripts = "".join(rf"\p{{Script={script}}}" for script in COMPLEX)
    cjk = with_property(r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]")
    return with_property(rf"(?V1)[[{complex_scripts}]&&\p{{LB=SA}}]") | cjk | HALFWIDTH_MARKS


def icu_boundaries(texts: str, count: int) -> np.ndarray:
    """Whether a segment of ICU ends at each UTF-16 code unit: bool, one row for each of `count` equal texts."""
    ends = np.array([end for _, end in icu_breaker(texts).segments()], np.int64)
    found = np.zeros(len(texts.encode("utf-16-le")) // 2, bool)
    found[ends - 1] = True
    return found.reshape(count, -1)


def treatment(codes: list[int]) -> list[bytes]:
    """How ICU treats code points, which are all of one length in UTF-16."""
    blocks = "".join(PROBE.format(chr(code)) for code in codes)
    return [row.tobytes() for row in np.packbits(icu_boundaries(blocks, len(codes)), axis=1)]


def expected(kind: str, units: int, known: dict[int, str], automaton: Automaton, names: list[str]) -> bytes:
    """How the rules treat a class, as `treatment` gives it; `units` is the length in UTF-16."""
    characters = [kind if part == MARK else known.get(ord(part), "Other") for part in PROBE.format(MARK)]
    ends = segment_ends([names.index(name) for name in characters], automaton)
    found = []
    for at, part in enumerate(PROBE.format(MARK), 1):
        length = units if part == MARK else len(part.encode("utf-16-le")) // 2
        found += [False] * (length - 1) + [at in ends]
    return np.packbits(np.array(found, bool)).tobytes()


def corrected(known: dict[int, str]) -> tuple[dict[int, str], int]:
    """The classes after asking ICU, and of how many code points the class is another one then."""
    names = sorted({*known.values(), "Other"})
    automaton = automaton_of(tuple(names))
    changed = 0
    for units, codes in ((1, CODE_POINTS[: 0x10000 - 0x800]), (2, CODE_POINTS[0x10000 - 0x800 :])):
        treatments = {name: expected(name, units, known, automaton, names) for name in names}
        for start in range(0, len(codes), BLOCK):
            some = codes[start : start + BLOCK]
            for code, found in zip(some, treatment(some), strict=True):
                if found == treatments[known.get(code, "Other")]:
                    continue
                fitting = [name for name in names if treatments[name] == found]
                if not fitting:
                    raise SystemExit(f"U+{code:04X}: no class is treated like it; {known.get(code)}")
                known, changed = known | {code: "Other" if "Other" in fitting else fitting[0]}, changed + 1
    return known, changed


def joining(divided: set[int]) -> dict[int, str]:
    """Whether each code point stays with those around it (see filters/words.py), by category and script.

    'joiner' is left out; a later class wins over those before it.
    """
    blank = {code for code in CODE_POINTS if chr(code).isspace()} | {ZERO_WIDTH_SPACE}
    classes = [
        ("edge", with_property(r"[\p{Po}\p{Sc}]")),
        ("bracket", with_property(r"[\p{Ps}\p{Pe}\p{Pi}\p{Pf}]")),
        ("apart", with_property(r"[\p{So}\p{Extended_Pictographic}]")),
        *((name, set(map(ord, characters))) for name, characters in SINGLE),
        ("digit", with_property(r"[\p{Nd}\p{Nl}]")),
        ("joiner", with_property(r"\p{No}")),
        ("caseless", with_property(r"\p{L}")),
        ("letter", with_property(r"\p{Lower}")),
        ("capital", with_property(r"[\p{Lu}\p{Lt}]")),
        ("stop_letter", with_property(r"(?V1)[\p{L}&&\p{Script=Georgian}]")),
        ("solid", with_property(r"(?V1)[\p{L}&&\p{Script=Hangul}]") | divided),
        ("blank", blank),
    ]
    return {code: name for name, codes in classes for code in codes}


def ranges(known: dict[int, str], divided: set[int]) -> Iterator[str]:
    """Rows of the table."""
    joins = joining(divided)
    codes = range(sys.maxunicode + 1)
    kinds = [(known.get(code, "Other"), code in divided, joins.get(code, "joiner")) for code in codes]
    first = 0
    for (name, dictionary, joined), run in groupby(kinds):
        last = first + sum(1 for _ in run) - 1
        if (name, dictionary, joined) != ("Other", False, "joiner"):
            yield f"{first:04X},{last:04X},{name},{'dictionary' if dictionary else ''},{joined}"
        first = last + 1


def main() -> None:
    known, changed = corrected(classes())
    rows = list(ranges(known, dictionary()))
    source = f"ICU {icu_version}, regex {regex.__version__}; Unicode licence, see README.md"
    lines = [f"# Word-break classes, {source}", "first,last,word_break,dictionary,joining", *rows]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(rows)} ranges; {changed} code points as ICU has them; {source}")


if __name__ == "__main__":
    main()
