from __future__ import annotations

import numpy as np
import pytest
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
from datatrove.utils.hashing import HashConfig
from datatrove.utils.word_tokenizers import WordTokenizer
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.filters.simplify import simplify_text
from polysift.pipeline.dedup.minhash import MinHash, minima, shingles, sign, similarity

FOX = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]


class Spaces(WordTokenizer):
    """A tokenizer of datatrove's that splits at white space."""

    def word_tokenize(self, text):
        return text.split()

    def sent_tokenize(self, text):
        raise NotImplementedError

    def span_tokenize(self, text):
        raise NotImplementedError


def datatrove_signer(options, folder):
    config = MinhashConfig(
        n_grams=options.ngram,
        num_buckets=options.bands,
        hashes_per_bucket=options.rows,
        seed=options.seed,
        hash_config=HashConfig(precision=64, hash_fc="xxhash"),
    )
    return MinhashDedupSignature(str(folder), config, language=Spaces())


def test_the_published_vector():
    """The recipe's test vector: first shingle and first four minima of the quick brown fox."""
    hashes = shingles(FOX, 5)
    assert hashes[0] == 7797000677988824208
    assert minima(hashes, 112, 1)[:4].tolist() == [
        85330943174081874,
        663359892825767826,
        302227827184868053,
        34440879854629237,
    ]


@pytest.mark.parametrize("options", [MinHash(), MinHash(3, 5, 4, 7)])
@settings(max_examples=25)
@given(words=st.lists(st.text(alphabet="abcdéжก", min_size=1, max_size=4), max_size=60))
def test_minima_are_datatroves(options, words, tmp_path_factory):
    """The minima equal datatrove's for any words, under default and other parameters."""
    signer = datatrove_signer(options, tmp_path_factory.getbasetemp())
    text = " ".join(words)
    theirs = signer.get_shingles(text)
    ours = shingles(simplify_text(text).split(), options.ngram)
    assert ours.tolist() == theirs.ravel().tolist()
    if len(ours):
        expected = [value for band in signer.get_signature(theirs) for value in band]
        assert minima(ours, options.bands * options.rows, options.seed).tolist() == expected


def test_many_shingles_are_hashed_in_chunks():
    """A document of more shingles than one chunk has the minima of all of them."""
    hashes = np.arange(1, 10_000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    parts = [minima(hashes[i : i + 1000], 16, 1) for i in range(0, len(hashes), 1000)]
    assert minima(hashes, 16, 1).tolist() == np.min(parts, axis=0).tolist()


def test_a_short_document_has_no_signature():
    """Fewer words than one shingle has: no signature, never a duplicate."""
    assert sign(FOX[:4], MinHash()) is None
    assert sign(FOX[:5], MinHash()) is not None


def test_a_signature_has_its_declared_size():
    """Eight bytes a band, one byte a minimum: its lowest."""
    signature = sign(FOX, MinHash())
    assert len(signature.bands) == 14 * 8
    assert list(signature.sketch[:2]) == [85330943174081874 % 256, 663359892825767826 % 256]


def test_similarity_is_about_jaccard():
    """Sketches estimate the Jaccard similarity of the shingles within a few standard errors."""
    a, b = [f"w{i}" for i in range(600)], [f"w{i}" for i in range(200, 800)]
    options = MinHash(ngram=1)
    sketches = [np.frombuffer(sign(words, options).sketch, np.uint8)[None] for words in (a, b)]
    assert similarity(sketches[0], sketches[0])[0] == 1.0
    assert similarity(sketches[0], sketches[1])[0] == pytest.approx(0.5, abs=0.15)
