"""A pool by disk: files hold what was put into them, and sets are whole components."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from polysift.pipeline.dedup.components import components
from polysift.pipeline.dedup.partition import Shape, read_sets, sets_of_components, shape, write_sets
from polysift.pipeline.storage import Folder


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=30), st.integers(1, 12))
def test_sets_are_whole_components(tmp_path_factory, edges, most):
    """Each document that an edge connects is in the set of its whole component; sets fit where components do."""
    a, b = (np.array(side, np.uint32) for side in (zip(*edges, strict=True) if edges else ((), ())))
    found = sets_of_components(Shape(30, 4, 1, 1, most), [(a, b)])
    work = Folder(str(tmp_path_factory.mktemp("sets")))
    with work.create("sets") as sink:
        write_sets(sink, found, at_a_time=7)
    sets = np.concatenate([read_sets(work, "sets", start, start + 10) for start in (0, 10, 20)])
    homes = components(30, a, b)
    alone = np.bincount(homes, minlength=30)[homes] == 1
    assert ((sets < 0) == alone).all()
    assert np.bincount(sets[~alone], minlength=len(found.sizes)).tolist() == found.sizes.tolist()
    for number, size in enumerate(found.sizes.tolist()):
        within = np.unique(homes[sets == number])
        assert size <= most or len(within) == 1
        assert not np.isin(homes[sets != number], within).any()


@given(st.integers(1, 10**10), st.integers(1000, 10**10))
def test_shapes_cover_all_documents_within_memory(documents, memory):
    """Slices follow one another, and none needs more memory than there is."""
    cut = shape(documents, 14, memory)
    if cut is None:
        assert documents * 512 <= max(memory, 512)
    elif documents // cut.slice < 10_000:
        ends = [0, *(stop for _, stop in cut.slices)]
        assert [start for start, _ in cut.slices] == ends[:-1]
        assert ends[-1] == documents
        assert max(stop - start for start, stop in cut.slices) <= max(1, memory // 512)
