#!/usr/bin/env python3
"""Coverage-guided fuzzing of the kernels against their references, with atheris.

    pip install atheris
    python tools/fuzz_kernels.py words [CORPUS] [-max_total_time=600] [any option of libFuzzer]

The reference is instrumented: an input that reaches a new branch of it is kept in the folder CORPUS. An input on
which kernel and reference differ is written to crash-*, with the texts and both results printed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import atheris
import numpy as np
import pyarrow as pa

# Before the references: numba cannot compile what is instrumented, which is all that is imported then.
from polysift.filters import model_words as _models  # noqa: F401
from polysift.filters import word_kernel as _rules  # noqa: F401
from polysift.langid.kernels import from_arrow
from polysift.langid.unicode_data import word_break_table

with atheris.instrument_imports(include=["polysift.filters"]):
    from polysift.filters.words import MODELS, SWITCHES, segment, style_number, unicode_words


def alphabet() -> str:
    """Characters of every kind that word segmentation tells apart: the first, middle and last of each."""
    numbers = word_break_table().numbers
    codes = (np.flatnonzero(numbers == kind) for kind in range(len(word_break_table().kinds)))
    some = {int(code) for found in codes for code in found[[0, len(found) // 2, -1]]}
    return "".join(chr(code) for code in sorted(some) if not 0xD800 <= code < 0xE000)


ALPHABET = alphabet()


def texts_of(data: bytes) -> list[str]:
    """A few texts: of the bytes as UTF-8, or of the alphabet, which short inputs get around in better."""
    if data[:1] < b"\x80":
        return data[1:].decode("utf-8", "replace").split("\0")
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in data[1:]).split("\0")


def check_words(data: bytes) -> None:
    """The word kernel gives what `unicode_words` gives; the first three bytes choose the style.

    Spaces follow the texts, so that short ones too are looked at in blocks of bytes.
    """
    bits = int.from_bytes(data[:3], "big") if len(data) > 2 else 0
    style = "+".join(switch for at, switch in enumerate(SWITCHES) if bits >> at & 1)
    if bits >> len(SWITCHES):
        style = MODELS[bits % len(MODELS)]
    texts = [*texts_of(data), " " * 70]
    strings = from_arrow(pa.array(texts, pa.large_string()))
    words = segment(strings, np.full(len(texts), style_number(style), np.uint32))
    raw = words.data.tobytes()
    spans = [raw[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    bounds = zip(words.offsets[:-1], words.offsets[1:], strict=True)
    found = [spans[start:stop] for start, stop in bounds]
    expected = [unicode_words(text, style) for text in texts]
    if found != expected:
        raise AssertionError(f"{style}: {texts!r}: kernel {found!r}, reference {expected!r}")


TARGETS: dict[str, Callable[[bytes], None]] = {"words": check_words}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        raise SystemExit(f"which kernel? one of: {', '.join(TARGETS)}\n\n{__doc__}")
    check = TARGETS[sys.argv.pop(1)]
    check(b"\0warm: compiles the kernels")
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
