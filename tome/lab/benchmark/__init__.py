"""Speed of merging models on this machine: ``python -m tome.benchmark``."""

from tome.lab.benchmark.free import free_merge
from tome.lab.benchmark.parts import Parts, parts
from tome.lab.benchmark.scaling import Cost, exponent, scaling
from tome.lab.benchmark.speed import TASKS, Speed, compare

__all__ = ["TASKS", "Cost", "Parts", "Speed", "compare", "exponent", "free_merge", "parts", "scaling"]
