"""The engine against the fasttext package, on models trained here with each loss and on lid.176."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polysift.langid.engine import Engine
from polysift.langid.errors import PolysiftError
from polysift.langid.identify import MODELS
from polysift.langid.kernels import from_arrow

WEB = Path(__file__).parent.parent / "data" / "web"
LANGUAGES = 12

# Arguments of training, and of quantisation where there is one.
NGRAMS = {"minn": 2, "maxn": 4, "bucket": 3000}
MODELS_TRAINED = {
    "softmax": ({"loss": "softmax", **NGRAMS}, None),
    "softmax of words alone": ({"loss": "softmax"}, None),
    "softmax of word pairs": ({"loss": "softmax", "wordNgrams": 2, "bucket": 3000}, None),
    "hierarchical": ({"loss": "hs", **NGRAMS}, None),
    "hierarchical with word triples": ({"loss": "hs", **NGRAMS, "wordNgrams": 3}, None),
    "one vs all": ({"loss": "ova", **NGRAMS}, None),
    "negative sampling": ({"loss": "ns", "minn": 1, "maxn": 3, "bucket": 3000}, None),
    "quantised": ({"loss": "softmax", **NGRAMS}, {}),
    "quantised with norms": ({"loss": "softmax", **NGRAMS}, {"qnorm": True}),
    "quantised, pruned": ({"loss": "hs", **NGRAMS}, {"qnorm": True, "cutoff": 2000}),
    "quantised, pruned, word pairs": ({"loss": "ova", **NGRAMS, "wordNgrams": 2}, {"cutoff": 2000}),
    "quantised output": ({"loss": "ova", **NGRAMS, "labels": 300}, {"qnorm": True, "qout": True}),
    "odd parts": ({"loss": "softmax", "dim": 11, "labels": 300}, {"dsub": 3, "qout": True}),
}


def _web(languages: int) -> tuple[list[str], list[str]]:
    """Texts of the sample, and labels."""
    table = pq.read_table(WEB / "crawl-a.parquet", columns=["text", "lang"])
    names = sorted(set(table["lang"].to_pylist()))[:languages]
    rows = [row for row in table.to_pylist() if row["lang"] in names]
    return [row["text"] for row in rows], [row["lang"] for row in rows]


TEXTS = [
    *_web(40)[0][::3],
    "",
    " ",
    "\n",
    "</s> word",
    "a </s> b",
    "__label__x y",
    "a\0b\rc\vd",
    "<>",
    "x" * 70,
]


# Trains the model that the argument describes. In a process of its own whose memory comes zeroed: the package, with
# one thread, fills only a tenth of the matrix and leaves the rest as it finds it.
TRAIN = """
import fasttext, json, sys
text, path, arguments, quantisation = json.loads(sys.argv[1])
model = fasttext.train_supervised(text, **arguments)
if quantisation is not None:
    model.quantize(**quantisation)
model.save_model(path)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Trains a model on the web sample, small and quick, and gives its file."""
    folder = tmp_path_factory.mktemp("models")

    def train(name: str) -> Path:
        path = folder / f"{name}.bin"
        if path.exists():
            return path
        arguments, quantisation = MODELS_TRAINED[name]
        arguments = {"dim": 16, "epoch": 2, "lr": 0.5, "minCount": 2, "thread": 1, "verbose": 0, **arguments}
        pieces = arguments.pop("labels", 0)
        texts, labels = _web(LANGUAGES)
        lines = [
            f"__label__{label} {' '.join(text.split())}" for text, label in zip(texts, labels, strict=True)
        ]
        # As many labels as product quantisation needs: the same texts under numbers.
        lines += [f"__label__{i} {' '.join(texts[i % len(texts)].split()[:40])}" for i in range(pieces)]
        (folder / "train.txt").write_text("\n".join(lines))
        job = json.dumps([str(folder / "train.txt"), str(path), arguments, quantisation])
        subprocess.run(
            [sys.executable, "-c", TRAIN, job],
            check=True,
            env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "4096"},
        )
        return path

    return train


@cache
def _loaded(path: Path) -> tuple[Engine, Any]:
    """The engine, and the package, each with that model."""
    return Engine(path), fasttext.load_model(str(path)).f


def differences(path: Path, texts: list[str], least: float, most: int | None) -> tuple[float, float]:
    """Share of texts with another best label than the package's, and the largest difference of scores."""
    engine, package = _loaded(path)
    found = engine.predict(from_arrow(pa.array(texts)), least, most)
    assert len(found.offsets) == len(texts) + 1
    wrong, largest = 0, 0.0
    for i, text in enumerate(texts):
        line = text.replace("\n", " ") + "\n"
        expected = package.predict(line, most or -1, least, "strict") or package.predict(
            line, 1, 0.0, "strict"
        )
        mine = slice(found.offsets[i], found.offsets[i + 1])
        names = [engine.labels[label] for label in found.labels[mine]]
        scores = dict(zip(names, found.scores[mine].tolist(), strict=True))
        wrong += [label for _, label in expected][:1] != names[:1]
        for score, label in expected:
            # Scores at the threshold may be on either side of it.
            largest = max(largest, abs(score - scores.get(label, least)))
        assert sorted(scores.values(), reverse=True) == found.scores[mine].tolist()
    return wrong / len(texts), largest


@pytest.mark.parametrize("name", MODELS_TRAINED)
def test_labels_and_scores_are_those_of_the_package(trained, name: str) -> None:
    """For each loss, with and without n-grams, quantised or not: the same best labels, the same scores."""
    wrong, largest = differences(trained(name), TEXTS, 0.01, None)
    assert wrong == 0
    assert largest <= 1e-4


@pytest.mark.parametrize(("least", "most"), [(0.0, None), (0.0, 1), (0.0, 3), (0.3, 2)])
@pytest.mark.parametrize("name", ["softmax", "hierarchical", "one vs all"])
def test_thresholds_and_numbers_of_labels(trained, name: str, least: float, most: int | None) -> None:
    """All labels, one, some: as the package gives them."""
    wrong, largest = differences(trained(name), TEXTS[::4], least, most)
    assert wrong == 0
    assert largest <= 1e-4


def test_lid176_is_that_of_the_package() -> None:
    """On the web sample in all its languages."""
    wrong, largest = differences(MODELS["lid176"], _web(200)[0][::4], 0.009, None)
    assert wrong == 0
    assert largest <= 1e-5


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \n\0\t<>ab"), max_size=40))
)
def test_any_text(texts: list[str]) -> None:
    """Random Unicode, empty texts and empty batches."""
    wrong, largest = differences(MODELS["lid176"], texts, 0.009, None) if texts else (0, 0)
    assert wrong == 0
    assert largest <= 1e-4
    engine, _ = _loaded(MODELS["lid176"])
    assert len(engine.predict(from_arrow(pa.array(texts, pa.string()))).offsets) == len(texts) + 1


def test_a_text_is_scored_the_same_in_any_company(trained) -> None:
    """To the last bit: alone, in another order, with words of others in the way."""
    for path in (MODELS["lid176"], trained("one vs all"), trained("softmax of word pairs")):
        texts = TEXTS[:60]
        forwards = Engine(path).predict(from_arrow(pa.array(texts)), 0.01)
        engine = Engine(path)
        for i in reversed(range(len(texts))):
            alone = engine.predict(from_arrow(pa.array([texts[i]])), 0.01)
            rows = slice(forwards.offsets[i], forwards.offsets[i + 1])
            assert alone.scores.tobytes() == forwards.scores[rows].tobytes()
            assert alone.labels.tolist() == forwards.labels[rows].tolist()


def test_a_word_n_grams_row_beyond_31_bits_of_hash(trained) -> None:
    """Words whose hash is negative as a 32-bit number take part in n-grams with their sign."""
    texts = [" ".join(re.findall(r"\w+", text)[:6]) for text in TEXTS[:80]]
    wrong, largest = differences(trained("softmax of word pairs"), texts, 0.0, None)
    assert wrong == 0
    assert largest <= 1e-4


def test_damaged_numbers_are_an_error(write_model) -> None:
    """A model that gives no number says where."""
    path = write_model({"pt": (float("nan"), 0), "es": (1, 0)}, {"mundo": (1, 0)})
    with pytest.raises(PolysiftError, match=r"model\.bin: scores are not numbers"):
        Engine(path).predict(from_arrow(pa.array(["mundo"])))


def test_a_text_without_a_known_feature_has_no_label(write_model) -> None:
    """A model of words alone that knows none of them, not even the end of a line."""
    found = Engine(write_model({"pt": (1, 0)}, {"mundo": (1, 0)})).predict(
        from_arrow(pa.array(["a", "mundo"]))
    )
    assert found.offsets.tolist() == [0, 0, 1]
    assert np.allclose(found.scores, 1, atol=2e-5)
