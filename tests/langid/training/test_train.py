"""A whole training on a small sample: the same again, within its budget, with figures and card."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polysift.langid.errors import PolysiftError
from polysift.langid.fasttext_model import read_layout
from polysift.langid.identify import load_model
from polysift.langid.training.augment import Augmentation, augment, fragment, short, without_diacritics
from polysift.langid.training.balance import balanced_counts, draw
from polysift.langid.training.evaluate import calibration_error, evaluate
from polysift.langid.training.fit import Shape
from polysift.langid.training.noise import noise_lines, real_code
from polysift.langid.training.sources import read_examples, spans, with_enough
from polysift.langid.training.train import Recipe, train

SYLLABLES = {
    "por_Latn": "ção lha nho mente que",
    "rus_Cyrl": "ого ная что при ста",
    "ell_Grek": "και του την ότι μας",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences of made-up words that only one language has, 200 of each, and one of a fourth."""
    rng = np.random.default_rng(1)
    rows = [
        (" ".join("".join(rng.choice(parts.split(), 2)) for _ in range(rng.integers(4, 12))), label)
        for label, parts in SYLLABLES.items()
        for _ in range(200)
    ]
    rows.append(("ein Satz", "deu_Latn"))
    folder = tmp_path_factory.mktemp("sources")
    texts, labels = zip(*rows, strict=True)
    pq.write_table(pa.table({"text": texts, "lang": labels}), folder / "made.parquet")
    return folder


def recipe(source: Path, **changes: object) -> Recipe:
    shape = Shape(dim=8, bucket=5000, minCount=1, epoch=5, lr=0.2)
    settings = {"sources": (source,), "shape": shape, "max_bytes": 200_000, "noise": 0.1, "held_out": 0.2}
    return Recipe(**{**settings, **changes})  # type: ignore[arg-type]


def test_the_same_again(source: Path, tmp_path: Path) -> None:
    """The same text and seed give the same bytes; another seed gives another model."""
    for out, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(recipe(source, seed=seed), tmp_path / out, lambda _: None)
    (first, again, other) = (next((tmp_path / out).glob("model.*")).read_bytes() for out in "abc")
    assert first == again != other


def test_what_training_writes(source: Path, tmp_path: Path) -> None:
    """A model that polysift reads, within its budget; labels with figures; a card; nothing else."""
    figures = train(recipe(source), tmp_path, lambda _: None)
    (model,) = tmp_path.glob("model.*")
    assert model.stat().st_size <= 200_000
    assert {path.name for path in tmp_path.iterdir()} == {
        model.name,
        "labels.csv",
        "figures.json",
        "README.md",
    }
    assert figures["held-out text"].macro_f1 > 0.95
    evidence = read_layout(model).evidence
    assert evidence is not None
    assert f"logits times {evidence.most:.3g} n / (n + {evidence.half:g})" in (
        tmp_path / "README.md"
    ).read_text("utf-8")
    texts = pa.array(["çãolha quemente nhoque çãomente", "огоная чтопри стаого"])
    assert load_model(str(model)).identify(texts).label_names() == ["por_Latn", "rus_Cyrl"]
    with (tmp_path / "labels.csv").open(encoding="utf-8") as lines:
        rows = {row["label"]: row for row in csv.DictReader(lines)}
    assert rows.keys() == SYLLABLES.keys()
    assert rows["por_Latn"]["lines"] == "200"
    assert "deu_Latn (1)" in (tmp_path / "README.md").read_text("utf-8")
    assert json.loads((tmp_path / "figures.json").read_text("utf-8"))["recipe"]["seed"] == 1


def test_a_prior_makes_a_label_less_likely(source: Path, tmp_path: Path) -> None:
    """With log-odds far below 0 the label's own texts get another one; a label that is not there is an error."""
    train(recipe(source, priors=(("por_Latn", -100.0),)), tmp_path / "a", lambda _: None)
    (model,) = (tmp_path / "a").glob("model.*")
    texts = pa.array(["çãolha quemente nhoque çãomente", "огоная чтопри стаого"])
    changed, same = load_model(str(model)).identify(texts).label_names()
    assert changed != "por_Latn"
    assert same == "rus_Cyrl"
    with pytest.raises(PolysiftError, match="no label 'por_Latin'; did you mean 'por_Latn'"):
        train(recipe(source, priors=(("por_Latin", 1.0),)), tmp_path / "c", lambda _: None)


def test_scores_of_other_losses_have_no_factor(source: Path, tmp_path: Path) -> None:
    """A hierarchical softmax has a logit for each node of its tree, not for each label."""
    shape = Shape(dim=8, bucket=5000, minCount=1, epoch=5, lr=0.2, loss="hs")
    train(recipe(source, shape=shape), tmp_path, lambda _: None)
    (model,) = tmp_path.glob("model.*")
    assert read_layout(model).evidence is None
    assert "logits times" not in (tmp_path / "README.md").read_text("utf-8")


def test_a_budget_that_is_too_small(source: Path, tmp_path: Path) -> None:
    """A budget that no model fits in is an error that names it."""
    with pytest.raises(PolysiftError, match="1,000 is too little"):
        train(recipe(source, max_bytes=1000), tmp_path, lambda _: None)


def test_sources_say_what_is_wrong(source: Path) -> None:
    """A column that is not there, a folder without Parquet and a path that leads nowhere are errors with advice."""
    with pytest.raises(PolysiftError, match=r"no column 'body'; it has text, lang"):
        read_examples([source], "body", ["lang"], 0)
    with pytest.raises(PolysiftError, match="no such file or folder"):
        read_examples([source / "none"], "text", ["lang"], 0)


def test_held_out_text_is_never_trained_on(source: Path) -> None:
    """A text given twice is on one side only, and counts once."""
    examples = read_examples([source, source], "text", ["lang"], 0.2)
    assert len(examples.texts) == len(set(examples.texts)) == 601
    assert 60 < examples.held_out.sum() < 180
    kept, few = with_enough(examples, 20)
    assert few == {"deu_Latn": 1}
    assert len(kept.texts) == 600


def test_spans_are_the_text() -> None:
    """The spans of a long text together are the text, also where it has no spaces."""
    for text in ("palavra curta " * 100, "漢字" * 700):
        assert "".join(spans(text.strip())).replace(" ", "") == text.replace(" ", "")


def test_balance() -> None:
    """Temperature 1 keeps the proportions, a large one makes labels equal, and repeats are bounded."""
    counts = np.array([900, 100])
    assert balanced_counts(counts, 1, 1, 99).tolist() == [900, 100]
    assert balanced_counts(counts, 1, 1e9, 99).tolist() == [500, 500]
    assert balanced_counts(counts, 1, 1e9, 2).tolist() == [500, 200]
    rows = draw(np.array([0, 0, 1]), np.array([3, 2]), np.random.default_rng(1))
    assert sorted(rows.tolist()) in ([0, 0, 1, 2, 2], [0, 1, 1, 2, 2])


def test_augmentation() -> None:
    """Each change happens where it is asked for, and only there."""
    rng = np.random.default_rng(1)
    text = "Onde está a Biblioteca municipal da cidade?"
    off = dict.fromkeys(vars(Augmentation()), 0.0)
    assert augment(text, Augmentation(**off), rng) == text
    assert augment(text, Augmentation(**{**off, "upper": 1}), rng) == text.upper()
    longer = augment(text, Augmentation(**{**off, "mixed_in": 1}), rng).split()
    assert [word for word in longer if word in text.split()] == text.split()
    assert len(longer) > 7
    assert fragment(text, rng) in text
    chat = augment(text, Augmentation(**{**off, "informal": 1}), np.random.default_rng(4))
    assert chat != text
    assert chat.startswith("Onde ")
    assert without_diacritics("Ação") == "Acao"
    assert without_diacritics("สวัสดีครับ") == "สวัสดีครับ"


def test_short_spans() -> None:
    """A few words, or characters where there are no spaces, of the text and not longer than its first words need."""
    rng = np.random.default_rng(1)
    for text in (
        "Onde está a Biblioteca municipal da cidade?",
        "図書館は駅のすぐ隣にあります。毎朝九時に開きます",
    ):
        spans_of_it = [short(text, rng) for _ in range(200)]
        assert all(span in text and len(span) > 2 for span in spans_of_it)
        assert len(set(spans_of_it)) > 20
    assert min(map(len, spans_of_it)) == 3
    assert max(map(len, spans_of_it)) == 15
    assert short("a", rng) == "a"


def test_real_code_is_divided() -> None:
    """No snippet of real code is in training and in evaluation, and all are one line of ASCII."""
    trained, kept = real_code(held_out=False), real_code(held_out=True)
    assert len(trained) > 8 * len(kept) > 1000
    assert not {*trained} & {*kept}
    assert all(text.isascii() and "\n" not in text for text in (*trained, *kept))


def test_noise_is_seeded() -> None:
    """The same seed makes the same lines, each of one line with a label of noise."""
    first, again = (noise_lines(50, np.random.default_rng(7)) for _ in range(2))
    assert first == again
    assert all(label[:3] in ("zxx", "und") and text and "\n" not in text for text, label in first)


def test_figures() -> None:
    """Precision, recall, F1 and false positives of a label, and calibration, as defined."""
    gold, given = ["a", "a", "a", "b"], ["a", "a", "b", "b"]
    figures = evaluate(gold, given, np.array([0.9, 0.9, 0.9, 0.9]))
    assert figures.labels["a"][:4] == (3, 1.0, 2 / 3, 0.8)
    assert figures.labels["b"].false_positive_rate == 1 / 3
    assert figures.accuracy == 0.75
    assert figures.calibration_error == pytest.approx(0.15)
    assert calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


@pytest.mark.parametrize("module", [None, SimpleNamespace()])
def test_training_without_the_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    """Where there is none, and where there is one that only predicts; before any text is read."""
    monkeypatch.setitem(sys.modules, "fasttext", module)
    with pytest.raises(PolysiftError, match=r"polysift\[train\]"):
        train(Recipe((tmp_path / "none.parquet",)), tmp_path / "model", print)
    assert not (tmp_path / "model").exists()
