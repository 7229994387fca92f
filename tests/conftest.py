from __future__ import annotations

from hypothesis import HealthCheck, settings

# Times depend on the machine, and no test here is about them.
settings.register_profile("polysift", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("polysift")
