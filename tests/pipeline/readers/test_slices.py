"""Slices of the input."""

from __future__ import annotations

import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.readers.files import InputFile, list_inputs
from polysift.pipeline.readers.slices import Piece, plan_slices


def jsonl(name: str, size: int) -> InputFile:
    return InputFile(f"/{name}", name, "jsonl", size, "")


FILES = st.lists(
    st.builds(
        jsonl,
        st.builds(
            "{}/{}.jsonl{}".format, st.sampled_from("abc"), st.integers(0, 20), st.sampled_from(["", ".gz"])
        ),
        st.integers(0, 300),
    ),
    max_size=8,
    unique_by=lambda file: file.name,
)


@given(FILES, st.integers(1, 200))
def test_every_byte_is_in_one_piece(files: list[InputFile], slice_bytes: int) -> None:
    """Pieces of plain files cover them without gap or overlap; a file that cannot be cut is one piece."""
    pieces = [piece for pieces in plan_slices(files, slice_bytes) for piece in pieces]
    for file in files:
        own = [(piece.start, piece.stop) for piece in pieces if piece.file == file]
        if file.name.endswith(".gz") or not file.size:
            assert own == [(0, -1)]
        else:
            assert (own[0][0], own[-1][1]) == (0, file.size)
            assert all(a[1] == b[0] for a, b in itertools.pairwise(own))


@given(FILES, st.integers(1, 200), st.randoms(use_true_random=False))
def test_slices_are_bounded_and_deterministic(files: list[InputFile], slice_bytes: int, random) -> None:  # type: ignore[no-untyped-def]
    """A slice stays under the limit unless one piece alone is over it, spans one folder, and the order of the
    listing does not matter."""
    slices = plan_slices(files, slice_bytes)
    for pieces in slices:
        assert len(pieces) == 1 or sum(piece.cost for piece in pieces) <= slice_bytes
        assert len({piece.file.name[0] for piece in pieces}) == 1
    shuffled = list(files)
    random.shuffle(shuffled)
    assert plan_slices(shuffled, slice_bytes) == slices


@given(FILES, st.lists(st.integers(1, 300), min_size=1, max_size=3), st.integers(1, 200))
def test_new_folder_leaves_other_slices(files: list[InputFile], sizes: list[int], slice_bytes: int) -> None:
    """A crawl added in a folder of its own, even one between the others, changes no other slice."""
    new = [jsonl(f"a/new/{i}.jsonl", size) for i, size in enumerate(sizes)]
    before, after = plan_slices(files, slice_bytes), plan_slices([*files, *new], slice_bytes)
    assert [pieces for pieces in after if pieces[0].file not in new] == before


def parquet(path: Path, rows: int, row_group_size: int) -> None:
    pq.write_table(
        pa.table({"text": ["x" * 10_000] * rows}), path, row_group_size=row_group_size, use_dictionary=False
    )


def test_parquet_is_cut_at_row_groups(tmp_path: Path) -> None:
    """Row groups are weighed uncompressed; those of a slice are one piece."""
    parquet(tmp_path / "a.parquet", 100, 10)
    (file,) = list_inputs(["a.parquet"], None, str(tmp_path)).files
    assert file.size < 100_000
    assert [(p.start, p.stop) for (p,) in plan_slices([file], 250_000)] == [
        (0, 2),
        (2, 4),
        (4, 6),
        (6, 8),
        (8, 10),
    ]
    assert [(p.start, p.stop) for (p,) in plan_slices([file], 1)] == [(i, i + 1) for i in range(10)]
    assert [(p.start, p.stop) for (p,) in plan_slices([file], 10**7)] == [(0, 10)]


def test_parquet_without_footer_is_a_piece(tmp_path: Path) -> None:
    """A file that is no Parquet is still planned, so that its fault is found and told."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more")
    (file,) = list_inputs(["a.parquet"], None, str(tmp_path)).files
    assert plan_slices([file], 1) == [(Piece(file, 0, -1, 12),)]
