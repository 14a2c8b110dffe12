"""Observers: callbacks of a running forward."""

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from tome.forward.attended import Attended
from tome.grouping import Grouping
from tome.matching.match_input import Matching, MatchInput

__all__ = ["LayerTrace", "Observer"]


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """The step of one block; tokens of ``source`` and ``destination`` count from before the block's merge."""

    grouping: Grouping
    size: Float[Tensor, "batch n_out"]
    """float32: patches per token after the merge; prefix tokens count 1, padding 0"""
    source: Int[Tensor, "batch edges"]
    """tokens that merged away, most similar first"""
    destination: Int[Tensor, "batch edges"]
    """the tokens they joined"""
    similarity: Float[Tensor, "batch edges"]
    """the score of each of these edges"""
    r: int
    """tokens removed by this block: the requested r, or the cap if that is less"""


class Observer:
    """Watch a forward: subclass it and override the callbacks you need.  An exception stops the forward."""

    def started(self, layer: int) -> None:
        """Called at the start of block ``layer``."""

    def attended(self, layer: int, attended: Attended) -> None:
        """Called with the result of its attention."""

    def matched(self, layer: int, inputs: MatchInput, matching: Matching) -> None:
        """Called with its matching; not called if the block merges nothing."""

    def merged(self, layer: int, step: LayerTrace) -> None:
        """Called with the tokens and sizes after the merge."""

    def finished(self, layer: int, step: LayerTrace) -> None:
        """Called after its MLP."""
