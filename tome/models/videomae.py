"""VideoMAE (Tong et al., arXiv 2203.12602), fine-tuned: the same blocks as MAE-ST without a class token."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from tome.models.mae_st import joined_projections, mae_st

__all__ = ["load_videomae", "sinusoids", "videomae", "videomae_to_timm"]

_NAMES = {
    r"^(videomae\.)?embeddings\.patch_embeddings\.projection\.": "patch_embed.proj.",
    r"^(videomae\.)?encoder\.layer\.": "blocks.",
    r"\.attention\.attention\.": ".attn.",
    r"\.attention\.output\.dense\.": ".attn.proj.",
    r"\.intermediate\.dense\.": ".mlp.fc1.",
    r"\.output\.dense\.": ".mlp.fc2.",
    r"\.layernorm_before\.": ".norm1.",
    r"\.layernorm_after\.": ".norm2.",
    r"\.attn\.q_bias$": ".attn.query.bias",  # the hub's older files
    r"\.attn\.v_bias$": ".attn.value.bias",
    r"^classifier\.": "head.",
}


def videomae(
    size: str = "vit_base",
    *,
    frames: int = 16,
    image_size: int | tuple[int, int] = 224,
    classes: int = 400,
    tubelet: int = 2,
    **options: Any,
) -> VisionTransformer:
    """Return the fine-tuned VideoMAE of ``size`` with random weights, in evaluation mode.

    It takes clips [B, 3, frames, H, W], normalised as ImageNet's pictures; its head reads the mean over tubelets.
    """
    options = {"class_token": False, "norm_layer": partial(nn.LayerNorm, eps=1e-12), **options}
    model = mae_st(size, frames=frames, image_size=image_size, classes=classes, tubelet=tubelet, **options)
    model.fc_norm = nn.LayerNorm(model.embed_dim, eps=1e-5)
    table = sinusoids(model.patch_embed.num_patches, model.embed_dim)
    model.pos_embed = nn.Parameter(table, requires_grad=False)
    return model


def load_videomae(model: VisionTransformer, state_dict: Mapping[str, Tensor]) -> VisionTransformer:
    """Load the weights of a VideoMAEForVideoClassification into ``model``, and return it.

    Raises RuntimeError, naming the keys, for weights that are missing, left over or of another size.
    """
    model.load_state_dict(videomae_to_timm(state_dict, model.patch_embed.num_patches))
    return model


def videomae_to_timm(state_dict: Mapping[str, Tensor], patches: int = 1568) -> dict[str, Tensor]:
    """Return the weights of a VideoMAEForVideoClassification under timm's names, for ``videomae``.

    Such a file has no table of positions; ``patches`` is its length.  Its keys have no bias: timm's are 0.
    """
    weights = {}
    for key, value in state_dict.items():
        for pattern, name in _NAMES.items():
            key = re.sub(pattern, name, key)
        weights[key] = value
    for key in [key for key in weights if key.endswith(".attn.query.bias")]:
        weights[key.replace("query", "key")] = torch.zeros_like(weights[key])
    weights = joined_projections(weights, "query", "key", "value")
    if "patch_embed.proj.bias" in weights:
        weights["pos_embed"] = sinusoids(patches, weights["patch_embed.proj.bias"].shape[0])
    return weights


def sinusoids(positions: int, width: int) -> Float[Tensor, "1 {positions} {width}"]:
    """Return the fixed table of Vaswani et al. (arXiv 1706.03762, 3.5): sine in even channels, cosine in odd ones."""
    channel = torch.arange(width, dtype=torch.float64)
    angle = torch.arange(positions)[:, None] / 10000 ** (2 * (channel // 2) / width)
    return torch.where(channel % 2 == 0, angle.sin(), angle.cos()).float()[None]
