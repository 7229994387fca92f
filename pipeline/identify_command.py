"""`polysift identify`: lines of text in, a line with their language out for each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from ..langid.errors import PolysiftError
from ..langid.identify import Identified, load_model
from ..langid.kernels import Strings, from_arrow, to_arrow
from ..langid.scripts import script_counts, writing_shares

CHUNK = 1 << 22  # bytes read at a time
PIPE = 1 << 20  # bytes that a pipe may hold, by default of Linux the most that anyone may ask for
FILE_ENDINGS = (".txt", ".tsv", ".csv", ".md", ".jsonl", ".text", ".log")

Form = Literal["table", "tsv", "jsonl"]

_SCORES = pa.array([f"{i / 10_000:.4f}\n" for i in range(10_001)], pa.large_string())
_NOTHING = pa.scalar("", pa.large_string())


def identify(inputs: Sequence[str], model: str, form: Form, top: int, scripts: bool) -> None:
    """Writes one line to standard output for each line of the inputs.

    Args:
        inputs: files, texts, and "-" for standard input; none is standard input too.
        top: labels to show of each text; more than one are those that score above 0.01.
        scripts: whether to show the scripts of each text with their shares.
    """
    loaded = load_model(model)
    for texts in _batches(inputs):
        array = to_arrow(texts)
        found = loaded.identify(array)
        shares = writing_shares(script_counts(texts)) if scripts else None
        _WRITERS[form](array, found, top, shares)
        sys.stdout.flush()


def _tsv(texts: pa.Array, found: Identified, top: int, shares: list[dict[str, float]] | None) -> None:
    if top == 1 and shares is None:
        sys.stdout.write(_best_lines(found))
        return
    lines = [
        f"{label}\t{score:.4f}"
        for label, score in zip(found.label_names(), found.scores.tolist(), strict=True)
    ]
    if top > 1:
        lines = [
            "\t".join(f"{label}\t{score:.4f}" for label, score in ranked) for ranked in _ranked(found, top)
        ]
    if shares is not None:
        lines = [f"{line}\t{_shares(own)}" for line, own in zip(lines, shares, strict=True)]
    sys.stdout.write("\n".join([*lines, ""]))


def _best_lines(found: Identified) -> str:
    """A line for each text: its label, and its score with four decimals, by Arrow without a Python object for each."""
    # The product is exact, 24 bits of a score times 10 of the odd part of 10,000, so it rounds as the score does.
    places = np.rint(found.scores * 10_000).astype(np.int64)
    labels = pa.array([f"{name}\t" for name in found.names], pa.large_string()).take(pa.array(found.labels))
    lines = pc.binary_join_element_wise(labels, _SCORES.take(pa.array(places)), _NOTHING)
    written = from_arrow(lines)
    return written.data[: written.offsets[-1]].tobytes().decode("ascii")


def _jsonl(texts: pa.Array, found: Identified, top: int, shares: list[dict[str, float]] | None) -> None:
    rows = zip(found.label_names(), found.scores.tolist(), texts.to_pylist(), strict=True)
    ranked = _ranked(found, top) if top > 1 else None
    for row, (label, score, text) in enumerate(rows):
        entry: dict[str, object] = {"label": label, "score": round(score, 6)}
        if ranked is not None:
            entry["top"] = {name: round(value, 6) for name, value in ranked[row]}
        if shares is not None:
            entry["scripts"] = {script: round(share, 4) for script, share in shares[row].items()}
        sys.stdout.write(json.dumps(entry | {"text": text}, ensure_ascii=False) + "\n")


def _table(texts: pa.Array, found: Identified, top: int, shares: list[dict[str, float]] | None) -> None:
    out = Console(highlight=False)
    for row, (ranked, text) in enumerate(zip(_ranked(found, top), texts.to_pylist(), strict=True)):
        cells = [f"[bold]{label}[/]  {score:.4f}  " for label, score in ranked]
        if shares is not None:
            cells.append(f"{_shares(shares[row])}  ")
        out.print("".join(cells), end="")
        used = sum(len(cell) - (9 if cell.startswith("[bold]") else 0) for cell in cells)
        out.out(text[: max(0, out.width - used - 1)], highlight=False)


_WRITERS = {"tsv": _tsv, "jsonl": _jsonl, "table": _table}


def _ranked(found: Identified, top: int) -> list[list[tuple[str, float]]]:
    """The best labels of each text with their scores; at least the one that the text has."""
    first = [[pair] for pair in zip(found.label_names(), found.scores.tolist(), strict=True)]
    if top == 1:
        return first
    told = (json.loads(line) for line in found.top.to_pylist())
    listed = [[(key.removesuffix("_score"), score) for key, score in scores.items()] for scores in told]
    return [(own if len(own) else alone)[:top] for own, alone in zip(listed, first, strict=True)]


def _shares(shares: dict[str, float]) -> str:
    return ",".join(f"{script}:{share:.2f}" for script, share in shares.items()) or "-"


def _batches(inputs: Sequence[str]) -> Iterator[Strings]:
    """The lines of each input, some thousands at a time; texts among the arguments are a line each."""
    texts: list[str] = []
    for given in inputs or ["-"]:
        if given != "-" and not _is_file(given):
            texts.append(" ".join(given.splitlines()))
            continue
        yield from _of_texts(texts)
        texts = []
        try:
            with sys.stdin.buffer if given == "-" else open(given, "rb") as stream:
                yield from map(lines_of, _whole_lines(stream))
        except OSError as error:
            raise PolysiftError(
                f"{given}: cannot be read ({error.strerror}); give texts, files of one text per line, or -"
            ) from None
    yield from _of_texts(texts)


def _is_file(given: str) -> bool:
    """Whether an argument is a file, or can only have been meant for one."""
    try:
        if Path(given).exists():
            return True
    except (OSError, ValueError):  # too long for a name
        return False
    return not any(c.isspace() for c in given) and ("/" in given or given.endswith(FILE_ENDINGS))


def _of_texts(texts: Sequence[str]) -> Iterator[Strings]:
    if texts:
        # Arguments that are no UTF-8 come as surrogates.
        yield from_arrow(
            pa.array([text.encode("utf-8", "replace").decode() for text in texts], pa.large_string())
        )


def _whole_lines(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in pieces that end with a line, as they come."""
    rest = b""
    _widen(stream)
    read = getattr(stream, "read1", stream.read)
    while piece := read(CHUNK):
        end = piece.rfind(b"\n") + 1
        if not end:
            rest += piece
            continue
        yield rest + piece[:end]
        rest = piece[end:]
    if rest:
        yield rest + b"\n"


def _widen(stream: BinaryIO) -> None:
    """Lets a pipe hold more, so that lines come in larger batches; where it cannot be, they come in small ones."""
    try:
        import fcntl

        fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, PIPE)
    except (ImportError, AttributeError, OSError, ValueError):
        return


def lines_of(piece: bytes) -> Strings:
    """The lines of a piece of text, without their ends; bytes that are no UTF-8 become U+FFFD.

    >>> to_arrow(lines_of(b"um\\r\\ndois\\n\\n")).to_pylist()
    ['um', 'dois', '']
    """
    try:
        piece.decode()
    except UnicodeDecodeError:
        piece = piece.decode("utf-8", "replace").encode()
    valid = piece.replace(b"\r\n", b"\n")
    ends = np.flatnonzero(np.frombuffer(valid, np.uint8) == ord("\n"))
    # The line ends stay between the texts: Arrow's offsets leave no gaps, so they are taken out.
    kept = np.frombuffer(valid.replace(b"\n", b""), np.uint8)
    lengths = np.diff(ends, prepend=-1) - 1
    return Strings(kept, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))
