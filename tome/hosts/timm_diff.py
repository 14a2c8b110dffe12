"""timm's DiffAttention: the difference of two softmax attentions to the same values.

A token of size s has s equal logits in both, so the log of its size is added to both.  The class attention for
algorithms is the mean of the two: their difference may be negative.
"""

from typing import Any

from torch import Tensor

from tome.hosts.protocol import Heads, scaled_attention

__all__ = ["PARTS", "attend", "projected"]

PARTS = {"sub_norm", "lambda_a", "lambda_b", "lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"}


def projected(attn: Any, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return query and key heads, [B, 2·H, N, d], and value heads, [B, H, N, 2·d], shared by two of them."""
    query, key, value = attn.qkv(x).chunk(3, dim=2)
    query, key = (part.unflatten(-1, (2 * attn.num_heads, -1)).transpose(1, 2) for part in (query, key))
    return query, key, value.unflatten(-1, (attn.num_heads, -1)).transpose(1, 2)


def attend(attn: Any, heads: Heads, mask: Tensor | None) -> Tensor:
    """Return the output of ``attn`` for its ``heads``; value heads may be given once or twice."""
    share = heads["query"].shape[1] // heads["value"].shape[1]
    doubled = {**heads, "value": heads["value"].repeat_interleave(share, dim=1)}
    out = scaled_attention(doubled, mask, dropout=attn.attn_drop, training=attn.training, fused=attn.fused_attn)
    first, second = out.unflatten(1, (-1, 2)).unbind(2)
    out = attn.sub_norm(first - attn._compute_lambda().type_as(out) * second) * (1 - attn.lambda_init)
    return attn.proj_drop(attn.proj(attn.norm(out.transpose(1, 2).flatten(2))))
