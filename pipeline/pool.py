"""Processes that work for one planner: started once for a run, they report progress and end with it."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any

from ..langid.errors import PolysiftError

if TYPE_CHECKING:
    from .warm import WarmUp

Report = Callable[[int, int], None]
Work = Callable[[int, Report], None]  # rank, where to report progress

INTERRUPT_SECONDS = 0.5

_inbox: Any = None  # in a worker: where its progress goes


def start_server(identifies: bool = True) -> None:
    """Starts the server that workers are forked from; what they need is loaded there while the caller goes on.

    Needs no other module of the pipeline: called first, it loads kernels while the planner loads its own modules.
    A server that runs stays as it is.

    Args:
        identifies: whether workers will identify languages; if not said here, those that do load it themselves.
    """
    loaded = "identifying_worker" if identifies else "worker"
    multiprocessing.get_context("forkserver").set_forkserver_preload([f"polysift.pipeline.{loaded}"])
    forkserver.ensure_running()


class WorkerPool:
    """Up to `workers` processes, started with the first work; close the pool, or use it as a context.

    They are forked from a server that has loaded what all of them need, kernels included.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *error: object) -> None:
        if self.pool is not None:
            # Waits: a task still under way would go on writing into what the next run clears.
            self.pool.shutdown(wait=True, cancel_futures=True)

    def warm(self) -> WarmUp:
        """Loads or compiles the kernels in the server of the workers; returns what that took."""
        try:
            return self._started().submit(_warm).result()
        except BrokenProcessPool:
            raise _killed("kernels") from None

    def is_used(self, ranks: int) -> bool:
        """Whether so many ranks are handed out, rather than done here: a single one is if kernels are loaded there."""
        return self.workers > 1 and (ranks > 1 or self.pool is not None)

    def run(self, work: Work, ranks: int, name: str, report: Report) -> None:
        """Calls `work` for every rank, here where one process is enough.

        Raises:
            PolysiftError: when a worker was killed; else the first error of the work, once nothing is under way.
        """
        if not self.is_used(ranks):
            for rank in range(ranks):
                work(rank, report)
            return
        pool = self._started()
        self._watch([pool.submit(_run_rank, work, rank) for rank in range(ranks)], name, report)

    def _started(self) -> ProcessPoolExecutor:
        if self.pool is not None:
            return self.pool
        start_server()
        context = multiprocessing.get_context("forkserver")
        self.inbox = context.Queue()
        self.pool = ProcessPoolExecutor(
            self.workers, context, initializer=_start_worker, initargs=(self.inbox,)
        )
        return self.pool

    def _watch(self, futures: Sequence[Future[None]], name: str, report: Report) -> None:
        pending = set(futures)
        while pending:
            done, pending = wait(pending, timeout=0.1, return_when=FIRST_EXCEPTION)
            _drain(self.inbox, report)
            for future in done:
                try:
                    future.result()
                except BrokenProcessPool:
                    raise _killed(f"stage {name}") from None
        _drain(self.inbox, report)


def _killed(what: str) -> PolysiftError:
    # An interrupt of all may have ended the workers first: if it comes now, it is what ends the run.
    time.sleep(INTERRUPT_SECONDS)
    return PolysiftError(
        f"a worker of {what} was killed (by a signal, or for lack of memory); "
        f"run the same command again: what is finished is kept; fewer --workers need less memory"
    )


def _drain(inbox: Any, report: Report) -> None:
    while True:
        try:
            report(*inbox.get_nowait())
        except queue.Empty:
            return


def _start_worker(inbox: Any) -> None:
    global _inbox  # noqa: PLW0603 - a worker has one planner to report to
    _inbox = inbox
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # an interrupted run's workers end without a word
    threading.Thread(target=_end_with_planner, daemon=True).start()


def _end_with_planner() -> None:
    """Ends this worker when the planning process is gone: killed, it could not tell its workers."""
    planner = multiprocessing.parent_process()
    if planner is not None:
        planner.join()
        os._exit(1)


def _warm() -> WarmUp:
    from .warm import WarmUp
    from .worker import WARM  # loaded by the server that this process was forked from

    return WarmUp(sum(took.seconds for took in WARM), WARM[-1].compiled)


def _report(documents: int, size: int) -> None:
    _inbox.put((documents, size))


def _run_rank(work: Work, rank: int) -> None:
    work(rank, _report)
