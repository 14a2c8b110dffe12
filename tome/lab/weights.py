"""A timm model by name, with random weights, timm's pretrained ones, or a file's."""

from pathlib import Path

import timm
import torch
from timm.models import load_state_dict
from torch import nn

__all__ = ["build"]


def build(
    name: str,
    image_size: int | tuple[int, int] | None = None,
    *,
    weights: Path | str | None = None,
    pretrained: bool = False,
    seed: int = 0,
) -> nn.Module:
    """timm's model ``name`` in evaluation mode for pictures of ``image_size`` pixels (side, or height and width).

    ``weights`` is a .safetensors or .pth file with timm's keys, ``pretrained`` takes timm's own from the hub;
    position embeddings are resampled to the size.  With neither, weights are random by ``seed``.
    """
    if weights and pretrained:
        raise ValueError(f"weights must be a file or pretrained, not both; got {weights} and pretrained=True")
    options = {} if image_size is None else {"img_size": image_size}
    if weights:
        options |= {"pretrained_cfg_overlay": {"state_dict": load_state_dict(str(weights))}}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return timm.create_model(name, pretrained=bool(weights) or pretrained, **options).eval()
