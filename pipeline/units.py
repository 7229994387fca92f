"""Numbers for people."""

from __future__ import annotations

from collections.abc import Mapping


def size(number: float) -> str:
    """
    >>> size(0), size(1_234_567)
    ('0 B', '1.2 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def duration(seconds: float) -> str:
    """
    >>> duration(5), duration(3725)
    ('0:00:05', '1:02:05')
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """
    >>> most_first({"a": 1, "b": 2, "c": 2})
    [('b', 2), ('c', 2), ('a', 1)]
    """
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def plural(number: int, what: str) -> str:
    """
    >>> plural(1, "page"), plural(1_200, "document")
    ('1 page', '1,200 documents')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"
