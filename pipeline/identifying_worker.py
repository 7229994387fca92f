"""What the server of workers that identify languages loads: language identification, after all the others need."""

from __future__ import annotations

from .warm import warm_up_language_id
from .worker import WARM

WARM.append(warm_up_language_id())
