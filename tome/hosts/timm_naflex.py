"""timm's NaFlexVit: images of any size and shape, as pictures or as batches of patches with padding (SigLIP 2 NaFlex)."""

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from timm.models.eva import EvaBlock
from torch import Tensor, nn

from tome.hosts.protocol import Entry, Host
from tome.hosts.timm_eva import TimmEva
from tome.hosts.timm_vit import TimmViT

__all__ = ["TimmNaFlex", "valid_of"]


class TimmNaFlex(TimmEva):
    """A model that takes images [B, C, H, W], or a mapping with ``patches``, ``patch_coord`` and ``patch_valid``."""

    name = "timm NaFlexVit"
    forward_methods = (
        "forward",
        "forward_features",
        "forward_head",
        "_forward_embeds",
        "_pool",
        "_generate_rope_naflex",
    )
    parts: ClassVar = {**TimmViT.parts, **TimmEva.parts}
    post_norm: ClassVar[tuple[type[nn.Module], ...]] = (*TimmViT.post_norm, *TimmEva.post_norm)
    shape = Host.shape

    def class_token(self, model: Any) -> bool:
        return bool(model.has_class_token)

    def takes_dropped(self, model: Any) -> bool:
        return not self.pooled(model)  # the pool receives a mask of the valid patches of the full grid

    def head(self, model: Any, x: Tensor) -> None:
        return None  # which patches count in the pool is known to the model's own forward alone

    def grid(self, model: Any, inputs: Any) -> tuple[int, ...] | None:
        return tuple(model.embeds.dynamic_feat_size(tuple(inputs.shape[-2:]))) if isinstance(inputs, Tensor) else None

    def check_inputs(self, model: Any, inputs: Any) -> None:
        if not isinstance(inputs, Mapping):
            return super().check_inputs(model, inputs)
        if missing := {"patches", "patch_coord", "patch_valid"} - inputs.keys():
            raise ValueError(
                f"inputs must have patches, patch_coord and patch_valid; they lack {', '.join(sorted(missing))}"
            )
        if model.rope is not None:
            raise TypeError(
                "inputs must be images for a model with rotary positions: merging was not tested with patches"
            )
        return Host.check_inputs(self, model, inputs)

    def entry(self, model: Any, x: Tensor, *args: Any, attn_mask: Tensor | None = None, **kwargs: Any) -> Entry:
        entry = super().entry(model, x, *args, **kwargs)
        return Entry(entry.position, None if attn_mask is None else valid_of(attn_mask))

    def add_attention(self, block: Any, x: Tensor, attended: Tensor) -> Tensor:
        return (TimmEva if isinstance(block, EvaBlock) else TimmViT).add_attention(self, block, x, attended)

    def add_mlp(self, block: Any, x: Tensor) -> Tensor:
        return (TimmEva if isinstance(block, EvaBlock) else TimmViT).add_mlp(self, block, x)


def valid_of(mask: Tensor) -> Tensor | None:
    """Return the tokens that are not padding, bool [B, N], from timm's mask; None without padding.

    Raises TypeError for another mask, ValueError for padding in front of a patch.
    """
    seen = mask[:, 0] == 0
    valid = seen[:, 0] if seen.shape[1] == 1 else seen.diagonal(dim1=1, dim2=2)
    made = valid[:, None] if seen.shape[1] == 1 else valid[:, None] & valid[:, :, None]
    if mask.shape[1] != 1 or not torch.equal(seen, made.expand_as(seen)):
        raise TypeError("attn_mask must be made from patch_valid alone: merged tokens have no single position")
    if valid.all():
        return None
    if (valid[:, 1:] & ~valid[:, :-1]).any():
        raise ValueError("patch_valid must mark padding only behind the patches of an image")
    return valid
