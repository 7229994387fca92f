"""Texts to language labels: identification by a fastText model.

The model says which language a text is in, the text's own characters say in which script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import xxhash
from numpy.typing import NDArray

from .aliases import LABEL_SETS
from .engine import Engine, Predictions
from .errors import PolysiftError
from .fasttext_model import ADVICE, check_model
from .kernels import from_arrow
from .labels import UNDETERMINED, canonical, canonical_code, written_scripts
from .models import MODELS as MODELS  # noqa: PLC0414 - what others import from here
from .models import model_path
from .sample import sample
from .script_kernel import prominent_scripts
from .scripts import script_counts
from .top_labels import top_labels

TOP_SCORE_MIN = 0.01
"""FineWeb2 keeps the labels that score more than this as a document's top languages."""

# A script counts as one that the text is written in from this share of its characters on: link lists and
# texts about software are mostly Latin letters, in whatever language the rest is.
SCRIPT_SHARE_MIN = 0.1

# fastText prunes its search slightly above the threshold it is given; asked for less, it loses nothing.
SEARCH_SCORE_MIN = 0.9 * TOP_SCORE_MIN

_PREFIX = "__label__"
_MODEL_LABEL = re.compile(r"([a-z]{2,3})(?:[_-][A-Za-z]{4})?")


class Identified(NamedTuple):
    """The languages of texts.

    Attributes:
        names: the canonical labels that occur, in alphabetical order.
        labels: int32 (texts,), positions in `names`.
        scores: float64 (texts,), 0 to 1.
        top: strings (texts,), JSON objects such as '{"por_Latn_score": 0.98, "glg_Latn_score": 0.012}': the
            labels that score above 0.01, best first, rounded to 6 decimals.
    """

    names: list[str]
    labels: NDArray[np.int32]
    scores: NDArray[np.float64]
    top: pa.Array

    def label_names(self) -> list[str]:
        """The label of each text."""
        return [self.names[label] for label in self.labels]


class LanguageModel(Protocol):
    """What can tell languages apart."""

    def identify(self, texts: pa.Array) -> Identified:
        """The language of each text; `texts` is of type string or large_string."""
        ...


def load_model(name: str, sample_bytes: int | None = None) -> LanguageModel:
    """The model with that name in `models`, or in the fastText file at that path.

    With `sample_bytes` it reads only parts of texts that are longer, as `sample` cuts them. Raises PolysiftError,
    before any text is read, if there is no such file or it is no supervised fastText
    model of languages. The file itself is loaded with the first text, in the process that identifies it.

    >>> model = load_model("lid176")
    >>> texts = ["Onde fica a biblioteca municipal?", "图书馆在哪里？", "Где находится библиотека?", "1234"]
    >>> model.identify(pa.array(texts)).label_names()
    ['por_Latn', 'cmn_Hani', 'rus_Cyrl', 'und_Zyyy']
    """
    return FastTextLanguageModel(model_path(name), sample_bytes)


def model_digest(name: str) -> str:
    """128-bit xxh3 hash of a model's file, in hexadecimal, after the checks of `load_model`."""
    path = model_path(name)
    check_model(path)
    hasher = xxhash.xxh3_128()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            hasher.update(block)
    return hasher.hexdigest()


class FastTextLanguageModel:
    """Language identification by a supervised fastText model whose labels are languages.

    The language comes from the model's best label. The script is the one with the most characters in the
    text; but where the language is not written in it and is in another that fills a tenth of the text, that
    one. Of two model labels that are one language here (lid.176's "az" and "azb" in Arabic script), the
    better score counts, so that the first of the top labels is always the label and score of the text.

    Text in no script, such as digits, emoji or white space, is `und_Zyyy` with score 0, and text with no word
    that the model knows `und_` and its script. Line breaks are read as spaces, as in the recipe; the word
    "</s>" ends a text, as in fastText. Pickling leaves the loaded model behind.
    """

    def __init__(self, path: Path, sample_bytes: int | None = None) -> None:
        self.path = path
        self.sample_bytes = sample_bytes
        labels = check_model(path)
        codes = _label_codes(path, labels)
        self.codes = [codes[label] for label in labels]
        self._names: dict[tuple[int, bytes], str] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "engine"}

    @cached_property
    def engine(self) -> Engine:
        """The loaded model."""
        return Engine(self.path)

    def identify(self, texts: pa.Array) -> Identified:
        """The language of each text, in order; `texts` is of type string or large_string."""
        strings = from_arrow(texts)
        if self.sample_bytes is not None:
            strings = sample(strings, self.sample_bytes)
        counted = script_counts(strings)
        scripts = prominent_scripts(counted, SCRIPT_SHARE_MIN)
        found = self.engine.predict(strings, SEARCH_SCORE_MIN)
        names, first, labels = self._named(counted.codes, scripts, found)
        scores = np.minimum(found.scores.astype(np.float64), 1.0)
        known = (np.diff(found.offsets) > 0) & (scripts[:, 0] > 0)
        best = np.zeros(len(first))
        best[known] = scores[found.offsets[:-1][known]]
        told = np.repeat(known, np.diff(found.offsets))
        offsets = np.concatenate([[0], np.cumsum(np.where(known, np.diff(found.offsets), 0))])
        top = top_labels(offsets, labels[told], scores[told], names, TOP_SCORE_MIN)
        used, numbers = np.unique(first, return_inverse=True)
        return Identified([names[i] for i in used], numbers.astype(np.int32), best, top)

    def _named(
        self, codes: tuple[str, ...], scripts: NDArray[np.uint8], found: Predictions
    ) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
        """Sorted canonical labels; and as positions among them, the label of each text and each prediction."""
        counts = np.diff(found.offsets)
        written, combinations = _distinct(scripts)
        # One more for each text: the name it has where nothing is found.
        keys = np.concatenate([combinations, np.repeat(combinations, counts)]) * (len(self.codes) + 1)
        keys += np.concatenate([np.full(len(counts), len(self.codes)), found.labels])
        pairs, places = np.unique(keys, return_inverse=True)
        split = (divmod(pair, len(self.codes) + 1) for pair in pairs.tolist())
        named = [self._name(codes, label, written[combination]) for combination, label in split]
        names = sorted(set(named))
        position = {name: i for i, name in enumerate(names)}
        numbers = np.array([position[name] for name in named], np.int64)[places]
        first, labels = numbers[: len(counts)].copy(), numbers[len(counts) :]
        some = (counts > 0) & (scripts[:, 0] > 0)
        first[some] = labels[found.offsets[:-1][some]]
        return names, first, labels

    def _name(self, codes: tuple[str, ...], label: int, scripts: bytes) -> str:
        """The canonical label of a model's label in a text of these scripts, or of one that nothing is known of."""
        key = label, scripts
        if key not in self._names:
            names = tuple(codes[place - 1] for place in scripts if place)
            nothing = label == len(self.codes) or not names
            unknown = f"und_{names[0]}" if names else UNDETERMINED
            self._names[key] = unknown if nothing else _written_label(self.codes[label], names)
        return self._names[key]


def _distinct(scripts: NDArray[np.uint8]) -> tuple[list[bytes], NDArray[np.int64]]:
    """The distinct rows, and each row's position among them."""
    rows = pa.Array.from_buffers(pa.binary(scripts.shape[1]), len(scripts), [None, pa.py_buffer(scripts)])
    encoded = rows.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


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
