"""The `polysift` command, also as `python -m polysift.pipeline`.

Imports nothing before it runs: every worker process imports the program that it was started by.
"""

from __future__ import annotations


def main() -> None:
    """Entry point of the `polysift` command."""
    from .cli import main as run

    run()


if __name__ == "__main__":
    main()
