"""Runs a command and says what it took, with every process that it started."""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

import psutil

SET_CHILD_SUBREAPER = 36  # of Linux' prctl: orphans of the command become children of this process
POLL_SECONDS = 0.05
SHARED_EVERY = 10  # looks: adding up a process' shared memory stops it for milliseconds


class Took(NamedTuple):
    """What a command and all its processes took.

    Attributes:
        seconds: elapsed.
        cpu_seconds: user and system time of all processes.
        peak_bytes: greatest sum of the private and proportionally shared memory (PSS where readable, else RSS) of
            all processes at one time, looked at every half second.
        worker_bytes: greatest resident memory of one process, looked at every POLL_SECONDS.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    worker_bytes: int


def measured(command: Sequence[str], log: str) -> Took:
    """Runs a command to its end, its output in the file `log`.

    Raises:
        SystemExit: with the end of its output when it fails.
    """
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with open(log, "wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        watcher = _Watcher(process.pid)
        watcher.start()
        cpu, code = _reap(process.pid)
        seconds = time.perf_counter() - start
    watcher.ended.set()
    watcher.join()
    if code:
        with open(log, encoding="utf-8", errors="replace") as text:
            raise SystemExit(f"{' '.join(command)} ended with exit code {code}:\n{text.read()[-2000:]}")
    return Took(seconds, cpu, watcher.total, watcher.largest)


def _reap(main: int) -> tuple[float, int]:
    """Waits for the command and for every process it leaves behind; CPU seconds of all, exit code of the command."""
    cpu, code = 0.0, 0
    while True:
        try:
            pid, status, usage = os.wait3(0)
        except ChildProcessError:
            return cpu, code
        cpu += usage.ru_utime + usage.ru_stime
        if pid == main:
            code = os.waitstatus_to_exitcode(status)


class _Watcher(threading.Thread):
    """Looks at the memory of a process and of all below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.ended = threading.Event()
        self.total = self.largest = 0

    def run(self) -> None:
        look = 0
        while not self.ended.wait(POLL_SECONDS):
            look += 1
            processes = self._processes()
            self.largest = max([self.largest, *map(_resident, processes)])
            if look % SHARED_EVERY == 0:
                self.total = max(self.total, sum(map(_shared, processes)))

    def _processes(self) -> list[psutil.Process]:
        try:
            return [self.root, *self.root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _resident(process: psutil.Process) -> int:
    """Resident memory of a process; 0 of one that is gone."""
    try:
        return int(process.memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError):
        return 0


def _shared(process: psutil.Process) -> int:
    """Its own memory and its share of what it has in common with others; 0 of one that is gone."""
    try:
        found = process.memory_full_info()
        return int(getattr(found, "pss", found.rss))
    except (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError):
        return 0
