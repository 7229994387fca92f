from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.words import segmenter, unicode_words
from polysift.langid.errors import PolysiftError


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
    assert len("".join("".join(words).split())) == len("".join(text.split()))


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
