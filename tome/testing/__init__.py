"""The conformance suite for hosts and matching algorithms, built-in and your own."""

from tome.testing.algorithms import ALGORITHM_RULES, check_algorithm
from tome.testing.hosts import HOST_RULES, check_host
from tome.testing.rules import ConformanceError

__all__ = ["ALGORITHM_RULES", "HOST_RULES", "ConformanceError", "check_algorithm", "check_host"]
