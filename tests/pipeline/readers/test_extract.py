"""Extraction in a process of its own."""

from __future__ import annotations

import pytest
from polysift.langid.errors import PolysiftError
from polysift.pipeline.readers.extract import ExtractionError, TextExtractor
from polysift.pipeline.readers.options import ReadOptions

PARAGRAPH = (
    "<p>Um parágrafo com palavras suficientes para ser tomado por texto da página, e não por menu.</p>"
)
PAGE = f"<html><body><nav><a href='/'>Menu</a></nav><article><h1>Título</h1>{PARAGRAPH * 3}</article></body></html>"


@pytest.mark.parametrize("name", ["trafilatura", "resiliparse"])
def test_text_of_a_page(name: str) -> None:
    """The text comes without the menu, and the same for a page whatever came before it."""
    with TextExtractor(ReadOptions(extractor=name)) as extractor:  # type: ignore[arg-type]
        texts = [extractor.text_of(PAGE) for _ in range(5)]
        assert extractor.text_of("<html></html>") == ""
    assert "Um parágrafo" in texts[0]
    assert "Menu" not in texts[0]
    assert set(texts) == {texts[0]}


def cause(extractor: TextExtractor, page: str) -> str:
    with pytest.raises(ExtractionError) as caught:
        extractor.text_of(page)
    return str(caught.value)


def test_page_that_takes_too_long() -> None:
    """A page over its CPU time is given up, and the next one is extracted."""
    with TextExtractor(ReadOptions(extractor="resiliparse", extractor_seconds=0.05)) as extractor:
        assert cause(extractor, PAGE * 20_000) == "extraction takes more than 0.05 s of CPU time"
        assert "parágrafo" in extractor.text_of(PAGE)


def test_page_that_takes_too_much_memory() -> None:
    """A page over the memory limit fails alone."""
    with TextExtractor(ReadOptions(extractor="resiliparse", extractor_bytes=200_000_000)) as extractor:
        assert cause(extractor, "<p>" + "<b>x</b>" * 2_000_000).startswith("extraction failed (")
        assert "parágrafo" in extractor.text_of(PAGE)


def test_extractor_that_dies() -> None:
    """A page that ends the process, as a crash in C code does, is given up, and the next one is extracted."""
    with TextExtractor(ReadOptions(extractor="resiliparse")) as extractor:
        extractor.text_of(PAGE)
        assert extractor._process is not None
        extractor._process.kill()
        assert cause(extractor, PAGE) == "extraction crashes or hangs (exit code -9)"
        assert "parágrafo" in extractor.text_of(PAGE)


def test_extractor_that_cannot_start() -> None:
    """An extractor that does not start is an error of the run, not of its pages."""
    with (
        TextExtractor(ReadOptions(extractor="nosuch")) as extractor,  # type: ignore[arg-type]
        pytest.raises(PolysiftError, match=r"cannot start the extractor nosuch \(exit code 1\)"),
    ):
        extractor.text_of(PAGE)


def test_surrogates_in_a_page() -> None:
    """A character reference to a surrogate does not break the answer."""
    with TextExtractor(ReadOptions(extractor="resiliparse")) as extractor:
        extractor.text_of(PAGE.replace("Título", "&#xD800;")).encode()
