"""Clips for an image model: frames of whole patches, or a pan over one picture."""

from pathlib import Path

import torch
import torch.nn.functional as F
from timm.data import resolve_model_data_config
from torch import Tensor, nn
from torchvision.datasets.folder import IMG_EXTENSIONS, default_loader
from torchvision.transforms.functional import pil_to_tensor

from tome.media.decode import read_clip

__all__ = ["frames_of", "normalised"]


def frames_of(path: Path, count: int, rows: int, patch: int, pan: bool) -> tuple[Tensor, int]:
    """Return frames [T, 3, H, W] of whole patches with values 0 … 1, and the shift of the content in patches per frame.

    Frames are ``rows`` patches high.  A ``pan`` moves over a photo or a clip's first frame, two patches per frame.
    """
    if path.suffix.lower() in IMG_EXTENSIONS:
        if not pan:
            raise ValueError(f"clip must be a clip unless --pan is given; {path.name} is a photo")
        clip = pil_to_tensor(default_loader(str(path)))[None].float() / 255
    else:
        clip = torch.from_numpy(read_clip(path, count).frames.copy()).permute(0, 3, 1, 2).float() / 255
    height, width = clip.shape[2:]
    if not pan:
        columns = max(1, round(rows * width / height))
        return _scaled(clip, rows * patch, columns * patch), 0
    columns = rows + 2 * (count - 1)
    if 2 * width * rows < height * columns:
        raise ValueError(f"clip must be wide enough for {count} frames of a pan; it is {width} × {height}")
    # Scale up to the width of the pan if needed, then crop to the middle rows.
    scale = max(rows * patch / height, columns * patch / width)
    whole = _scaled(clip[:1], max(rows * patch, round(scale * height)), max(columns * patch, round(scale * width)))[0]
    top = (whole.shape[1] - rows * patch) // 2
    whole = whole[:, top : top + rows * patch]
    windows = [whole[:, :, 2 * frame * patch : (2 * frame + rows) * patch] for frame in range(count)]
    return torch.stack(windows), 2


def _scaled(images: Tensor, height: int, width: int) -> Tensor:
    return F.interpolate(images, (height, width), mode="bicubic", antialias=True).clamp(0, 1)


def normalised(model: nn.Module, frames: Tensor) -> Tensor:
    shape = resolve_model_data_config(model)  # type: ignore[no-untyped-call]
    mean, std = (torch.tensor(shape[name])[:, None, None] for name in ("mean", "std"))
    return (frames - mean) / std
