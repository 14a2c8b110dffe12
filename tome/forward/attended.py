"""The tokens of a block between its attention and its merge."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from tome.hosts.protocol import Heads

__all__ = ["Attended", "class_attention", "reordered", "select"]


@dataclass(frozen=True, eq=False)
class Attended:
    """The tokens of a block between its attention and its merge."""

    residual: Float[Tensor, "batch tokens c"]
    """input of the block"""
    x: Float[Tensor, "batch tokens c"]
    """the same with attention added"""
    heads: Heads
    """query, key and value, [B, H, N, d]"""
    rotated: Heads
    """the same as attention compared them: rotated where the model rotates"""
    mask: Tensor | None
    """the mask added to the logits, broadcastable to [B, H, N, N]"""
    scale: float
    """scale of the products of query and key"""

    def select(self, images: slice) -> "Attended":
        """Return the same for some images of the batch."""
        mask = self.mask if self.mask is None or len(self.mask) == 1 else self.mask[images]
        heads, rotated = select(self.heads, images), select(self.rotated, images)
        return Attended(self.residual[images], self.x[images], heads, rotated, mask, self.scale)

    def class_attention(self) -> Tensor:
        """Attention of the class token to every token, mean over heads: [B, N]."""
        return class_attention(self.rotated["query"], self.rotated["key"], self.mask, self.scale)


def select(heads: Heads, images: slice) -> Heads:
    """Return the heads of some images of the batch."""
    return {name: part[images] for name, part in heads.items()}


def reordered(x: Tensor, order: Tensor | None) -> Tensor:
    """Return the tokens ``order``, long [B, N], of ``x`` [B, N, C]; ``x`` itself for None."""
    return x if order is None else x.gather(1, order[..., None].expand_as(x))


def class_attention(query: Tensor, key: Tensor, mask: Tensor | None, scale: float) -> Tensor:
    """Attention of the class token to every token, mean over heads: [B, N], each row adding up to 1.

    ``query`` and ``key`` [B, H, N, d] are rotated where the model rotates them; ``mask`` is as in Attended.
    """
    logits = query[:, :, :1] @ key.transpose(-1, -2) * scale
    return (logits if mask is None else logits + mask[:, :, :1]).softmax(-1).mean(1)[:, 0]
