"""The words of `thai`, as numba kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.byte_bits import ones, trailing_zeros
from ..langid.kernels import Strings, Words, borrowing_kernel, kernel
from ..langid.unicode_data import blank_kinds, word_break_table
from .lexicon import BEGIN_SHIFT, LOW, Lexicon, find_words, lexicon
from .lexicon_vectors import LANES
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
)  # fmt: skip
from .thai_clusters import AHEAD, Clusters, cluster_length, clusters

Bytes = npt.NDArray[np.uint8]
Bits = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.int32]
Integers = npt.NDArray[np.int64]

TAB, NEWLINE, RETURN, SPACE, COMMA, HYPHEN, FULL_STOP, COLON = 9, 10, 13, 32, 44, 45, 46, 58
CLUSTER_SHIFT, PLACE = 16, (1 << 8) - 1
FAR = 1 << 40
LAST, LAST_CONSONANT, FIRST_DIGIT = 0x0E7F, 0x0E2E, 0x0E50


class Scratch(NamedTuple):
    """Arrays for one part, int64 but where said otherwise; places count from its first character.

    Attributes:
        kinds: uint8, what kinds characters are of, see `Clusters`; behind the last one the end's.
        lengths: uint8, how long clusters are that begin at each place, 0 where `AHEAD` characters do not tell.
        known: the characters' numbers in the list of words, a 0 behind them, and from `CLUSTER_SHIFT` on the
            number of the cluster that begins behind each, 0 where none does.
        begins: where each cluster begins; the part's end behind the last one.
        followed, found: see `lexicon.find_words`; words are told by the cluster that they begin with.
        words: uint64, which words of the list begin with a cluster: bit k is one of k + 1 clusters.
        edges: uint64, those of them that are gone on with.
        visited: the clusters gone on from since the ways last met.
        ways, follows: how few words it is from a cluster to where the ways meet, and the end of the first of them: see
            `take_fewest`.
    """

    kinds: Bytes
    lengths: Bytes
    known: Integers
    begins: Integers
    followed: Integers
    found: Integers
    words: Bits
    edges: Bits
    visited: Integers
    ways: Integers
    follows: Integers


@borrowing_kernel
def find_clusters(r: Room, first: int, stop: int, t: Clusters, s: Scratch) -> int:
    """How many clusters there are; where they begin."""
    kinds, of, size = s.kinds, np.uint64(t.steps.shape[1]), np.uint64(stop - first)
    for place in range(size):
        code = r.codes[np.uint64(first) + place]
        symbol = code - FIRST if FIRST <= code <= LAST else OTHER_SYMBOL
        kinds[place], s.known[place] = t.kinds[np.uint64(symbol)], r.numbers[np.uint64(first) + place]
    for place in range(size, size + np.uint64(AHEAD)):
        kinds[place] = t.kinds[END_SYMBOL]
    s.known[size] = 0
    for place in range(size):
        row = np.uint64(0)
        for table, at in (
            (t.first, place),
            (t.second, place + np.uint64(2)),
            (t.lengths, place + np.uint64(4)),
        ):
            pair = np.uint64(kinds[at]) * of + np.uint64(kinds[at + np.uint64(1)])
            row = np.uint64(table[row, pair])
        s.lengths[place] = row
    at = count = 0
    while at < stop - first:
        s.begins[count] = at
        count += 1
        length = int(s.lengths[at])
        if length == 0:
            length = cluster_length(kinds, at, stop - first, t)
        at += length
        s.known[at - 1] |= count << CLUSTER_SHIFT
    s.begins[count] = at
    return count


@borrowing_kernel
def mark_words(count: int, of: Lexicon, s: Scratch) -> None:
    """Which words of the list begin with each of so many clusters, and end with one."""
    for k in range(np.uint64(count)):
        s.followed[k], s.words[k] = s.begins[k] | np.int64(k) << BEGIN_SHIFT, np.uint64(0)
    for k in range(np.uint64(find_words(of.entries, s.known, s.followed, count, s.found))):
        begin = np.uint64(s.found[k] >> BEGIN_SHIFT & LOW)
        end = np.uint64(s.known[np.uint64(s.found[k] & LOW)] >> CLUSTER_SHIFT)
        s.words[begin] |= np.uint64(end > 0) << (end - begin - np.uint64(1) & np.uint64(63))


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
def has_long_word(codes: Codes, first: int, cluster: int, s: Scratch) -> bool:
    """Whether one of the words of the list that begin here is more than one or two consonants."""
    words = s.words[cluster]
    if words >> np.uint64(2) != 0:
        return True
    for following in range(cluster + 1, cluster + 3):
        if words & np.uint64(1):
            if s.begins[following] - s.begins[cluster] > 2:
                return True
            for place in range(s.begins[cluster], s.begins[following]):
                if not FIRST < codes[first + place] <= LAST_CONSONANT:
                    return True
        words >>= np.uint64(1)
    return False


@borrowing_kernel
def skipped(codes: Codes, first: int, at: int, count: int, flags: Bytes, s: Scratch) -> int:
    """Before which of `count` clusters something ends that begins with one and is not in the list."""
    stop = first + s.begins[count]
    end = foreign_end(codes, first + s.begins[at], stop, flags)
    if end > first + s.begins[at]:
        return s.known[end - first - 1] >> CLUSTER_SHIFT
    for cluster in range(at + 1, count):
        end = first + s.begins[cluster]
        if has_long_word(codes, first, cluster, s) or foreign_end(codes, end, stop, flags) > end:
            return cluster
    return count


@borrowing_kernel
def first_of(words: np.uint64, count: int) -> np.uint64:
    """The shortest words, so many of them."""
    rest = words
    for _ in range(count):
        rest &= rest - np.uint64(1)
    return words ^ rest


@borrowing_kernel
def take_fewest(first: int, start: int, goal: int, visited: int, s: Scratch, word_ends: Bytes) -> None:
    """The way of the fewest words, and of several that whose words are the shortest, the first one first.

    From behind, for each cluster: the least number of words to the goal, and in the lower bits the cluster.
    """
    s.ways[goal] = goal
    for k in range(visited - 1, -1, -1):
        at = s.visited[k]
        words, least = s.edges[at], np.int64(FAR)
        while words != 0:
            least = min(least, s.ways[at + 1 + trailing_zeros(words)])
            words &= words - np.uint64(1)
        s.ways[at], s.follows[at] = (least | PLACE) + 1 + at, least & PLACE
    at = start
    while at != goal:
        at = s.follows[at]
        word_ends[first + s.begins[at] - 1] = 1


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
    count = find_clusters(r, first, stop, t, s)
    mark_words(count, of, s)
    word_ends[first:stop] = 0
    at = done = visited = total = 0
    waiting = np.uint64(0)  # bit k: the place behind k + 1 clusters from here is to be gone on from
    while at < count:
        words = s.words[at]
        if total + ones(words) > MOST_EDGES:
            words = first_of(words, max(1, MOST_EDGES + 1 - total))
        s.edges[at], s.visited[visited] = words, at
        total, visited, waiting = total + ones(words), visited + 1, waiting | words
        if waiting == 0:
            at = done = skipped(r.codes, first, at, count, flags, s)
            word_ends[first + s.begins[done] - 1] = 1
            total = visited = 0
            continue
        step = trailing_zeros(waiting)
        at, waiting = at + 1 + step, waiting >> np.uint64(step) >> np.uint64(1)
        if waiting == 0:
            if total == 1:
                word_ends[first + s.begins[at] - 1] = 1
            else:
                take_fewest(first, done, at, visited, s, word_ends)
            done, total, visited = at, 0, 0


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
    codes, places, word_ends, count = room.codes, room.places, room.word_ends, np.int64(0)
    for i, row in enumerate(rows):
        size = read_characters(texts, row, of, room)
        at = 0
        while at < size:
            end = part_end(room, at, size, of, t, flags, s, word_ends)
            divide_part(room, at, end, of, t, flags, s, word_ends)
            at = end
        join_numbers(codes, size, flags, word_ends)
        opened = np.int64(0)
        for at in range(np.uint64(size)):
            code = codes[at]
            # Without branches: what is written behind the last word is written anew.
            solid = np.int64(FIRST <= code <= LAST or not blank[numbers[code]])
            room.starts[count] = places[at]
            count += solid & ~opened
            room.ends[count - solid] = places[at + np.uint64(1)]
            opened = (opened | solid) & (1 - np.int64(word_ends[at]))
        room.offsets[i + 1] = count


def thai_words_batch(texts: Strings, rows: Integers) -> Words:
    """The words of some texts; equal to those of `thai.thai_words`, without white space at their ends.

    Args:
        texts: valid UTF-8.
        rows: int64 (rows,), which of them.
    """
    room = room_for(texts, rows)
    kinds, lengths = np.empty((2, LONGEST + AHEAD), np.uint8)
    known, begins, followed, visited, ways, follows = np.empty((6, LONGEST + LANES), np.int64)
    words, edges = np.empty((2, LONGEST + 1), np.uint64)
    found = np.empty(LONGEST * LONGEST + LANES, np.int64)
    scratch = Scratch(kinds, lengths, known, begins, followed, found, words, edges, visited, ways, follows)
    tables = lexicon(NAME), clusters(), letters().flags, word_break_table().numbers, blank_kinds()
    fill_thai(texts, rows, *tables, scratch, room)
    return room.words(texts)
