"""timm's Cait: attention with mixed heads, and a class token that joins after all merging."""

from dataclasses import replace
from typing import Any, ClassVar

from timm.models.cait import LayerScaleBlock, TalkingHeadAttn
from torch import Tensor, nn

from tome.hosts.patches_alone import PatchesAlone
from tome.hosts.protocol import Heads
from tome.hosts.timm_vit import TimmViT
from tome.metrics.shape import Shape, per_token

__all__ = ["TimmCait"]


class TimmCait(PatchesAlone, TimmViT):
    """Blocks of patches alone merge; those of the class token attend to the full grid, each patch with its token."""

    name = "timm Cait"
    forward_methods: tuple[str, ...] = ("forward", "forward_features", "forward_cls", "forward_head")
    parts: ClassVar = {
        LayerScaleBlock: {"norm1", "attn", "drop_path", "norm2", "mlp", "gamma_1", "gamma_2"},
        TalkingHeadAttn: {"qkv", "attn_drop", "proj", "proj_l", "proj_w", "proj_drop"},
    }

    def head(self, model: Any, x: Tensor) -> Any:
        return model.forward_head(model.norm(model.forward_cls(x)))

    def shape(self, model: Any, size: Any = None) -> Shape:
        shape = super().shape(model, size)
        talk = 2 * model.blocks[0].attn.num_heads ** 2
        blocks = [replace(block, attention=block.attention - talk, pair=talk) for block in shape.blocks]
        width, late = model.embed_dim, list(model.blocks_token_only)
        each = sum(
            per_token(block.norm1) + per_token(block.attn.k) + per_token(block.attn.v) + 2 * width for block in late
        )
        once = sum(per_token(block) for block in late) - sum(
            per_token(block.norm1) + per_token(block.attn.k) + per_token(block.attn.v) for block in late
        )
        head = shape.head + shape.norm + each + once  # the class token is one more of those attended to
        return replace(shape, blocks=tuple(blocks), prefix=0, pooled=each, head=head)

    def heads(self, attn: Any, x: Tensor) -> Heads:
        return dict(zip(("query", "key", "value"), self.projected(attn, x), strict=True))

    def attend(self, attn: Any, heads: Heads, mask: Tensor | None) -> Tensor:
        logits = _mixed(attn.proj_l, (heads["query"] * attn.scale) @ heads["key"].transpose(-2, -1))
        if mask is None:
            weights = _mixed(attn.proj_w, logits.softmax(-1))
        else:
            # The second mixture adds its bias to the weight of every key, so to that of a key of s patches s times.
            again = (mask.exp() - 1).to(logits.dtype) * attn.proj_w.bias[:, None, None]
            weights = _mixed(attn.proj_w, (logits + mask.to(logits.dtype)).softmax(-1)) + again
        out = attn.attn_drop(weights) @ heads["value"]
        return attn.proj_drop(attn.proj(out.transpose(1, 2).flatten(2)))

    def add_attention(self, block: Any, x: Tensor, attended: Tensor) -> Tensor:
        return x + block.drop_path(block.gamma_1 * attended)

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        return x + block.drop_path(block.gamma_2 * block.mlp(block.norm2(x)))


def _mixed(mixture: nn.Module, x: Tensor) -> Tensor:
    """Mix the heads of ``x`` [B, H, N, N] by the linear layer ``mixture``."""
    return mixture(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
