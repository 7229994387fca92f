"""Kernels are compiled once and loaded from then on; a cold start is measured and said."""

from __future__ import annotations

import os

from polysift.langid.kernels import KERNELS
from polysift.pipeline.warm import warm_up

PATIENCE = 900  # seconds


def test_warm_up_calls_every_kernel_of_a_run():
    """After it, no kernel of the stages is left to be compiled when documents come."""
    took = warm_up()
    assert took.seconds > 0
    stages = (
        "polysift.filters.",
        "polysift.langid.",
        "polysift.pipeline.dedup.minhash",
        "polysift.pipeline.dedup.xxhash",
    )
    named = {kernel.py_func.__name__: kernel for kernel in KERNELS if kernel.__module__.startswith(stages)}
    assert {"fill", "_measure", "_simplify", "_sign", "_hash64", "_steps_needed"} <= {
        name for name, kernel in named.items() if kernel.signatures
    }
    before = {name: len(kernel.signatures) for name, kernel in named.items()}
    warm_up()
    assert {name: len(kernel.signatures) for name, kernel in named.items()} == before


def test_a_cold_start_is_said_and_the_next_one_is_not_cold(config, start, tmp_path):
    """With no cache the run says how many kernels it compiled and how long that took; run again, it loads them."""
    path = config()
    for again in (False, True):
        cache = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        process = start("run", path, *(["--restart"] if again else []), env=cache)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert ("compiled for this processor; kept for the next run" in err) is not again
