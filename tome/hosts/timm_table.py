"""timm's families with a table of position biases: BEiT, and VisionTransformerRelPos with a table or a small MLP."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from timm.models.beit import Attention as BeitAttention
from timm.models.beit import Block as BeitBlock
from timm.models.vision_transformer_relpos import RelPosAttention, RelPosBlock, ResPostRelPosBlock
from torch import Tensor

from tome.hosts.position import Members
from tome.hosts.protocol import Entry, Heads
from tome.hosts.timm_cost import grid_of
from tome.hosts.timm_eva import scaled
from tome.hosts.timm_vit import ATTENTION, BLOCK, TimmViT, projected_with_bias
from tome.metrics.shape import Shape, per_token

if TYPE_CHECKING:
    from tome.forward.state import ForwardState

__all__ = ["TimmBeit", "TimmRelPos", "TimmTable"]


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


class TimmBeit(TimmTable):
    """BEiT and BEiT v2: blocks with a table of biases of their own, a shared one, both or none."""

    name = "timm Beit"
    forward_methods: tuple[str, ...] = ("forward", "forward_features", "forward_head")
    parts: ClassVar = {
        BeitBlock: BLOCK | {"gamma_1", "gamma_2"},
        BeitAttention: {"qkv", "q_bias", "v_bias", "relative_position_bias_table", "attn_drop", "proj", "proj_drop"},
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
