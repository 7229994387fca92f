"""Texts to language labels: the registry of models, and identification by a fastText model.

The model says which language a text is in, the text's own characters say in which script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from .aliases import LABEL_SETS
from .errors import PolysiftError, did_you_mean
from .fasttext_model import ADVICE, check_model
from .labels import UNDETERMINED, canonical, canonical_code, written_scripts
from .scripts import script_shares
from .unicode_data import DATA

MODELS: Mapping[str, Path] = MappingProxyType({"lid176": DATA / "lid.176.ftz"})
"""The models that polysift brings, by name."""

TOP_SCORE_MIN = 0.01
"""FineWeb2 keeps the labels that score more than this as a document's top languages."""

SCORE_DIGITS = 6
"""Decimals of the scores in `top`: about what a 32-bit float holds."""

# A script counts as one that the text is written in from this share of its characters on: link lists and
# texts about software are mostly Latin letters, in whatever language the rest is.
SCRIPT_SHARE_MIN = 0.1

# fastText prunes its search slightly above the threshold it is given; asked for less, it loses nothing.
SEARCH_SCORE_MIN = 0.9 * TOP_SCORE_MIN

_PREFIX = "__label__"
_MODEL_LABEL = re.compile(r"([a-z]{2,3})(?:[_-][A-Za-z]{4})?")


class Identified(NamedTuple):
    """One entry per text: `labels` (canonical), `scores` (float64 of shape (n,), 0 to 1), and `top`.

    `top` holds JSON objects such as '{"por_Latn_score": 0.98, "glg_Latn_score": 0.012}': the labels that
    score above 0.01, best first, rounded to 6 decimals.
    """

    names: list[str]
    labels: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float64]
    top: pa.Array


class LanguageModel(Protocol):
    """What can tell languages apart."""

    def identify(self, texts: Sequence[str]) -> Identified:
        """The language of each text."""
        ...


def load_model(name: str) -> LanguageModel:
    """The model with that name in `MODELS`, or in the fastText file at that path.

    Raises PolysiftError, before any text is read, if there is no such file or it is no supervised fastText
    model of languages. The file itself is loaded with the first text, in the process that identifies it.

    >>> model = load_model("lid176")
    >>> texts = ["Onde fica a biblioteca municipal?", "图书馆在哪里？", "Где находится библиотека?", "1234"]
    >>> model.identify(texts).labels
    ['por_Latn', 'cmn_Hani', 'rus_Cyrl', 'und_Zyyy']
    """
    return FastTextLanguageModel(_model_path(name))


def model_digest(name: str) -> str:
    """128-bit xxh3 hash of a model's file, in hexadecimal, after the checks of `load_model`."""
    path = _model_path(name)
    check_model(path)
    hasher = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            hasher.update(block)
    return hasher.hexdigest()


def _model_path(name: str) -> Path:
    path = MODELS.get(name, Path(name))
    if not path.exists():
        raise PolysiftError(
            f"language model {name!r} not found: there is no model of that name (known: {', '.join(MODELS)}) "
            f"and no file {path.absolute()}{did_you_mean(name, MODELS)}; {ADVICE}"
        )
    return path


class FastTextLanguageModel:
    """Language identification by a supervised fastText model whose labels are languages.

    The language comes from the model's best label. The script is the one with the most characters in the
    text; but where the language is not written in it and is in another that fills a tenth of the text, that
    one. Of two model labels that are one language here (lid.176's "az" and "azb" in Arabic script), the
    better score counts, so that the first of the top labels is always the label and score of the text.

    Text in no script, such as digits, emoji or white space, is `und_Zyyy` with score 0. fastText takes line
    breaks for the end of a text, so they are read as spaces, as in the recipe; it also stops at the word
    "</s>", which is left so. Pickling leaves the loaded model behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.codes = _label_codes(path, check_model(path))
        self._names: dict[tuple[str, tuple[str, ...]], str] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_fasttext"}

    @cached_property
    def _fasttext(self) -> Any:
        # Only the C++ object inside, because the Python layer around it checks and copies every text. Where it
        # can be, not from fasttext.load_model, which prints a warning in some releases; fasttext-predict, the
        # package with wheels for Python 3.13, has nothing else.
        try:
            from fasttext.FastText import _FastText as load
        except ImportError:
            from fasttext import load_model as load
        return load(str(self.path)).f

    def identify(self, texts: pa.Array) -> Identified:
        """The language of each text, in order."""
        found = [self._identify(text) for text in texts.to_pylist()]
        names = sorted({label for label, _, _ in found})
        labels = np.array([names.index(label) for label, _, _ in found], np.int32)
        scores = np.array([score for _, score, _ in found], dtype=np.float64)
        return Identified(names, labels, scores, pa.array([top for _, _, top in found], pa.string()))

    def _identify(self, text: str) -> tuple[str, float, str]:
        scripts = _prominent_scripts(text)
        if not scripts:
            return UNDETERMINED, 0.0, "{}"
        scores: dict[str, float] = {}
        for score, model_label in self._predict(text):
            # fastText's scores can exceed 1 by some 1e-5.
            scores.setdefault(self._label(model_label, scripts), min(score, 1.0))
        if not scores:  # no word of the text is in the model's vocabulary
            return f"und_{scripts[0]}", 0.0, "{}"
        top = {f"{label}_score": round(s, SCORE_DIGITS) for label, s in scores.items() if s > TOP_SCORE_MIN}
        label, score = next(iter(scores.items()))
        return label, score, json.dumps(top)

    def _predict(self, text: str) -> list[tuple[float, str]]:
        """Scores and model labels, best first: all above the threshold, or the best one where none is."""
        # A lone surrogate becomes "?": UTF-8 has none. The line break at the end is what fastText's own tools
        # put there; the model has a vector for it.
        line = text.replace("\n", " ").encode("utf-8", "replace") + b"\n"
        try:
            found = self._fasttext.predict(line, -1, SEARCH_SCORE_MIN, "strict")
            return list(found or self._fasttext.predict(line, 1, 0.0, "strict"))
        except RuntimeError as error:
            raise PolysiftError(
                f"language model {self.path}: fastText fails ({error}); the file is damaged; {ADVICE}"
            ) from None

    def _label(self, model_label: str, scripts: tuple[str, ...]) -> str:
        key = model_label, scripts
        if key not in self._names:
            self._names[key] = _written_label(self.codes[model_label], scripts)
        return self._names[key]


def _label_codes(path: Path, labels: Sequence[str]) -> dict[str, str]:
    """The language code of each label of a model, in ISO 639's meaning."""
    codes = {label: _code(label) for label in labels}
    strange = [label for label, code in codes.items() if not code]
    if strange:
        raise PolysiftError(
            f"language model {path}: {len(strange)} of its {len(labels)} labels are no languages, such as "
            f"{strange[0]!r}; labels must be like '{_PREFIX}pt' or '{_PREFIX}por_Latn'; {ADVICE}"
        )
    meanings = LABEL_SETS[_label_set(codes)]
    return {label: meanings.get(code, code) for label, code in codes.items()}


def _code(model_label: str) -> str:
    """The language code in a model's label, empty if it is none."""
    match = _MODEL_LABEL.fullmatch(model_label.removeprefix(_PREFIX))
    try:
        return match[1] if match and canonical_code(match[1]) else ""
    except PolysiftError:
        return ""


def _label_set(codes: Mapping[str, str]) -> str:
    """Which label set a model's codes are of: the one of lid.176 has Albanian as "sq" beside an "als"."""
    return "lid176" if {_PREFIX + "sq", _PREFIX + "als"} <= codes.keys() else "iso639"


def _prominent_scripts(text: str) -> tuple[str, ...]:
    """The scripts that fill a tenth of the text or more, and the largest in any case; largest first."""
    shares = script_shares(text)
    largest = next(iter(shares), None)
    return tuple(s for s, share in shares.items() if share >= SCRIPT_SHARE_MIN or s == largest)


def _written_label(code: str, scripts: tuple[str, ...]) -> str:
    """The canonical label of a language in a text with these scripts.

    >>> _written_label("zh", ("Latn", "Hani")), _written_label("hi", ("Latn", "Deva"))
    ('cmn_Hani', 'hin_Latn')
    >>> _written_label("el", ("Latn",))
    'ell_Latn'
    """
    written = written_scripts(canonical_code(code, scripts[0]))
    script = next((script for script in scripts if script in written), scripts[0])
    return canonical(f"{code}_{script}")
