"""Embed clips by one convolution over tubelets: patches of several frames."""

from math import prod
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["TubeletEmbed"]


class TubeletEmbed(nn.Module):
    """The patch embedding of a timm ViT on clips [B, C, T, H, W], for ``embed_layer``.

    A token is a tubelet of ``tubelet`` frames × ``patch_size``² pixels; tokens are ordered by time, row, column.
    ``frames`` and ``img_size`` must be multiples of them, and every clip must have this size.
    """

    def __init__(
        self,
        img_size: int | tuple[int, int] = 224,
        patch_size: int | tuple[int, int] = 16,
        in_chans: int = 3,
        embed_dim: int = 768,
        bias: bool = True,
        *,
        frames: int = 16,
        tubelet: int = 2,
        dynamic_img_pad: bool = False,
        device: Any = None,
        dtype: Any = None,
    ):
        super().__init__()
        self.img_size = (img_size, img_size) if isinstance(img_size, int) else img_size
        self.patch_size = (patch_size, patch_size) if isinstance(patch_size, int) else patch_size
        self.frames, self.tubelet = frames, tubelet
        self.clip, kernel = (frames, *self.img_size), (tubelet, *self.patch_size)
        if dynamic_img_pad:
            raise ValueError("dynamic_img_pad must be False: clips are not padded")
        if any(part < 1 or whole < 1 or whole % part for whole, part in zip(self.clip, kernel, strict=True)):
            raise ValueError(
                f"clips of {_text(self.clip)} (frames, height, width) must be whole tubelets of {_text(kernel)}"
            )
        self.grid_size = self.dynamic_feat_size(self.clip)
        self.num_patches = prod(self.grid_size)
        self.proj = nn.Conv3d(in_chans, embed_dim, kernel, stride=kernel, bias=bias, device=device, dtype=dtype)

    def feat_ratio(self, as_scalar: bool = True) -> int | tuple[int, int]:
        """Return the pixels between neighbours, as timm's ``feature_info`` asks for it."""
        return max(self.patch_size) if as_scalar else self.patch_size

    def dynamic_feat_size(self, clip: tuple[int, ...]) -> tuple[int, int, int]:
        """Return the tubelets along time, height and width of a clip (frames, height, width)."""
        frames, height, width = clip
        return frames // self.tubelet, height // self.patch_size[0], width // self.patch_size[1]

    def forward(self, clips: Float[Tensor, "batch c t h w"]) -> Float[Tensor, "batch tokens width"]:
        if tuple(clips.shape[2:]) != self.clip:
            raise ValueError(f"clips must be [batch, channels, {', '.join(map(str, self.clip))}]; got {[*clips.shape]}")
        return self.proj(clips).flatten(2).transpose(1, 2)  # type: ignore[no-any-return]


def _text(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))
