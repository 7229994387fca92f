from __future__ import annotations

import sys
from typing import Any

import pyarrow as pa
import pytest
from datatrove.utils.word_tokenizers import load_tokenizer_assignments
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.words import (
    GENERAL,
    MODELS,
    SWITCHES,
    segmenter,
    segmenter_batch,
    style_number,
    style_numbers,
    unicode_words,
    word_styles,
)
from polysift.langid.errors import PolysiftError
from polysift.langid.kernels import from_arrow


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n\t\u3000", []),
        ("L'été, c'est 3,5 km!", ["L'été", ",", "c'est", "3,5", "km", "!"]),
        ("Привет,мир", ["Привет", ",", "мир"]),
        ("مرحبا يا عالم", ["مرحبا", "يا", "عالم"]),
        ("यह हिन्दी है।", ["यह", "हिन्दी", "है", "।"]),
        ("ภาษาไทยสวย", ["ภาษา", "ไทย", "สวย"]),
        ("日本語です。", ["日本語", "です", "。"]),
        ("안녕하세요 세계", ["안녕하세요", "세계"]),
        ("👨‍👩‍👧😀", ["👨‍👩‍👧", "😀"]),
        ("a\ud800b", ["a", "\ufffd", "b"]),
    ],
)
def test_unicode_words(text: str, words: list[str]) -> None:
    """Words of many scripts lie between ICU's boundaries; an empty or blank text has none."""
    assert segmenter("unicode", "und_Zyyy")(text) == words


@given(st.text() | st.text(st.sampled_from("a .'\u0301\u200d\ud800\udc00字ไ😀\x1c\0\r\n")))
def test_unicode_words_are_stripped_pieces_of_the_text(text: str) -> None:
    """Whatever the text, words are stripped, not empty, and together hold all of it but white space."""
    words = segmenter("unicode", "und_Zyyy")(text)
    assert all(word and word == word.strip() for word in words)
    assert len("".join("".join(words).split())) == len("".join(text.replace("\u200b", "").split()))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(„Ja“, sagte sie.)", ["(", "„", "Ja", "“", ",", "sagte", "sie", ".", ")"]),
        ("12:30 1/2/2020 3,5% 5-6 2+2", ["12:30", "1/2/2020", "3,5", "%", "5", "-", "6", "2", "+", "2"]),
        ("http://example.org/a-b?b=1", ["http://example.org/a-b?b=1"]),
        ("www.example.org/a org/a", ["www.example.org/a", "org", "/", "a"]),
        (
            "J. R. U.S. a. ab. OK. é. e\u0301.",
            ["J.", "R.", "U.S.", "a.", "ab", ".", "OK", ".", "é", ".", "e\u0301."],
        ),
        ("one.Two a:b www.A.bCd", ["one", ".", "Two", "a", ":", "b", "www.A.bCd"]),
        ("_a_ __", ["_", "a", "_", "_", "_"]),
        ("km² 5³ m²/a ½", ["km²", "5³", "m²/a", "½"]),
        ("a.b@example.org, @name #tag", ["a.b@example.org", ",", "@name", "#", "tag"]),
        ("und/oder x—y a,b 1,a", ["und", "/", "oder", "x", "—", "y", "a", ",", "b", "1", ",", "a"]),
        ("so... la.... .. .a", ["so", "...", "la", "....", "..", ".", "a"]),
        ("w(or)d -x x- --", ["w(or)d", "-x", "x-", "--"]),
        ("★a☆ a…b 5€ €5", ["★", "a", "☆", "a", "…", "b", "5", "€", "€", "5"]),
        ("日本、東京-abc", ["日本", "、", "東京", "-abc"]),
        ("བོད་ཡིག་ནི། དང་ ་ ༡", ["བོད་", "ཡིག་", "ནི", "།", "དང་", "་", "༡"]),
        ("한국,서울 abc한국", ["한국", ",", "서울", "abc", "한국"]),
        ("ខ្មែរ\u200bភាសា", ["ខ្មែរ", "ភាសា"]),
        ("ეს. წიგნი, კი.", ["ეს.", "წიგნი", ",", "კი."]),
    ],
)
def test_what_touches_is_joined_by_rules(text: str, words: list[str]) -> None:
    """Marks at the edges, symbols, full stops, dividers and scripts without spaces stand apart; the rest is joined."""
    assert unicode_words(text) == words


@pytest.mark.parametrize(
    ("style", "text", "words"),
    [
        ("", "E-Mail um 12:30...", ["E", "-", "Mail", "um", "12:30", "..."]),
        ("compounds", "E-Mail um 12-30...", ["E-Mail", "um", "12", "-", "30", "..."]),
        ("ranges", "E-Mail um 12-30", ["E", "-", "Mail", "um", "12-30"]),
        ("slashes", "und/oder a-b", ["und/oder", "a", "-", "b"]),
        ("elision", "l'été d’eau 5'a a'5", ["l'", "été", "d’", "eau", "5'a", "a'5"]),
        ("ordinals", "am 17. Mai 2017... 5.", ["am", "17.", "Mai", "2017", "...", "5."]),
        ("brackets", "a[b a!b a&b a5[b", ["a", "[", "b", "a", "!", "b", "a&b", "a5", "[", "b"]),
        ("initials", "J. R.R. Ab.", ["J.", "R.R.", "Ab", "."]),
        ("links", "http://a/b www.a/b a/b", ["http://a/b", "www.a/b", "a", "/", "b"]),
        ("sentences", "one.Two one.two OK.Two", ["one", ".", "Two", "one.two", "OK.Two"]),
        ("colons", "a:b 1:2 a.B", ["a", ":", "b", "1:2", "a.B"]),
        ("counts", "ka-8 8-an 8-8 a-b", ["ka", "-", "8", "8", "-", "an", "8", "-", "8", "a", "-", "b"]),
        ("clitics", "'t 'n 'na", ["'t", "'n", "'", "na"]),
        ("hashtags", "#tag #", ["#tag", "#"]),
        ("articles", "da-o da-oo un-a", ["da-o", "da", "-", "oo", "un", "-", "a"]),
        ("stops", "ասաց. abc. 1.", ["ասաց.", "abc.", "1", "."]),
        ("underscores", "__a_b_ c", ["_", "_", "a_b", "_", "c"]),
        ("apart", "E-Mail um 12:30.", ["E", "-", "Mail", "um", "12", ":", "30", "."]),
        ("punctuation", "“घर” 3,5 है।कि مرحبا، ", ["“घर”", "3", ",", "5", "है", "।", "कि", "مرحبا", "،"]),
        ("punctuation+numbers", "3,5 a,b 1.2.3. 5:a", ["3,5", "a", ",", "b", "1.2.3. 5", ":", "a"]),
        ("punctuation+numbers", "घर\nहै 21, 2011 1 ,a", ["घर\nहै", "21, 2011", "1", ",", "a"]),
        (
            "units",
            "5km 1,5 kg 20GB. 3m/s a2mm 7кг 5kms 5km-es",
            [
                *("5", "km", "1,5", "kg", "20", "GB", ".", "3m", "/", "s", "a2mm", "7", "кг"),
                "5kms",
                "5km",
                "-",
                "es",
            ],
        ),
        ("quotes", "a.”+1 a.»b A.”b a.)”b", ["a", ".", "”+1", "a", ".", "»b", "A.”b", "a.)”b"]),
        ("abbreviations", "ዓ.ም ለኢ.ፌ.ድ ሀሀ.ሁሁ a.b", ["ዓ", ".", "ም", "ለኢ", ".", "ፌ", ".", "ድ", "ሀሀ.ሁሁ", "a.b"]),
        ("burmese", "ကျွန်တော် ကျောင်း\nသွားသည်။", ["ကျွန်တော်", "ကျောင်း", "သွား", "သည်", "။"]),
        ("khmer", "ភាសាខ្មែរ abc", ["ភាសា", "ខ្មែរ", "abc"]),
        ("vietnamese", "Việt Nam có 3,5 km.", ["Việt Nam", "có", "3,5", "km", "."]),
        ("chinese", "今天天气好。abc 3.5%", ["今天天气", "好", "。", "abc", "3.5%"]),
        ("thai", "ภาษาไทยง่าย 12:30 น.", ["ภาษาไทย", "ง่าย", "12:30", "น."]),
    ],
)
def test_styles(style: str, text: str, words: list[str]) -> None:
    """Each switch changes what it says, and nothing else."""
    assert unicode_words(text, style) == words


def test_styles_are_of_labels_with_a_tokenizer() -> None:
    """The table holds labels that datatrove assigns a tokenizer to, or that are other names of such."""
    assert {switch for style in word_styles().values() for switch in style.split("+") if switch} < {
        *SWITCHES,
        *MODELS,
    }
    assert len(set(word_styles()) & set(load_tokenizer_assignments())) > 100
    numbers = style_numbers(["hin_Deva", "eng_Latn", "und_Zyyy", "kor_Hang"])
    styles = ("punctuation+numbers", GENERAL, GENERAL, "korean")
    assert numbers.tolist() == list(map(style_number, styles))


@pytest.mark.parametrize("kind", ["unicode", "datatrove"])
@pytest.mark.parametrize("label", ["deu_Latn", "eng_Latn", "hin_Deva"])
def test_batches_are_segmented_as_single_texts_are(kind: Any, label: str) -> None:
    """The same words, by either way of segmenting."""
    texts = ["E-Mail um 12:30...", "", "यह घर है।"]
    words = segmenter_batch(kind, label)(from_arrow(pa.array(texts)))
    data = words.data.tobytes()
    spans = [data[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    bounds = zip(words.offsets[:-1], words.offsets[1:], strict=True)
    assert [spans[start:stop] for start, stop in bounds] == list(map(segmenter(kind, label), texts))


def test_unknown_kind_is_named_with_a_suggestion() -> None:
    """A misspelt kind of words gives an error with the kinds there are."""
    unknown: Any = "datatrov"
    with pytest.raises(
        PolysiftError, match="found 'datatrov', allowed: unicode, datatrove; did you mean 'datatrove'"
    ):
        segmenter(unknown, "por_Latn")


def test_label_without_a_tokenizer_is_split_by_unicode() -> None:
    """datatrove assigns no tokenizer to undetermined text, which is split at Unicode's boundaries."""
    assert segmenter("datatrove", "und_Zyyy")("12, 34") == unicode_words("12, 34")


def test_missing_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tokenizer whose package is not installed gives an error naming label, package and ways out."""
    monkeypatch.setitem(sys.modules, "botok", None)
    with pytest.raises(PolysiftError) as caught:
        segmenter("datatrove", "bod_Tibt")
    for part in (
        "bod_Tibt",
        "botok",
        "pip install 'polysift[tokenizers]'",
        "languages.exclude: [bod_Tibt]",
        "words: unicode",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("package", "label", "text", "words"),
    [
        ("spacy", "por_Latn", "Não, obrigado.", ["Não", ",", "obrigado", "."]),
        ("spacy", "rus_Cyrl", "Я дома\ud800", ["Я", "дома", "\ufffd"]),
        ("indicnlp", "hin_Deva", "यह घर है।", ["यह", "घर", "है", "।"]),
        ("pythainlp", "tha_Thai", "ภาษาไทย", ["ภาษาไทย"]),
        ("jieba", "cmn_Hani", "今天天气好", ["今天天气", "好"]),
        ("pyvi", "vie_Latn", "Tôi có thể đi.", ["Tôi", "có thể", "đi", "."]),
        ("kiwipiepy", "kor_Hang", "나는 집에", ["나", "는", "집", "에"]),
    ],
)
def test_datatroves_tokenizers(
    package: str, label: str, text: str, words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    """The recipe's own tokenizers give their words, and print nothing."""
    pytest.importorskip(package)
    split = segmenter("datatrove", label)
    assert (split(text), split("")) == (words, [])
    assert capfd.readouterr() == ("", "")
