"""Memory that is free but still held, given back to the system."""

from __future__ import annotations

import ctypes

import pyarrow as pa


def give_back() -> None:
    """Gives back what Arrow and the C library (glibc; others do so by themselves) keep for later.

    To be called before a large document: what the one before it needed lies in pieces that are too small for this one.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
