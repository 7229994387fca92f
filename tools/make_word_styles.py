#!/usr/bin/env python3
"""Writes filters/data/word_styles.csv: which languages join punctuation to words otherwise than `GENERAL`.

    python tools/make_word_styles.py

The thresholds of a language were fitted on the words of the tokenizer that datatrove assigns to it, so the style
follows from that tokenizer: Indic NLP's and those that leave nothing joined have a style of their own, and spaCy's are
asked how they divide a few probes, one for each switch. No document is looked at. docs/words.md holds what each
switch was measured to give.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import regex
from datatrove.utils._import_utils import ASSETS_PATH
from datatrove.utils.word_tokenizers import SpaCyTokenizer
from polysift.filters.words import GENERAL
from polysift.langid.errors import PolysiftError
from polysift.langid.labels import canonical

TARGET = Path(__file__).parents[1] / "filters" / "data" / "word_styles.csv"
# Switch, a text, and its words if the tokenizer does what the switch says. x and q stand for small letters of the
# language's script, Q for a capital letter, if the script has such.
PROBES = (
    ("compounds", "xqq-xqq", ["xqq-xqq"]),
    ("ranges", "12-13", ["12-13"]),
    ("slashes", "xqq/xqq", ["xqq/xqq"]),
    ("elision", "xqq'xqq", ["xqq'", "xqq"]),
    ("ordinals", "17.", ["17."]),
    ("brackets", "xqq(xqq", ["xqq", "(", "xqq"]),
    ("initials", "Q.", ["Q."]),
    ("links", "http://abc.com/def-ghi", ["http://abc.com/def-ghi"]),
    ("underscores", "___", ["_", "_", "_"]),
    ("sentences", "xqq.Qxx", ["xqq", ".", "Qxx"]),
    ("colons", "xqq:xqq", ["xqq", ":", "xqq"]),
    ("counts", "xqq-12", ["xqq", "-", "12"]),
    ("clitics", "'t", ["'t"]),
    ("hashtags", "#xqq", ["#xqq"]),
    ("articles", "da-o", ["da-o"]),
    ("stops", "xqq.", ["xqq."]),
    ("units", "5km", ["5", "km"]),
    ("quotes", "xqq.”+xqq", ["xqq", ".", "”+xqq"]),
    ("abbreviations", "xq.x", ["xq", ".", "x"]),
)
# French joins hyphenated words by a list and by patterns that no probe shows.
LISTED = {"fr": "compounds"}
LETTERS = {"Latn": "xq", "Grek": "αβ", "Cyrl": "бж", "Arab": "بت", "Hebr": "בג"}
BY_MODEL = {"vi": "vietnamese", "zh": "chinese", "ja": "apart"}
EVERYTHING = "".join(chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
# As of a label without a tokenizer: spaCy's multilingual one.
MULTILINGUAL = "xx"
INDIC = "punctuation+numbers"
STYLES = {
    "LaoTokenizer": "apart",
    "KiwiTokenizer": "korean",
    "ThaiTokenizer": "thai",
    "KhmerTokenizer": "khmer",
    "BurmeseTokenizer": "burmese",
    "StanzaTokenizer": "",
    "TibetanTokenizer": "",
}


@cache
def letters(script: str) -> str:
    """Two letters of a script, small ones if it has such; of Latin for a script that is not one of Unicode's."""
    if script in LETTERS:
        return LETTERS[script]
    try:
        found = regex.findall(rf"(?V1)[\p{{Script={script}}}&&[\p{{Ll}}\p{{Lo}}]]", EVERYTHING)
    except regex.error:
        found = []
    return "".join(found[:2]) if len(found) > 1 else LETTERS["Latn"]


@cache
def tokenizer_of(code: str) -> SpaCyTokenizer:
    return SpaCyTokenizer(code)


@cache
def probed(code: str, script: str) -> str:
    """The switches of one of spaCy's tokenizers, for words of a script."""
    small, other = letters(script)
    in_script = str.maketrans({"x": small, "q": other, "Q": other.upper()})
    found = {
        switch
        for switch, text, words in PROBES
        if tokenizer_of(code).word_tokenize(text.translate(in_script))
        == [word.translate(in_script) for word in words]
    }
    found |= {LISTED[code]} if code in LISTED else set()
    if "compounds" in found:
        found -= {"articles"}
    if "stops" in found:
        found -= {"initials"}
    return "+".join(switch for switch, *_ in PROBES if switch in found)


def styles_of_tokenizers() -> Iterator[tuple[str, str, str]]:
    """Code and script of languages, and the style of their tokenizers."""
    with (Path(ASSETS_PATH) / "tokenizer_assignment.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            tokenizer, code = row["type"], row["tok_code"]
            if tokenizer == "IndicNLPTokenizer":
                style = "punctuation" if code == "ur" else INDIC
            elif tokenizer in STYLES:
                style = STYLES[tokenizer]
            elif code in BY_MODEL:
                style = BY_MODEL[code]
            else:
                style = probed(code if tokenizer == "SpaCyTokenizer" else MULTILINGUAL, row["script"])
            yield row["code_3"], row["script"], style
    expected = probed(MULTILINGUAL, "Latn")
    if expected != GENERAL:
        raise SystemExit(f"words.GENERAL: found {GENERAL}, the multilingual tokenizer's is {expected}")


def styles() -> dict[str, str]:
    """Canonical label to style, where it is not `GENERAL`."""
    found: dict[str, str] = {}
    exact: dict[str, str] = {}
    for language, script, style in styles_of_tokenizers():
        name = f"{language}_{script}"
        exact.setdefault(name, style)
        try:
            found.setdefault(canonical(name), style)
        except PolysiftError:
            continue
    # datatrove goes by the name as it is: another name of the language does not change that.
    found = {label: exact.get(label, style) for label, style in found.items()}
    return {label: found[label] for label in sorted(found) if found[label] != GENERAL}


def main() -> None:
    rows = [f"{label},{name}" for label, name in styles().items()]
    source = "# How words are joined, by the tokenizer that datatrove 0.10 (Apache-2.0) assigns to the label"
    TARGET.write_text("\n".join([source, "label,style", *rows]) + "\n", encoding="utf-8")
    print(f"{TARGET}: {len(rows)} labels")


if __name__ == "__main__":
    main()
