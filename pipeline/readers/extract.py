"""Text of HTML pages, extracted in a process of its own, which a page can crash without harm to the run."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from ...langid.errors import PolysiftError
from .extract_worker import receive, send
from .options import ReadOptions
from .values import without_surrogates

SCRIPT = Path(__file__).with_name("extract_worker.py")
START_SECONDS = 300  # to import the extractor, on a busy machine
DYING_SECONDS = 60  # for a process that has closed its output to be gone
WALL_FACTOR = 20  # wall-clock time allowed for a page's CPU time


class ExtractionError(Exception):
    """A page whose text could not be extracted, and why."""


class TextExtractor:
    """Extracts pages one by one; a context that ends the process. The process starts with the first page."""

    def __init__(self, options: ReadOptions) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> TextExtractor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def text_of(self, html: str) -> str:
        """The text of a page, empty where it has none.

        Raises:
            ExtractionError: for a page that fails, takes too much time or memory, or crashes the extractor.
        """
        process = self._process or self._start()
        answer = _ask(process, html.encode(), WALL_FACTOR * self._options.extractor_seconds + START_SECONDS)
        if answer is None:
            raise ExtractionError(self._cause_of_death())
        if answer[:1] == b"e":
            raise ExtractionError(f"extraction failed ({answer[1:].decode()})")
        text: str = without_surrogates(answer[1:].decode("utf-8", "surrogatepass"))
        return text

    def _start(self) -> subprocess.Popen[bytes]:
        options = self._options
        limits = [str(options.extractor_seconds), str(options.extractor_bytes)]
        process = self._process = subprocess.Popen(
            # -P: the modules beside the script must not pass for libraries.
            [sys.executable, "-P", str(SCRIPT), options.extractor, *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if _answer(process, START_SECONDS) is None:
            code = self._end(patience=DYING_SECONDS)
            raise PolysiftError(
                f"cannot start the extractor {options.extractor} (exit code {code}); check that it can be "
                f"imported: {sys.executable} -c 'import {options.extractor}'"
            )
        return process

    def _cause_of_death(self) -> str:
        code = self._end(patience=DYING_SECONDS)
        if code == -signal.SIGPROF:
            return f"extraction takes more than {self._options.extractor_seconds:g} s of CPU time"
        return f"extraction crashes or hangs (exit code {code})"

    def _end(self, patience: float = 0) -> int | None:
        """Ends the process, if there is one, and returns its exit code; the next page starts another."""
        process, self._process = self._process, None
        if process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        process.kill()
        process.communicate()
        return process.returncode


def _ask(process: subprocess.Popen[bytes], page: bytes, seconds: float) -> bytes | None:
    """The answer to a page, or None where the process ends or stays silent."""
    assert process.stdin is not None
    try:
        send(process.stdin, page)
    except BrokenPipeError:
        return None
    return _answer(process, seconds)


def _answer(process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    assert process.stdout is not None
    ready = select.select([process.stdout], [], [], seconds)[0]
    return receive(process.stdout) if ready else None
