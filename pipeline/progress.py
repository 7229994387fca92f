"""What a run shows while it works: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from .stage import Progress as Report


class Rate(ProgressColumn):
    """Documents, MB/s and time left of a stage."""

    def render(self, task: Task) -> Text:
        return Text(
            rate(task.fields["documents"], task.fields["bytes"], task.elapsed or 0.0, task.percentage)
        )


def rate(documents: int, size: int, seconds: float, percentage: float | None = None) -> str:
    """
    >>> rate(1200, 3_000_000, 2.0, 25.0)
    '1,200 documents  1.5 MB/s  0:00:06 left'
    """
    parts = [f"{documents:,} documents", f"{size / 1e6 / max(seconds, 1e-9):.1f} MB/s"]
    if percentage:
        left = round(seconds * (100 - percentage) / percentage)
        parts.append(f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d} left")
    return "  ".join(parts)


@contextmanager
def shown(console: Console, stage: str, cost: int) -> Iterator[Report]:
    """Reports the progress of a stage of `cost` bytes for as long as the block runs.

    In a terminal a bar that disappears; at the end, and elsewhere, one line.
    """
    start = time.perf_counter()
    done = [0, 0]
    columns = (TextColumn("{task.description:<9}"), BarColumn(bar_width=30), Rate())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(stage, total=max(cost, 1), documents=0, bytes=0)

        def report(documents: int, size: int) -> None:
            done[0] += documents
            done[1] += size
            progress.update(task, completed=min(done[1], cost), documents=done[0], bytes=done[1])

        yield report
    seconds = time.perf_counter() - start
    console.print(f"{stage:<9} {seconds:6.1f} s  {rate(done[0], done[1], seconds)}", highlight=False)
