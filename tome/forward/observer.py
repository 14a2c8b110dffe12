"""What a forward tells of its blocks while it runs."""

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
    """tokens this block removed: what was asked, or the cap where that is less"""


class Observer:
    """Watch a forward: subclass it and override what you want to see.  An exception stops the forward."""

    def started(self, layer: int) -> None:
        """Take note that block ``layer`` begins."""

    def attended(self, layer: int, attended: Attended) -> None:
        """Take the outcome of its attention."""

    def matched(self, layer: int, inputs: MatchInput, matching: Matching) -> None:
        """Take the pairs of tokens to merge; not called where a block merges nothing."""

    def merged(self, layer: int, step: LayerTrace) -> None:
        """Take the tokens and sizes after the merge."""

    def finished(self, layer: int, step: LayerTrace) -> None:
        """Take note that its MLP is done."""
