"""Names and Arrow types of the columns that polysift reads, adds and writes. A leaf: imports no other stage.

The output's names follow FineWeb2 (arXiv 2506.20920, dataset card), plus `minhash_cluster_id` and
`upsample_weight`.
"""

from __future__ import annotations

import pyarrow as pa

from ..filters.measures import MEASURES

# What every input is mapped to, in this order; all strings, only `text` and `id` are never null.
INPUT = pa.schema(
    [
        pa.field("text", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("url", pa.string()),
        pa.field("date", pa.string()),
        pa.field("dump", pa.string()),
        pa.field("file_path", pa.string()),
    ]
)

LANGUAGE = pa.schema(
    [
        pa.field("language", pa.string(), nullable=False),
        pa.field("language_script", pa.string(), nullable=False),
        pa.field("language_score", pa.float64(), nullable=False),
        pa.field("top_langs", pa.string(), nullable=False),
    ]
)

# Null in a document of an excluded language: it is counted and removed, never measured.
MEASURED = pa.schema(
    [pa.field(name, pa.uint64() if name == "stop_word_mask" else pa.int64()) for name in MEASURES]
)

# What the precision rule needs; null where no word list of the language is known.
PRECISION = pa.schema([pa.field("n_list_words", pa.int64()), pa.field("n_url_terms", pa.int64())])

# What speaks against the label (langid/agreement.py): null where language_id does not ask for it.
DOUBTS = pa.schema(
    [
        pa.field("language_doubts", pa.int64()),
        pa.field("n_other_language_lines", pa.int64()),
        pa.field("n_language_lines", pa.int64()),
    ]
)

# Hash of the id, to find a document and to count repeated ids without reading strings.
ID_HASH = pa.field("id_hash", pa.uint64(), nullable=False)

# 128-bit hashes of a measured document's text: as given, and simplified as for signatures.
HASHES = pa.schema([pa.field("text_hash", pa.binary(16)), pa.field("simplified_hash", pa.binary(16))])

CLUSTER = pa.schema(
    [
        pa.field("minhash_cluster_id", pa.int64(), nullable=False),
        pa.field("minhash_cluster_size", pa.int64(), nullable=False),
    ]
)

WEIGHT = pa.field("upsample_weight", pa.int64(), nullable=False)

# Lines that many documents of the site have; only where dedup.lines.more_than is set.
BOILERPLATE = pa.schema(
    [
        pa.field("n_boilerplate_lines", pa.int64(), nullable=False),
        pa.field("n_boilerplate_chars", pa.int64(), nullable=False),
    ]
)

# Only in removed/: why; for a duplicate the id of the document kept in its place, and how similar they are.
REMOVAL = pa.schema(
    [
        pa.field("reason", pa.string(), nullable=False),
        pa.field("duplicate_of", pa.string()),
        pa.field("similarity", pa.float32()),
    ]
)


def signature(bands: int, rows: int) -> pa.Schema:
    """The signature's columns: `bands` 8-byte band keys, and one byte of each of the `bands * rows` minima.

    Both are null in a document with fewer words than one shingle has.
    """
    return pa.schema(
        [
            pa.field("minhash_bands", pa.binary(8 * bands)),
            pa.field("minhash_sketch", pa.binary(bands * rows)),
        ]
    )


def reserved_names() -> frozenset[str]:
    """Names that polysift writes: an input column of such a name travels as `input_<name>`."""
    schemas = (
        *(INPUT, LANGUAGE, DOUBTS, MEASURED, PRECISION, HASHES, CLUSTER, BOILERPLATE, REMOVAL),
        *(signature(1, 1), pa.schema([ID_HASH, WEIGHT])),
    )
    return frozenset(name for schema in schemas for name in schema.names)
