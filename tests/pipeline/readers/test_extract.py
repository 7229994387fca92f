"""Extraction in a process of its own."""

from __future__ import annotations

import pytest
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


def test_page_that_takes_too_long() -> None:
    """A page over its CPU time is given up, and the next one is extracted."""
    nested = "<div>" * 200_000
    with TextExtractor(ReadOptions(extractor="trafilatura", extractor_seconds=0.2)) as extractor:
        with pytest.raises(ExtractionError, match=r"extraction takes more than 0\.2 s of CPU time"):
            extractor.text_of(PAGE * 2_000 + nested)
    with TextExtractor(ReadOptions(extractor="resiliparse", extractor_seconds=1e-6)) as extractor:
        for _ in range(2):
            with pytest.raises(ExtractionError, match="CPU time"):
                extractor.text_of(PAGE * 20_000)


def test_page_that_takes_too_much_memory() -> None:
    """A page over the memory limit fails alone."""
    with TextExtractor(ReadOptions(extractor="trafilatura", extractor_bytes=1_000_000_000)) as extractor:
        with pytest.raises(ExtractionError, match="extraction"):
            extractor.text_of("<p>" + "<b>x</b>" * 20_000_000)
        assert "parágrafo" in extractor.text_of(PAGE)


def test_surrogates_in_a_page() -> None:
    """A character reference to a surrogate does not break the answer."""
    with TextExtractor(ReadOptions(extractor="resiliparse")) as extractor:
        extractor.text_of(PAGE.replace("Título", "&#xD800;")).encode()
