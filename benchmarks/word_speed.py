#!/usr/bin/env python3
"""Times the word kernel against the tokenizers that datatrove assigns, on the texts of some languages.

    python benchmarks/word_speed.py DATA... [--languages por_Latn,rus_Cyrl,...]

DATA as for word_agreement.py. Both sides get the same texts, in one process and one thread; seconds are processor time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from polysift.filters.words import segment, segmenter, style_numbers
from polysift.langid.kernels import from_arrow
from word_agreement import draw

LANGUAGES = (
    "eng_Latn,por_Latn,deu_Latn,rus_Cyrl,arb_Arab,hin_Deva,tur_Latn,tha_Thai,cmn_Hani,jpn_Jpan,kor_Hang"
)


class WordSpeed(NamedTuple):
    """Megabytes of UTF-8 per second of processor time."""

    language: str
    kernel: float
    tokenizer: float

    @property
    def ratio(self) -> float:
        """How many times faster the kernel is."""
        return self.kernel / self.tokenizer


def word_speed(language: str, texts: list[str], kernel_bytes: int = 4_000_000) -> WordSpeed:
    """Both sides on some texts, after a first call that is not timed; the kernel gets them several times over."""
    size = sum(len(text.encode()) for text in texts)
    copies = max(1, kernel_bytes // size)
    strings = from_arrow(pa.array(texts * copies, pa.large_string()))
    styles = style_numbers([language]).repeat(len(texts) * copies)
    theirs = segmenter("datatrove", language)
    theirs(texts[0])
    segment(strings, styles)
    kernel = min(_seconds(lambda: segment(strings, styles)) for _ in range(3))
    tokenizer = _seconds(lambda: [theirs(text) for text in texts])
    return WordSpeed(language, size * copies / kernel / 1e6, size / tokenizer / 1e6)


def _seconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, nargs="+", help="folders of Parquet files with text and lang")
    parser.add_argument("--documents", type=int, default=40, help="at most, of each language and folder")
    parser.add_argument("--languages", default=LANGUAGES, help="separated by commas")
    arguments = parser.parse_args()
    drawn = draw(arguments.data, arguments.documents)
    print("| language | kernel, MB/s | datatrove's tokenizer, MB/s | times |\n| --- | --- | --- | --- |")
    for language in arguments.languages.split(","):
        speed = word_speed(language, drawn[language])
        print(f"| {language} | {speed.kernel:.1f} | {speed.tokenizer:.3f} | {speed.ratio:.0f} |", flush=True)


if __name__ == "__main__":
    main()
