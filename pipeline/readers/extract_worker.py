"""The process that extracts text from HTML. A script of its own: no import of ours, started by its path.

Frames on standard input and output: 4 bytes of length (big-endian), then UTF-8. In: a page. Out: `t` and the
text, or `e` and the name of an exception. The kernel ends the process where a page takes more than its CPU
time, even inside C code, and gives it no more than its memory.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import IO

LENGTH = struct.Struct(">I")


def trafilatura() -> Callable[[str], str]:
    """The recipe's extractor: precision rather than recall, no comments, repeated segments twice at most.

    Its memory of segments lasts for one page, or a page's text would depend on those that came before it.
    """
    from trafilatura import extract
    from trafilatura.deduplication import LRU_TEST

    def text_of(html: str) -> str:
        LRU_TEST.clear()
        return str(extract(html, favor_precision=True, include_comments=False, deduplicate=True) or "")

    return text_of


def resiliparse() -> Callable[[str], str]:
    from resiliparse.extract.html2text import extract_plain_text

    def text_of(html: str) -> str:
        return str(extract_plain_text(html, main_content=True, alt_texts=False, comments=False))

    return text_of


EXTRACTORS = {"trafilatura": trafilatura, "resiliparse": resiliparse}


def receive(stream: IO[bytes]) -> bytes | None:
    """A frame, or None at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    data = stream.read(size)
    return data if len(data) == size else None


def send(stream: IO[bytes], data: bytes) -> None:
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def serve(name: str, seconds: float, memory: int) -> None:
    """Says that it is ready with an empty frame, then answers pages until standard input ends."""
    pages, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what libraries print is no answer
    text_of = EXTRACTORS[name]()
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    send(answers, b"")
    while (page := receive(pages)) is not None:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            answer = b"t" + text_of(page.decode()).encode("utf-8", "surrogatepass")
        except Exception as error:
            answer = b"e" + type(error).__name__.encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        send(answers, answer)


if __name__ == "__main__":
    serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
