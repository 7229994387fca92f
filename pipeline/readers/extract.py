"""Text of HTML pages, extracted in a process of its own, which a page can hang or crash without harm to the run."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from ...langid.errors import PolysiftError
from .extract_worker import receive, send
from .options import ReadOptions
from .values import without_surrogates

SCRIPT = Path(__file__).with_name("extract_worker.py")
START_SECONDS = 120  # to import the extractor, on a busy machine
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
            ExtractionError: for a page that fails, takes too long or too much memory, or crashes the extractor.
        """
        process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        try:
            send(process.stdin, without_surrogates(html).encode())
            wall = WALL_FACTOR * self._options.extractor_seconds + START_SECONDS
            ready = select.select([process.stdout], [], [], wall)[0]
            answer = receive(process.stdout) if ready else None
        except BrokenPipeError:
            answer = None
        if answer is None:
            raise ExtractionError(self._cause_of_death())
        if answer[:1] == b"e":
            raise ExtractionError(f"the extractor failed with {answer[1:].decode()}")
        text: str = without_surrogates(answer[1:].decode("utf-8", "surrogatepass"))
        return text
