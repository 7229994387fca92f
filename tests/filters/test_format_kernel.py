"""Formatting where the kernel says so equals formatting everywhere."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ftfy.badness import MOJIBAKE_CATEGORIES, is_bad
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.filters.format_kernel import EMAILS, FTFY, IP_ADDRESSES, TABLE_LINES, format_batch, steps_needed
from polysift.filters.formatting import FormattingOptions, format_text

TESTS = Path(__file__).parents[1]
CASES = json.loads((TESTS / "cases" / "formatting.json").read_text(encoding="utf-8"))
ALL = FormattingOptions()
EVERY_OPTION = [FormattingOptions(*chosen) for chosen in itertools.product([False, True], repeat=3)]
UNICODE = st.characters(exclude_categories=["Cs"])
SUSPECTS = (
    "".join(MOJIBAKE_CATEGORIES.values()) + "aAz 4.\nœŒАВГРСЎўв‚√≈йЂ°²³µ®´β€ā\u200b\ufeff\u206a\U0001f642"
)
LOOKED_FOR = """
    a 9 . 8.8.8.8 1.2.3 | || @ a@b.de a@b a@[1.2.3.4] é@x.fr .@ -@ & &amp; &#65; &#x41; &eacute; &; &# <
    Ã Â Ã© â€™ Ð¿ à² œ Œ « » “ ” ’ … é ß ñ я Я ა ع ไ 字 한 🙂 ﬁ
"""
PIECES = st.sampled_from([*LOOKED_FOR.split(), *" \n\r\f\v\x1c\x7f\0\x85\u2028", "\r\n", "\x1b[0m"])
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(UNICODE) | st.text(st.sampled_from(SUSPECTS))


def expected(texts: list[str], options: FormattingOptions) -> list[str]:
    return [format_text(text, options) for text in texts]


@pytest.mark.parametrize("options", EVERY_OPTION)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_cases_equal_formatting_everywhere(options, kind):
    """The cases of formatting, in one batch, under every choice of steps; the array keeps its type."""
    texts = [case["text"].replace("\ud800", "\ufffd") for case in CASES]
    formatted = format_batch(pa.array(texts, kind), options)
    assert formatted.type == kind
    assert formatted.to_pylist() == expected(texts, options)


@given(st.lists(TEXTS, max_size=4), st.sampled_from(EVERY_OPTION))
@settings(max_examples=300)
def test_random_texts_equal_formatting_everywhere(texts, options):
    """Random Unicode, random mojibake, and pieces that each step looks for, in any order."""
    assert format_batch(pa.array(texts, pa.string()), options).to_pylist() == expected(texts, options)


OCTETS = st.integers(0, 300).map(str) | st.sampled_from(
    ["0", "00", "01", "010", "10", "127", "172", "192", "168"]
)


@given(
    st.lists(st.lists(OCTETS, min_size=2, max_size=7).map(".".join), max_size=3),
    st.sampled_from([" ", "", "1"]),
)
@settings(max_examples=500)
def test_numbers_with_dots_equal_formatting_everywhere(numbers, between):
    """Addresses, private and public, and what only looks like one, however they touch."""
    text = between.join(numbers)
    assert format_batch(pa.array([text]), ALL).to_pylist() == expected([text], ALL)


@given(st.text(st.sampled_from(SUSPECTS)))
@settings(max_examples=300)
def test_whatever_ftfy_takes_for_mojibake_is_flagged(text):
    """No text that ftfy would look into, or in which it finds a control character, passes."""
    if is_bad(text):
        assert steps_needed(pa.array([text]))[0] & FTFY


@pytest.mark.parametrize("sample", ["parity", "web"])
def test_samples_equal_formatting_everywhere(sample):
    """The shipped samples of web text, over all their languages."""
    paths = sorted((TESTS / "data" / sample).glob("**/*.parquet"))
    for path in [path for path in paths if "text" in pq.read_schema(path).names]:
        texts = pq.read_table(path, columns=["text"])["text"].combine_chunks()[:1500]
        assert format_batch(texts, ALL).to_pylist() == expected(texts.to_pylist(), ALL)


CLEAN = [
    "O coração não é só “razão” – é também ação… Às vezes, dói! 3,5 km; 1.234,56 €",
    "L’œuvre « très » naïve, où l’été s’achève ; 25 °C, n° 3, 50 %, 2²",
    "Größe, Übung, Straße: „schön“ – ‚gut‘ und mehr…",
    "Žluťoučký kůň úpěl ďábelské ódy. Zażółć gęślą jaźń. Çağ, ığdır, şişe",
    "Привет, мир! «Слова» — это № 5… Їжак, ґанок, ўсё",
    "Καλημέρα κόσμε· «Ελλάδα» – τι κάνεις;",
    "السلام عليكم، «العالم»؟ ١٢٣٫٤ \u200fשלום עולם״",
    "नमस्ते दुनिया। ภาษาไทย ฿100 বাংলা তামিল தமிழ் ქართული አማርኛ",
    "你好，世界！「日本語」のテキスト、ｶﾅ・한국어 문장입니다. Tiếng Việt có dấu: ngữ, được",
    "Emoji 🙂👩\u200d👩\u200d👧 ♥ → ✓ × ÷ ± µ § ¶ © ® ™",
    "R&D, AT&T & Co; a @ b, @user, 12.5.2020, v1.2.3, x | y\n- point\n\nend.",
]


@pytest.mark.parametrize("text", CLEAN)
def test_clean_text_passes(text):
    """Accents, quotation marks, numbers and symbols of many scripts need no step."""
    array = pa.array([text])
    assert steps_needed(array).tolist() == [0]
    assert format_batch(array, ALL) is array


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", 0),
        ("\n", TABLE_LINES),
        ("a\n", TABLE_LINES),
        ("a\n ||| \nb", TABLE_LINES),
        ("a\n |x| \nb", 0),
        ("a\rb", TABLE_LINES),
        ("a\u2029b", TABLE_LINES),
        ("a\x1cb", FTFY | TABLE_LINES),
        ("\ufeffa", FTFY),
        ("&nbsp;", FTFY),
        (f"&{'a' * 25};", 0),
        ("1.2.3.4", IP_ADDRESSES),
        ("1.2.3.", 0),
        ("1.2.3", 0),
        ("1.2.3.9999", IP_ADDRESSES),
        ("1234.1.1.1", IP_ADDRESSES),
        ("010.2.3.4", 0),
        ("2.147.483.648", 0),
        ("192.168.0.1 10.0.0.1 172.20.3.4 127.0.0.1 0.4.2.1 169.254.1.1 255.255.255.0", 0),
        ("172.15.3.4", IP_ADDRESSES),
        ("192.167.3.4", IP_ADDRESSES),
        ("10.0.0.18.8.8.8", IP_ADDRESSES),
        ("1.2345.1.1", 0),
        ("a@b.c", EMAILS),
        ("a@b-.c d@-e.f", 0),
    ],
)
def test_what_each_step_looks_for(text, steps):
    """The ends of lines, entities, numbers and names at which the kernel decides."""
    assert steps_needed(pa.array([text])).tolist() == [steps]


def test_slices_and_empty_batches():
    """A slice of an array is formatted alone; no text gives no text."""
    texts = pa.array(["a@b.de", "c@d.pt", "x"])
    assert format_batch(texts[1:], ALL).to_pylist() == ["email@example.com", "x"]
    assert format_batch(texts[3:], ALL).to_pylist() == []
