"""Each step equals a fresh instance of the recipe's block per document."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from datatrove.pipeline.formatters import FTFYFormatter, PIIFormatter, SymbolLinesFormatter
from hypothesis import example, given
from hypothesis import strategies as st
from polysift.filters.formatting import (
    FormattingOptions,
    format_text,
    replace_emails,
    replace_ip_addresses,
    replace_table_lines,
)

TEXTS = [
    case["text"]
    for name in ("formatting", "rules")
    for case in json.loads((Path(__file__).parents[1] / "cases" / f"{name}.json").read_text(encoding="utf-8"))
]
CASES = json.loads((Path(__file__).parents[1] / "cases" / "formatting.json").read_text(encoding="utf-8"))
ALL, NONE = FormattingOptions(), FormattingOptions(ftfy=False, pii=False, table_lines=False)


def recipe(text: str) -> str:
    for block in (
        FTFYFormatter(),
        PIIFormatter(),
        SymbolLinesFormatter(symbols_to_remove=["|"], replace_char="\n"),
    ):
        text = block.format(text)
    return text


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_cases(case: dict[str, str]) -> None:
    """Each text becomes what it should, and what must not change does not."""
    assert format_text(case["text"], ALL) == case["formatted"]


@pytest.mark.parametrize("text", TEXTS)
def test_cases_equal_the_recipes(text: str) -> None:
    """The recipe's three blocks, made anew for the document, give the same text."""
    assert format_text(text, ALL) == recipe(text)


def test_options_switch_each_step_off() -> None:
    """Without any step the text is the same object; each step alone does its own part."""
    text = "schÃ¶n\na@b.de 8.8.8.8\n|\n"
    assert format_text(text, NONE) is text
    assert format_text(text, NONE._replace(ftfy=True)) == "schön\na@b.de 8.8.8.8\n|\n"
    assert format_text(text, NONE._replace(pii=True)) == "schÃ¶n\nemail@example.com 22.214.171.124\n|\n"
    assert format_text(text, NONE._replace(table_lines=True)) == "schÃ¶n\na@b.de 8.8.8.8\n\n"


def test_a_document_depends_on_no_other() -> None:
    """The same text is formatted alike, however many documents with addresses came before it."""
    assert [format_text("a@b.de, 9.9.9.9", ALL) for _ in range(3)] == [
        "email@example.com, 22.214.171.124"
    ] * 3


ADDRESSES = st.text(st.sampled_from("aZ9é.-_!+@@@[]:12| \n"), max_size=60)


@given(ADDRESSES | st.text(max_size=60))
@example("a..b@c.de .d@e.fr x.@g.it é-h@i.nl a@b.com.c@d.org -@-.x a@-b.cd")
@example("a@[1.2.3.4] b@[1.2.3.abc:] c@[1.2.3.-:] d@[1.2.3.256] a@[12.3.4.5")
def test_emails_equal_the_recipes(text: str) -> None:
    """Addresses in random text are found where the recipe's expression finds them."""
    assert replace_emails(text) == PIIFormatter(remove_ips=False).format(text)


@given(st.text(st.sampled_from("0125689..... a"), max_size=60))
@example("10.0.0.1 127.0.0.1 192.168.1.1 8.8.8.8 01.2.3.4 1.2.3.4.5 256.1.1.1 1234.1.1.1")
def test_ip_addresses_equal_the_recipes(text: str) -> None:
    """Of IP addresses only the public ones are replaced, as by the recipe."""
    assert replace_ip_addresses(text) == PIIFormatter(remove_emails=False).format(text)


@given(st.text(st.sampled_from("a|||  \t\n\n\r\u2028\x85"), max_size=60))
def test_table_lines_equal_the_recipes(text: str) -> None:
    """Runs of lines made of | and spaces are replaced as by the recipe, and other lines stay."""
    assert replace_table_lines(text) == SymbolLinesFormatter(
        symbols_to_remove=["|"], replace_char="\n"
    ).format(text)


@given(st.text() | st.text(st.sampled_from("Ã©Â¼â€™&amp;\x1b[0m\ud83d\ude00\ud800@.|\n\0ﬁ“ａ")))
def test_all_steps_equal_the_recipes(text: str) -> None:
    """All steps together, on random and on badly decoded text, equal the recipe's."""
    assert format_text(text, ALL) == recipe(text)


@pytest.mark.parametrize(
    "piece", ["a", "a.", "a-", "@", "a@", "x@a.", ".a@b.c", "..", "a@[1.1.1.", "1.", "| \n"]
)
def test_time_grows_with_the_text(piece: str) -> None:
    """No repetition of a piece makes the replacements slower than in proportion to the text's length."""

    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        start = time.process_time()
        replace_table_lines(replace_ip_addresses(replace_emails(text)))
        return time.process_time() - start

    seconds(1000)
    # 16 times the text: a quadratic step would take 256 times as long. Processor time, so that a busy machine does not
    # count; the rest is room.
    assert min(seconds(160_000) for _ in range(3)) < 100 * min(seconds(10_000) for _ in range(3))
