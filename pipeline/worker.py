"""What the server that workers are forked from loads once for all of them: stages, and kernels as machine code."""

from __future__ import annotations

from . import stages
from .warm import warm_up

__all__ = ["WARM", "stages"]

WARM = warm_up()
