"""What the pass over lines may skip."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from polysift.filters import line_kernel
from polysift.filters.line_kernel import NEWLINE, PLAIN, byte_kinds, count_signs, is_plain
from polysift.langid.kernels import kernel

BYTES = st.one_of(
    st.integers(0, 255), st.sampled_from([0x0A, 0x1F, 0x20, 0x2E, 0x2F, 0x80, 0xA2, 0xC2, 0xC3, 0xE2])
)


@given(st.lists(BYTES, min_size=8, max_size=8))
def test_eight_plain_bytes_are_told_from_others(eight):
    """Eight bytes are skipped only where none has a kind, and always where none is below a space either."""
    kinds = byte_kinds()
    plain = bool(is_plain(int(np.frombuffer(bytes(eight), np.int64)[0])))
    assert not plain or all(kinds[byte] == PLAIN for byte in eight)
    assert plain == all(kinds[byte] == PLAIN and byte >= 0x20 for byte in eight)


@kernel
def next_newline(data, at, end):
    return line_kernel.next_newline(data, at, end)


@kernel
def hash_bytes(data, begin, end):
    return line_kernel.hash_bytes(data, begin, end)


@given(st.lists(st.sampled_from([NEWLINE, 0x0B, 0x09, 0x8A, 0x61]), max_size=200), st.integers(0, 200))
def test_newlines_are_found_wherever_they_stand(values, at):
    """The next newline, also in the last bytes of the array, or the end."""
    data, at = np.array(values, np.uint8), min(at, len(values))
    expected = values.index(NEWLINE, at) if NEWLINE in values[at:] else len(values)
    assert next_newline(data, at, len(values)) == expected


PIECES = st.sampled_from(
    [*"a#\n\r\v\x1c\x1f é字\x85\x86", "..", "...", "…", "\u2025", "\u2028", "\u2029", "x" * 30]
)


@given(
    st.lists(PIECES, max_size=60).map("".join), st.text("a.\r\n", max_size=80), st.sampled_from([0, 2, 70])
)
def test_signs_are_counted(text, before, after):
    """Counts are those of Python's strings, wherever a text stands in its array and whatever is around it."""
    head, body = before.encode(), text.encode()
    data = np.frombuffer(head + body + b"."[:after] * after, np.uint8)
    signs = count_signs(data, len(head), len(head) + len(body))
    assert signs[:3] == (len(text), text.count("\n"), text.count("#"))
    assert signs.ellipses == text.count("...") + text.count("…")
    assert signs.broken == (text.splitlines() != text.removesuffix("\n").split("\n") and text != "")


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_lines_are_compared_byte_by_byte(first, second):
    """Equal spans are equal, and no others; equal spans have equal hashes."""
    length = min(len(first), len(second))
    data = np.frombuffer(first[:length] + second[:length] + first[:length], np.uint8)
    same = first[:length] == second[:length]
    assert line_kernel.same_bytes(data, 0, length, length) == same
    hashes = [hash_bytes(data, at * length, (at + 1) * length) for at in range(3)]
    assert hashes[0] == hashes[2]
    assert (hashes[0] == hashes[1]) == same
