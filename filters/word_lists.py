"""Words of texts as lists of strings, for what counts words rather than measures texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from ..langid.kernels import Strings, Words, from_arrow, to_arrow
from .words import segmenter_batch


def split_texts(kind: Literal["unicode", "datatrove"], label: str, texts: Sequence[str]) -> list[list[str]]:
    """The words of each text of one language.

    >>> split_texts("unicode", "por_Latn", ["Olá, mundo!", ""])
    [['Olá', ',', 'mundo', '!'], []]
    """
    return list(lists(segmenter_batch(kind, label)(from_arrow(pa.array(texts, pa.large_string())))))


def strings(words: Words) -> pa.Array:
    """The words of all texts one after the other, copied into an Arrow array (large_string).

    >>> from polysift.langid.kernels import words_from_lists
    >>> strings(words_from_lists([["olá", "!"], ["né"]])).to_pylist()
    ['olá', '!', 'né']
    """
    lengths = words.ends - words.starts
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.repeat(words.starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    return to_arrow(Strings(np.ascontiguousarray(words.data[places]), offsets))


def lists(words: Words) -> Iterator[list[str]]:
    """Spans as strings, a list per text."""
    data = words.data.tobytes()
    starts, ends = words.starts.tolist(), words.ends.tolist()
    for first, last in zip(words.offsets.tolist(), words.offsets[1:].tolist(), strict=False):
        spans = zip(starts[first:last], ends[first:last], strict=True)
        yield [data[start:end].decode("utf-8", "replace") for start, end in spans]
