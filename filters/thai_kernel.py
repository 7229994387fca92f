"""The words of `thai`, as numba kernels."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, Words, borrowing_kernel, kernel
from ..langid.unicode_data import blank_kinds, word_break_table
from .lexicon import BASE_SHIFT, LOW, VALUE_SHIFT, Lexicon, entry_of, lexicon
from .listed_words import Room, read_characters, room_for
from .syllables import DECIMAL, letters
from .thai import (
    END_SYMBOL,
    FIRST,
    LONGEST,
    LOOKED_AT,
    MOST_EDGES,
    NAME,
    OTHER_SYMBOL,
    cluster_table,
)  # fmt: skip

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

AHEAD = 4
TAB, NEWLINE, RETURN, SPACE, COMMA, HYPHEN, FULL_STOP, COLON = 9, 10, 13, 32, 44, 45, 46, 58
ORDER_SHIFT, BACK_SHIFT, STATE, NO_ORDER = 12, 24, (1 << 12) - 1, (1 << 12) - 1
LAST, LAST_CONSONANT, FIRST_DIGIT = 0x0E7F, 0x0E2E, 0x0E50


class Scratch(NamedTuple):
    """Arrays for one part: int64, uint8 for flags, all of `LONGEST` + 1 but `ends`.

    Attributes:
        kinds, lengths: what kinds characters are of, and what that says of clusters, see `Clusters`.
        valid: whether a cluster ends before a place.
        waiting: whether a place is still to be gone on from.
        before: from where a place is first reached, -1 if it is not.
        queue: places in the order in which they are reached.
        edges, counts: where the ends of the words that lead on from a place begin among `ends`, and how many.
        ends: int64 (3 * `LONGEST`,), ends of words.
    """

    kinds: Bytes
    lengths: Bytes
    valid: Bytes
    waiting: Bytes
    before: Integers
    queue: Integers
    edges: Integers
    counts: Integers
    ends: Integers


class Clusters(NamedTuple):
    """`thai.ClusterTable` in one look-up for a character, small enough for the processor's nearest cache.

    Attributes:
        kinds: uint8 (SYMBOLS,), symbols that lead to the same states everywhere are of one kind.
        steps: int32 (states, kinds): the state behind a symbol, and what is known of that state: 1 + its `order`
            from `ORDER_SHIFT` on, its `back` at `BACK_SHIFT`.
        lengths: uint8 (kinds ** `AHEAD`,): how long a cluster is, by the kinds of so many characters from its first
            on; 0 where more are needed to tell.
    """

    kinds: Bytes
    steps: npt.NDArray[np.int32]
    lengths: Bytes


@cache
def clusters() -> Clusters:
    table = cluster_table()
    columns, kinds = np.unique(table.next, axis=1, return_inverse=True)
    known = table.order.astype(np.int32) + 1 << ORDER_SHIFT | table.back.astype(np.int32) << BACK_SHIFT
    steps = np.ascontiguousarray((columns | known[columns]).astype(np.int32))
    return Clusters(kinds.ravel().astype(np.uint8), steps, _lengths(steps))


def _lengths(steps: npt.NDArray[np.int32]) -> Bytes:
    """See `Clusters.lengths`."""
    state, ends, best = np.ones(1, np.int32), np.ones(1, np.uint8), np.full(1, NO_ORDER, np.int32)
    for place in range(1, AHEAD + 1):
        found = steps[state].ravel()
        ends, best = np.repeat(ends, steps.shape[1]), np.repeat(best, steps.shape[1])
        order = found >> ORDER_SHIFT & NO_ORDER
        better = (order > 0) & (order < best)
        ends[better] = place - (found[better] >> BACK_SHIFT)
        best[better], state = order[better], found & STATE
    # The state of no cluster leads to itself, with no order.
    return np.where(state == 0, ends, 0).astype(np.uint8)


@borrowing_kernel
def mark_clusters(codes: Integers, first: int, stop: int, t: Clusters, s: Scratch) -> None:
    """Which places clusters end before."""
    kinds, lengths, of, count = s.kinds, s.lengths, np.uint64(t.steps.shape[1]), np.uint64(stop - first)
    for place in range(count):
        code = codes[np.uint64(first) + place]
        symbol = code - FIRST if FIRST <= code <= LAST else OTHER_SYMBOL
        kinds[place], s.valid[place], lengths[place] = t.kinds[np.uint64(symbol)], 0, 0
    s.valid[count] = 0
    for place in range(np.uint64(max(stop - first + 1 - AHEAD, 0))):
        index = np.uint64(0)
        for ahead in range(AHEAD):
            index = index * of + np.uint64(kinds[place + np.uint64(ahead)])
        lengths[place] = t.lengths[index]
    at = first
    while at < stop:
        length = int(lengths[at - first])
        if length == 0:
            length = cluster_length(kinds, at - first, stop - first, t)
        at += length
        s.valid[at - first] = 1


@borrowing_kernel
def cluster_length(kinds: Bytes, at: int, stop: int, t: Clusters) -> int:
    """How long the cluster is that begins here, of characters that have kinds up to `stop`."""
    steps, end, best, state, place = t.steps, at + 1, NO_ORDER, 1, at
    while state != 0 and place <= stop:
        step = int(steps[state, kinds[place] if place < stop else t.kinds[END_SYMBOL]])
        place += 1
        state, order = step & STATE, step >> ORDER_SHIFT & NO_ORDER
        if 0 < order < best:
            best, end = order, place - (step >> BACK_SHIFT)
    return end - at


@borrowing_kernel
def foreign_end(codes: Integers, at: int, stop: int, flags: Bytes) -> int:
    """Where what `thai.FOREIGN` matches ends, or `at`."""
    first = at
    while at < stop and (codes[at] == HYPHEN or 0x61 <= codes[at] | 0x20 <= 0x7A):
        at += 1
    if at > first:
        return at
    while at < stop and flags[codes[at]] & DECIMAL:
        at += 1
        if at + 1 < stop and codes[at] in (COMMA, FULL_STOP) and flags[codes[at + 1]] & DECIMAL:
            at += 1
    if at > first:
        return at
    while at < stop and codes[at] in (TAB, SPACE):
        at += 1
    if at > first:
        return at
    if codes[at] == NEWLINE:
        return at + 1
    if codes[at] == RETURN and at + 1 < stop and codes[at + 1] == NEWLINE:
        return at + 2
    while at < stop and not (FIRST <= codes[at] <= LAST or codes[at] in (TAB, SPACE, RETURN, NEWLINE)):
        at += 1
    return at


@borrowing_kernel
def has_long_word(r: Room, first: int, at: int, stop: int, of: Lexicon, valid: Bytes) -> bool:
    """Whether a word of the list begins here that is more than one or two consonants."""
    base, end, short = np.int64(0), at, True
    while end < stop:
        entry = entry_of(of.entries, base, np.int64(r.numbers[end]))
        short = short and end < at + 2 and FIRST < r.codes[end] <= LAST_CONSONANT
        end, base = end + 1, entry >> BASE_SHIFT
        if entry >> VALUE_SHIFT & LOW > 0 and valid[end - first] and not short:
            return True
        if base == 0:
            return False
    return False


@borrowing_kernel
def skipped(r: Room, first: int, at: int, stop: int, of: Lexicon, flags: Bytes, valid: Bytes) -> int:
    """Where something ends that is not in the list."""
    codes = r.codes
    end = foreign_end(codes, at, stop, flags)
    if end > at:
        return end
    for end in range(at + 1, stop):
        if valid[end - first] and (
            foreign_end(codes, end, stop, flags) > end or has_long_word(r, first, end, stop, of, valid)
        ):
            return end
    return stop


@borrowing_kernel
def go_on(
    numbers: Integers, first: int, at: int, stop: int, of: Lexicon, s: Scratch, total: int
) -> tuple[int, int]:
    """Notes the words that lead on from a place; returns how many new places they lead to, and of all words."""
    here, base, end, new, before = at - first, np.int64(0), at, 0, total
    while end < stop:
        entry = entry_of(of.entries, base, np.int64(numbers[end]))
        end, base = end + 1, entry >> BASE_SHIFT
        if entry >> VALUE_SHIFT & LOW > 0 and s.valid[end - first]:
            s.ends[total] = end - first
            total += 1
            new += s.waiting[end - first] == 0
            s.waiting[end - first] = 1
            if total > MOST_EDGES:
                break
        if base == 0:
            break
    s.edges[here], s.counts[here] = before, total - before
    return new, total


@borrowing_kernel
def take_fewest(first: int, start: int, goal: int, s: Scratch, word_ends: Bytes) -> None:
    """The way of the fewest words; what is before the ends of words is marked."""
    s.before[start : goal + 1] = -1
    s.before[start], s.queue[0] = start, start
    taken, size = 0, 1
    while s.before[goal] < 0:
        at = s.queue[taken]
        taken += 1
        for edge in range(s.edges[at], s.edges[at] + s.counts[at]):
            end = s.ends[edge]
            if s.before[end] < 0:
                s.before[end], s.queue[size] = at, end
                size += 1
    while goal != start:
        word_ends[first + goal - 1] = 1
        goal = s.before[goal]


@borrowing_kernel
def divide_part(
    r: Room,
    first: int,
    stop: int,
    of: Lexicon,
    t: Clusters,
    flags: Bytes,
    s: Scratch,
    word_ends: Bytes,
) -> None:
    """The words of a part: 1 in `word_ends` where one ends behind a character, else 0."""
    mark_clusters(r.codes, first, stop, t, s)
    word_ends[first:stop] = 0
    s.waiting[: stop - first + 1] = 0
    s.counts[: stop - first + 1] = 0
    s.before[: stop - first + 1] = -1
    at = done = first
    waiting = 1
    total = 0
    while at < stop:
        s.waiting[at - first] = 0
        new, total = go_on(r.numbers, first, at, stop, of, s, total)
        waiting += new - 1
        if waiting == 0:
            done = skipped(r, first, at, stop, of, flags, s.valid)
            word_ends[done - 1] = 1
            s.waiting[done - first] = waiting = 1
        following = at + 1
        while s.waiting[following - first] == 0:
            following += 1
        if waiting == 1:
            if following != done and total == 1:
                word_ends[following - 1] = 1
                done = following
            elif following != done:
                take_fewest(first, done - first, following - first, s, word_ends)
                done = following
            s.counts[at - first] = 0
            total = 0
        at = following


@borrowing_kernel
def part_end(
    r: Room,
    first: int,
    stop: int,
    of: Lexicon,
    t: Clusters,
    flags: Bytes,
    s: Scratch,
    word_ends: Bytes,
) -> int:
    """Where the next part of a text ends, as by `thai._parts`."""
    if stop - first < LONGEST:
        return stop
    last = first + LONGEST
    begin = last - LOOKED_AT
    for at in range(last - 1, begin - 1, -1):
        if r.codes[at] == SPACE:
            return at + 1
    divide_part(r, begin, last, of, t, flags, s, word_ends)
    longest, found, start = 0, begin, begin
    for at in range(begin, last):
        if word_ends[at]:
            if at + 1 - start >= longest:
                longest, found = at + 1 - start, start
            start = at + 1
    return found


@borrowing_kernel
def join_numbers(codes: Integers, size: int, flags: Bytes, word_ends: Bytes) -> None:
    """Takes away the ends of words inside of numbers such as 12:30 and 1,000."""
    at = reached = 0
    while at < size:
        if FIRST <= codes[at] < FIRST_DIGIT:
            at += 1
            continue
        start = at
        while at < size and flags[codes[at]] & DECIMAL:
            at += 1
        end = at
        while (
            start < end
            and end + 1 < size
            and codes[end] in (FULL_STOP, COMMA, COLON)
            and flags[codes[end + 1]] & DECIMAL
        ):
            end += 1
            while end < size and flags[codes[end]] & DECIMAL:
                end += 1
        if end == at:
            at += at == start
            continue
        while reached < start or (reached > 0 and word_ends[reached - 1] == 0):
            reached += 1
        while reached < end:
            # The word that ends behind here, up to the end of the number, is one.
            at = reached
            while word_ends[at] == 0:
                at += 1
            reached = at + 1
            if reached < end:
                word_ends[at] = 0
        at = end


@kernel
def fill_thai(  # noqa: PLR0917
    texts: Strings,
    rows: Integers,
    of: Lexicon,
    t: Clusters,
    flags: Bytes,
    numbers: Bytes,
    blank: npt.NDArray[np.bool_],
    s: Scratch,
    room: Room,
) -> None:
    """The words of texts."""
    codes, places, word_ends, count = room.codes, room.places, room.word_ends, 0
    for i, row in enumerate(rows):
        size = read_characters(texts, row, of, room)
        at = 0
        while at < size:
            end = part_end(room, at, size, of, t, flags, s, word_ends)
            divide_part(room, at, end, of, t, flags, s, word_ends)
            at = end
        join_numbers(codes, size, flags, word_ends)
        opened = False
        for at in range(size):
            if FIRST <= codes[at] <= LAST or not blank[numbers[codes[at]]]:
                if not opened:
                    room.starts[count] = places[at]
                    count, opened = count + 1, True
                room.ends[count - 1] = places[at + 1]
            opened = opened and not word_ends[at]
        room.offsets[i + 1] = count


def thai_words_batch(texts: Strings, rows: Integers) -> Words:
    """The words of some texts; equal to those of `thai.thai_words`, without white space at their ends.

    Args:
        texts: valid UTF-8.
        rows: int64 (rows,), which of them.
    """
    room = room_for(texts, rows)
    kinds, lengths, valid, waiting = np.empty((4, LONGEST + 1), np.uint8)
    before, queue, edges, counts = np.empty((4, LONGEST + 1), np.int64)
    flags = kinds, lengths, valid, waiting
    scratch = Scratch(*flags, before, queue, edges, counts, np.empty(3 * LONGEST, np.int64))
    known = lexicon(NAME), clusters(), letters().flags, word_break_table().numbers, blank_kinds()
    fill_thai(texts, rows, *known, scratch, room)
    return room.words(texts)
