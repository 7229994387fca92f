"""Words of a batch of texts: ICU's word boundaries and the joining rules of `words.unicode_words`, as numba kernels.

One pass walks the automaton of ICU's rules over the UTF-8 bytes, segment by segment, and joins the segments to words.
Segments that hold Thai, Lao, Khmer, Burmese, Han or Kana are noted on the way; ICU divides them
(dictionary_words.py), and a second pass cuts the words there. A batch without them never leaves the kernel.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..langid.kernels import Strings, Words, decode, kernel, span_type
from ..langid.unicode_data import word_break_table
from .boundary_kernel import model_words_batch, spliced
from .boundary_model import MODELS
from .chinese_kernel import chinese_words_batch
from .dictionary_words import Divided
from .thai_kernel import thai_words_batch
from .word_break_rules import DEAD, IGNORED, START, word_automaton

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Spans = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]
Styles = npt.NDArray[np.uint32]

# Switches of a style, see `words.SWITCHES`.
COMPOUNDS, RANGES, SLASHES, ELISION, ORDINALS, BRACKETS, INITIALS, LINKS = (1 << bit for bit in range(8))
UNDERSCORES, SENTENCES, COLONS, COUNTS, CLITICS, HASHTAGS, ARTICLES, STOPS = (
    1 << bit for bit in range(8, 16)
)
APART, PUNCTUATION, NUMBERS, SEGMENTS, UNITS, QUOTES, ABBREVIATIONS = (1 << bit for bit in range(16, 23))
MODEL = 1 << 24  # times the number of a model, from 1 on

JOINING = (
    *("blank", "joiner", "apart", "stop", "edge", "bracket", "edge_divider", "divider", "hyphen", "operator"),
    *("digit", "letter", "caseless", "capital", "stop_letter", "solid"),
)
BLANK, JOINER, PLACED_APART, STOP, EDGE, BRACKET, EDGE_DIVIDER, DIVIDER, HYPHEN, OPERATOR = range(10)
DIGIT, LETTER, CASELESS, CAPITAL, STOP_LETTER, SOLID = range(10, 16)  # those of words, from DIGIT on

TAB, NEWLINE, SPACE, FULL_STOP, SLASH, UNDERSCORE, LOWER_A = 9, 10, 32, 46, 47, 95, 97
HASH, COLON, APOSTROPHE, QUOTE, LOWER_W, LOWER_Z, DELETE = 35, 58, 39, 0x2019, 119, 122, 127
VOWELS = tuple(b"aeiou")
CONCATENATED = tuple(map(ord, "\"',`\u00ab\u00b4\u00bb\u2018\u2019\u201a\u201c\u201d\u201e"))
"""Quotes, and the comma, before which a full stop may be a word."""
UNIT_NAMES = (
    *(
        "km",
        "m",
        "dm",
        "cm",
        "mm",
        "ha",
        "nm",
        "yd",
        "in",
        "ft",
        "kg",
        "g",
        "mg",
        "t",
        "lb",
        "oz",
        "kmh",
        "mph",
        "hPa",
    ),
    *(
        "Pa",
        "mbar",
        "mb",
        "MB",
        "kb",
        "KB",
        "gb",
        "GB",
        "tb",
        "TB",
        "T",
        "G",
        "M",
        "K",
        "км",
        "м",
        "дм",
        "см",
        "мм",
        "нм",
    ),
    *(
        "кг",
        "г",
        "мг",
        "кПа",
        "Па",
        "мбар",
        "Кб",
        "КБ",
        "кб",
        "Мб",
        "МБ",
        "мб",
        "Гб",
        "ГБ",
        "гб",
        "Тб",
        "ТБ",
        "тб",
    ),
)


class Tables(NamedTuple):
    """Attributes:
    numbers: uint8 (0x110000,), the kind of each code point.
    next: uint8 (states, kinds), the automaton, its accepting states last.
    accepting: int64 (1,), the first accepting state.
    joining: uint8 (kinds,), index into `JOINING`.
    ignored: bool (kinds,), whether the rules look through such a character.
    divided: bool (kinds,), whether ICU has a dictionary for it.
    attached: bool (kinds,), whether it belongs to the character before it, also where ICU has a dictionary for it.
    units: int64 (units,), the units of `UNIT_NAMES` as `unit_at` counts them, sorted.
    """

    numbers: Bytes
    next: Bytes
    accepting: Integers
    joining: Bytes
    ignored: npt.NDArray[np.bool_]
    divided: npt.NDArray[np.bool_]
    attached: npt.NDArray[np.bool_]
    units: Integers


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
        attached=np.array([kind.word_break in IGNORED for kind in table.kinds]),
        units=np.array(
            sorted(sum(ord(c) << 11 * at for at, c in enumerate(reversed(name))) for name in UNIT_NAMES)
        ),
    )


@kernel
def is_letter(joining: int) -> bool:
    return LETTER <= joining <= STOP_LETTER


@kernel
def divides(tail: int, before: int, after: int, style: int) -> bool:
    """Whether a joiner stands apart from the words on both of its sides."""
    divider = tail == DIVIDER and not style & SLASHES
    counts = tail == HYPHEN and style & COUNTS
    if before == DIGIT:
        between = tail == OPERATOR or (tail == HYPHEN and not style & RANGES)
        return (after == DIGIT and between) or ((divider or counts) and is_letter(after))
    if not is_letter(before):
        return False
    if not is_letter(after):
        return after == DIGIT and counts
    return divider or (tail == HYPHEN and not style & COMPOUNDS)


@kernel
def inner_cut(data: Bytes, start: int, end: int, t: Tables, style: int) -> int:  # noqa: PLR0911
    """Where a segment is first divided at a mark between letters, as by `words._parts`; or `end`."""
    if end > start + 4 and data[start + 3] == FULL_STOP and is_www(data, start):
        return end
    at, previous = start, np.int64(JOINER)
    while at < end:
        code, width = decode(data, at)
        after = at + width
        if after < end and is_letter(previous) and code in (FULL_STOP, COLON, APOSTROPHE, QUOTE):
            kind = t.numbers[decode(data, after)[0]]
            following = np.int64(t.joining[kind])
            if is_letter(following) and not t.attached[kind]:
                if code == FULL_STOP:
                    small = previous in (LETTER, CASELESS) and following in (CASELESS, CAPITAL)
                    if style & SENTENCES and small:
                        return at
                    single = style & ABBREVIATIONS and previous == CASELESS == following
                    if single and is_single(data, after, end, t):
                        return at
                elif code == COLON:
                    if style & COLONS:
                        return at
                elif style & ELISION:
                    return after
                elif code == QUOTE and style & BRACKETS:
                    return at
        previous = np.int64(t.joining[t.numbers[code]])
        at = after
    return end


@kernel
def is_single(data: Bytes, at: int, end: int, t: Tables) -> bool:
    """Whether no letter stands behind the one at `at`."""
    at += decode(data, at)[1]
    while at < end:
        code, width = decode(data, at)
        if not t.ignored[t.numbers[code]]:
            return code == FULL_STOP
        at += width
    return True


@kernel
def unit_start(data: Bytes, start: int, end: int, stop: int, t: Tables) -> int:
    """Where the unit behind a number begins that a segment ends with, as by `words._unit`; `end` if there is none."""
    if end < stop and t.joining[t.numbers[decode(data, end)[0]]] not in (
        BLANK, PLACED_APART, STOP, EDGE, BRACKET, EDGE_DIVIDER
    ):  # fmt: skip
        return end
    at, name, shift = end, np.int64(0), 0
    while at > start and shift <= 44:
        back = at - 1
        while data[back] & 0xC0 == 0x80:
            back -= 1
        code = decode(data, back)[0]
        if 0x30 <= code <= 0x39:
            place = np.searchsorted(t.units, name)
            return at if place < len(t.units) and t.units[place] == name else end
        if code >= 1 << 11:
            return end
        name |= np.int64(code) << shift
        shift += 11
        at = back
    return end


@kernel
def is_tsheg(data: Bytes, start: int, end: int) -> bool:
    """Whether a segment is one of `words.TSHEGS`."""
    if end != start + 3 or data[start] != 0xE0 or data[start + 1] != 0xBC:
        return False
    return data[start + 2] in (0x8B, 0x8C)


@kernel
def is_www(data: Bytes, at: int) -> bool:
    return data[at] == data[at + 1] == data[at + 2] == LOWER_W


@kernel
def keeps_stop(data: Bytes, start: int, back: int, end: int, t: Tables) -> bool:
    """Whether a full stop stays with a segment, as by `words._keeps_stop`; its last base character is at `back`."""
    if end > start + 2 and (data[end - 2] == 0xCC or (data[end - 2] == 0xCD and data[end - 1] < 0xB0)):
        return True
    if t.joining[t.numbers[decode(data, back)[0]]] != CAPITAL:
        return end == start + 1 and LOWER_A <= data[start] <= LOWER_Z
    if back == start:
        return True
    previous = back - 1
    while data[previous] & 0xC0 == 0x80:
        previous -= 1
    return t.joining[t.numbers[decode(data, previous)[0]]] != CAPITAL


@kernel
def is_punctuation(code: int) -> bool:
    """Whether `words.PUNCTUATION_MARK` matches."""
    if code < 0x80:
        return 0x21 <= code <= 0x2F or 0x3A <= code <= 0x40 or 0x5B <= code <= 0x60 or 0x7B <= code <= 0x7E
    if code < 0x900:
        return code in (0x609, 0x60A, 0x60C, 0x61E, 0x66A, 0x66B, 0x66C, 0x66D, 0x6D4)
    return code in (0x964, 0x965, 0x1C7E, 0x1C7F, 0xAAF0, 0xAAF1) or 0xABEB <= code <= 0xABEF


@kernel
def is_digit(byte: int) -> bool:
    return 0x30 <= byte <= 0x39


@kernel
def fill_by_punctuation(
    texts: Strings, i: int, style: int, t: Tables, starts: Spans, ends: Spans, count: int
) -> int:
    """The words of text `i`, as `words.by_punctuation` has them; returns how many words there are then."""
    data, at, stop = texts.data, texts.offsets[i], texts.offsets[i + 1]
    first = at
    opened = False
    while at < stop:
        code, width = decode(data, at)
        mark = is_punctuation(code)
        if mark and style & NUMBERS and code in (0x2C, 0x2E, 0x2F, 0x3A):
            left, right = at - 1, at + 1
            while left > first and data[left] in (TAB, SPACE):
                left -= 1
            while right < stop - 1 and data[right] in (TAB, SPACE):
                right += 1
            if left >= first and right < stop and is_digit(data[left]) and is_digit(data[right]):
                # The number goes on.
                ends[count - 1] = right + 1
                at, opened = right + 1, True
                continue
        if mark:
            starts[count] = at
            ends[count] = at + width
            count, opened = count + 1, False
        elif code in (TAB, SPACE):
            opened = False
        elif t.joining[t.numbers[code]] == BLANK:
            pass  # stays, if something follows before the word ends
        elif opened:
            ends[count - 1] = at + width
        else:
            starts[count] = at
            ends[count] = at + width
            count, opened = count + 1, True
        at += width
    return count


@kernel
def fill(  # noqa: PLR0912, PLR0915, PLR0917
    texts: Strings,
    styles: Styles,
    t: Tables,
    first_text: int,
    starts: Spans,
    ends: Spans,
    offsets: Integers,
    cuts: Spans,
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
    accepting, letter_state = t.accepting[0], np.int64(moves[START, numbers[LOWER_A]])
    count, before_text = offsets[first_text], cut_count
    for i in range(first_text, len(bounds) - 1):
        style, at, stop = np.int64(styles[i]), bounds[i], bounds[i + 1]
        if style & SEGMENTS and not style & PUNCTUATION:
            style = np.int64(SEGMENTS)
        if style >= MODEL:
            offsets[i + 1] = count
            continue
        if style & PUNCTUATION:
            if count + stop - at > len(starts):
                return i, before_text
            count = fill_by_punctuation(texts, i, style, t, starts, ends, count)
            offsets[i + 1] = count
            continue
        reached = at
        # The rules of `words.joined`: the open word may grow, and behind it stand `marks` words that are edges so far.
        opened, marks, mark = np.int64(-1), np.int64(0), np.int64(0)
        last, tail, tail_start, before = np.int64(0), np.int64(-1), np.int64(0), np.int64(-1)
        link = False  # of the open word
        last_start, last_back, last_end = at, at, at  # of its last segment
        while at < stop:
            if count + 3 > len(starts) or cut_count == len(cuts):
                return i, before_text
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
        before_text = cut_count
    return len(bounds) - 1, cut_count


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
    """The words of texts.

    Args:
        texts: valid UTF-8.
        styles: uint32 (texts,): sums of the switches above.
        divided: what ICU has divided so far; written to.
    """
    words = _by_rules(texts, styles, divided)
    models = styles // MODEL
    parts = []
    for number in np.unique(models[models > 0]):
        rows = np.flatnonzero(models == number)
        parts.append((rows, _by_model(texts, rows, MODELS[number - 1])))
    return spliced(words, parts) if parts else words


def _by_model(texts: Strings, rows: Integers, name: str) -> Words:
    if name == "chinese":
        return chinese_words_batch(texts, rows)
    if name == "thai":
        return thai_words_batch(texts, rows)
    return model_words_batch(texts, rows, name)


def _by_rules(texts: Strings, styles: Styles, divided: Divided) -> Words:
    """The words of texts whose styles are not models; the others have none."""
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
    _, cut_count = fill(texts, styles, tables(), 0, starts, ends, offsets, cuts, 0)
    return Words(texts.data, starts[: offsets[-1]], ends[: offsets[-1]], offsets), cuts[:cut_count]
