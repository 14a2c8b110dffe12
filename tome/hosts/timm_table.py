"""Base class of the hosts for timm's families with a table of position biases."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from torch import Tensor

from tome.hosts.position import Members
from tome.hosts.protocol import Entry, Heads
from tome.hosts.timm_vit import TimmViT

if TYPE_CHECKING:
    from tome.forward.state import ForwardState

__all__ = ["TimmTable"]


@dataclass(frozen=True, eq=False)
class SharedTable(Members):
    """The patches of each token, and the table that all blocks share."""

    table: Tensor | None = None
    """[H, N0, N0]; None where each block has its own"""


class TimmTable(TimmViT):
    """Blocks whose attention adds a bias for each pair of places; between merged tokens it is the mean over pairs."""

    shared_argument: str
    """name under which the model hands its blocks the shared table"""

    def walks(self, model: Any) -> bool:
        return True

    def entry(self, model: Any, x: Tensor, *args: Any, **kwargs: Any) -> Entry:
        table = kwargs.pop(self.shared_argument, None)
        super().entry(model, x, *args, **kwargs)
        return Entry(SharedTable(table=None if table is None else table.flatten(0, -3)))

    def mask(self, attn: Any, heads: Heads, state: "ForwardState") -> Tensor | None:
        place, size_bias = cast(SharedTable, state.position), state.size_bias()
        table = self.table(attn, place.table)
        if table is None:
            return size_bias
        bias = place.mean_over_pairs(table)
        return bias if size_bias is None else bias + size_bias

    @abstractmethod
    def table(self, attn: Any, shared: Tensor | None) -> Tensor | None:
        """Return the bias of every pair of places, [H, N0, N0]: of ``attn`` itself, of the whole model, or None."""
