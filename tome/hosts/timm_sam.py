"""timm's VisionTransformerSAM, where every window covers the whole grid."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import torch
import torch.nn.functional as F
from timm.models.vision_transformer_sam import Attention, Block, get_rel_pos
from torch import Tensor

from tome.hosts.patches_alone import GridAlone
from tome.hosts.position import Members
from tome.hosts.protocol import Entry, Heads, Host
from tome.hosts.timm_vit import ATTENTION, BLOCK, TimmViT

if TYPE_CHECKING:
    from tome.forward.state import ForwardState

__all__ = ["TimmSam"]


@dataclass(frozen=True, eq=False)
class OnGrid(Members):
    """The patches of each token on a grid of ``rows`` and ``columns``."""

    rows: int = 0
    columns: int = 0


class TimmSam(GridAlone, TimmViT):
    """Patches alone, kept as a grid between blocks and read as one by the neck.

    The bias of a pair of places is the query times an entry for their rows and one for their columns.  For merged
    tokens it is the mean over pairs of places, from the same two products: copies of a token share their query.
    """

    name = "timm VisionTransformerSAM"
    forward_methods = ("forward", "forward_features", "forward_head")
    parts: ClassVar = {
        Block: BLOCK | {"ls1", "ls2"},
        Attention: ATTENTION - {"norm"} | {"rel_pos_h", "rel_pos_w"},
    }
    shape = Host.shape

    def check(self, model: Any) -> None:
        super().check(model)
        _check_windows(model.blocks, tuple(model.patch_embed.grid_size))

    def entry(self, model: Any, x: Tensor, *args: Any, **kwargs: Any) -> Entry:
        super().entry(model, x, *args, **kwargs)
        rows, columns = x.shape[1:3]
        _check_windows(model.blocks, (rows, columns))
        return Entry(OnGrid(rows=rows, columns=columns))

    def mask(self, attn: Any, heads: Heads, state: "ForwardState") -> Tensor | None:
        place, query = cast(OnGrid, state.position), heads["query"]
        if not attn.use_rel_pos:
            return state.size_bias()
        row, column = _places(place.rows, place.columns, query.device)
        bias = state.size_bias()
        for at, side, table in ((row, place.rows, attn.rel_pos_h), (column, place.columns, attn.rel_pos_w)):
            entries = get_rel_pos(side, side, table)[at].flatten(1)
            mean_entry = place.mean_over_members(entries).unflatten(-1, (side, -1))  # [B, N, side, d]
            share = place.mean_over_members(F.one_hot(at, side).to(query.dtype))  # [B, N, side]
            product = torch.einsum("bhnd,bnkd->bhnk", query, mean_entry.expand(query.shape[0], -1, -1, -1))
            product = product @ share[:, None].transpose(-1, -2)
            bias = product if bias is None else bias + product
        return bias


def _places(rows: int, columns: int, device: torch.device) -> tuple[Tensor, Tensor]:
    row, column = torch.meshgrid(torch.arange(rows, device=device), torch.arange(columns, device=device), indexing="ij")
    return row.flatten(), column.flatten()


def _check_windows(blocks: Any, grid: tuple[int, int]) -> None:
    for block in blocks.children():
        side = block.window_size
        if side and grid != (side, side):
            raise TypeError(
                f"model must attend to its whole grid of {grid[0]} × {grid[1]} patches; a block attends within "
                f"windows of {side} × {side}, and merged tokens form none"
            )
