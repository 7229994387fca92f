from __future__ import annotations

from hypothesis import settings

# Times depend on the machine, and no test here is about them.
settings.register_profile("polysift", deadline=None)
settings.load_profile("polysift")
