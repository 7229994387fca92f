"""Memory that is free but still held: kept for the next batch, or given back to the system."""

from __future__ import annotations

import ctypes

import pyarrow as pa

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt


def keep_freed(size: int) -> None:
    """Has the C library (glibc) keep freed arrays of up to `size` bytes, and four times as much in all.

    Else the pages of a batch's arrays go back to the system and are cleared for the next batch.
    """
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is not None:
        option(M_MMAP_THRESHOLD, size)
        option(M_TRIM_THRESHOLD, 4 * size)


def give_back() -> None:
    """Gives back what Arrow and the C library (glibc; others do so by themselves) keep for later.

    To be called before a large document: what the one before it needed lies in pieces that are too small for this one.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
