"""Loads the kernels' machine code, or compiles it where no cache has it, before there is work for it."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ..filters.boundary_model import MODELS
from ..filters.format_kernel import format_batch
from ..filters.formatting import FormattingOptions
from ..filters.measure_kernel import columns, measure_batch
from ..filters.rules import first_reason
from ..filters.simplify_kernel import simplify
from ..filters.stop_word_kernel import stop_words_of
from ..filters.thresholds import LanguageConfig
from ..filters.words import segment, style_number
from ..langid.identify import load_model
from ..langid.kernels import compiled, from_arrow
from .dedup.minhash import MinHash
from .dedup.minhash_kernel import sign_batch
from .dedup.texts import cluster_texts
from .dedup.xxhash_kernel import hash64

# Words of two kinds of script, a number, an address, a line break: enough for nearly every kernel to be called.
TEXT = "Olá, mundo: 3,14 euros!\nemail@example.com ภาษาไทย — «Привет» & co.\n| |\n"
JAPANESE = "日本語です"


class WarmUp(NamedTuple):
    """What it took: elapsed seconds, and how many kernels this process has had to compile so far."""

    seconds: float
    compiled: int


def warm_up(identifies: bool = True) -> WarmUp:
    """Calls every kernel once; those of language identification only if told so."""
    start = time.perf_counter()
    text = pa.array([TEXT])
    texts = from_arrow(text)
    if identifies:
        warm_up_language_id()
    words = segment(texts)
    measured = measure_batch(texts, words, np.zeros(1, np.int32), stop_words_of([["olá"]]))
    first_reason(columns(measured), LanguageConfig())
    sign_batch(segment(simplify(texts)), MinHash())
    hash64(texts)
    for verify in (0.7, None):
        cluster_texts([TEXT, f"{TEXT} Mais uma palavra.", TEXT], str.split, verify)
    format_batch(text, FormattingOptions())
    if compiled():  # what a few languages need is compiled now as well, but else loaded with their first text
        segment(from_arrow(pa.array([JAPANESE])))
        for model in MODELS:
            segment(texts, np.array([style_number(model)], np.uint32))
    return WarmUp(time.perf_counter() - start, compiled())


def warm_up_language_id() -> WarmUp:
    """Calls every kernel of language identification once."""
    start = time.perf_counter()
    load_model("lid176").identify(pa.array([TEXT]))
    return WarmUp(time.perf_counter() - start, compiled())
