"""timm's VisionTransformerRelPos: relative positions from a table or from a small MLP of log distances."""

from dataclasses import replace
from typing import Any, ClassVar

from timm.models.vision_transformer_relpos import RelPosAttention, RelPosBlock, ResPostRelPosBlock
from torch import Tensor

from tome.hosts.timm_cost import grid_of
from tome.hosts.timm_table import TimmTable
from tome.hosts.timm_vit import ATTENTION, BLOCK
from tome.metrics.shape import Shape, per_token

__all__ = ["TimmRelPos"]


class TimmRelPos(TimmTable):
    """Blocks with a table of biases of their own or a shared one."""

    name = "timm VisionTransformerRelPos"
    forward_methods: tuple[str, ...] = ("forward", "forward_features", "forward_head")
    parts: ClassVar = {
        RelPosBlock: BLOCK | {"ls1", "ls2"},
        ResPostRelPosBlock: BLOCK,
        RelPosAttention: ATTENTION - {"norm"} | {"rel_pos"},
    }
    post_norm = (ResPostRelPosBlock,)
    shared_argument = "shared_rel_pos"

    def shape(self, model: Any, size: Any = None) -> Shape:
        shape = super().shape(model, size)
        own = [block.attn.rel_pos for block in model.blocks.children()]
        each = [per_token(part) for part in own]
        blocks = [
            replace(block, attention=block.attention - cost) for block, cost in zip(shape.blocks, each, strict=True)
        ]
        rows, columns = grid_of(model.patch_embed, size)
        tables = (2 * rows - 1) * (2 * columns - 1) * (sum(each) + per_token(model.shared_rel_pos))
        return replace(shape, blocks=tuple(blocks), head=shape.head + tables)

    def table(self, attn: Any, shared: Tensor | None) -> Tensor | None:
        return shared if attn.rel_pos is None else attn.rel_pos.get_bias()[0]
