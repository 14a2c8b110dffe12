"""MAE-ST (Feichtenhofer et al., arXiv 2205.09113): the video model of the paper, fine-tuned."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from tome.models.sizes import size_named
from tome.models.tubelet import TubeletEmbed

__all__ = ["joined_projections", "load_mae_st", "mae_st"]


def mae_st(
    size: str = "vit_large",
    *,
    frames: int = 16,
    image_size: int | tuple[int, int] = 224,
    classes: int = 400,
    tubelet: int = 2,
    **options: Any,
) -> VisionTransformer:
    """Return the fine-tuned MAE-ST of ``size`` with random weights, in evaluation mode.

    It takes clips [B, 3, frames, H, W] with values of mean 0.45 and deviation 0.225; its head reads the mean over
    tubelets.  ``size`` is a name of ``tome.models.sizes``; ``options`` are VisionTransformer's.  The paper turns
    proportional attention off for MAE models that it does not train.
    """
    return VisionTransformer(
        img_size=image_size,
        num_classes=classes,
        global_pool="avg",
        embed_layer=partial(TubeletEmbed, frames=frames, tubelet=tubelet),
        **{"norm_layer": partial(nn.LayerNorm, eps=1e-6), **size_named(size), **options},
    ).eval()


def load_mae_st(model: VisionTransformer, state_dict: Mapping[str, Any]) -> VisionTransformer:
    """Load a fine-tuned checkpoint of MAE-ST in its authors' naming into ``model``, and return it.

    Weights under "model" or "model_state" are found.  Raises RuntimeError, naming the
    keys, for weights that are missing, left over or of another size: a pre-trained checkpoint has no head.
    """
    weights = dict(state_dict.get("model", state_dict.get("model_state", state_dict)))
    if {"pos_embed_spatial", "pos_embed_temporal"} <= weights.keys():
        spatial, temporal = weights.pop("pos_embed_spatial"), weights.pop("pos_embed_temporal")
        weights["pos_embed"] = _positions(spatial, temporal, weights.pop("pos_embed_class", None))
    weights = {key.replace("norm.", "fc_norm.") if key.startswith("norm.") else key: weights[key] for key in weights}
    model.load_state_dict(joined_projections(weights, "q", "k", "v"))
    return model


def joined_projections(weights: Mapping[str, Tensor], *names: str) -> dict[str, Tensor]:
    """Return ``weights`` with the separate projections ``names`` of each attention joined as timm's ``qkv``."""
    joined = dict(weights)
    for key in weights:
        stem, _, end = key.rpartition(f".{names[0]}.")
        parts = [f"{stem}.{name}.{end}" for name in names]
        if stem.endswith(".attn") and all(part in weights for part in parts):
            joined[f"{stem}.qkv.{end}"] = torch.cat([joined.pop(part) for part in parts])
    return joined


def _positions(
    spatial: Float[Tensor, "1 places width"],
    temporal: Float[Tensor, "1 times width"],
    first: Float[Tensor, "1 1 width"] | None,
) -> Float[Tensor, "1 tokens width"]:
    """Return one table for all tubelets, by time, then place, after the class token's, if any."""
    tubelets = (temporal[:, :, None] + spatial[:, None]).flatten(1, 2)
    return tubelets if first is None else torch.cat([first, tubelets], 1)
