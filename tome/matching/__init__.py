"""The matching algorithms, by name.  Adding one is a file here, a line in ``ALGORITHMS`` and an oracle in the tests."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

__all__ = ["ALGORITHMS", "Algorithm"]


@dataclass(frozen=True)
class Algorithm:
    """How one block decides which tokens become one.

    ``steps`` says in words how many sequential steps a block needs; ``batches`` whether every image of a batch
    keeps the same number of tokens and is matched at once.
    """

    module: str
    kind: str
    paper: str
    steps: str = "one"
    batches: bool = True
    needs_class_token: bool = False

    @property
    def run(self) -> Callable:
        """``run(scene: Scene) -> Matching``: a pure function."""
        # Imported on first use, so that names and papers are there before torch is.
        return import_module(f"tome.matching.{self.module}").run


ALGORITHMS: dict[str, Algorithm] = {
    "bipartite": Algorithm("bipartite", "merge", "ToMe, Bolya et al., arXiv 2210.09461, section 3"),
}
