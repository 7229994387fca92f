#!/usr/bin/env python3
"""Writes filters/data/han_kana.parquet: the words of ICU's dictionary for Chinese and Japanese, and their costs.

    python tools/make_cjk_dictionary.py

The dictionary is read from the ICU that icu4py brings along. There it is a trie of 16-bit units, whose format ICU
describes in `ucharstrie.h`; `words_of` reads it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from importlib.metadata import files

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from icu4py._version import icu_version
from polysift.filters.han_kana import LONGEST, WORDS

MAJOR = icu_version.split(".")[0]
# Of a dictionary's header: where the trie begins, where all ends, how the trie is made.
TRIE_OFFSET, TOTAL_SIZE, TRIE_TYPE = 0, 3, 4
TYPE_MASK, UNITS = 7, 1
MATCH, VALUE, FINAL = 0x30, 0x40, 0x8000  # the least lead units of: a run of units, a value, a word's end
LINEAR = 5  # branches of so many units are lists, longer ones binary trees


def library(name: str) -> ctypes.CDLL:
    """One of ICU's libraries, as icu4py brings them along."""
    found = next(file for file in files("icu4py") or () if file.name.startswith(f"lib{name}"))
    return ctypes.CDLL(str(found.locate()), mode=ctypes.RTLD_GLOBAL)


def trie() -> list[int]:
    """The units of the dictionary's trie."""
    library("icudata")
    common, status = library("icuuc"), ctypes.c_int(0)
    open_data, memory = common[f"udata_open_{MAJOR}"], common[f"udata_getMemory_{MAJOR}"]
    open_data.restype = memory.restype = ctypes.c_void_p
    package = f"icudt{MAJOR}l-brkitr".encode()
    handle = open_data(package, b"dict", b"cjdict", ctypes.byref(status))
    if not handle:
        raise SystemExit(
            f"ICU {icu_version} has no dictionary 'cjdict' in {package.decode()}: error {status.value}"
        )
    start = memory(ctypes.c_void_p(handle))
    header = np.frombuffer(ctypes.string_at(start, 32), np.int32)
    if header[TRIE_TYPE] & TYPE_MASK != UNITS:
        raise SystemExit(
            f"cjdict of ICU {icu_version}: a trie of type {header[TRIE_TYPE]}, not of 16-bit units"
        )
    data = ctypes.string_at(start, int(header[TOTAL_SIZE]))
    units: list[int] = np.frombuffer(data[header[TRIE_OFFSET] :], np.uint16).tolist()
    return units


def words_of(units: list[int]) -> Iterator[tuple[tuple[int, ...], int]]:
    """The words of a trie, as UTF-16, with their values.

    >>> list(words_of([1, 97, FINAL | 7, 98, VALUE + (2 << 6) | MATCH, 99, FINAL | 8]))
    [((97,), 7), ((98,), 2), ((98, 99), 8)]
    """
    open_nodes: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    while open_nodes:
        at, word = open_nodes.pop()
        lead, at = units[at], at + 1
        if lead >= FINAL:
            yield word, number(units, lead & ~FINAL, at)[0]
            continue
        if lead >= VALUE:
            value, at = inner_value(units, lead, at)
            yield word, value
            lead &= VALUE - 1
        if lead >= MATCH:
            run = lead - MATCH + 1
            open_nodes.append((at + run, (*word, *units[at : at + run])))
            continue
        if lead == 0:
            lead, at = units[at], at + 1
        nodes = list(branches(units, at, lead + 1))
        open_nodes += [(node, (*word, unit)) for unit, node, _ in reversed(nodes) if node >= 0]
        yield from (((*word, unit), value) for unit, node, value in nodes if node < 0)


def branches(units: list[int], at: int, count: int) -> Iterator[tuple[int, int, int]]:
    """The ways on from a branch: the unit, the node behind it (or -1), the value of the word that ends with it."""
    while count > LINEAR:
        jump, behind = distance(units, at + 1)
        yield from branches(units, behind + jump, count // 2)
        count, at = count - count // 2, behind
    for _ in range(count - 1):
        unit, lead = units[at], units[at + 1]
        value, at = number(units, lead & ~FINAL, at + 2)
        yield (unit, -1, value) if lead & FINAL else (unit, at + value, 0)
    yield units[at], at + 1, 0


def number(units: list[int], lead: int, at: int) -> tuple[int, int]:
    """A number of one to three units, whose first is `lead`, and where what follows begins."""
    if lead < 0x4000:
        return lead, at
    if lead < 0x7FFF:
        return (lead - 0x4000) << 16 | units[at], at + 1
    return units[at] << 16 | units[at + 1], at + 2


def inner_value(units: list[int], lead: int, at: int) -> tuple[int, int]:
    """The value of a word that others begin with, and where what follows begins."""
    if lead < 0x4040:
        return (lead >> 6) - 1, at
    if lead < 0x7FC0:
        return ((lead & 0x7FC0) - 0x4040) << 10 | units[at], at + 1
    return units[at] << 16 | units[at + 1], at + 2


def distance(units: list[int], at: int) -> tuple[int, int]:
    """How far a branch jumps, and where what follows begins."""
    first = units[at]
    if first < 0xFC00:
        return first, at + 1
    if first < 0xFFFF:
        return (first - 0xFC00) << 16 | units[at + 1], at + 2
    return units[at + 1] << 16 | units[at + 2], at + 3


def main() -> None:
    found = sorted(words_of(trie()))
    longest = max(len(word) for word, _ in found)
    if longest > LONGEST:
        raise SystemExit(
            f"cjdict of ICU {icu_version}: a word of {longest} units; ICU looks for {LONGEST} at most"
        )
    words = pa.array([np.array(word, np.uint16).tobytes().decode("utf-16-le") for word, _ in found])
    costs = pa.array([cost for _, cost in found], pa.uint8())
    table = pa.table({"word": words, "cost": costs})
    source = f"cjdict of ICU {icu_version}; licences in LICENSE.cjdict"
    table = table.replace_schema_metadata({"source": source})
    pq.write_table(table, WORDS, compression="zstd", compression_level=19, use_dictionary=False)
    print(f"{WORDS}: {len(words):,} words, {WORDS.stat().st_size:,} bytes; {source}")


if __name__ == "__main__":
    main()
