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
from icu4py.breakers import WordBreaker

from ..langid.kernels import Strings, Words, decode, kernel
from ..langid.unicode_data import word_break_table
from .word_break_rules import DEAD, START, word_automaton

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

GENERAL, COMPOUNDS, APART, SEGMENTS = 0, 1, 2, 3

JOINING = (
    *("blank", "joiner", "apart", "stop", "edge", "edge_divider", "divider", "hyphen", "operator"),
    *("digit", "letter", "stop_letter", "solid"),
)
BLANK, JOINER, PLACED_APART, STOP, EDGE, EDGE_DIVIDER, DIVIDER, HYPHEN, OPERATOR = range(9)
DIGIT, LETTER, STOP_LETTER, SOLID = range(9, 13)  # those of words, from DIGIT on

# State of the joining rules, in one array of integers.
COUNT = 0  # words so far
OPEN = 1  # the last word of the chunk that may grow, -1: none; punctuation marks may follow it
PENDING = 2  # how many punctuation marks stand behind it, each a word for now
LAST = 3  # joining class of the last character of the open word
TAIL = 4  # joining class of the joiner that the open word ends with, -1: it ends otherwise
TAIL_START = 5  # where that begins
BEFORE = 6  # joining class of what stands before that
MARK = 7  # joining class of the last punctuation mark
STATE_SIZE = 8

NEWLINE, FULL_STOP = 10, 46
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
        ignored=np.array([kind.word_break in ("Extend", "Format", "ZWJ") for kind in table.kinds]),
        divided=np.array([kind.dictionary for kind in table.kinds]),
    )


@kernel
def segment_end(data: Bytes, at: int, stop: int, t: Tables) -> tuple[int, bool]:
    """Where the segment that begins at byte `at` ends, and whether it holds characters of a dictionary script."""
    state, end, divided, accepting = np.int64(START), at, False, t.accepting[0]
    while at < stop:
        byte = data[at]
        if byte < 0x80:
            kind = t.numbers[byte]
            at += 1
        else:
            code, width = decode(data, at)
            kind = t.numbers[code]
            divided |= t.divided[kind]
            at += width
        state = np.int64(t.next[state, kind])
        if state >= accepting:
            end = at
        elif state == DEAD:
            break
    return end, divided


@kernel
def joining_at(data: Bytes, at: int, t: Tables) -> int:
    """The joining class of the character at a byte."""
    return np.int64(t.joining[t.numbers[decode(data, at)[0]]])


@kernel
def last_joining(data: Bytes, start: int, end: int, t: Tables) -> int:
    """The joining class of the last character that the rules do not look through; of the first one if there is none."""
    at = end
    while at > start:
        at -= 1
        while data[at] & 0xC0 == 0x80:
            at -= 1
        kind = t.numbers[decode(data, at)[0]]
        if not t.ignored[kind]:
            return np.int64(t.joining[kind])
    return joining_at(data, start, t)


@kernel
def skip_blanks(data: Bytes, at: int, end: int, t: Tables) -> int:
    """The first byte from `at` on that is not of white space or a zero-width space."""
    while at < end:
        code, width = decode(data, at)
        if t.joining[t.numbers[code]] != BLANK:
            break
        at += width
    return at


@kernel
def push(state: Integers, starts: Integers, ends: Integers, start: int, end: int) -> None:
    """One more word."""
    starts[state[COUNT]] = start
    ends[state[COUNT]] = end
    state[COUNT] += 1


@kernel
def close(state: Integers) -> None:
    """What follows is not joined with what stands before."""
    state[OPEN] = -1
    state[PENDING] = 0


@kernel
def open_word(state: Integers, starts: Integers, ends: Integers, start: int, end: int) -> None:
    """One more word, which may grow."""
    state[OPEN] = state[COUNT]
    push(state, starts, ends, start, end)


@kernel
def add_mark(
    data: Bytes, state: Integers, starts: Integers, ends: Integers, start: int, end: int, kind: int
) -> None:
    """A punctuation mark: a word of its own, unless the chunk goes on. Full stops in a row are one word."""
    before = state[COUNT] - 1
    if kind == STOP and state[PENDING] > 0 and data[starts[before]] == FULL_STOP == data[ends[before] - 1]:
        ends[before] = end
        state[OPEN] = -1
        state[PENDING] = 1
        return
    push(state, starts, ends, start, end)
    state[PENDING] += 1
    state[MARK] = kind


@kernel
def divides(tail: int, before: int, after: int, style: int) -> bool:
    """Whether a joiner stands apart from the words on both of its sides."""
    letter_after = after == LETTER or after == STOP_LETTER
    if before == DIGIT:
        operation = after == DIGIT and (tail == HYPHEN or tail == OPERATOR)
        return operation or (tail == DIVIDER and letter_after)
    letters = letter_after and (before == LETTER or before == STOP_LETTER)
    return letters and (tail == DIVIDER or (tail == HYPHEN and style != COMPOUNDS))


@kernel
def add_joining(
    state: Integers,
    starts: Integers,
    ends: Integers,
    start: int,
    end: int,
    first: int,
    word: bool,
    style: int,
) -> None:
    """A word, or a mark that stays with the words around it: joined with the open word, or a new one."""
    last, opened = state[LAST], state[OPEN]
    tail, before = np.int64(-1), np.int64(-1)
    if opened < 0 or first == SOLID or last == SOLID:
        open_word(state, starts, ends, start, end)
    elif state[PENDING] > 0:
        letter = first == LETTER or first == STOP_LETTER
        if word and letter and state[PENDING] == 1 and state[MARK] == EDGE_DIVIDER and last >= DIGIT:
            open_word(state, starts, ends, start, end)
        else:  # the marks were inside a word
            ends[opened] = end
            state[COUNT] = opened + 1
    elif word and last >= DIGIT:
        open_word(state, starts, ends, start, end)
    elif word and state[TAIL] >= 0 and divides(state[TAIL], state[BEFORE], first, style):
        ends[opened] = state[TAIL_START]
        push(state, starts, ends, state[TAIL_START], start)
        open_word(state, starts, ends, start, end)
    else:
        ends[opened] = end
        before = last
    state[TAIL] = -1 if word else first
    state[TAIL_START] = start
    state[BEFORE] = before
    state[PENDING] = 0


@kernel
def add_segment(
    data: Bytes,
    state: Integers,
    starts: Integers,
    ends: Integers,
    start: int,
    end: int,
    style: int,
    t: Tables,
) -> None:
    """One segment of ICU, without blanks around it, by the rules of `words.unicode_words`."""
    first, last = joining_at(data, start, t), last_joining(data, start, end, t)
    word = first >= DIGIT or last >= DIGIT
    if not word:
        if first == STOP and state[OPEN] >= 0 and state[PENDING] == 0 and state[LAST] == STOP_LETTER:
            first = np.int64(JOINER)
        if first == PLACED_APART:
            push(state, starts, ends, start, end)
            close(state)
            return
        if first == EDGE or first == EDGE_DIVIDER or first == STOP:
            add_mark(data, state, starts, ends, start, end, first)
            return
    add_joining(state, starts, ends, start, end, first, word, style)
    state[LAST] = last if word else JOINER


@kernel
def fill_text(
    data: Bytes,
    begin: int,
    stop: int,
    style: int,
    t: Tables,
    state: Integers,
    starts: Integers,
    ends: Integers,
    cuts: Integers,
    cut_count: int,
) -> int:
    """The words of one text.

    Args:
        state: holds how many words there are already.
        cuts: int64 (any, 2), where segments that ICU must divide begin and end; `cut_count` are there already.

    Returns:
        How many cuts there are now, -1 if there is no room for more words or cuts.
    """
    close(state)
    at = begin
    while at < stop:
        if state[COUNT] + 3 > len(starts) or cut_count == len(cuts):
            return -1
        end, divided = segment_end(data, at, stop, t)
        start = at if style == SEGMENTS else skip_blanks(data, at, end, t)
        if divided and end - start > 1:
            cuts[cut_count, 0] = start
            cuts[cut_count, 1] = end
            cut_count += 1
        if start > at:
            close(state)
        if start < end:
            if style >= APART:
                push(state, starts, ends, start, end)
            else:
                add_segment(data, state, starts, ends, start, end, style, t)
        at = end
    return cut_count


@kernel
def fill(
    texts: Strings,
    styles: Bytes,
    t: Tables,
    first: int,
    starts: Integers,
    ends: Integers,
    offsets: Integers,
    cuts: Integers,
    cut_count: int,
) -> tuple[int, int]:
    """The words of texts from `first` on, as long as there is room; the next text, and how many cuts there are."""
    state = np.zeros(STATE_SIZE, np.int64)
    state[COUNT] = offsets[first]
    for i in range(first, len(texts.offsets) - 1):
        begin, stop = texts.offsets[i], texts.offsets[i + 1]
        added = fill_text(texts.data, begin, stop, styles[i], t, state, starts, ends, cuts, cut_count)
        if added < 0:
            return i, cut_count
        cut_count = added
        offsets[i + 1] = state[COUNT]
    return len(texts.offsets) - 1, cut_count


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
    starts, ends = (np.empty(size // 4 + 64, np.int64) for _ in range(2))
    cuts = np.empty((64, 2), np.int64)
    offsets = np.zeros(count + 1, np.int64)
    done, cut_count = 0, 0
    while True:
        done, cut_count = fill(texts, styles, tables(), done, starts, ends, offsets, cuts, cut_count)
        if done == count:
            break
        # The text at hand begins anew. Not more than one word or cut per byte can come.
        for array in (starts, ends):
            array.resize(min(2 * len(array), size + 64), refcheck=False)
        cuts.resize((min(4 * len(cuts), size + 64), 2), refcheck=False)
    for array in (starts, ends):
        array.resize(offsets[-1], refcheck=False)
    return Words(texts.data, starts, ends, offsets), cuts[:cut_count]


def _chunks(cuts: Integers) -> list[Integers]:
    """The segments in parts of about `CHUNK` bytes."""
    ends = np.cumsum(cuts[:, 1] - cuts[:, 0] + 1)
    marks = np.searchsorted(ends, np.arange(CHUNK, int(ends[-1]), CHUNK))
    return [part for part in np.split(cuts, np.unique(marks)) if len(part)]


def _bounds(data: Bytes, cuts: Integers) -> Integers:
    """Where ICU divides segments, as bytes of the texts."""
    lines = np.empty(int((cuts[:, 1] - cuts[:, 0]).sum()) + len(cuts), np.uint8)
    copy_lines(data, cuts, lines)
    segments = WordBreaker(lines.tobytes().decode(), "root").segments()
    bounds = np.fromiter(chain.from_iterable(segments), np.int64)[1::2]
    found = np.empty(len(bounds), np.int64)
    return found[: inner_bounds(lines, cuts, bounds, found)]
