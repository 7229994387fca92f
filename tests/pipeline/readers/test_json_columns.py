"""JSON Lines parsed by Arrow, beside the same lines parsed one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from polysift.pipeline.readers import jsonl
from polysift.pipeline.readers.json_columns import are_objects

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from([-0.0, 1e300, 2.0**63, 5e-324]),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), NUMBERS, TEXTS, st.just("2024-05-01"), st.just("2024-05-01 09:30:00")
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "text": TEXTS | SCALARS,
        "id": TEXTS | st.none() | st.integers(),
        "n": NUMBERS | st.none(),
        "meta": VALUES,
        "tags": st.lists(TEXTS | st.none() | st.integers(0, 3), max_size=3),
        "é": st.just(True),
    },
)
# A record as a writer may have it, or as none should.
LINES = st.one_of(
    st.builds(lambda record, ascii: json.dumps(record, ensure_ascii=ascii).encode(), RECORDS, st.booleans()),
    st.builds(
        lambda texts: "\n".join(json.dumps({"text": text, "n": 1}) for text in texts).encode(),
        st.lists(TEXTS, min_size=1, max_size=5),
    ),
    st.sampled_from(
        [
            b"",
            b"  ",
            b"\r",
            b"null",
            b"1",
            b"[]",
            b"{}",
            b'{"text": "a"} null {"text": "b"}',
            b'{"text": "a"}{"text": "b"}',
            b'{"text":',
            b'"a"}',
            b'{"text": "a", "text": "b"}',
            b'{"text": "a", "meta": {"x": 1, "x": "b"}}',
            b'{"text": "\\ud800"}',
            b'{"text": "\\udc00"}',
            b'{"text": "\\ud83d\\ude00"}',
            b'{"te\\u0078t": "a\\u0000b"}',
            b'{"text": "\xff"}',
            b'{"\xff": 1}',
            b'{"text": "a", "n": -0}',
            b'{"text": "a", "n": 1e400}',
            b'{"text": "a", "n": 1E2}',
            b'{"text": "a", "n": 0.1e-400}',
            b'{"text": "a", "n": 9007199254740993}',
            b'{"text": "a", "n": NaN}',
            b'{"text": "a", "n": -Infinity}',
            b'{"text": "a", "n": 01}',
            b'{"text": "a", "n": ' + b"9" * 5000 + b"}",
            b'{"text": "a", "meta": ' + b"[" * 300 + b"]" * 300 + b"}",
            b'{"text": "a", "meta": ' + b"[" * 3000 + b"]" * 3000 + b"}",
            b'{"text": "a"}\r',
            b'{"text": "a"} ',
            b' {"text": "a"}',
            b'{"text": "a"',
            b'{"text": "a\\"}',
            b"\xef\xbb\xbf" + b'{"text": "a"}',
        ]
    ),
    st.binary(max_size=8).map(lambda noise: b'{"text": "a' + noise + b'"}'),
    st.binary(max_size=8).map(lambda noise: b'{"text": ' + noise + b"}"),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, max_size=12), rows=st.sampled_from([1, 2, 5, 4096]))
@example(lines=[b'{"text": "a", "n": 1}', b'{"text": "b", "n": 2.5}', b'{"text": "c", "n": -0}'], rows=1)
def test_columns_are_what_lines_give(
    read_all: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[bytes], rows: int
) -> None:
    """Schema, rows, ids and faults are those of lines that are parsed one by one, whatever the lines."""
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([b'{"text": "first"}', *lines]))
    fast = read_all(batch_rows=rows)
    with monkeypatch.context() as patched:
        patched.setattr(jsonl, "columns_of", lambda *_: None)
        careful = read_all(batch_rows=rows)
    assert fast.declared == careful.declared
    assert fast.quarantined == careful.quarantined
    assert repr(fast.documents) == repr(careful.documents)  # as text, in which NaN equals NaN
    assert [batch.schema for batch in fast.batches] == [batch.schema for batch in careful.batches]


def test_clean_lines_are_parsed_as_columns(
    read_all: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of clean lines only the first block is looked at one by one, to learn the columns."""
    record = {"text": "às vezes, 日本 😀", "id": None, "n": 1.5, "meta": {"tags": ["a"], "ok": True}}
    (tmp_path / "a.jsonl").write_text("\n".join([json.dumps(record)] * 30), "utf-8")
    looked: list[int] = []
    row = jsonl._row
    monkeypatch.setattr(jsonl, "_row", lambda line, *rest: looked.append(line.offset) or row(line, *rest))
    outcome = read_all(batch_rows=10)
    assert len(looked) == 10
    assert outcome.texts == [record["text"]] * 30
    assert outcome.documents[7]["meta"] == record["meta"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1}\n{"b": [{}, "}\\"{"]}\r\n{}', True),
        (b'{"a": 1}\n', True),
        (b'{"a": 1}{"b": 2}', False),
        (b'{"a": 1} null', False),
        (b"null", False),
        (b'{"a":\n1}', False),
        (b'{"a": "b', False),
        (b'{"a": "b\\', False),
        (b'{"a": [1}', False),
        (b"{" * 300 + b"}" * 300, False),
        (b'\n{"a": 1}', False),
    ],
)
def test_lines_that_are_objects(data: bytes, expected: bool) -> None:
    """Each line is one pair of brackets; what is in strings does not count, and a line may end with a return."""
    assert are_objects(np.frombuffer(data, np.uint8)) == expected
