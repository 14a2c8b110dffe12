"""timm's Eva: EVA-02, DINOv3, Perception Encoder and other models with rotary positions."""

from typing import Any, ClassVar, cast

from timm.layers import AttentionRope
from timm.layers.pos_embed_sincos import apply_rot_embed
from timm.models.eva import EvaAttention, EvaBlock, EvaBlockPostNorm
from torch import Tensor, nn

from tome.hosts.position import Position, RotaryPosition
from tome.hosts.protocol import Entry, Heads
from tome.hosts.timm_rope import unwrap, wrap
from tome.hosts.timm_vit import ATTENTION, BLOCK, TimmViT, projected_with_bias

__all__ = ["TimmEva", "scaled"]

_APART = {"q_proj", "k_proj", "v_proj"}


class TimmEva(TimmViT):
    """A model that runs its blocks one by one, usually with a rotary table for each."""

    name = "timm Eva"
    parts: ClassVar = {
        EvaBlock: BLOCK | {"gamma_1", "gamma_2"},
        EvaBlockPostNorm: BLOCK,
        EvaAttention: ATTENTION | _APART | {"q_bias", "v_bias"},
        AttentionRope: ATTENTION | _APART,
    }
    post_norm: ClassVar[tuple[type[nn.Module], ...]] = (EvaBlockPostNorm,)

    def check(self, model: Any) -> None:
        super().check(model)
        if getattr(model, "rope", None) is not None:
            wrap(model.rope)
            if getattr(model, "patch_drop", None) is not None:
                raise TypeError(
                    f"model must have no {type(model.patch_drop).__name__} beside rotary positions: "
                    "merging was not tested with it"
                )

    def walks(self, model: Any) -> bool:
        return True

    def swaps(self, model: Any) -> dict[str, nn.Module]:
        return {} if getattr(model, "rope", None) is None else {"rope": wrap(model.rope)}

    def unswap(self, module: nn.Module) -> nn.Module:
        return unwrap(module)

    def entry(self, model: Any, x: Tensor, *args: Any, rope: RotaryPosition | None = None, **kwargs: Any) -> Entry:
        super().entry(model, x, *args, **kwargs)
        return Entry(rope)

    def projected(self, attn: Any, x: Tensor) -> tuple[Tensor, ...]:
        if attn.qkv is None:
            parts = (attn.q_proj, attn.k_proj, attn.v_proj)
            return tuple(part(x).unflatten(-1, (-1, attn.head_dim)).transpose(1, 2) for part in parts)
        if getattr(attn, "q_bias", None) is not None:
            return projected_with_bias(attn, x)
        return super().projected(attn, x)

    def rotate(self, attn: Any, heads: Heads, position: Position | None, layer: int) -> Heads:
        if position is None:
            return heads
        sine, cosine = cast(RotaryPosition, position).sines_and_cosines(layer, attn.rotate_half)
        rotated = {name: apply_rot_embed(heads[name], sine, cosine, attn.rotate_half) for name in ("query", "key")}
        return {name: rotated.get(name, part).type_as(heads["value"]) for name, part in heads.items()}

    def add_attention(self, block: Any, x: Tensor, attended: Tensor) -> Tensor:
        if self.norms_after(block):
            return super().add_attention(block, x, attended)
        return x + block.drop_path1(scaled(attended, getattr(block, "gamma_1", None)))

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        if self.norms_after(block):
            return super().add_mlp(block, x)
        return x + block.drop_path2(scaled(block.mlp(block.norm2(x)), getattr(block, "gamma_2", None)))


def scaled(x: Tensor, gamma: Tensor | None) -> Tensor:
    """Scale the channels of ``x``, if there is a layer scale."""
    return x if gamma is None else gamma * x
