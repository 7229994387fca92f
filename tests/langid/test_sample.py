"""Parts of long texts."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.identify import load_model
from polysift.langid.kernels import from_arrow, to_arrow
from polysift.langid.sample import PARTS, sample

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("  \n自é🙂"), max_size=400)


@given(st.lists(TEXT), st.integers(64, 300))
def test_parts_are_valid_text_of_the_size_asked_for(texts: list[str], size: int) -> None:
    """Short texts stay as they are; of long ones there are whole characters, in order, and no more than asked for."""
    found = to_arrow(sample(from_arrow(pa.array(texts, pa.string())), size))
    found.validate(full=True)
    for text, part in zip(texts, found.to_pylist(), strict=True):
        if len(text.encode()) <= size:
            assert part == text
        else:
            assert len(part.encode()) <= size + PARTS
            assert set(part) <= {*text, " "}


def test_words_stay_whole() -> None:
    """Parts end where words end, and come from the beginning, the end and between."""
    words = [f"w{i}" for i in range(1000)]
    (part,) = to_arrow(sample(from_arrow(pa.array([" ".join(words)])), 512)).to_pylist()
    assert set(part.split()) <= set(words)
    assert part.split()[0] == "w0"
    assert part.split()[-1] == "w999"


@pytest.mark.parametrize("text", ["自由" * 400, "Onde fica a biblioteca municipal? " * 50])
def test_a_sample_has_the_language_of_the_text(text: str) -> None:
    """With spaces or without, identified from a part of it."""
    texts = pa.array([text])
    assert load_model("lid176", 256).identify(texts).names == load_model("lid176").identify(texts).names
