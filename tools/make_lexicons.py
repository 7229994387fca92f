#!/usr/bin/env python3
"""Writes filters/data/lexicons: the word lists of jieba (MIT) and PyThaiNLP (Apache-2.0), for `words: unicode`.

python tools/make_lexicons.py
"""

from __future__ import annotations

from importlib.metadata import version

import jieba
import pyarrow as pa
import pyarrow.parquet as pq
from jieba.finalseg import emit_P
from polysift.filters import thai as thai_list
from polysift.filters.chinese import NAME
from polysift.filters.lexicon import FOLDER
from pythainlp.corpus import thai_words


def chinese() -> None:
    jieba.initialize()
    words = sorted((word, count) for word, count in jieba.dt.FREQ.items() if count)
    table = pa.table(
        {
            "word": pa.array([word for word, _ in words]),
            "frequency": pa.array([count for _, count in words], pa.int32()),
        }
    ).replace_schema_metadata({"source": "jieba 0.42.1, MIT", "total": str(jieba.dt.total)})
    write(NAME, table)
    emitted = [
        (ord(character), "BEMS".index(state), probability)
        for state, of in sorted(emit_P.items())
        for character, probability in sorted(of.items())
    ]
    columns = zip(*emitted, strict=True)
    types = {"character": pa.int32(), "state": pa.int8(), "probability": pa.float64()}
    table = pa.table(
        {name: pa.array(column, kind) for (name, kind), column in zip(types.items(), columns, strict=True)}
    )
    write(f"{NAME}_states", table.replace_schema_metadata({"source": "jieba 0.42.1, MIT"}))


def thai() -> None:
    words = sorted({word.strip() for word in thai_words()} - {""})
    table = pa.table({"word": pa.array(words)})
    write(
        thai_list.NAME,
        table.replace_schema_metadata({"source": f"PyThaiNLP {version('pythainlp')}, Apache-2.0"}),
    )


def write(name: str, table: pa.Table) -> None:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.parquet"
    encodings = {"word": "DELTA_BYTE_ARRAY"} if "word" in table.column_names else None
    plain = [column for column in table.column_names if column in ("frequency", "state")]
    pq.write_table(
        table, path, compression="zstd", compression_level=19, use_dictionary=plain, column_encoding=encodings,
        write_statistics=False,
    )  # fmt: skip
    print(f"{path}: {len(table):,} rows, {path.stat().st_size / 1e3:.0f} kB")


def main() -> None:
    chinese()
    thai()


if __name__ == "__main__":
    main()
