"""Signatures of the kernel equal those of the plain reference and of datatrove."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
from datatrove.utils.hashing import HashConfig
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polysift.filters.simplify_kernel import simplify
from polysift.filters.words import segmenter
from polysift.langid.kernels import Words, from_arrow, to_arrow, words_from_lists
from polysift.pipeline.dedup.minhash import PRIME, MinHash, coefficients, minima, shingles, sign
from polysift.pipeline.dedup.minhash_kernel import (
    CHUNK,
    SHIFT,
    _in_lanes,
    _lower,
    shingle_hashes,
    sign_batch,
)

FOX = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
WORD = st.text("abéж字🙂", min_size=1, max_size=4) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40
)
OPTIONS = [MinHash(), MinHash(1, 3, 1, 2), MinHash(3, 5, 4, 7), MinHash(2, 2, 17, 1), MinHash(8, 1, 255, 3)]


def as_reference(documents, options):
    """The rows that `sign` gives, zeros where it gives none."""
    empty = (bytes(8 * options.bands), bytes(options.bands * options.rows))
    return [sign(words, options) or empty for words in documents]


def rows(found):
    pairs = zip(found.bands.astype("<u8"), found.sketch, strict=True)
    return [(bands.tobytes(), sketch.tobytes()) for bands, sketch in pairs]


@pytest.mark.parametrize("options", OPTIONS)
@settings(max_examples=60)
@given(documents=st.lists(st.lists(WORD, max_size=30), max_size=4))
@example(documents=[])
@example(documents=[[], FOX[:4], FOX[:5], FOX])
def test_kernel_equals_reference(options, documents):
    """Any words of any documents, under any parameters."""
    found = sign_batch(words_from_lists(documents), options)
    assert rows(found) == as_reference(documents, options)
    assert found.signed.tolist() == [len(words) >= options.ngram for words in documents]


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.tuples(WORD, st.sampled_from([" ", " ", "", "  ", "\n"])), max_size=12), max_size=4)
)
def test_words_as_spans_of_a_text(documents):
    """Words with a space, nothing or more between them: joined by a space each, as in the reference."""
    text, starts, ends, offsets = b"", [], [], [0]
    for pairs in documents:
        for word, space in pairs:
            starts.append(len(text))
            text += word.encode()
            ends.append(len(text))
            text += space.encode()
        offsets.append(len(starts))
    spans = np.array(starts, np.int32), np.array(ends, np.int32)
    words = Words(np.frombuffer(text, np.uint8), *spans, np.array(offsets, np.int64))
    options = MinHash(2, 4, 3, 1)
    expected = as_reference([[word for word, _ in pairs] for pairs in documents], options)
    assert rows(sign_batch(words, options)) == expected


def test_the_published_vector():
    """The recipe's test vector: the lowest bytes of the first four minima of the quick brown fox."""
    published = [85330943174081874, 663359892825767826, 302227827184868053, 34440879854629237]
    found = sign_batch(words_from_lists([FOX]), MinHash())
    assert found.sketch[0, :4].tolist() == [minimum % 256 for minimum in published]


def test_many_shingles():
    """A document of 5,000 words, some of them repeated, beside short ones."""
    documents = [FOX, [f"w{i % 4000}" for i in range(5000)], FOX[2:]]
    assert rows(sign_batch(words_from_lists(documents), MinHash())) == as_reference(documents, MinHash())


def test_the_modulus_at_its_edges():
    """Hashes that come out around multiples of the prime, where a wrong reduction shows, among others or alone."""
    a, b = coefficients(8, 1)
    lanes = _in_lanes((a, b))
    edges = [k * int(PRIME) + d for k in range(9) for d in range(-9, 10) if 0 <= k * int(PRIME) + d < 2**64]
    edges += [k * 2**61 + d for k in range(1, 9) for d in range(-17, 9) if k * 2**61 + d < 2**64]
    odd = [i for i in range(8) if a[i] % 2]  # only under these is there a hash for every value
    assert odd
    for i in odd:
        inverse = pow(int(a[i]), -1, 2**64)
        for place, value in enumerate(edges):
            group = np.array([2**63, 2**40, 5, 2**64 - 1] * (CHUNK // 4), np.uint64)
            count = (1, 4, 3)[place % 3]
            group[place % count] = (value - int(b[i])) * inverse % 2**64
            lowest, before = np.full((2, 8), 2**64 - 1, np.uint64)
            given = group[:count].copy()
            _lower(group, count, *lanes, lowest, before)
            assert lowest[i] - SHIFT <= value % int(PRIME)
            assert (lowest - SHIFT).tolist() == minima(given, 8, 1).tolist()


@pytest.mark.parametrize("ngram", [1, 2, 5])
@settings(max_examples=60)
@given(lengths=st.lists(st.integers(1, 140), max_size=20))
@example(lengths=list(range(1, 140)))
@example(lengths=[3, 1] * 400)
def test_hashes_of_shingles_of_any_length(ngram, lengths):
    """Each length on its own beside others, which are hashed together, and more of them than one chunk has."""
    words = ["".join(chr(97 + (i * 7 + k) % 26) for k in range(length)) for i, length in enumerate(lengths)]
    found, offsets = shingle_hashes(words_from_lists([words, [], words[::-1]]), ngram)
    expected = [shingles(words, ngram), shingles(words[::-1], ngram)]
    assert found.tolist() == np.concatenate(expected).tolist()
    assert offsets.tolist() == [0, len(expected[0]), len(expected[0]), len(found)]


@pytest.mark.parametrize("label", ["por_Latn", "rus_Cyrl", "jpn_Jpan", "und_Zyyy"])
def test_signatures_are_datatroves(label, tmp_path):
    """From text to band keys and sketch, with one tokenizer on both sides, as datatrove's block does it."""
    texts = [
        "Ação! " * 3 + "O quê? Não há 3,5 km de ruas — só becos, e a Íris sabe.",
        "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 4,
        "短い文。 これは テスト です から、 もう 一つ 文 を 書きます。",
        "three words only",
        "",
    ]
    config = MinhashConfig(hash_config=HashConfig(precision=64, hash_fc="xxhash"), n_grams=5)
    signer = MinhashDedupSignature(str(tmp_path), config)
    signer.word_tokenizer = _Tokenizer(segmenter("unicode", label))
    simple = to_arrow(simplify(from_arrow(pa.array(texts)))).to_pylist()
    found = sign_batch(words_from_lists([segmenter("unicode", label)(text) for text in simple]), MinHash())
    for i, text in enumerate(texts):
        shingles = signer.get_shingles(Document(text=text, id="").text)
        assert found.signed[i] == (len(shingles) > 0)
        if len(shingles):
            bands = [np.array(band, "<u8") for band in MinhashDedupSignature.get_signature(signer, shingles)]
            assert found.bands[i, : len(bands)].tolist() == [
                xxhash.xxh3_64_intdigest(x.tobytes()) for x in bands
            ]
            assert found.sketch[i].tolist() == [int(x) & 0xFF for x in np.concatenate(bands)]


class _Tokenizer:
    def __init__(self, split):
        self.word_tokenize = split
