"""timm's Gemma4VitEncoder and Gemma4VitClassifier: norms on both sides of each half, rotary positions, a spatial pool."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from timm.models.gemma4_vit import Gemma4Attention, Gemma4Block, Gemma4RotaryEmbedding2D
from torch import Tensor, nn

from tome.forward.surgery import with_state_of
from tome.hosts.position import RotaryPosition
from tome.hosts.protocol import Entry, Heads, Host, scaled_attention
from tome.hosts.timm_encoder import TimmEncoder, encoder_of
from tome.hosts.timm_naflex import valid_of

__all__ = ["TimmGemma4"]


class TimmGemma4(TimmEncoder):
    """Blocks with norms before and after each half, and unscaled logits."""

    name = "timm Gemma4Vit"
    parts: ClassVar = {
        Gemma4Block: {"norm1", "attn", "norm2", "norm3", "mlp", "norm4", "drop_path"},
        Gemma4Attention: {
            *("q_proj", "k_proj", "v_proj", "o_proj"),
            *("q_norm", "k_norm", "v_norm"),
            *("attn_drop", "proj_drop"),
        },
    }

    def grid(self, model: Any, inputs: Any) -> tuple[int, ...] | None:
        if isinstance(inputs, Mapping) or inputs.dim() != 4:
            return None
        height, width = encoder_of(model).patch_size
        return inputs.shape[2] // height, inputs.shape[3] // width

    def check_inputs(self, model: Any, inputs: Any) -> None:
        if isinstance(inputs, Mapping):
            return Host.check_inputs(self, model, inputs)
        return super().check_inputs(model, inputs)

    def run(self, model: Any, inputs: Any) -> Any:
        return model(inputs)  # a mapping, too, is one argument

    def swaps(self, model: Any) -> dict[str, nn.Module]:
        path = self.blocks_path(model).replace("blocks", "rotary_emb")
        return {path: with_state_of(model.get_submodule(path), _Places)}

    def unswap(self, module: nn.Module) -> nn.Module:
        return with_state_of(module, Gemma4RotaryEmbedding2D)

    def entry(self, model: Any, x: Tensor, *args: Any, **kwargs: Any) -> Entry:
        position, _, attn_mask = (*args, *kwargs.values())  # by place where timm runs blocks again in backward
        return Entry(position, None if attn_mask is None else valid_of(attn_mask))

    def heads(self, attn: Any, x: Tensor) -> Heads:
        heads = {}
        for name, part in (("query", "q"), ("key", "k"), ("value", "v")):
            split = getattr(attn, f"{part}_proj")(x).unflatten(-1, (-1, attn.head_dim))
            heads[name] = getattr(attn, f"{part}_norm")(split).transpose(1, 2)
            if part != "q" and attn.num_kv_groups > 1:
                heads[name] = heads[name].repeat_interleave(attn.num_kv_groups, dim=1)
        return heads

    def rotate(self, attn: Any, heads: Heads, position: Any, layer: int) -> Heads:
        sine, cosine = position.sines_and_cosines(layer, half=True)
        turned = {name: _turned(heads[name], sine, cosine) for name in ("query", "key")}
        return {**heads, **turned}

    def scale(self, attn: Any, heads: Heads) -> float:
        return 1.0

    def attend(self, attn: Any, heads: Heads, mask: Tensor | None) -> Tensor:
        options = {"dropout": attn.attn_drop, "training": attn.training, "fused": attn.fused_attn}
        out = scaled_attention(heads, mask, scale=self.scale(attn, heads), **options)
        return attn.proj_drop(attn.o_proj(out.transpose(1, 2).flatten(2)))

    def add_attention(self, block: Any, x: Tensor, attended: Tensor) -> Tensor:
        return x + block.drop_path(block.norm2(attended))

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        return x + block.drop_path(block.norm4(block.mlp(block.norm3(x))))


class _Places(Gemma4RotaryEmbedding2D):
    """Returns coordinates in place of timm's cosines, and nothing for sines."""

    def forward(self, x: Tensor, position_ids: Tensor) -> Any:
        frequencies = torch.block_diag(self.inv_freq, self.inv_freq)
        return RotaryPosition(position_ids.float(), frequencies), None


def _turned(x: Tensor, sine: Tensor, cosine: Tensor) -> Tensor:
    """Rotate ``x`` [B, H, N, d], each axis in its own half of the channels; ``sine`` and ``cosine`` go by axis, twice."""
    # [first of x, second of x, first of y, second of y] to [firsts, seconds]: queries and keys move alike.
    x = x.unflatten(-1, (2, 2, -1)).transpose(-3, -2).flatten(-3)
    first, second = x.chunk(2, -1)
    return (x * cosine.to(x.dtype)) + torch.cat([-second, first], -1) * sine.to(x.dtype)
