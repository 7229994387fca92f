"""A fastText model from lines of labelled text, quantised to a size budget.

Training runs in one thread: fastText's threads write to one matrix without locks, so that only one of them
gives the same model again for the same seed.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import PolysiftError
from ..evidence import EVIDENCE_BYTES

PREFIX = "__label__"
CENTROIDS = 256
M_PERTURB = -6  # of glibc's mallopt
BUDGET_LEAST = 100_000  # bytes: below it, code books and labels alone fill the file
PRUNED = tuple(int(1e6 / 2**i) for i in range(10))


@dataclass(frozen=True)
class Shape:
    """fastText's arguments of a supervised model; those not named here keep its defaults."""

    dim: int = 32
    minn: int = 2
    maxn: int = 5
    bucket: int = 1_000_000
    minCount: int = 5
    epoch: int = 5
    lr: float = 0.8
    loss: str = "softmax"
    wordNgrams: int = 1


def trainer() -> Callable[..., Any]:
    """The fastText package's training; raises PolysiftError where it is not installed, or is one that cannot train."""
    try:
        from fasttext import train_supervised
    except ImportError as error:
        found = (
            "is not installed" if isinstance(error, ModuleNotFoundError) else "as installed can only predict"
        )
        raise PolysiftError(
            f"training needs the fastText package, which {found}; "
            "pip install 'polysift[train]' (Python 3.12 or older)"
        ) from None
    train: Callable[..., Any] = train_supervised
    return train


def fit(lines: Path, shape: Shape, seed: int) -> Any:
    """Trains a model on a file of lines that begin with a label; the same file and seed give the same model."""
    train_supervised = trainer()
    try:
        with _zeroed_memory():
            return train_supervised(str(lines), thread=1, verbose=0, seed=seed, **asdict(shape))
    except RuntimeError as error:  # "Encountered NaN."
        raise PolysiftError(
            f"fastText gave up training ({error}) with a learning rate of {shape.lr:g}; try a lower one, such as "
            f"{shape.lr / 4:g}"
        ) from None


@contextmanager
def _zeroed_memory() -> Iterator[None]:
    """Makes the C library hand out zeroed memory.

    With one thread, fastText 0.9.2 sets only the first tenth of the input matrix (`DenseMatrix::uniform`), and the
    rest is what was in memory: another model each time, or NaN. Zeros serve well: an n-gram never met adds nothing.
    """
    try:
        perturb = ctypes.CDLL(None).mallopt
    except AttributeError:  # not glibc: large blocks come fresh from the system, which zeroes them
        yield
        return
    perturb(M_PERTURB, 0xFF)  # the complement of this byte is written to memory that is handed out
    try:
        yield
    finally:
        perturb(M_PERTURB, 0)


def quantise(model: Any, lines: Path, max_bytes: int, folder: Path, log: Callable[[str], None]) -> Path:
    """Writes the model into a folder in the finest form that fits in `max_bytes`; the file's path.

    Tried in this order: as it is (`model.bin`); product quantisation (`model.ftz`) with one byte for every 2, then
    4 numbers of a row; with one for every 2 and only the most telling words and n-grams, trained anew. Raises
    PolysiftError where even the smallest is larger. Room is left for the calibration of scores.
    """
    if max_bytes < BUDGET_LEAST:
        raise PolysiftError(f"--max-bytes {max_bytes:,} is too little for a model: at least {BUDGET_LEAST:,}")
    most = max_bytes - EVIDENCE_BYTES
    plain, quantised = folder / "model.bin", folder / "model.ftz"
    model.save_model(str(plain))
    if plain.stat().st_size <= most:
        return plain
    for options in _forms(model, most):
        # `quantize` changes a model in place: each attempt begins with the file.
        attempt = load(plain)
        attempt.quantize(input=str(lines), qnorm=True, **options)
        attempt.save_model(str(quantised))
        log(f"{quantised.stat().st_size:,} bytes with {options}")
        if quantised.stat().st_size <= most:
            plain.unlink()
            return quantised
    raise PolysiftError(
        f"the model cannot be made smaller than {max_bytes:,} bytes; give fewer labels or dimensions"
    )


def load(path: Path) -> Any:
    """A model file, by the fastText package."""
    from fasttext import FastText

    FastText.eprint = lambda *_: None  # or each load prints a warning
    return FastText.load_model(str(path))


def rescale(path: Path, temperature: float) -> None:
    """Divides the output matrix of a model file by a temperature, in place.

    A softmax over logits divided by T is what temperature scaling does (Guo et al. 2017, arXiv 1706.04599), so the
    model's own scores become the calibrated ones, for every reader of the file. The matrix is the last thing
    in the file, as fastText 0.9.2 writes it, unless the output was quantised too.
    """
    data, matrix = _output(path)
    matrix /= np.float32(temperature)
    path.write_bytes(data)


def shift_prior(path: Path, label: str, log_odds: float, texts: Sequence[str]) -> None:
    """Makes a label of a model file more likely, in place, or less so with negative log-odds.

    The output has no bias to change, so the label's row is moved along the mean vector of texts of its language,
    until its logit on that vector has changed by `log_odds`; texts in other scripts or languages hardly notice.
    """
    model = load(path)
    vectors = np.array([model.get_sentence_vector(text) for text in texts], np.float64)
    mean: NDArray[np.float64] = vectors.mean(axis=0)
    data, matrix = _output(path)
    matrix[model.labels.index(PREFIX + label)] += (log_odds / (mean @ mean) * mean).astype(np.float32)
    path.write_bytes(data)


def _output(path: Path) -> tuple[bytearray, NDArray[np.float32]]:
    """A model file, and its output matrix as a view of it."""
    data = bytearray(path.read_bytes())
    labels, dim = _output_shape(path)
    start = len(data) - 4 * labels * dim
    flag, rows, columns = struct.unpack_from("<Bqq", data, start - 17)
    if (flag, rows, columns) != (0, labels, dim):
        raise PolysiftError(f"{path}: the output matrix is not where it should be; was it quantised too?")
    return data, np.frombuffer(data, "<f4", offset=start).reshape(labels, dim)


def _dictionary_bytes(model: Any) -> int:
    return sum(len(entry.encode()) + 10 for entry in [*model.words, *model.labels])


def _quantised_bytes(model: Any, rows: int, dsub: int) -> int:
    dim: int = model.get_dimension()
    codes = rows * (-(-int(dim) // dsub) + 1)
    return codes + 4 * CENTROIDS * (dim + 1) + 4 * len(model.labels) * dim + _dictionary_bytes(model) + 200


def _forms(model: Any, max_bytes: int) -> list[dict[str, Any]]:
    """Options of `quantize` that are expected to fit, finest first."""
    rows = model.get_input_matrix().shape[0]
    whole = [{"dsub": dsub} for dsub in (2, 4) if _quantised_bytes(model, rows, dsub) <= max_bytes]
    # What a kept row takes: codes, norm, and a pair of int32 in the list of kept n-grams.
    row = model.get_dimension() // 2 + 1 + 8
    pruned = [{"dsub": 2, "cutoff": rows, "retrain": True} for rows in PRUNED if rows * row <= max_bytes]
    return [*whole, *pruned]


def _output_shape(path: Path) -> tuple[int, int]:
    from ..fasttext_model import check_model

    labels = len(check_model(path))
    dim = struct.unpack_from("<i", path.read_bytes()[:12], 8)[0]
    return labels, int(dim)
