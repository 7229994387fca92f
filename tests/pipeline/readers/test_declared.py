"""The declared schema of a run."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from polysift.langid.errors import PolysiftError
from polysift.pipeline.readers.declared import CANONICAL, declare, merge
from polysift.pipeline.schema import INPUT

TEXT = ("text", pa.string())


def schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([TEXT, *columns])


def other_names(declared: pa.Schema) -> list[str]:
    return declared.names[len(INPUT) :]


def test_canonical_columns_come_first() -> None:
    """Canonical columns are always there, as strings; the others follow in order of first appearance."""
    declared = declare({"a": schema(("z", pa.int8()), ("id", pa.int64())), "b": schema(("y", pa.int8()))})
    assert declared.schema.equals(pa.schema([*INPUT, ("z", pa.int64()), ("y", pa.int64())]))


def test_columns_are_mapped() -> None:
    """A mapped column becomes the canonical one, and the one it takes the name of travels under another."""
    one = pa.schema(
        [("content", pa.string()), ("text", pa.string()), ("id", pa.int64()), ("uid", pa.int64())]
    )
    declared = declare({"a": one}, {"text": "content", "id": "uid"})
    assert (declared.sources["text"], declared.sources["id"]) == ("content", "uid")
    assert other_names(declared.schema) == ["input_text", "input_id"]
    assert declared.renamed == {"text": "input_text", "id": "input_id"}
    assert declared.output_name("content") == "text"
    assert declared.output_name("id") == "input_id"
    assert declared.output_name("nowhere") == "nowhere"


def test_reserved_names_are_moved() -> None:
    """A column that polysift writes itself travels as input_<name>, however often that is taken."""
    names = ["language", "input_language", "reason", "minhash_cluster_id", "label"]
    declared = declare({"a": schema(*((name, pa.int8()) for name in names))})
    assert other_names(declared.schema) == [
        "input_input_language",
        "input_language",
        "input_reason",
        "input_minhash_cluster_id",
        "label",
    ]
    assert set(declared.renamed) == {"language", "reason", "minhash_cluster_id"}


def test_conflicts_name_types_and_files() -> None:
    """Each conflict names the column, the types with their first files, and the resolution."""
    declared = declare(
        {
            "a": schema(("n", pa.int8()), ("s", pa.struct({"k": pa.int8()}))),
            "b": schema(("n", pa.string())),
            "c": schema(("n", pa.string()), ("s", pa.struct({"k": pa.bool_()}))),
        }
    )
    assert [str(conflict) for conflict in declared.conflicts] == [
        "column n: int64 in a, string in b; declared as string",
        "column s.k: int64 in a, bool in c; declared as string",
    ]
    assert declared.schema.field("s").type == pa.struct({"k": pa.string()})


def test_no_conflict_in_canonical_columns() -> None:
    """Ids and dates of any type are strings; that is no conflict."""
    assert declare({"a": schema(("id", pa.int8())), "b": schema(("id", pa.string()))}).conflicts == ()


def test_merged_pieces_keep_conflicts() -> None:
    """A conflict between the pieces of a file, or within one, is still named in the declared schema."""
    merged = merge([schema(("n", pa.int64())), schema(("n", pa.string()), ("m", pa.int64()))])
    declared = declare({"a": merged})
    assert other_names(declared.schema) == ["n", "m"]
    assert [set(conflict.types) for conflict in declared.conflicts] == [{"int64", "string"}]
    assert merge([merged, merged]) == merged


def test_web_archives_need_no_mapping() -> None:
    """The columns of WARC files keep their names when those of tables are mapped."""
    warc = pa.schema([(name, pa.string()) for name in ("text", "id", "url", "date")], metadata=CANONICAL)
    declared = declare({"a.warc": warc, "b": pa.schema([("body", pa.string())])}, {"text": "body"})
    assert declared.schema.names == INPUT.names
    assert declare({"a.warc": warc}, {"text": "body"}).schema.names == INPUT.names
    assert merge([warc, warc]).metadata == CANONICAL


def test_missing_text_column_everywhere() -> None:
    """Where no file has the text, the error names the key, the columns and the closest."""
    with pytest.raises(PolysiftError) as caught:
        declare({"a": pa.schema([("texts", pa.string()), ("n", pa.int8())])})
    assert str(caught.value) == (
        "input.columns.text: no input has a column 'text'; did you mean 'texts'?; the columns are texts, n"
    )


def test_missing_mapped_column() -> None:
    """A column that the config names and no file has is an error."""
    with pytest.raises(PolysiftError, match=r"input\.columns\.url: no input has a column 'link'"):
        declare({"a": schema()}, {"url": "link"})


def test_unreadable_files_declare_nothing() -> None:
    """Files that could not be scanned leave the canonical columns."""
    assert declare({"a": pa.schema([])}).schema.equals(INPUT)


def test_restricted_to_some_files() -> None:
    """The schema of some files has their columns only, with the types of all, and does not depend on others."""
    schemas = {
        "a": schema(("n", pa.int8()), ("m", pa.int8())),
        "b": schema(("n", pa.float32()), ("language", pa.null())),
    }
    declared = declare(schemas)
    assert declared.restricted(["a"]).schema == pa.schema([*INPUT, ("n", pa.float64()), ("m", pa.int64())])
    assert declared.restricted(["b"]).schema.names == [*INPUT.names, "n", "input_language"]
    assert declared.restricted(["b"]).renamed == {"language": "input_language"}
    assert declared.restricted(["a", "b"]) == declared
    more = declare(schemas | {"c": schema(("k", pa.int8()))})
    assert more.restricted(["a"]) == declared.restricted(["a"])


def test_declared_schema_pickles() -> None:
    """Workers get the schema as it is."""
    declared = declare({"a": schema(("n", pa.int8())), "b": schema(("n", pa.string()))})
    assert pickle.loads(pickle.dumps(declared)) == declared
