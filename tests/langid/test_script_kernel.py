"""Prominent scripts of texts."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from polysift.langid.kernels import from_arrow
from polysift.langid.script_kernel import prominent_scripts
from polysift.langid.scripts import script_counts, script_shares


@given(st.lists(st.text(st.sampled_from("abcяжαβ漢字かきカไท한 12,ا،"), max_size=30)))
def test_scripts_that_fill_a_share_of_the_text(texts: list[str]) -> None:
    """As told one by one: the largest in any case, and those of a tenth or more."""
    found = script_counts(from_arrow(pa.array(texts, pa.string())))
    for text, row in zip(texts, prominent_scripts(found, 0.1), strict=True):
        shares = script_shares(text)
        expected = [script for i, (script, share) in enumerate(shares.items()) if i == 0 or share >= 0.1]
        assert [found.codes[place - 1] for place in row if place] == expected
