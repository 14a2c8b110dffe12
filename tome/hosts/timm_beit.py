"""timm's Beit: BEiT and BEiT v2."""

from typing import Any, ClassVar

from timm.models.beit import Attention, Block
from torch import Tensor

from tome.hosts.protocol import Heads
from tome.hosts.timm_eva import scaled
from tome.hosts.timm_table import TimmTable
from tome.hosts.timm_vit import BLOCK, projected_with_bias

__all__ = ["TimmBeit"]


class TimmBeit(TimmTable):
    """Blocks with a table of biases of their own, a shared one, both or none."""

    name = "timm Beit"
    forward_methods: tuple[str, ...] = ("forward", "forward_features", "forward_head")
    parts: ClassVar = {
        Block: BLOCK | {"gamma_1", "gamma_2"},
        Attention: {"qkv", "q_bias", "v_bias", "relative_position_bias_table", "attn_drop", "proj", "proj_drop"},
    }
    shared_argument = "shared_rel_pos_bias"

    def table(self, attn: Any, shared: Tensor | None) -> Tensor | None:
        if attn.relative_position_bias_table is None:
            return shared
        own = attn._get_rel_pos_bias()[0]
        return own if shared is None else own + shared

    def heads(self, attn: Any, x: Tensor) -> Heads:
        parts = self.projected(attn, x) if attn.q_bias is None else projected_with_bias(attn, x)
        return dict(zip(("query", "key", "value"), parts, strict=True))

    def add_attention(self, block: Any, x: Tensor, attended: Tensor) -> Tensor:
        return x + block.drop_path1(scaled(attended, block.gamma_1))

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        return x + block.drop_path2(scaled(block.mlp(block.norm2(x)), block.gamma_2))
