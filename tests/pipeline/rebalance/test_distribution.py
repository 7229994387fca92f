from __future__ import annotations

import json

import pytest
from polysift.langid.errors import PolysiftError
from polysift.pipeline.rebalance.distribution import distribution, pool, read_distribution, to_published

GOOD = to_published(distribution([1, 2, 3], [100, 50, 10], [20, 25, 4]))


def write(tmp_path, **changes):
    path = tmp_path / "xxx_Latn.json"
    content = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    path.write_text(json.dumps(content))
    return path


def test_a_file_is_read_as_it_was_written(tmp_path):
    """The counts come back, also those of all judged documents."""
    found = read_distribution(write(tmp_path))
    assert found.judged.tolist() == [100, 50, 10]
    assert found.kept.tolist() == [20, 25, 4]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"cluster_sizes": None, "tail_threshold": "3"},
            ["cluster_sizes: missing", "tail_threshold: found '3'"],
        ),
        ({"cluster_sizes": ["a", 2]}, ["cluster_sizes: found 'a'"]),
        ({"cluster_removal_rates": [float("nan"), None]}, ["cluster_removal_rates: found nan"]),
        ({"global_removal_rate": float("inf")}, ["global_removal_rate: found inf"]),
        ({"cluster_post_filtering_doc_counts": 7}, ["cluster_post_filtering_doc_counts: found int"]),
        ({"cluster_sizes": [1]}, ["lists of different lengths"]),
        ({"cluster_sizes": [2, 2]}, ["must ascend"]),
        ({"cluster_removal_rates": [10, 110]}, ["between 0 and 100"]),
    ],
)
def test_a_file_of_another_form_says_what_is_wrong(tmp_path, changes, words):
    """Missing keys, wrong types, lengths and impossible values are named with the file."""
    with pytest.raises(PolysiftError) as error:
        read_distribution(write(tmp_path, **changes))
    assert all(word in str(error.value) for word in ["xxx_Latn.json", *words])


def test_what_is_no_json_says_so(tmp_path):
    """A text file, and a file that is not there, are errors that name them."""
    (tmp_path / "a.json").write_text("por_Latn")
    for name in ("a.json", "b.json"):
        with pytest.raises(PolysiftError, match=name):
            read_distribution(tmp_path / name)


def test_sizes_without_a_judged_document_are_left_out():
    """A size whose documents all went before the rules has no removal rate."""
    assert distribution([1, 2, 5], [10, 0, 4], [5, 0, 4]).sizes.tolist() == [1, 5]


def test_pooling_one_language_changes_nothing():
    """A family of one has that one's rates."""
    found = distribution([1, 2, 3], [100, 50, 10], [20, 25, 4])
    assert pool([found]).rates == pytest.approx(found.rates)
    assert pool([found]).global_rate == pytest.approx(found.global_rate)


def test_a_strict_language_does_not_tilt_the_pool():
    """Two languages of which neither removes more at one size than at another pool to a flat curve."""
    strict = distribution([1, 2], [10000, 100], [1000, 10])
    mild = distribution([1, 2], [100, 10000], [90, 9000])
    assert pool([strict, mild]).rates == pytest.approx(pool([strict, mild]).global_rate)
