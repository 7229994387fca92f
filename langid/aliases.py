"""Tables of other names for languages and scripts than FineWeb2's. The functions are in `labels`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# The member of a macro-language (or collective code) that text labelled with the broad code is, in practice.
# Where FineWeb2 has several members, it is CLDR's predominant one ("languageAlias" with the reason
# "macrolanguage"), which nearly always has the most documents too, but for the entries with a comment.
# Macro-languages without a predominant member (ful, kln, luy, syr, ...) stay as they are.
PREDOMINANT = {
    "aka": "twi",  # CLDR and FLORES list twi and fat as peers; twi has 17 times the documents
    "ara": "arb",
    "aym": "ayr",
    "aze": "azj",
    "bik": "bcl",
    "bih": "bho",  # ISO 639-1 "bh", a group of languages; the "bh" Wikipedia is in Bhojpuri
    "bua": "bxr",
    "chm": "mhr",
    "din": "dik",
    "est": "ekk",
    "grn": "gug",
    "hbs": "srp",  # CLDR replaces sh by sr-Latn; the script tells Cyrillic from Latin here
    "hmn": "mww",  # most of the web text is in White Hmong; CLDR's hea has no subset
    "iku": "ike",
    "ipk": "esk",
    "kau": "knc",
    "kok": "gom",  # Goan Konkani is the written form; CLDR's knn has no subset
    "kom": "kpv",
    "kon": "kng",
    "kur": "kmr",
    "lah": "pnb",
    "lav": "lvs",
    "mlg": "plt",
    "mon": "khk",
    "msa": "zsm",  # "ms" means Malay; Indonesian, though a member, is always labelled "id"
    "nep": "npi",
    "nor": "nob",  # Norwegian without further word is Bokmål; Nynorsk is labelled "nn"
    "oji": "ojb",  # CLDR's ojg has no subset
    "ori": "ory",
    "orm": "gaz",
    "pus": "pbt",  # CLDR's pbu has no subset
    "que": "quy",  # as in FLORES-200, and the most documents; CLDR has quz
    "rom": "rmy",
    "sqi": "als",
    "swa": "swh",
    "uzb": "uzn",
    "yid": "ydd",
    "zha": "zyb",
    "zho": "cmn",
    "zza": "diq",
}

# Macro-languages whose members divide by script.
PREDOMINANT_BY_SCRIPT = {
    ("aze", "Arab"): "azb",
    ("iku", "Latn"): "ikt",
    ("kur", "Arab"): "ckb",
    ("uzb", "Arab"): "uzs",
}

# Languages that FineWeb2 names by another code, and codes that ISO 639-3 has retired.
OTHER_CODES = {
    "pes": "fas",  # FineWeb2's labels are GlotLID v3's, which merges Iranian Persian and Dari
    "prs": "fas",
    "src": "srd",  # likewise Logudorese and Campidanese Sardinian, but not Sassarese (sdc)
    "sro": "srd",
    "tgl": "fil",  # Filipino is standard Tagalog; CLDR replaces tl by fil
    "ajp": "apc",  # South Levantine Arabic, merged into Levantine in 2023
    "mol": "ron",  # Moldavian, merged in 2008
}

# English names that stand for a macro-language, or that FineWeb2's table spells otherwise; lower case.
NAMES = {
    "albanian": "sqi",
    "arabic": "ara",
    "azerbaijani": "aze",
    "chinese": "zho",
    "estonian": "est",
    "farsi": "fas",
    "filipino": "fil",
    "greek": "ell",
    "guarani": "grn",
    "khmer": "khm",
    "kurdish": "kur",
    "latvian": "lav",
    "malagasy": "mlg",
    "malay": "msa",
    "mandarin": "cmn",
    "mongolian": "mon",
    "nepali": "nep",
    "norwegian": "nor",
    "odia": "ori",
    "oriya": "ori",
    "pashto": "pus",
    "persian": "fas",
    "punjabi": "pan",
    "quechua": "que",
    "swahili": "swa",
    "tagalog": "tgl",
    "uyghur": "uig",
    "uzbek": "uzb",
    "yiddish": "yid",
}

# What Unicode encodes as one script, and the names of FineWeb2 for the writing of Chinese and Korean.
SCRIPTS = {
    "Hans": "Hani",
    "Hant": "Hani",
    "Hanb": "Hani",
    "Kore": "Hang",
    "Jamo": "Hang",
    "Aran": "Arab",
    "Latf": "Latn",
    "Latg": "Latn",
    "Cyrs": "Cyrl",
    "Geok": "Geor",
    "Syre": "Syrc",
    "Syrj": "Syrc",
    "Syrn": "Syrc",
}

# Japanese is `Jpan` also when a short text happens to have only kanji or only one kind of kana.
SCRIPTS_OF_LANGUAGE = {("jpn", script): "Jpan" for script in ("Hani", "Hira", "Kana", "Hrkt")}

# Codes that a model's label set uses otherwise than ISO 639 does.
LABEL_SETS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "iso639": {},
        # lid.176 was trained on Wikipedia and names languages by the editions' codes.
        "lid176": {"als": "gsw"},  # als.wikipedia.org is Alemannic; ISO's als, Tosk Albanian, is there "sq"
    }
)

# Families which FineWeb2's table names but whose members are not related to each other.
UNRELATED = frozenset(
    {
        "",
        "Artificial Language",
        "Constructed language",
        "Creole",
        "Language isolate",
        "Mixed language",
        "Pidgin",
    }
)
