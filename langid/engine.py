"""Inference of supervised fastText models: batches of texts in, labels and scores as of the fasttext package out."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import PolysiftError
from .fasttext_direct import is_direct
from .fasttext_features import vocabulary
from .fasttext_matrices import input_matrix, output_matrix
from .fasttext_model import ADVICE, read_layout
from .fasttext_scores import (
    HIERARCHICAL,
    SOFTMAX,
    Best,
    best_by_sigmoid,
    best_by_softmax,
    best_by_tree,
    build_tree,
    is_near_a_step,
    padded,
    products,
    room,
    sigmoid_table,
)
from .fasttext_sums import word_sums
from .fasttext_table import word_table
from .fasttext_texts import text_vectors
from .fasttext_words import Inputs
from .kernels import Strings

# Products of a block of texts, which stay in the processor's cache, and texts in a block.
LOGITS, TEXTS_MIN, TEXTS_MAX = 1 << 16, 32, 256
# Memory for the sums of words that may come again: a share of the model's, within bounds. None where sums are soon made
# anew (`fasttext_direct`); the table is quickest when it stays in the processor's cache.
TABLE_SHARE, TABLE_MIN, TABLE_MAX = 16, 2 << 20, 128 << 20
# Products nearer than this to a step of the sigmoid's table are computed again in fastText's order of addition.
# Well above what the order changes, some 0.00001; guarded by the tests that compare with the fasttext package.
STEP_TOLERANCE = 1e-4


class Predictions(NamedTuple):
    """Labels of texts, best first.

    Attributes:
        offsets: int64 (texts + 1,), the labels of text i are `offsets[i]` to `offsets[i + 1]`.
        labels: int32 (predictions,), positions in `Engine.labels`.
        scores: float32 (predictions,), 0 to 1, or above 1 by some 0.00001.
    """

    offsets: NDArray[np.int64]
    labels: NDArray[np.int32]
    scores: NDArray[np.float32]


class Engine:
    """A supervised fastText model (`.bin` or `.ftz`).

    Its matrices are mapped, so that all processes share them; each has at most a table of recent words for itself.
    The result for a text does not depend on the texts beside it or before it.

    Attributes:
        labels: the model's labels as its file has them, such as '__label__pt'.
    """

    def __init__(self, path: Path) -> None:
        """Raises PolysiftError for a file that is no supervised fastText model."""
        layout = read_layout(path)
        self.path = path
        self.labels = layout.dictionary.labels
        self._loss = layout.args.loss
        self._evidence = layout.evidence
        words, matrix = vocabulary(layout), input_matrix(layout)
        direct = is_direct(words, matrix)
        self._inputs = Inputs(words, matrix, word_sums(layout, words, matrix), direct)
        outputs, self._norms = output_matrix(layout)
        self._outputs = padded(outputs)
        self._tree = build_tree(layout.dictionary.label_counts)
        self._sigmoids = sigmoid_table()
        size = min(max(matrix.nbytes // TABLE_SHARE, TABLE_MIN), TABLE_MAX)
        self._table = word_table(layout.args.dim, 0 if direct else size)
        self._no_table = word_table(layout.args.dim, 0)
        self._lock = threading.Lock()

    def predict(self, texts: Strings, least: float = 0.0, most: int | None = None) -> Predictions:
        """The labels of each text, best first: those that score `least` or more, but `most` at most.

        Where no label scores that much, the best one alone; for a text with no feature that the model knows, none.
        A line break is read as a space, and the end of a text as the end of a line. `least` is compared as
        fastText does it, which ends the search in a tree some 0.00001 below.

        Raises PolysiftError for a model whose scores are no numbers.

        >>> from .identify import MODELS
        >>> from .kernels import from_arrow
        >>> import pyarrow as pa
        >>> engine = Engine(MODELS["lid176"])
        >>> found = engine.predict(from_arrow(pa.array(["Onde fica a biblioteca?", "Где находится она?"])), most=1)
        >>> [engine.labels[label] for label in found.labels], found.offsets
        (['__label__pt', '__label__ru'], array([0, 1, 2]))
        """
        most = len(self.labels) if most is None else max(1, min(most, len(self.labels)))
        size = max(TEXTS_MIN, min(TEXTS_MAX, LOGITS // self._outputs.shape[1]))
        found: list[Best] = []
        with self._lock:
            vectors, features = self._vectors(texts)
            best = room(min(size, len(vectors)), most)
            logits = np.empty((min(size, len(vectors)), self._outputs.shape[1]), np.float32)
            for start in range(0, len(vectors), size):
                block = slice(start, start + size)
                self._products(vectors[block], logits)
                if self._loss not in (HIERARCHICAL, SOFTMAX):
                    self._settle_steps(texts, start, logits[: len(vectors[block])], least)
                filled = self._best(logits, features[block], least, best)
                counts = best.counts[: len(vectors[block])].copy()
                found.append(
                    Best(best.labels[:filled].copy(), best.scores[:filled].copy(), counts, best.most)
                )
        counts = np.concatenate([np.empty(0, np.int64), *(block.counts for block in found)])
        return Predictions(
            np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
            np.concatenate([np.empty(0, np.int32), *(block.labels for block in found)]),
            np.concatenate([np.empty(0, np.float32), *(block.scores for block in found)]),
        )

    def logits(self, texts: Strings) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """What scores are made of, float32 (texts, labels); and the number of features of each text, int64 (texts,)."""
        with self._lock:
            vectors, features = self._vectors(texts)
        logits = np.empty((len(vectors), self._outputs.shape[1]), np.float32)
        self._products(vectors, logits)
        return logits[:, : len(self.labels)], features

    def _vectors(self, texts: Strings, exact: bool = False) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The vectors (texts, dim) that labels are scored by, and how many features each text has.

        Args:
            texts: any.
            exact: whether features are added up in fastText's order.
        """
        if exact:
            inputs, table = self._inputs._replace(direct=False), self._no_table
        else:
            inputs, table = self._inputs, self._table
        vectors, features = text_vectors(texts, inputs, table)
        if self._evidence:
            vectors *= self._evidence.factors(features)[:, None]
        return vectors, features

    def _products(self, vectors: NDArray[np.float32], logits: NDArray[np.float32]) -> None:
        if not products(vectors, self._outputs, self._norms, logits):
            raise PolysiftError(
                f"language model {self.path}: scores are not numbers (NaN); the file is damaged; {ADVICE}"
            )

    def _best(self, logits: NDArray[np.float32], known: NDArray[np.int64], least: float, best: Best) -> int:
        """Fills `best`; how many labels there are."""
        labels, lowest = len(self.labels), np.float32(least)
        if self._loss == SOFTMAX:
            return int(best_by_softmax(logits, labels, known, lowest, best))
        if self._loss == HIERARCHICAL:
            nodes = len(self._tree.left) + 1
            shares = np.empty(self._outputs.shape[1], np.float32)
            scratch = np.empty(nodes, np.int64), np.empty(nodes, np.float32), np.empty(nodes), shares
            return int(best_by_tree(logits, labels, known, self._tree, lowest, scratch, best))
        return int(best_by_sigmoid(logits, labels, known, self._sigmoids, lowest, best))

    def _settle_steps(self, texts: Strings, start: int, logits: NDArray[np.float32], least: float) -> None:
        """Replaces products that are near a step by those that fastText's order of addition gives.

        Labels that score less than `least` by more than a step do not matter.
        """
        lowest = math.log(least / (1 - least)) - 0.1 if 0 < least < 1 else -math.inf
        for row in range(len(logits)):
            if is_near_a_step(logits[row], len(self.labels), lowest, STEP_TOLERANCE):
                text = Strings(texts.data, texts.offsets[start + row : start + row + 2])
                vectors, _ = self._vectors(text, exact=True)
                self._products(vectors, logits[row : row + 1])
