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
    """What watches a forward: subclass it and override what you want to see.  An exception stops the forward."""

    def started(self, layer: int) -> None:
        """Block ``layer`` begins."""

    def attended(self, layer: int, attended: Attended) -> None:
        """Its attention is done."""

    def matched(self, layer: int, inputs: MatchInput, matching: Matching) -> None:
        """Its tokens were matched; not called where a block merges nothing."""

    def merged(self, layer: int, step: LayerTrace) -> None:
        """Its tokens are merged."""

    def finished(self, layer: int, step: LayerTrace) -> None:
        """Its MLP is done."""
