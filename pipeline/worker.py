"""What the server that workers are forked from loads once for all of them: stages, and kernels as machine code."""

from __future__ import annotations

import gc

gc.disable()  # what is loaded stays: looking through it again and again takes a tenth of the time

from . import stages  # noqa: E402
from .warm import WarmUp, warm_up  # noqa: E402

__all__ = ["WARM", "stages"]

WARM: list[WarmUp] = [warm_up(identifies=False)]

gc.freeze()
gc.enable()
