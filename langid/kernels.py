"""What every kernel is made of: how one is compiled, and texts and words as arrays.

A kernel is a numba function on the buffers of Arrow strings: UTF-8 bytes and offsets in, arrays out, no Python
object per document or word. It stands beside a plain reference, to which a test holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])


KERNELS: list[Any] = []
"""Every kernel of the modules that are loaded."""


def kernel(function: F) -> F:
    """Compiles a function at its first call and caches the machine code on disk; it runs without the GIL."""
    return _compiled(function)


def borrowing_kernel(function: F) -> F:
    """A kernel that makes no arrays but works on those it is given, without counting references to them.

    Counting is what functions that hand arrays to one another millions of times spend most of their time on.
    """
    return _compiled(function, _nrt=False)


def inlined_kernel(function: F) -> F:
    """A borrowing kernel that becomes part of those that call it: a few steps in the innermost loops."""
    return _compiled(function, _nrt=False, forceinline=True)


def _compiled(function: F, **options: bool) -> F:
    try:
        made: F = numba.njit(function, cache=True, nogil=True, **options)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        made = numba.njit(function, nogil=True, **options)
    KERNELS.append(made)
    return made


def compiled() -> int:
    """How many kernels this process had to compile, because no cache on disk had them."""
    return sum(sum(function.stats.cache_misses.values()) for function in KERNELS)


class Strings(NamedTuple):
    """Texts as Arrow lays them out.

    Attributes:
        data: uint8 (bytes,), the UTF-8 of all texts; may hold bytes before the first and after the last one.
        offsets: int64 (texts + 1,): text i is `data[offsets[i]:offsets[i + 1]]`.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]


class Words(NamedTuple):
    """The words of texts, as spans of bytes; none is empty.

    Attributes:
        data: uint8 (bytes,), what the spans are of: that of the texts themselves, or a copy of the words.
        starts: int32 (words,), where each word begins in `data`; int64 where that is longer than 2 GB (`span_type`).
        ends: of the same type, where it ends.
        offsets: int64 (texts + 1,): the words of text i are `offsets[i]` to `offsets[i + 1]`.
    """

    data: NDArray[np.uint8]
    starts: NDArray[Any]
    ends: NDArray[Any]
    offsets: NDArray[np.int64]


Arrays = TypeVar("Arrays")


def from_arrow(array: pa.Array) -> Strings:
    """The buffers of an Arrow array of strings, not copied but for the offsets; a null is an empty text.

    Args:
        array: of type string or large_string, valid UTF-8, a slice or not.

    >>> from_arrow(pa.array(["olá", None, "né"])).offsets
    array([0, 4, 4, 7])
    """
    large = pa.types.is_large_string(array.type)
    _, offsets, data = array.buffers()
    if offsets is None or not len(array):
        return Strings(np.empty(0, np.uint8), np.zeros(len(array) + 1, np.int64))
    numbers: NDArray[np.int64] = np.frombuffer(offsets, np.int64 if large else np.int32)
    numbers = numbers[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return Strings(np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8), numbers)


def to_arrow(strings: Strings) -> pa.Array:
    """An Arrow array (large_string) of texts, not copied.

    >>> to_arrow(from_arrow(pa.array(["olá", "né"]))).to_pylist()
    ['olá', 'né']
    """
    buffers = [None, pa.py_buffer(strings.offsets), pa.py_buffer(strings.data)]
    return pa.Array.from_buffers(pa.large_string(), len(strings.offsets) - 1, buffers)


def words_from_lists(lists: list[list[str]]) -> Words:
    """Words that a Python tokenizer found, one list per text.

    >>> words = words_from_lists([["olá", "!"], [], ["né"]])
    >>> words.offsets, words.starts, words.ends
    (array([0, 2, 2, 3]), array([0, 4, 5], dtype=int32), array([4, 5, 8], dtype=int32))
    """
    flat = from_arrow(pa.array([word for words in lists for word in words], pa.large_string()))
    counts = np.fromiter(map(len, lists), np.int64, len(lists))
    spans = flat.offsets.astype(span_type(int(flat.offsets[-1])))
    return Words(flat.data, spans[:-1], spans[1:], np.concatenate([[0], np.cumsum(counts)]))


def span_type(size: int) -> type[np.integer[Any]]:
    """The type of places in so many bytes: a long document's words take more room than its text."""
    return np.int32 if size < 1 << 31 else np.int64


def select(words: Words, texts: NDArray[np.int64]) -> Words:
    """The words of some texts, by number.

    >>> words = words_from_lists([["olá", "!"], ["a"], ["né"]])
    >>> select(words, np.array([0, 2])).starts
    array([0, 4, 6], dtype=int32)
    """
    counts = np.diff(words.offsets)[texts]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    rows = np.arange(offsets[-1]) + np.repeat(words.offsets[:-1][texts] - offsets[:-1], counts)
    return Words(words.data, words.starts[rows], words.ends[rows], offsets)


def read_only(arrays: Arrays) -> Arrays:
    """A view of an array, or of each array of a named tuple, that is contiguous and cannot be written to.

    numba compiles a kernel anew for each kind of array.
    """
    if isinstance(arrays, tuple):
        return type(arrays)(*map(read_only, arrays))
    view: Any = np.ascontiguousarray(arrays).view()
    view.flags.writeable = False
    return view  # type: ignore[no-any-return]


@kernel
def decode(data: NDArray[np.uint8], at: int) -> tuple[int, int]:
    """The code point that begins at byte `at` of valid UTF-8, and how many bytes it takes."""
    lead = int(data[at])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | int(data[at + 1]) & 0x3F, 2
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (int(data[at + 1]) & 0x3F) << 6 | int(data[at + 2]) & 0x3F, 3
    return (
        (lead & 0x07) << 18
        | (int(data[at + 1]) & 0x3F) << 12
        | (int(data[at + 2]) & 0x3F) << 6
        | int(data[at + 3]) & 0x3F,
        4,
    )
