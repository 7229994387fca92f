"""The kernels of the word models against their references."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters.boundary_model import MODELS, boundary_model
from polysift.filters.boundary_weights import BLOCK, weight_of, weights_by_key, weights_of
from polysift.filters.lexicon import word_list
from polysift.filters.thai import cluster_ends
from polysift.filters.words import segment, style_number, unicode_words
from polysift.langid.kernels import from_arrow

# Pieces of text that each model tells apart.
PIECES = {
    "burmese": ["ကျွန်တော်", "၊", "။", "a", " ", "\n", "1", "င်", "သ"],
    "khmer": [*"ខ្មែរ១២។៖ \u200babc.,?\nភាសា1៕", "ខ្មែរ"],
    "vietnamese": [
        *"VviệtNĐđ.,a1@-_://>=.\n ²ǅ'…\u200b",
        "Việt Nam",
        "http://",
        "Tp.",
        "==>",
        "học sinh",
        "a.b@c.d",
    ],
    "chinese": [*"今天气好𠀀abc1.%+-。 \n&#_龥的了", "中国", "天气"],
    "thai": [*"ภาษาไทยเc็่์ะิุูแโใอึหก1๒.,:a- \r\n\t日", "ภาษา", "12:30", "ความ", "เรียน"],
    "korean": [*"나는 집에 갔다합니다ab12.한국어의\n\0", "\0\0\0\0", "𠀀", "한국어의 "],
}


@pytest.mark.parametrize("model", MODELS)
@given(data=st.data())
def test_kernels_equal_references(model: str, data: st.DataObject) -> None:
    """Any texts of pieces that matter to a model, long ones too: the same words."""
    piece = st.sampled_from(PIECES[model])
    text = st.lists(piece, max_size=30) | st.lists(piece, min_size=100, max_size=150)
    texts = data.draw(st.lists(text.map("".join), max_size=3))
    styles = np.full(len(texts), style_number(model), np.uint32)
    words = segment(from_arrow(pa.array(texts, pa.string())), styles)
    raw = words.data.tobytes()
    spans = [raw[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    found = [spans[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]
    assert found == [unicode_words(text, model) for text in texts]


@pytest.mark.parametrize("model", ["burmese", "korean", "vietnamese"])
def test_long_texts(model: str) -> None:
    """Of several blocks of units, in which most windows come again, beside texts shorter than a window."""
    choice = np.random.default_rng(0).choice
    long = "".join(choice(PIECES[model], 2 * BLOCK + 100))
    texts = [
        long,
        "",
        *(long[:length] for length in range(1, 10)),
        long[5:],
        "".join(choice(PIECES[model], 1500)),
    ]
    words = segment(from_arrow(pa.array(texts)), np.full(len(texts), style_number(model), np.uint32))
    raw = words.data.tobytes()
    spans = [raw[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    found = [spans[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]
    assert found == [unicode_words(text, model) for text in texts]


def test_models_and_rules_share_a_batch() -> None:
    """Each text of a batch has the words of its own style, in its own place."""
    texts = ["ภาษาไทยง่าย", "a-b", "ဗမာ စာ", "Việt Nam", ""]
    names = ["thai", "", "burmese", "vietnamese", "khmer"]
    words = segment(from_arrow(pa.array(texts)), np.array(list(map(style_number, names)), np.uint32))
    raw = words.data.tobytes()
    spans = [raw[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    found = [spans[a:b] for a, b in zip(words.offsets[:-1], words.offsets[1:], strict=True)]
    assert found == [unicode_words(text, name) for text, name in zip(texts, names, strict=True)]
    assert found[0] == ["ภาษาไทย", "ง่าย"]


@pytest.mark.parametrize("model", ["burmese", "khmer", "korean", "vietnamese"])
def test_weights_are_found_by_key(model: str) -> None:
    """Each n-gram of a model has its weight, and any other key none; classes are in the table by class."""
    known = boundary_model(model)
    weights = dict(zip(known.keys.tolist(), known.weights.tolist(), strict=True))
    others = np.random.default_rng(0).integers(0, 1 << 32, 1000).tolist()
    for key in [*list(weights)[::97], *others, 1, (1 << 32) - 1]:
        assert weight_of.py_func(weights_of(model), np.uint64(key << 32)) == weights.get(key, 0)


@given(st.dictionaries(st.integers(1, (1 << 32) - 1), st.sampled_from([-32768, -1, 1, 32767]), max_size=40))
def test_any_weights(weights: dict[int, int]) -> None:
    """Few n-grams, heavy ones too."""
    keys, values = np.array([*weights], np.uint32), np.array([*weights.values()], np.int32)
    table = weights_by_key(keys, values)
    for key in [*weights, *((key ^ 1) or 2 for key in weights), 1]:
        assert weight_of.py_func(table, np.uint64(key << 32)) == weights.get(key, 0)


def test_thai_words_have_at_most_64_clusters() -> None:
    """The kernel has a bit for each number of clusters that a word may have."""
    assert max(len(cluster_ends(word)) for word in word_list("thai") if len(word) > 64) <= 64
