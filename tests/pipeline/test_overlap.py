"""Reading ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from polysift.pipeline.overlap import Behind, ahead


def test_items_and_their_order_stay() -> None:
    """All items come, in order."""
    assert list(ahead(iter(range(100)), 3)) == list(range(100))


def test_an_error_comes_after_the_items_before_it() -> None:
    """What was made before an error is not lost, and the error is the maker's own."""

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("broken off")

    found = ahead(broken())
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken off"):
        next(found)


def test_a_caller_that_stops_ends_the_thread() -> None:
    """No thread goes on making items that nobody takes."""
    before = threading.active_count()
    found = ahead(iter(range(1_000_000)))
    assert next(found) == 0
    found.close()
    assert threading.active_count() == before


def test_items_are_made_while_the_caller_works() -> None:
    """The next item is made before it is asked for."""
    second = threading.Event()

    def maker() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    found = ahead(maker())
    assert next(found) == 1
    assert second.wait(10)
    assert list(found) == [2]


def test_work_is_done_in_order_and_its_errors_come_back() -> None:
    """Pieces of work follow one another; an error is raised by the next call, once."""
    done: list[int] = []
    behind = Behind()
    for number in range(10):
        behind.do(done.append, number)
    behind.do(done.index, 10)
    with pytest.raises(ValueError, match="10 is not in list"):
        behind.do(done.append, 11)
    behind.wait()
    behind.close()
    assert done == list(range(10))
