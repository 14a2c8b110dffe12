"""What every host must hold, ours and yours: the conformance suite."""

from tome.testing.hosts import HOST_RULES, check_host
from tome.testing.rules import ConformanceError

__all__ = ["HOST_RULES", "ConformanceError", "check_host"]
