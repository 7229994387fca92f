"""Reading ahead and writing behind in threads, so that reading, kernels and writing overlap."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], most: int = 1, alone: Callable[[T], bool] = lambda _: False) -> Iterator[T]:
    """The same items, of which up to `most` are made in a thread while the caller works on the one before.

    An error of the maker comes when its item would have. A caller that stops early stops the maker. While the caller
    works on an item that is to be `alone`, because it is large, none is made.

    >>> list(ahead(iter("abc")))
    ['a', 'b', 'c']
    """
    made: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(most)
    stopped, done = threading.Event(), threading.Event()

    def make() -> None:
        try:
            for item in items:
                done.clear()
                waits = alone(item)
                _put(made, (True, item), stopped)
                del item  # the caller's now
                while waits and not stopped.is_set() and not done.wait(0.1):
                    pass
                if stopped.is_set():
                    return
            _put(made, (False, None), stopped)
        except BaseException as error:  # raised again where the item is waited for
            _put(made, (False, error), stopped)

    maker = threading.Thread(target=make, daemon=True)
    maker.start()
    try:
        while True:
            more, item = made.get()
            if isinstance(item, BaseException):
                raise item
            if not more:
                return
            waits = alone(item)  # type: ignore[arg-type]
            yield item  # type: ignore[misc]
            del item
            if waits:
                done.set()
    finally:
        stopped.set()
        maker.join()


def _put(made: queue.Queue[T], item: T, stopped: threading.Event) -> None:
    while not stopped.is_set():
        try:
            made.put(item, timeout=0.1)
            return
        except queue.Full:
            continue


class Behind:
    """Does one piece of work at a time in a thread, in order, while the caller makes the next."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1)
        self.under_way: Future[None] | None = None

    def do(self, work: Callable[..., None], *arguments: Any) -> None:
        """Starts a piece of work once the one before is done, and raises that one's error."""
        self.wait()
        self.under_way = self.thread.submit(work, *arguments)

    def wait(self) -> None:
        """Waits for the work under way and raises its error."""
        if self.under_way is not None:
            work, self.under_way = self.under_way, None
            work.result()

    def close(self) -> None:
        """Ends the thread; errors of the work under way are dropped: to be called when all went well or is lost."""
        self.thread.shutdown()
