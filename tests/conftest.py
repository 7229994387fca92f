from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Times depend on the machine, and no test here is about them. CI looks at the same examples each time, so that it
# judges the change and not the draw; everywhere else they are new ones.
settings.register_profile(
    "polysift",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    database=None,
)
settings.load_profile("polysift")
