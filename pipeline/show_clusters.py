"""What `polysift clusters` prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from .clusters import Cluster
from .show import excerpt

LINES = 20  # of a difference
WIDTH = 200  # characters of a line of it
STYLES = {"+": "green", "-": "red", "@": "cyan"}


def clusters(console: Console, found: Sequence[Cluster]) -> None:
    """Each cluster: size, the document kept, samples with their similarity to it, a difference."""
    if not found:
        console.print("no duplicates")
    for cluster in found:
        head = f"{cluster.label} cluster {cluster.number}: {cluster.size:,} documents, kept {cluster.keeper}"
        console.print(Text(head, style="bold"), soft_wrap=True)
        for member in cluster.members:
            line = f"  {member.similarity:.3f}  {member.id}  {excerpt(member.text, 80)}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        for text in cluster.difference[:LINES]:
            line = text if len(text) <= WIDTH else f"{text[:WIDTH]}…"
            console.print(Text(f"    {line}", style=STYLES.get(text[:1], "")), soft_wrap=True)
        if len(cluster.difference) > LINES:
            console.print(
                f"    … {len(cluster.difference) - LINES} more lines of difference", highlight=False
            )
        if len(cluster.members) > 1 and not cluster.difference:
            console.print("    the first and the last are the same text", highlight=False)
        console.print()
