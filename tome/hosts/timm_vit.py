"""timm's VisionTransformer: DeiT, DINOv2, CLIP, SigLIP, MAE and others with its forward."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from timm.layers import DiffAttention
from timm.models.vision_transformer import Attention, Block, ParallelThingsBlock, ResPostBlock
from torch import Tensor, nn

from tome.hosts import timm_diff, timm_parallel
from tome.hosts.protocol import Entry, Heads, Host, of_kind, scaled_attention
from tome.hosts.refused import REFUSED
from tome.hosts.registry import base_of, check_part
from tome.hosts.timm_cost import shape_of_vit
from tome.metrics.shape import Shape

__all__ = ["ATTENTION", "BLOCK", "TimmViT"]

ATTENTION = {"qkv", "q_norm", "k_norm", "attn_drop", "norm", "proj", "proj_drop"}
BLOCK = {"norm1", "attn", "drop_path1", "norm2", "mlp", "drop_path2"}


class TimmViT(Host):
    """Attention, scale, residual, MLP, scale, residual; pre-norm, post-norm or in parallel groups."""

    name = "timm VisionTransformer"
    forward_methods: tuple[str, ...] = ("forward", "forward_features", "forward_head", "pool", "_pos_embed")
    # Exact parts: one that a later timm adds is refused by name instead of being left out in silence.
    parts: ClassVar[Mapping[type[nn.Module], set[str]]] = {
        Block: BLOCK | {"ls1", "ls2"},
        ResPostBlock: BLOCK,
        ParallelThingsBlock: {"attns", "ffns"},
        Attention: ATTENTION,
        DiffAttention: ATTENTION | timm_diff.PARTS,
    }
    post_norm: ClassVar[tuple[type[nn.Module], ...]] = (ResPostBlock,)
    """post-norm blocks: they norm the outputs of attention and MLP, not the inputs"""

    # The model

    def check(self, model: Any) -> None:
        self.check_blocks(model.blocks)

    def check_blocks(self, blocks: nn.Module) -> None:
        for block in blocks.children():
            for part in (block, *timm_parallel.attentions(block)):
                kind, own = base_of(part, self.parts), type(part).__name__
                if own in REFUSED:
                    raise TypeError(f"model must have no {own}: {REFUSED[own]}")
                check_part(part, kind, self.parts)

    def blocks_path(self, model: Any) -> str:
        return "blocks"

    def prefix(self, model: Any) -> int:
        return int(model.num_prefix_tokens)

    def class_token(self, model: Any) -> bool:
        return model.cls_token is not None

    def classes(self, model: Any) -> int:
        return int(model.num_classes)

    def pooled(self, model: Any) -> bool:
        return getattr(model, "attn_pool", None) is not None or model.global_pool not in ("", "token")

    def walks(self, model: Any) -> bool:
        return False

    def checkpoints(self, model: Any) -> bool:
        return bool(model.grad_checkpointing)

    def norm(self, model: Any, x: Tensor) -> Tensor:
        return model.norm(x)

    def head(self, model: Any, x: Tensor) -> Any:
        return model.forward_head(model.norm(x))

    def grid(self, model: Any, inputs: Tensor) -> tuple[int, ...] | None:
        found = getattr(model.patch_embed, "dynamic_feat_size", None)
        return None if found is None else tuple(found(tuple(inputs.shape[2:])))

    def check_inputs(self, model: Any, inputs: Any) -> None:
        if not isinstance(inputs, Tensor) or not inputs.is_floating_point():
            raise TypeError(f"images must be a float tensor; got {of_kind(inputs)}")
        axes = _axes(model)
        if inputs.dim() != len(axes) + 2 or inputs.shape[1] != model.in_chans or not inputs.shape[0]:
            wanted = f"[batch, {model.in_chans}, {', '.join(axes)}]"
            raise ValueError(f"images must be {wanted}; got shape {tuple(inputs.shape)}")
        device = next(model.parameters()).device
        if inputs.device != device:
            raise ValueError(f"images must be on the model's device, {device}; they are on {inputs.device}")

    def run(self, model: Any, inputs: Any) -> Any:
        try:
            return model(inputs)
        except AssertionError as rule:  # timm's own, about the size
            size = " × ".join(map(str, inputs.shape[2:]))
            raise ValueError(f"images of {size} pixels do not fit the model: {rule}") from rule

    def shape(self, model: Any, size: Any = None) -> Shape:
        walks = self.walks(model)
        return shape_of_vit(model, size, restored=self.pooled(model) or walks, prefix_pooled=walks)

    # One block

    def entry(self, model: Any, x: Tensor, *args: Any, **kwargs: Any) -> Entry:
        attn_mask, is_causal = kwargs.pop("attn_mask", None), kwargs.pop("is_causal", False)
        if args or kwargs or attn_mask is not None or is_causal:
            raise TypeError(
                "attn_mask and is_causal must not be given to a merging model: merged tokens have no single position"
            )
        return Entry()

    def attn(self, block: Any) -> nn.Module:
        return block.attns if timm_parallel.is_group(block) else block.attn

    def norms_after(self, block: Any) -> bool:
        """Return whether ``block`` is post-norm."""
        return isinstance(block, self.post_norm)

    def attention_input(self, block: Any, x: Tensor) -> Tensor:
        return x if timm_parallel.is_group(block) or self.norms_after(block) else block.norm1(x)

    def heads(self, attn: Any, x: Tensor) -> Heads:
        if isinstance(attn, nn.ModuleList):
            return timm_parallel.heads(self, attn, x)
        query, key, value = self.projected(attn, x)
        query, key = attn.q_norm(query), attn.k_norm(key)
        if (shared := query.shape[1] // key.shape[1]) > 1:
            key, value = (part.repeat_interleave(shared, dim=1) for part in (key, value))
        return {"query": query, "key": key, "value": value}

    def projected(self, attn: Any, x: Tensor) -> tuple[Tensor, ...]:
        """Return query, key and value heads of ``x``, [B, H, N, d] each, before q/k-norm."""
        if isinstance(attn, DiffAttention):
            return timm_diff.projected(attn, x)
        return tuple(attn.qkv(x).unflatten(-1, (3, attn.num_heads, -1)).permute(2, 0, 3, 1, 4))

    def attend(self, attn: Any, heads: Heads, mask: Tensor | None) -> Tensor:
        if isinstance(attn, nn.ModuleList):
            return timm_parallel.attend(self, attn, heads, mask)
        if isinstance(attn, DiffAttention):
            return timm_diff.attend(attn, heads, mask)
        out = scaled_attention(heads, mask, dropout=attn.attn_drop, training=attn.training, fused=attn.fused_attn)
        out, norm = out.transpose(1, 2).flatten(2), getattr(attn, "norm", None)
        return attn.proj_drop(attn.proj(out if norm is None else norm(out)))

    def add_attention(self, block: Any, x: Tensor, attended: Tensor) -> Tensor:
        if timm_parallel.is_group(block):
            return x + attended
        if self.norms_after(block):
            return x + block.drop_path1(block.norm1(attended))
        return x + block.drop_path1(block.ls1(attended))

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        if timm_parallel.is_group(block):
            return x + timm_parallel.mlp(block, x)
        if self.norms_after(block):
            return x + block.drop_path2(block.norm2(block.mlp(x)))
        return x + block.drop_path2(block.ls2(block.mlp(block.norm2(x))))


def projected_with_bias(attn: Any, x: Tensor) -> tuple[Tensor, ...]:
    """Return the heads of a joint projection with separate parameters for the query and value biases (BEiT, EVA)."""
    bias = torch.cat([attn.q_bias, attn.k_bias, attn.v_bias])
    # timm calls the module on request, so that a wrapped projection (LoRA) takes effect.
    qkv = attn.qkv(x) + bias if attn.qkv_bias_separate else F.linear(x, attn.qkv.weight, bias)
    return tuple(qkv.unflatten(-1, (3, attn.num_heads, -1)).permute(2, 0, 3, 1, 4))


def _axes(model: Any) -> tuple[str, ...]:
    convolution = getattr(getattr(model, "patch_embed", None), "proj", None)
    return ("frames", "height", "width") if isinstance(convolution, nn.Conv3d) else ("height", "width")
