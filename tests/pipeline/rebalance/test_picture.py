from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from polysift.pipeline.rebalance.distribution import distribution
from polysift.pipeline.rebalance.picture import HEIGHT, WIDTH, removal_picture, sizes_picture

SVG = "{http://www.w3.org/2000/svg}"
FOUND = distribution([1, 2, 3, 5, 9], [5000, 900, 300, 80, 12], [1000, 400, 200, 50, 3])
TITLE = "A & B <por>"


@pytest.mark.parametrize(
    "svg",
    [sizes_picture(FOUND, TITLE), removal_picture(FOUND, [("up to 10", {1: 1, 2: 5, 3: 10, 9: 1})], TITLE)],
)
def test_pictures_are_whole_and_within_their_frame(svg):
    """Valid XML without anything from elsewhere, its title spelled out, every mark inside the frame."""
    root = ElementTree.fromstring(svg)
    assert root.find(f"{SVG}title").text == TITLE
    assert "href" not in svg
    assert "url(" not in svg
    for mark in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert 0 <= float(mark.get(name, 0)) <= WIDTH
        for name in ("y", "y1", "y2", "cy"):
            assert 0 <= float(mark.get(name, 0)) <= HEIGHT


def test_a_dot_for_each_size_and_a_step_for_each_weight():
    """The removal picture shows every size at its rate, and the weights as a line of steps."""
    root = ElementTree.fromstring(removal_picture(FOUND, [("w", {1: 1, 2: 5, 9: 1})], "t"))
    heights = [float(dot.get("cy")) for dot in root.iter(f"{SVG}circle")]
    assert np.argsort(heights).tolist() == np.argsort(-FOUND.rates).tolist()
    (line,) = root.iter(f"{SVG}polyline")
    levels = [point.split(",")[1] for point in line.get("points").split()]
    assert levels[0] == levels[1] == levels[-1]
    assert len(set(levels)) == 2


def test_one_size_alone_can_be_drawn():
    """A language in which nothing is repeated has a picture, too."""
    single = distribution([1], [10], [4])
    assert ElementTree.fromstring(sizes_picture(single, "t")) is not None
    assert ElementTree.fromstring(removal_picture(single, [("w", {1: 1})], "t")) is not None
