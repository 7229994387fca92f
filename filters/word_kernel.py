"""Words of a batch of texts: ICU's word boundaries and the joining rules of `words.unicode_words`, as numba kernels.

One pass walks the automaton of ICU's rules over the UTF-8 bytes, segment by segment, and joins the segments to words.
Segments that hold Thai, Lao, Khmer, Burmese, Han or Kana are noted on the way; ICU divides them
(dictionary_words.py), and a second pass cuts the words there. A batch without them never leaves the kernel.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..langid.byte_bits import WIDTH
from ..langid.kernels import Strings, Words, decode, kernel, span_type
from .dictionary_words import Divided
from .mark_kernel import divides, inner_cut, is_digit, is_letter, is_tsheg, is_www, keeps_stop, unit_start
from .plain_words_kernel import fill_plain_words
from .punctuation_words_kernel import fill_by_punctuation
from .word_break_rules import DEAD, START
from .word_tables import (
    ABBREVIATIONS,
    APART,
    APOSTROPHE,
    ARTICLES,
    BLANK,
    BRACKET,
    BRACKETS,
    CASELESS,
    CLITICS,
    COLON,
    COLONS,
    CONCATENATED,
    DELETE,
    DIGIT,
    DIVIDER,
    EDGE,
    EDGE_DIVIDER,
    ELISION,
    FULL_STOP,
    HASH,
    HASHTAGS,
    HYPHEN,
    INITIALS,
    JOINER,
    LETTER,
    LINKS,
    LOWER_A,
    LOWER_Z,
    MODEL,
    ORDINALS,
    PLACED_APART,
    PUNCTUATION,
    QUOTE,
    QUOTES,
    SEGMENTS,
    SENTENCES,
    SLASH,
    SOLID,
    SPACE,
    STOP,
    STOP_LETTER,
    STOPS,
    UNDERSCORE,
    UNDERSCORES,
    UNITS,
    VOWELS,
    Integers,
    Spans,
    Tables,
    tables,
)

Styles = npt.NDArray[np.uint32]


@kernel
def fill(  # noqa: PLR0912, PLR0915
    texts: Strings,
    styles: Styles,
    t: Tables,
    starts: Spans,
    ends: Spans,
    offsets: Integers,
    cuts: Spans,
) -> int:
    """The words of texts before ICU divides them; of those whose styles are models, none.

    One function, because a call that passes arrays costs more than the rest of the work on a word.

    Args:
        texts, styles, t: see `segment_batch` and `Tables`.
        starts, ends, offsets: see `Words`; written to.
        cuts: int32 or int64 (any, 2), where segments that ICU must divide begin and end; written to.

    Returns:
        How many cuts there are.
    """
    data, bounds = texts.data, texts.offsets
    numbers, moves, joining, ignored, divided = t.numbers, t.next, t.joining, t.ignored, t.divided
    accepting, letter_state = t.accepting[0], np.int64(moves[START, numbers[LOWER_A]])
    count = cut_count = np.int64(0)
    for i in range(len(bounds) - 1):
        style, at, stop = np.int64(styles[i]), bounds[i], bounds[i + 1]
        if style & SEGMENTS and not style & PUNCTUATION:
            style = np.int64(SEGMENTS)
        if style >= MODEL:
            offsets[i + 1] = count
            continue
        if style & PUNCTUATION:
            count = np.int64(fill_by_punctuation(texts, i, style, t, starts, ends, count))
            offsets[i + 1] = count
            continue
        reached = at
        # The rules of `words.joined`: the open word may grow, and behind it stand `marks` words that are edges so far.
        opened, marks, mark = np.int64(-1), np.int64(0), np.int64(0)
        last, tail, tail_start, before = np.int64(0), np.int64(-1), np.int64(0), np.int64(-1)
        link = False  # of the open word
        last_start, last_back, last_end = at, at, at  # of its last segment
        while at < stop:
            if not style & SEGMENTS and (at != reached or data[at] == SPACE) and at + WIDTH < len(data):
                at, plain_count = fill_plain_words(data, at, stop, style, t.plain, starts, ends, count)
                if plain_count > count:
                    count = np.int64(plain_count)
                    reached = np.int64(ends[count - 1])
            # 1. The segment: the longest way through the automaton. Letters of ASCII stay in its state.
            start, end, state, dictionary, seen = at, at, np.int64(START), False, False
            first_mark = stop
            while at < stop and LOWER_A <= data[at] | 0x20 <= LOWER_Z:
                at += 1
            if at > start:
                end, state = at, letter_state
            while at < stop:
                byte = data[at]
                if byte < 0x80:
                    kind = numbers[byte]
                    if first_mark == stop and byte in (FULL_STOP, COLON, APOSTROPHE, UNDERSCORE):
                        first_mark = at
                    at += 1
                else:
                    code, width = decode(data, at)
                    kind = numbers[code]
                    if code == QUOTE:
                        first_mark = min(first_mark, at)
                    seen |= divided[kind]
                    at += width
                state = np.int64(moves[state, kind])
                if state >= accepting:
                    end, dictionary = at, seen
                elif state == DEAD:
                    break
            marked, parted = first_mark < end, False
            if dictionary and (cut_count == 0 or start >= cuts[cut_count - 1, 1]):
                # ICU gets it whole, also where an underscore is taken off it below.
                cuts[cut_count, 0] = start
                cuts[cut_count, 1] = end
                cut_count += 1
            if marked and style & UNDERSCORES and end > start + 1:
                if data[start] == UNDERSCORE:
                    if not t.attached[numbers[decode(data, start + 1)[0]]]:
                        end, dictionary = start + 1, False
                else:
                    while data[end - 1] == UNDERSCORE:
                        end -= 1
            whole = end
            if style & UNITS and is_digit(data[start]) and not dictionary:
                end = unit_start(data, start, end, stop, t)
                parted = end < whole
            if (
                marked
                and style & (SENTENCES | COLONS | ELISION | BRACKETS | ABBREVIATIONS)
                and not dictionary
            ):
                end = inner_cut(data, start, end, t, style)
                parted = end < whole
            at = end
            # Most segments stand between spaces, and are words whatever they are.
            alone = start != reached and not parted and (at == stop or data[at] == SPACE)
            if alone and SPACE < data[start] < DELETE and SPACE < data[end - 1] < DELETE:
                starts[count] = start
                ends[count] = end
                count += 1
                reached = end
                if at + 1 < stop and SPACE < data[at + 1] < DELETE and not style & SEGMENTS:
                    at += 1
                continue
            # 2. Without blanks at its ends; what it is not next to is not joined with it.
            if not style & SEGMENTS:
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
                reached = np.int64(-1) if parted else end
            if style & (APART | SEGMENTS):
                starts[count] = start
                ends[count] = end
                count += 1
                continue
            begin = start
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
                if first == STOP and opened >= 0 and marks == 0 and (end == stop or data[end] != FULL_STOP):
                    numbered = last == DIGIT and style & ORDINALS != 0
                    initial = is_letter(last) and style & INITIALS != 0
                    initial = initial and keeps_stop(data, last_start, last_back, last_end, t)
                    kept = is_letter(last) and style & STOPS != 0
                    if kept or last == STOP_LETTER or initial or numbered:
                        first = np.int64(JOINER)
                if first == EDGE and opened >= 0 and marks == 0 and is_tsheg(data, start, end):
                    ends[opened] = end
                    opened = np.int64(-1)
                    continue
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
                if first in (EDGE, BRACKET, EDGE_DIVIDER, STOP):
                    starts[count] = start
                    ends[count] = end
                    count, marks, mark = count + 1, marks + 1, first
                    continue
            opened_before = opened
            grows = opened >= 0 and SOLID not in (first, last)
            stays_open = grows and marks == 0
            if grows and marks > 0:
                letters = word and is_letter(first) and last >= DIGIT
                between = mark == EDGE_DIVIDER or (mark == BRACKET and style & BRACKETS)
                grows = link or not (letters and marks == 1 and between)
            elif grows and word:
                grows = last < DIGIT
                article = style & ARTICLES != 0 and tail == HYPHEN and end == start + 1
                article = article and data[start] in VOWELS and data[start - 2] in VOWELS
                article = article and start == tail_start + 1
                divided_here = tail >= 0 and not link and not article and divides(tail, before, first, style)
                if grows and divided_here:
                    grows = False
                    ends[opened] = tail_start
                    starts[count] = tail_start
                    ends[count] = start
                    count += 1
            if grows:
                if style & QUOTES and marks > 1 and not link and last in (LETTER, CASELESS):
                    quote = decode(data, starts[opened + 2])[0] in CONCATENATED
                    if (
                        quote
                        and data[starts[opened + 1]] == FULL_STOP
                        and ends[opened + 1] == starts[opened + 1] + 1
                    ):
                        opened += 2
                ends[opened] = end
                count = opened + 1
                link |= style & LINKS != 0 and tail == DIVIDER and data[start] == SLASH == data[start - 1]
            else:
                link = marked and style & LINKS != 0 and end > start + 4 and data[start + 3] == FULL_STOP
                link = link and is_www(data, start)
                opened = count
                if opened_before < 0 and marks > 0:
                    apostrophe = data[start - 1] == APOSTROPHE and end == start + 1
                    clitic = style & CLITICS != 0 and apostrophe and is_letter(first)
                    hashtag = style & HASHTAGS != 0 and data[start - 1] == HASH and ends[count - 1] == start
                    if (clitic or hashtag) and starts[count - 1] == start - 1:
                        count -= 1
                        opened, start = count, start - 1
                starts[count] = start
                ends[count] = end
                count += 1
            before = last if grows and stays_open else np.int64(-1)
            tail = np.int64(-1) if word else first
            tail_start = start
            last = final if word else np.int64(JOINER)
            last_start, last_back, last_end = begin, back, end
            marks = np.int64(0)
        offsets[i + 1] = count
    return cut_count


@kernel
def divide(words: Words, bounds: Spans, starts: Spans, ends: Spans, offsets: Integers) -> None:
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


def segment_batch(texts: Strings, styles: Styles, divided: Divided) -> Words:
    """The words of texts; of those whose styles are models (model_words.py), none.

    Args:
        texts: valid UTF-8.
        styles: uint32 (texts,): sums of the switches of word_tables.py.
        divided: what ICU has divided so far; written to.
    """
    words, cuts = _joined(texts, styles)
    if not len(cuts):
        return words
    bounds = divided.bounds(texts.data, cuts)
    starts, ends = np.empty((2, len(words.starts) + len(bounds)), words.starts.dtype)
    offsets = np.zeros_like(words.offsets)
    divide(words, bounds, starts, ends, offsets)
    return Words(texts.data, starts, ends, offsets)


def _joined(texts: Strings, styles: Styles) -> tuple[Words, Spans]:
    """The words before ICU divides them, and the segments (int64 (cuts, 2)) that it shall divide."""
    size, count = int(texts.offsets[-1] - texts.offsets[0]), len(texts.offsets) - 1
    # A word takes a byte at least, a segment to divide two: pages that nothing is written to take no memory.
    spans = span_type(int(texts.offsets[-1]))
    starts, ends = (np.empty(size + 64, spans) for _ in range(2))
    cuts = np.empty((size // 2 + 64, 2), spans)
    offsets = np.zeros(count + 1, np.int64)
    cut_count = fill(texts, styles, tables(), starts, ends, offsets, cuts)
    return Words(texts.data, starts[: offsets[-1]], ends[: offsets[-1]], offsets), cuts[:cut_count]
