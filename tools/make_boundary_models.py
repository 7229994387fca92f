#!/usr/bin/env python3
"""Writes filters/data/boundaries/NAME.parquet: where words begin, as the recipe's tokenizers have learned it.

    python tools/make_boundary_models.py burmese
    python tools/make_boundary_models.py khmer
    python tools/make_boundary_models.py vietnamese
    python tools/make_boundary_models.py korean TEXTS.parquet

They are the conditional random fields of pyidaungsu (MIT), khmer-nltk (Apache-2.0) and pyvi (MIT, with its list of
words): the same weights by n-grams of units, without the text of the n-grams, and without weights next to nothing.
Korean is fitted here, to what Kiwi says of texts.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pycrfsuite
from polysift.filters.boundary_model import (
    CHARACTERS,
    CLUSTERS,
    FOLDER,
    KHMER_CLASSES,
    SCALE,
    SYLLABLES,
    BoundaryModel,
    clusters,
    code_of,
    key_of,
)
from polysift.filters.syllables import IS_NUMBER, IS_TITLE, IS_UPPER

LEAST = 0.02
"""Weights below are left out."""
LINE = re.compile(r"^  \(\d+\) (.*?) --> (\S+): (-?[\d.e+-]+)$", re.MULTILINE | re.DOTALL)


class Field(NamedTuple):
    """What a conditional random field knows: the weights of attributes, and of labels behind labels, for '1'."""

    attributes: dict[str, float]
    transitions: list[list[float]]


def field_of(tagger: pycrfsuite.Tagger, on: str = "0", begins: str = "1") -> Field:
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", newline="\n") as dumped:
        tagger.dump(dumped.name)
        text = dumped.read()
    _, _, rest = text.partition("TRANSITIONS = {\n")
    moves, _, states = rest.partition("STATE_FEATURES = {\n")
    attributes: dict[str, float] = {}
    for name, label, weight in LINE.findall(states):
        attributes[name] = attributes.get(name, 0.0) + (float(weight) if label == begins else -float(weight))
    between = {(a, b): float(weight) for a, b, weight in LINE.findall(moves)}
    return Field(attributes, [[between.get((a, b), 0.0) for b in (on, begins)] for a in (on, begins)])


def folder_of(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} is not installed; try pip install 'polysift[tokenizers]'")
    return Path(found.origin).parent


def as_model(units: int, folds: bool = False) -> BoundaryModel:
    return BoundaryModel(units, False, folds, *[None] * 4)  # type: ignore[arg-type]


def burmese() -> tuple[dict[str, Any], dict[int, float]]:
    tagger = pycrfsuite.Tagger()
    tagger.open(str(folder_of("pyidaungsu") / "model" / "tokenizer.crfsuite"))
    field = field_of(tagger)
    spans = sorted({span(name) for name in field.attributes if name.startswith("char")})
    weights: dict[int, float] = {}
    for name, weight in field.attributes.items():
        if name.startswith("char"):
            _, _, text = name.partition("=")
            weights[key_of(spans.index(span(name)), [ord(character) for character in text])] = weight
    about = {
        "units": "characters",
        "drops": True,
        "folds": False,
        "templates": [[*of, 0] for of in spans],
        "transitions": biased(field, field.attributes.get("bias", 0.0)),
        "source": "pyidaungsu-numpy2 0.1.4, MIT",
    }
    return about, weights


def span(name: str) -> tuple[int, int]:
    """First and last unit that a feature is made of.

    >>> span("char-2:0=abc"), span("char:+1=ab"), span("kcc[0:+2]:abc"), span("kcc:a")
    ((-2, 0), (0, 1), (0, 2), (0, 0))
    """
    head = re.match(r"(?:char|kcc)\[?([+-]?\d)?(:(?:[+-]?\d))?(?=[\]=:])", name)
    if head is None:
        raise SystemExit(f"unknown feature: {name!r}")
    first = int(head[1] or 0)
    last = int(head[2][1:]) if head[2] else first
    return min(first, last), max(first, last)


def biased(field: Field, bias: float) -> list[list[int]]:
    """The transitions as integers; what speaks for a beginning everywhere is in them."""
    return [[round(SCALE * a), round(SCALE * (b + bias))] for a, b in field.transitions]


NGRAM = re.compile(r"(kcc(?:\[[^\]]*\])?):(.*)", re.DOTALL)
TYPE = re.compile(r"(?:kcc\[([+-]\d)\])?t:(\w+)")
ALONE = re.compile(r"ns([+-]\d)?")


def khmer() -> tuple[dict[str, Any], dict[int, float]]:
    # The file is that of the package, which loads it in the same way.
    path = folder_of("khmernltk") / "word_tokenize" / "sklearn_crf_ner_10000.sav"
    field = field_of(pickle.loads(path.read_bytes()).tagger_)
    ngrams, types, alone = {}, {}, {}
    for name, weight in field.attributes.items():
        if found := NGRAM.fullmatch(name):
            ngrams[span(found[1] + "="), found[2]] = weight
        elif found := TYPE.fullmatch(name):
            types[int(found[1] or 0), found[2]] = weight
        elif found := ALONE.fullmatch(name):
            alone[int(found[1] or 0)] = weight
        elif name not in ("BOS", "EOS"):
            raise SystemExit(f"unknown feature: {name!r}")
    spans = sorted({of for of, _ in ngrams})
    offsets = sorted({at for at, _ in types} | {*alone})
    weights: dict[int, float] = {}
    unit = as_model(CLUSTERS)
    for (of, text), weight in ngrams.items():
        units = clusters(text) if len(text) > 1 else [text]
        if len(units) == of[1] - of[0] + 1:
            weights[key_of(spans.index(of), [code_of(one, unit) for one in units])] = weight
    for at, template in zip(offsets, range(len(spans), len(spans) + len(offsets)), strict=True):
        for number, weight in class_weights(at, types, alone):
            weights[key_of(template, [number])] = weight
    about = {
        "units": "clusters",
        "drops": False,
        "folds": False,
        "templates": [[*of, 0] for of in spans] + [[at, at, 1] for at in offsets],
        "transitions": biased(field, 0.0),
        "source": "khmer-nltk 1.6, Apache-2.0",
    }
    return about, weights


SMALL = re.compile(r"(?:([+-]1):)?word\.lower\(\):(.*)", re.DOTALL)


def vietnamese() -> tuple[dict[str, Any], dict[int, float]]:
    folder = folder_of("pyvi") / "models"
    field = field_of(pickle.loads((folder / "pyvi3.pkl").read_bytes()).tagger_, "I_W", "B_W")
    known = field.attributes
    spans = [(0, 0), (-1, -1), (1, 1), (-1, 0), (0, 1), (-2, 0), (0, 2)]
    unit, weights = as_model(SYLLABLES), {}
    for name, weight in known.items():
        if found := SMALL.fullmatch(name):
            at = int(found[1] or 0)
            weights[key_of(spans.index((at, at)), [code_of(found[2], unit)])] = weight
    for line in (folder / "words.txt").read_text(encoding="utf-8").split("\n"):
        units = line.split(" ")
        before, after = {2: ("-1:word.bi", "+1:word.bi"), 3: ("-2:word.tri", "+2:word.tri")}.get(
            len(units), ("", "")
        )
        if before and line == line.lower():
            codes = [code_of(one, unit) for one in units]
            for of, name in (((1 - len(units), 0), before), ((0, len(units) - 1), after)):
                weights[key_of(spans.index(of), codes)] = known[f"{name}_gram()"]
    for template, at in enumerate(("", "-1:", "+1:"), len(spans)):
        for number in range(1, 8):
            names = (("isupper", IS_UPPER), ("istitle", IS_TITLE), ("isdigit", IS_NUMBER))
            weight = sum(known.get(f"{at}word.{name}()", 0.0) for name, bit in names if number & bit)
            weights[key_of(template, [number])] = weight
    about = {
        "units": "syllables",
        "drops": False,
        "folds": False,
        "templates": [[*of, 0] for of in spans] + [[at, at, 1] for at in (0, -1, 1)],
        "transitions": biased(field, known["bias"]),
        "source": "pyvi 0.1.1, MIT",
    }
    return about, weights


def class_weights(
    at: int, types: dict[tuple[int, str], float], alone: dict[int, float]
) -> Iterator[tuple[int, float]]:
    """The weights of `boundary_model.class_of` a cluster; khmer-nltk calls clusters of one character by its kind."""
    for kind in range(len(KHMER_CLASSES)):
        for length in range(1, 17):
            name = f"K{length}" if length > 1 else ("C", "W", "S", "D", "NS")[kind]
            other = KHMER_CLASSES[kind] == "other"
            yield 5 * length + kind, types.get((at, name), 0.0) + (alone.get(at, 0.0) if other else 0.0)


def write(name: str, about: dict[str, Any], weights: dict[int, float]) -> None:
    kept = {key: round(SCALE * weight) for key, weight in sorted(weights.items()) if abs(weight) >= LEAST}
    table = pa.table({"key": pa.array([*kept], pa.uint32()), "weight": pa.array(kept.values(), pa.int16())})
    table = table.replace_schema_metadata({"model": json.dumps(about)})
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.parquet"
    pq.write_table(table, path, compression="zstd", use_dictionary=["weight"])
    print(f"{path}: {len(kept):,} of {len(weights):,} weights, {path.stat().st_size / 1e3:.0f} kB")


def korean(texts: Iterable[str] = ()) -> tuple[dict[str, Any], dict[int, float]]:
    """Kiwi divides morphemes by models of hundreds of megabytes: a field that is fitted to what it says of texts."""
    from datatrove.utils.word_tokenizers import load_word_tokenizer

    tokenizer = load_word_tokenizer("kor_Hang").tokenizer
    trainer = pycrfsuite.Trainer(verbose=False)
    for text in texts:
        begins = {token.start for token in tokenizer.tokenize(text) if token.end > token.start}
        for line in re.finditer(r"[^\n]+", text):
            first, stop = line.span()
            labels = [
                str(int(at == first or at in begins or text[at].isspace())) for at in range(first, stop)
            ]
            trainer.append(list(attributes_of(line.group())), labels)
    trainer.set_params({"c1": 0.4, "c2": 1e-3, "max_iterations": 60, "feature.possible_transitions": True})
    with tempfile.NamedTemporaryFile() as trained:
        trainer.train(trained.name)
        tagger = pycrfsuite.Tagger()
        tagger.open(trained.name)
        field = field_of(tagger)
    weights: dict[int, float] = {}
    for name, weight in field.attributes.items():
        template, _, text = name.partition("|")
        weights[key_of(int(template), [ord(character) for character in text])] = weight
    about = {
        "units": "characters",
        "drops": False,
        "folds": True,
        "templates": [[*of, 0] for of in FITTED],
        "transitions": biased(field, 0.0),
        "source": "fitted to the morphemes of kiwipiepy on texts of CC0, CC BY and Apache-2.0 sources",
    }
    return about, {key: weight for key, weight in weights.items() if abs(weight) >= 5 * LEAST}


FITTED = (
    *(
        (0, 0),
        (-1, -1),
        (-1, 0),
        (-2, -2),
        (-2, 0),
        (-2, -1),
        (-3, 0),
        (1, 1),
        (0, 1),
        (2, 2),
        (0, 2),
        (1, 2),
        (0, 3),
    ),
    *((1, 3), (-1, 1), (-2, 1), (-1, 2)),
)
"""The n-grams of a field that is fitted: first and last unit."""


def attributes_of(line: str) -> Iterator[list[str]]:
    """The n-grams around each character."""
    unit = as_model(CHARACTERS, folds=True)
    folded = "".join(chr(code_of(character, unit)) for character in line)
    for at in range(len(line)):
        spans = ((at + first, at + last + 1) for first, last in FITTED)
        yield [
            f"{template}|{folded[first:stop]}"
            for template, (first, stop) in enumerate(spans)
            if first >= 0 and stop <= len(line)
        ]


MAKERS: dict[str, Callable[[], tuple[dict[str, Any], dict[int, float]]]] = {
    "burmese": burmese,
    "khmer": khmer,
    "vietnamese": vietnamese,
    "korean": korean,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=MAKERS)
    parser.add_argument("texts", nargs="?", type=Path, help="for korean: a Parquet file with a column `text`")
    arguments = parser.parse_args()
    if arguments.name == "korean":
        write("korean", *korean(pq.read_table(arguments.texts)["text"].to_pylist()))
    else:
        write(arguments.name, *MAKERS[arguments.name]())


if __name__ == "__main__":
    main()
