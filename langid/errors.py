"""The base of every error that is meant for the user's eyes."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class PolysiftError(Exception):
    """An error whose message says what, where, found against allowed, and what to try.

    The command line prints the message alone and ends with `exit_code`; anything else that escapes is a bug and
    prints a traceback.
    """

    exit_code = 1


def did_you_mean(found: str, allowed: Iterable[str]) -> str:
    """A suggestion to append to an error message, or an empty string.

    >>> did_you_mean("por_Lat", ["por_Latn", "rus_Cyrl"])
    "; did you mean 'por_Latn'?"
    >>> did_you_mean("xyz", ["por_Latn"])
    ''
    """
    close = get_close_matches(found, list(allowed), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
