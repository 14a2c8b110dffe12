"""A timm model by name, with random weights, timm's pretrained ones, or a file's."""

import errno
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import load_state_dict
from torch import nn

from tome.lab.boundary import sentence

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
    position embeddings are resampled to the size.  With neither, weights are random by ``seed``.  Raises ValueError
    if timm has no such model, if it takes no image size, or if the file holds no weights.
    """
    if weights and pretrained:
        raise ValueError(f"weights must be a file or pretrained, not both; got {weights} and pretrained=True")
    if ":" not in name and not timm.is_model(name):  # with a colon, timm asks the hub or a folder
        raise ValueError(f"There is no timm model called {name!r}.")
    options: dict[str, Any] = {} if image_size is None else {"img_size": image_size}
    if weights:
        options |= {"pretrained_cfg_overlay": {"state_dict": _read(Path(weights))}}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            return timm.create_model(name, pretrained=bool(weights) or pretrained, **options).eval()
        except TypeError as reason:
            raise ValueError(f"{name} must take an image size, as Vision Transformers do ({reason})") from reason


def _read(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "There is no such file", str(path))
    try:
        return load_state_dict(str(path))
    except OSError:
        raise
    except Exception as reason:
        raise ValueError(f"{path} could not be read as weights: {sentence(reason)}") from reason
