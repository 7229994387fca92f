from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.corpus import LanguagePart
from polysift.pipeline.splits import content_hashes, held_out
from polysift.pipeline.storage import Folder

documents = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10**6), st.booleans()), max_size=80)


@given(documents, st.floats(0, 0.99), st.integers(0, 30))
def test_a_cluster_or_content_is_never_divided(rows, fraction, most):
    """Kept documents of one keeper, or of one hash, are in the same split; only kept ones are; never too many."""
    numbers = np.arange(len(rows))
    keepers = np.array([min(row[0], n) for n, row in enumerate(rows)], np.int64)
    hashes = np.array([row[1] % 20 for row in rows], np.uint64)
    kept = np.array([row[2] for row in rows], np.bool_)
    test = held_out(hashes, keepers, kept, fraction, most)
    assert not (test & ~kept).any()
    assert test.sum() <= min(kept.sum() * fraction + 1e-6, most)
    of = hashes[keepers] if len(rows) else hashes
    for n in numbers[kept]:
        assert (test[kept & (of == of[n])] == test[n]).all()


def test_one_percent_exactly():
    """Of 1,000 distinct documents 10 are held out, those of the lowest hashes; of 99, none."""
    hashes = np.random.default_rng(0).permutation(1000).astype(np.uint64)
    found = held_out(hashes, np.arange(1000), np.ones(1000, bool), 0.01, 100_000)
    assert found.sum() == 10
    assert set(hashes[found]) == set(range(10))
    assert not held_out(hashes[:99], np.arange(99), np.ones(99, bool), 0.01, 100_000).any()


def test_no_more_than_the_most():
    """A limit in documents holds in a large language."""
    hashes = np.random.default_rng(0).permutation(5000).astype(np.uint64)
    assert held_out(hashes, np.arange(5000), np.ones(5000, bool), 0.01, 7).sum() == 7


def test_more_documents_move_few():
    """With a tenth more documents, those held out before still are, but for those that others displaced."""
    hashes = np.random.default_rng(0).integers(0, 2**63, 11_000).astype(np.uint64)
    before = held_out(hashes[:10_000], np.arange(10_000), np.ones(10_000, bool), 0.01, 100_000)
    after = held_out(hashes, np.arange(11_000), np.ones(11_000, bool), 0.01, 100_000)[:10_000]
    assert (before & after).sum() >= 95
    assert (after & ~before).sum() <= 15


def test_content_is_the_text_where_its_hash_is_known(tmp_path):
    """With a `text_hash` column its first eight bytes count, across batches and parts; without one, the id's hash."""
    rows = np.random.default_rng(0).integers(0, 256, (7, 16), dtype=np.uint8)
    parts, schema = [], pa.schema([("id_hash", pa.uint64()), ("text_hash", pa.binary(16))])
    for name, batches in (("a.arrow", [rows[:3], rows[3:5]]), ("b.arrow", [rows[5:]])):
        with pa.ipc.new_file(str(tmp_path / name), schema) as writer:
            for batch in batches:
                hashes = pa.array([row.tobytes() for row in batch], pa.binary(16))
                ids = pa.array(range(len(batch)), pa.uint64())
                writer.write_batch(pa.record_batch([ids, hashes], schema=schema))
        index = tuple((n, len(batch)) for n, batch in enumerate(batches))
        parts.append(LanguagePart(name, "", index, sum(map(len, batches)), 0, 0))
    folder = Folder(str(tmp_path))
    assert content_hashes(folder, tuple(parts)).tolist() == rows[:, :8].copy().view("<u8").ravel().tolist()
