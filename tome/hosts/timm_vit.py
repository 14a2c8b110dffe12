"""The one place that enters timm's blocks: which ones merge, and their two branches part by part."""

import torch
import torch.nn.functional as F
from timm.layers import AttentionRope
from timm.models.deit import VisionTransformerDistilled
from timm.models.eva import Eva, EvaAttention, EvaBlock
from timm.models.vision_transformer import Attention, Block, VisionTransformer
from torch import Tensor, nn

from tome.hosts.timm_rope import stand_in

__all__ = ["add_attention", "add_mlp", "attend", "check_model", "class_attention", "heads_of", "pools", "walks"]

# Exact types and exact parts: a part that a later timm adds is refused by name instead of being left out in silence.
MODELS = (VisionTransformer, VisionTransformerDistilled, Eva)
_ATTENTION = {"qkv", "q_norm", "k_norm", "attn_drop", "norm", "proj", "proj_drop"}
_APART = {"q_proj", "k_proj", "v_proj"}
_BLOCK = {"norm1", "attn", "drop_path1", "norm2", "mlp", "drop_path2"}
PARTS = {
    Block: _BLOCK | {"ls1", "ls2"},
    EvaBlock: _BLOCK | {"gamma_1", "gamma_2"},
    Attention: _ATTENTION,
    EvaAttention: _ATTENTION | _APART | {"q_bias", "v_bias"},
    AttentionRope: _ATTENTION | _APART,
}


def check_model(model: nn.Module) -> None:
    """Raise TypeError, naming the part, if ``model`` holds anything that merging was not written and tried for.

    Raises ValueError if it uses gradient checkpointing.
    """
    if type(model) not in MODELS:
        known = ", ".join(kind.__name__ for kind in MODELS)
        raise TypeError(f"model must be one of timm's {known}; got {type(model).__name__}")
    if model.grad_checkpointing:
        raise ValueError("model must not use gradient checkpointing: it runs blocks outside the merging loop")
    for block in model.blocks.children():
        for part in (block, getattr(block, "attn", None)):
            kind = type(part)
            if kind not in PARTS:
                raise TypeError(f"model has a {kind.__name__}, which merging has not been tried with")
            inside = {name for name, _ in (*part.named_children(), *part.named_parameters(recurse=False))}
            if strange := inside - PARTS[kind]:
                raise TypeError(
                    f"model has a {kind.__name__} with {', '.join(sorted(strange))}, not tried with merging"
                )
    if getattr(model, "rope", None) is not None:
        stand_in(model.rope)
        if model.patch_drop is not None:
            raise TypeError(
                f"model has a {type(model.patch_drop).__name__} with rotary positions, not tried with merging"
            )


def pools(model: nn.Module) -> bool:
    """Whether the model's head looks at all patches, not at the class token alone."""
    return model.attn_pool is not None or model.global_pool not in ("", "token")


def walks(model: nn.Module) -> bool:
    """Whether the model's forward runs its blocks one by one, instead of handing its tokens to all of them at once."""
    return isinstance(model, Eva)


def heads_of(attn: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """The query, key and value heads of ``attn`` for ``x`` [B, N, C]: [B, H, N, d] each.

    After q/k-norm where the model has it: that is what attention compares.  Before any rotation: a rotated key is
    its content turned by its place, and where every head turns at its own speed, the mean over heads means nothing.
    Keys and values that several queries share stand there once for each.
    """
    if attn.qkv is None:
        parts = (attn.q_proj, attn.k_proj, attn.v_proj)
        query, key, value = (part(x).unflatten(-1, (-1, attn.head_dim)).transpose(1, 2) for part in parts)
    else:
        bias = getattr(attn, "q_bias", None)
        qkv = attn.qkv(x) if bias is None else F.linear(x, attn.qkv.weight, torch.cat([bias, attn.k_bias, attn.v_bias]))
        query, key, value = qkv.unflatten(-1, (3, attn.num_heads, attn.head_dim)).permute(2, 0, 3, 1, 4)
    query, key = attn.q_norm(query), attn.k_norm(key)
    if (shared := query.shape[1] // key.shape[1]) > 1:
        key, value = (part.repeat_interleave(shared, dim=1) for part in (key, value))
    return {"query": query, "key": key, "value": value}


def attend(attn: nn.Module, heads: dict[str, Tensor], bias: Tensor | None) -> Tensor:
    """What ``attn`` makes of its heads, with ``bias`` [B, 1, 1, N] added to the logits of the keys: [B, N, C]."""
    mask = None if bias is None else bias.to(heads["query"].dtype)
    dropout = attn.attn_drop.p if attn.training else 0.0
    out = F.scaled_dot_product_attention(**heads, attn_mask=mask, dropout_p=dropout)
    return attn.proj_drop(attn.proj(attn.norm(out.transpose(1, 2).flatten(2))))


def add_attention(block: nn.Module, x: Tensor, attended: Tensor) -> Tensor:
    """``x`` after the first half of ``block``."""
    attended = block.ls1(attended) if isinstance(block, Block) else _scaled(attended, block.gamma_1)
    return x + block.drop_path1(attended)


def add_mlp(block: nn.Module, x: Tensor) -> Tensor:
    """``x`` after the second half of ``block``."""
    out = block.mlp(block.norm2(x))
    out = block.ls2(out) if isinstance(block, Block) else _scaled(out, block.gamma_2)
    return x + block.drop_path2(out)


def class_attention(heads: dict[str, Tensor], bias: Tensor | None) -> Tensor:
    """Attention of the class token to every token, mean over heads: [B, N], each row adding up to 1.

    ``heads`` are rotated where the model rotates them; ``bias`` is [B, 1, 1, N].
    """
    query, key = heads["query"][:, :, :1], heads["key"]
    logits = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    return (logits if bias is None else logits + bias).softmax(-1).mean(1)[:, 0]


def _scaled(x: Tensor, gamma: Tensor | None) -> Tensor:
    return x if gamma is None else gamma * x
