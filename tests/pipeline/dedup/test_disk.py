"""A language that goes by disk, down to sets that do not fit in memory: the clusters are those found in memory."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polysift.pipeline import schema
from polysift.pipeline.config import Config
from polysift.pipeline.dedup import blocks
from polysift.pipeline.dedup.disk import BandsStage, ComponentsStage, GroupsStage, SetsStage
from polysift.pipeline.dedup.giant_stage import BlocksStage, DealStage, LinksStage
from polysift.pipeline.dedup.stage import DedupStage
from polysift.pipeline.stage import Run, complete, status
from polysift.pipeline.storage import TEMPORARY, Folder

BANDS, ROWS, COUNT, PART = 5, 4, 600, 90
LABEL = "por_Latn"
STAGES = (
    *(BandsStage(), GroupsStage(), ComponentsStage(), SetsStage()),
    *(DealStage(), LinksStage(), BlocksStage(), DedupStage()),
)


def columns(seed):
    """Documents of a few hundred texts: some similar, many copies over all parts, a template's band on a third."""
    generator = np.random.default_rng(seed)
    texts = generator.integers(0, COUNT // 2, COUNT)
    patterns = generator.integers(0, 256, (40, BANDS * ROWS), np.uint8)[generator.integers(0, 40, COUNT)]
    changed = generator.random((COUNT, BANDS * ROWS)) < generator.choice([0, 0.03, 0.2], (COUNT, 1))
    sketches = np.where(changed, generator.integers(0, 256, patterns.shape), patterns).astype(np.uint8)[texts]
    bands = np.ascontiguousarray(sketches.reshape(COUNT, BANDS, ROWS)).view("<u4")[:, :, 0].astype(np.uint64)
    bands = bands * np.uint64(0x9E3779B97F4A7C15)
    bands[texts % 3 == 0, 2] = 7
    hashes = np.column_stack([texts, texts]).astype(np.uint64) * np.uint64(0xD1B54A32D192ED03)
    signed = (generator.random(COUNT) < 0.9)[texts]
    return {
        "score": (generator.random(COUNT) < 0.95).astype(float),
        "n_chars": generator.integers(1, 9, COUNT),
        "date": [str(2000 + n) if n else None for n in generator.integers(0, 9, COUNT).tolist()],
        "hashes": hashes,
        "bands": bands,
        "sketches": sketches,
        "signed": signed,
    }


def binary(array, signed):
    return pa.array([row.tobytes() if here else None for row, here in zip(array, signed, strict=True)])


def annotations(work, seed):
    """Parts as annotate leaves them, as far as dedup reads them."""
    made = columns(seed)
    everyone = np.ones(COUNT, bool)
    table = pa.table(
        {
            "text": pa.array([""] * COUNT),
            "date": pa.array(made["date"]),
            "language_score": made["score"],
            "n_chars": made["n_chars"],
            "text_hash": binary(made["hashes"], everyone).cast(schema.HASHES.field(0).type),
            "simplified_hash": binary(made["hashes"], everyone).cast(schema.HASHES.field(0).type),
            "minhash_bands": binary(made["bands"], made["signed"]).cast(pa.binary(8 * BANDS)),
            "minhash_sketch": binary(made["sketches"], made["signed"]).cast(pa.binary(BANDS * ROWS)),
        }
    )
    manifests = {}
    for start in range(0, COUNT, PART):
        part = table.slice(start, PART)
        name = f"annotations/part-{start:05d}.arrow"
        with work.create(name) as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(part)
        counts = {
            "batches": [[0, len(part)]],
            "documents": len(part),
            "text_bytes": 0,
            "other_bytes": 0,
        }
        manifests[f"part-{start:05d}"] = {"files": [name], "digest": name, "languages": {LABEL: counts}}
    return manifests


def clustered(folder, memory, seed, monkeypatch, backwards=False, **dedup):
    """The clusters' table, all sets of it, by document; and the files of all stages."""
    monkeypatch.setattr("polysift.pipeline.dedup.pool.input_column", lambda run, done, column: column)
    config = {
        "input": {"path": str(folder)},
        "output": str(folder / "out"),
        "work": str(folder / f"work{memory}"),
        "dedup": {"memory": memory, "bands": BANDS, "rows": ROWS, "verify_exactly": False, **dedup},
    }
    run = Run(Config.model_validate(config))
    done = {"scan": {}, "annotate": annotations(Folder(run.config.work_url), seed)}
    for stage in STAGES:
        pending = status(run, stage, done).pending
        for one in reversed(pending) if backwards else pending:
            complete(run, stage, one.unit)
        done[stage.name] = status(run, stage, done).done
    assert not list(folder.rglob(f"{TEMPORARY}*"))
    files = {
        name: run.work.fs.cat_file(run.work.path(name))
        for stage in STAGES
        for found in done[stage.name].values()
        for name in found["files"]
    }
    tables = [pq.read_table(pa.BufferReader(files[name])) for name in files if name.startswith("dedup/")]
    return pa.concat_tables(tables).sort_by("document"), files


@pytest.mark.parametrize("verify", [0.7, "off"])
@pytest.mark.parametrize("keep", ["first", "longest", {"column": "date", "order": "newest"}])
def test_by_disk_clusters_are_those_in_memory(tmp_path, monkeypatch, keep, verify):
    """Whether sets fit in memory or are clustered in blocks, each document has the same keeper, cluster and size."""
    seed = len(str(keep))
    expected, _ = clustered(tmp_path, 10**9, seed, monkeypatch, keep=keep, verify=verify)
    assert len(expected) > COUNT // 3
    for slice_ in (150, 40):
        found, files = clustered(tmp_path, 512 * slice_, seed, monkeypatch, keep=keep, verify=verify)
        assert len([name for name in files if name.startswith("dedup/")]) > 1
        assert found.equals(expected)


def test_the_order_of_units_makes_no_difference(tmp_path, monkeypatch):
    """Units of each stage done from the last to the first leave the same files, byte for byte."""
    forwards, backwards = (
        clustered(tmp_path / name, 512 * 60, 1, monkeypatch, backwards=name == "backwards")[1]
        for name in ("forwards", "backwards")
    )
    assert backwards == forwards


def test_a_page_crawled_again_and_again_is_one_row(tmp_path, monkeypatch):
    """Of each text one document, whatever slices its copies are in, has its signature in a set."""
    _, files = clustered(tmp_path, 512 * 60, 1, monkeypatch)
    made = columns(1)
    sets = [
        pa.ipc.open_file(pa.BufferReader(files[name])).read_all()
        for name in files
        if name.startswith("sets/") and ".sample." not in name
    ]
    numbers = np.concatenate([t["numbers"].to_numpy() for t in sets if "numbers" in t.schema.names])
    copies = np.concatenate([t["number"].to_numpy() for t in sets if "head" in t.schema.names])
    texts = made["hashes"][numbers, 0]
    assert len(np.unique(texts)) == len(texts)
    assert np.isin(made["hashes"][copies, 0], texts).all()
    assert len(copies) > len(numbers) > 100


@pytest.mark.parametrize("block", [0, 1, 7])
def test_a_component_is_compared_from_the_block_where_it_stood(tmp_path, monkeypatch, block):
    """A failure while a block is compared leaves what became of those before; they are not compared again, and the
    clusters are the same.
    """
    expected, _ = clustered(tmp_path, 10**9, 1, monkeypatch)
    compared = []

    def failing(earlier, *arguments):
        compared.append(earlier.block)
        if len(compared) == block + 1:
            raise InterruptedError
        return and_within(earlier, *arguments)

    and_within = blocks._Earlier.and_within
    monkeypatch.setattr(blocks._Earlier, "and_within", failing)
    with pytest.raises(InterruptedError):
        clustered(tmp_path, 512 * 40, 1, monkeypatch)
    found, files = clustered(tmp_path, 512 * 40, 1, monkeypatch)
    assert found.equals(expected)
    assert len(compared) == len([name for name in files if name.endswith(".stars.bin")]) + 1
