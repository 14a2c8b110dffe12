"""Speed of merging models on this machine: ``python -m tome.benchmark``."""

from tome.benchmark.parts import Parts, parts
from tome.benchmark.scaling import Cost, exponent, scaling
from tome.benchmark.speed import TASKS, Speed, compare

__all__ = ["TASKS", "Cost", "Parts", "Speed", "compare", "exponent", "parts", "scaling"]
