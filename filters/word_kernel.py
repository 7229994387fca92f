"""Words of a batch of texts: ICU's word boundaries and the joining rules of `words.unicode_words`, as numba kernels.

One pass walks the automaton of ICU's rules over the UTF-8 bytes, segment by segment, and joins the segments to words.
Segments that hold Thai, Lao, Khmer, Burmese, Han or Kana are noted on the way; ICU divides all of them in a few
calls, and a second pass cuts the words there. A batch without them never leaves the kernel.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, Words, decode, kernel
from ..langid.unicode_data import word_break_table
from .word_break_rules import DEAD, IGNORED, START, icu_breaker, word_automaton

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

GENERAL, COMPOUNDS, APART, SEGMENTS = 0, 1, 2, 3

JOINING = (
    *("blank", "joiner", "apart", "stop", "edge", "edge_divider", "divider", "hyphen", "operator"),
    *("digit", "letter", "stop_letter", "solid"),
)
BLANK, JOINER, PLACED_APART, STOP, EDGE, EDGE_DIVIDER, DIVIDER, HYPHEN, OPERATOR = range(9)
DIGIT, LETTER, STOP_LETTER, SOLID = range(9, 13)  # those of words, from DIGIT on

NEWLINE, FULL_STOP, LOWER_A = 10, 46, 97
CHUNK = 1 << 22  # bytes of text that ICU divides in one call


class Tables(NamedTuple):
    """Attributes:
    numbers: uint8 (0x110000,), the kind of each code point.
    next: uint8 (states, kinds), the automaton, its accepting states last.
    accepting: int64 (1,), the first accepting state.
    joining: uint8 (kinds,), index into `JOINING`.
    ignored: bool (kinds,), whether the rules look through such a character.
    divided: bool (kinds,), whether ICU has a dictionary for it.
    """

    numbers: Bytes
    next: Bytes
    accepting: Integers
    joining: Bytes
    ignored: npt.NDArray[np.bool_]
    divided: npt.NDArray[np.bool_]


@cache
def tables() -> Tables:
    """The tables of the kernel, built once per process."""
    table, automaton = word_break_table(), word_automaton()
    order = np.argsort(automaton.accepts, kind="stable")
    order = np.concatenate([[DEAD, START], order[(order != DEAD) & (order != START)]])
    renumbered = np.empty(len(order), np.uint8)
    renumbered[order] = np.arange(len(order))
    return Tables(
        numbers=table.numbers,
        next=np.ascontiguousarray(renumbered[automaton.next][order]),
        accepting=np.array([np.count_nonzero(~automaton.accepts)]),
        joining=np.array([JOINING.index(kind.joining) for kind in table.kinds], np.uint8),
        ignored=np.array([kind.word_break in IGNORED and not kind.dictionary for kind in table.kinds]),
        divided=np.array([kind.dictionary for kind in table.kinds]),
    )


@kernel
def divides(tail: int, before: int, after: int, style: int) -> bool:
    """Whether a joiner stands apart from the words on both of its sides."""
    letter_after = after in (LETTER, STOP_LETTER)
    if before == DIGIT:
        return (after == DIGIT and tail in (HYPHEN, OPERATOR)) or (tail == DIVIDER and letter_after)
    letters = letter_after and before in (LETTER, STOP_LETTER)
    return letters and (tail == DIVIDER or (tail == HYPHEN and style != COMPOUNDS))


@kernel
def fill(  # noqa: PLR0912, PLR0915, PLR0917
    texts: Strings,
    styles: Bytes,
    t: Tables,
    first_text: int,
    starts: Integers,
    ends: Integers,
    offsets: Integers,
    cuts: Integers,
    cut_count: int,
) -> tuple[int, int]:
    """The words of texts from `first_text` on, as long as there is room.

    One function, because a call that passes arrays costs more than the rest of the work on a word.

    Args:
        texts, styles, t: see `segment_batch` and `Tables`.
        first_text: the texts before it are done: `offsets` says how many words they have.
        starts, ends, offsets: see `Words`; written to.
        cuts: int64 (any, 2), where segments that ICU must divide begin and end; `cut_count` are there already.

    Returns:
        The next text to do, and how many cuts there are before it.
    """
    data, bounds = texts.data, texts.offsets
    numbers, moves, joining, ignored, divided = t.numbers, t.next, t.joining, t.ignored, t.divided
    accepting, letter, letter_state = (
        t.accepting[0],
        numbers[LOWER_A],
        np.int64(t.next[START, numbers[LOWER_A]]),
    )
    count, before_text = offsets[first_text], cut_count
    for i in range(first_text, len(bounds) - 1):
        style, at, stop = styles[i], bounds[i], bounds[i + 1]
        reached = at
        # The rules of `words.joined`: the open word may grow, and behind it stand `marks` words that are edges so far.
        opened, marks, mark = np.int64(-1), np.int64(0), np.int64(0)
        last, tail, tail_start, before = np.int64(0), np.int64(-1), np.int64(0), np.int64(-1)
        while at < stop:
            if count + 3 > len(starts) or cut_count == len(cuts):
                return i, before_text
            # 1. The segment: the longest way through the automaton. Letters of ASCII stay in its state.
            start, end, state, dictionary, seen = at, at, np.int64(START), False, False
            while at < stop and numbers[data[at]] == letter and data[at] < 0x80:
                at += 1
            if at > start:
                end, state = at, letter_state
            while at < stop:
                byte = data[at]
                if byte < 0x80:
                    kind = numbers[byte]
                    at += 1
                else:
                    code, width = decode(data, at)
                    kind = numbers[code]
                    seen |= divided[kind]
                    at += width
                state = np.int64(moves[state, kind])
                if state >= accepting:
                    end, dictionary = at, seen
                elif state == DEAD:
                    break
            at = end
            if dictionary:
                cuts[cut_count, 0] = start
                cuts[cut_count, 1] = end
                cut_count += 1
            # 2. Without blanks at its ends; what it is not next to is not joined with it.
            if style != SEGMENTS:
                while start < end:
                    code, width = decode(data, start)
                    first = np.int64(joining[numbers[code]])
                    if first != BLANK:
                        break
                    start += width
                if start == end:
                    continue
                while True:
                    back = end - 1
                    while data[back] & 0xC0 == 0x80:
                        back -= 1
                    kind = numbers[decode(data, back)[0]]
                    if joining[kind] != BLANK:
                        break
                    end = back
                if start != reached:
                    opened, marks = np.int64(-1), np.int64(0)
                reached = end
            if style >= APART:
                starts[count] = start
                ends[count] = end
                count += 1
                continue
            # 3. What its first character is, and its last one that the rules do not look through.
            final = first
            while back > start and ignored[kind]:
                back -= 1
                while data[back] & 0xC0 == 0x80:
                    back -= 1
                kind = numbers[decode(data, back)[0]]
            if not ignored[kind]:
                final = np.int64(joining[kind])
            word = first >= DIGIT or final >= DIGIT or dictionary
            # 4. The rules.
            if not word:
                if first == STOP and opened >= 0 and marks == 0 and last == STOP_LETTER:
                    first = np.int64(JOINER)
                if first == PLACED_APART:
                    starts[count] = start
                    ends[count] = end
                    count += 1
                    opened, marks = np.int64(-1), np.int64(0)
                    continue
                if (
                    first == STOP
                    and marks > 0
                    and data[starts[count - 1]] == FULL_STOP == data[ends[count - 1] - 1]
                ):
                    ends[count - 1] = end
                    opened, marks = np.int64(-1), np.int64(1)
                    continue
                if first in (EDGE, EDGE_DIVIDER, STOP):
                    starts[count] = start
                    ends[count] = end
                    count, marks, mark = count + 1, marks + 1, first
                    continue
            grows = opened >= 0 and SOLID not in (first, last)
            stays_open = grows and marks == 0
            if grows and marks > 0:
                letters = word and first in (LETTER, STOP_LETTER) and last >= DIGIT
                grows = not (letters and marks == 1 and mark == EDGE_DIVIDER)
            elif grows and word:
                grows = last < DIGIT
                if grows and tail >= 0 and divides(tail, before, first, style):
                    grows = False
                    ends[opened] = tail_start
                    starts[count] = tail_start
                    ends[count] = start
                    count += 1
            if grows:
                ends[opened] = end
                count = opened + 1
            else:
                opened = count
                starts[count] = start
                ends[count] = end
                count += 1
            before = last if grows and stays_open else np.int64(-1)
            tail = np.int64(-1) if word else first
            tail_start = start
            last = final if word else np.int64(JOINER)
            marks = np.int64(0)
        offsets[i + 1] = count
        before_text = cut_count
    return len(bounds) - 1, cut_count


@kernel
def copy_lines(data: Bytes, cuts: Integers, lines: Bytes) -> None:
    """The segments, each behind a newline, one after the other."""
    to = 0
    for i in range(len(cuts)):
        lines[to] = NEWLINE
        length = cuts[i, 1] - cuts[i, 0]
        lines[to + 1 : to + 1 + length] = data[cuts[i, 0] : cuts[i, 1]]
        to += 1 + length


@kernel
def inner_bounds(lines: Bytes, cuts: Integers, bounds: Integers, found: Integers) -> int:
    """Boundaries inside of segments, as bytes of the texts.

    Args:
        lines: as `copy_lines` wrote it.
        bounds: where ICU found boundaries in `lines`, in UTF-16 code units.
        found: where they go; how many there are is returned.
    """
    count = unit = bound = to = 0
    for i in range(len(cuts)):
        unit, to = unit + 1, to + 1
        shift = cuts[i, 0] - to
        stop = to + cuts[i, 1] - cuts[i, 0]
        while to < stop:
            while bounds[bound] < unit:
                bound += 1
            if bounds[bound] == unit and to + shift > cuts[i, 0]:
                found[count] = to + shift
                count += 1
            width = 1 + (lines[to] >= 0xC0) + (lines[to] >= 0xE0) + (lines[to] >= 0xF0)
            unit += 1 + (width == 4)
            to += width
    return count


@kernel
def divide(words: Words, bounds: Integers, starts: Integers, ends: Integers, offsets: Integers) -> None:
    """The words, cut at all bounds that lie inside of them; there are as many more as there are bounds."""
    count = bound = 0
    for i in range(len(words.offsets) - 1):
        for word in range(words.offsets[i], words.offsets[i + 1]):
            starts[count] = words.starts[word]
            while bound < len(bounds) and bounds[bound] < words.ends[word]:
                ends[count] = bounds[bound]
                starts[count + 1] = bounds[bound]
                count, bound = count + 1, bound + 1
            ends[count] = words.ends[word]
            count += 1
        offsets[i + 1] = count


def segment_batch(texts: Strings, styles: Bytes) -> Words:
    """The words of texts.

    Args:
        texts: valid UTF-8.
        styles: uint8 (texts,): GENERAL, COMPOUNDS, APART, or SEGMENTS for ICU's segments as they are.
    """
    words, cuts = _joined(texts, styles)
    if not len(cuts):
        return words
    bounds = np.concatenate([_bounds(texts.data, part) for part in _chunks(cuts)])
    starts, ends = np.empty((2, len(words.starts) + len(bounds)), np.int64)
    offsets = np.zeros_like(words.offsets)
    divide(words, bounds, starts, ends, offsets)
    return Words(texts.data, starts, ends, offsets)


def _joined(texts: Strings, styles: Bytes) -> tuple[Words, Integers]:
    """The words before ICU divides them, and the segments (int64 (cuts, 2)) that it shall divide."""
    size, count = int(texts.offsets[-1] - texts.offsets[0]), len(texts.offsets) - 1
    # A word takes a byte at least, a segment to divide two: pages that nothing is written to take no memory.
    starts, ends = (np.empty(size + 64, np.int64) for _ in range(2))
    cuts = np.empty((size // 2 + 64, 2), np.int64)
    offsets = np.zeros(count + 1, np.int64)
    _, cut_count = fill(texts, styles, tables(), 0, starts, ends, offsets, cuts, 0)
    return Words(texts.data, starts[: offsets[-1]], ends[: offsets[-1]], offsets), cuts[:cut_count]


def _chunks(cuts: Integers) -> list[Integers]:
    """The segments in parts of about `CHUNK` bytes."""
    ends = np.cumsum(cuts[:, 1] - cuts[:, 0] + 1)
    marks = np.searchsorted(ends, np.arange(CHUNK, int(ends[-1]), CHUNK))
    return [part for part in np.split(cuts, np.unique(marks)) if len(part)]


def _bounds(data: Bytes, cuts: Integers) -> Integers:
    """Where ICU divides segments, as bytes of the texts."""
    lines = np.empty(int((cuts[:, 1] - cuts[:, 0]).sum()) + len(cuts), np.uint8)
    copy_lines(data, cuts, lines)
    segments = icu_breaker(lines.tobytes().decode()).segments()
    bounds = np.fromiter(chain.from_iterable(segments), np.int64)[1::2]
    found = np.empty(len(bounds), np.int64)
    return found[: inner_bounds(lines, cuts, bounds, found)]
