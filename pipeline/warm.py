"""Loads the kernels' machine code, or compiles it where no cache has it, before there is work for it."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ..filters.boundary_model import MODELS
from ..filters.format_kernel import format_batch
from ..filters.formatting import FormattingOptions
from ..filters.measure_kernel import measure_batch
from ..filters.simplify_kernel import simplify
from ..filters.stop_word_kernel import stop_words_of
from ..filters.words import segment, style_number
from ..langid.identify import load_model
from ..langid.kernels import compiled, from_arrow
from .dedup.minhash import MinHash
from .dedup.minhash_kernel import sign_batch
from .dedup.texts import cluster_texts
from .dedup.xxhash_kernel import hash64

# Words of two kinds of script, a number, an address, a line break: enough for every kernel to be called.
TEXT = "Olá, mundo: 3,14 euros!\nemail@example.com ภาษาไทย — «Привет» & co.\n| |\n"


class WarmUp(NamedTuple):
    """What it took: elapsed seconds, and how many kernels had to be compiled."""

    seconds: float
    compiled: int


def warm_up() -> WarmUp:
    """Calls every kernel once."""
    start = time.perf_counter()
    text = pa.array([TEXT])
    texts = from_arrow(text)
    load_model("lid176").identify(text)
    words = segment(texts)
    for model in MODELS:
        segment(texts, np.array([style_number(model)], np.uint32))
    measure_batch(texts, words, np.zeros(1, np.int32), stop_words_of([["olá"]]))
    sign_batch(segment(simplify(texts)), MinHash())
    hash64(texts)
    for verify in (0.7, None):
        cluster_texts([TEXT, f"{TEXT} Mais uma palavra.", TEXT], str.split, verify)
    format_batch(text, FormattingOptions())
    return WarmUp(time.perf_counter() - start, compiled())
