"""Common interface of AudioMAE and AST: classifiers of spectrograms with 128 bands."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tome.hosts.registry import host_of
from tome.media.spectrogram import audioset_input

__all__ = ["BANDS", "Layout", "class_count", "is_ast", "layout_of", "logits"]

BANDS = 128


@dataclass(frozen=True)
class Layout:
    """How a model lays out spectrograms, and its patches on them."""

    frames: int
    """of 10 ms, which the model hears"""
    channel: bool
    """whether its input has an axis for channels: [B, 1, frames, 128], else [B, frames, 128]"""
    bands_first: bool
    """whether tokens are ordered by band, then time"""
    grid: tuple[int, int]
    """patches along the first and the second axis of that order"""
    patch: tuple[int, int]
    """frames or bands of a patch along the same axes"""
    stride: tuple[int, int]
    """frames or bands from one patch to the next"""

    def spectrogram(self, waveform: Tensor) -> Tensor:
        """Return the spectrogram of ``waveform``, [N] at 16 kHz: float32 [1, frames, 128]."""
        return audioset_input(waveform, self.frames)[None]

    def inputs(self, spectrograms: Tensor) -> Tensor:
        """Return ``spectrograms`` [B, 1, frames, 128] in the model's input shape."""
        return spectrograms if self.channel else spectrograms[:, 0]

    def on_bands(self, patches: Tensor) -> Tensor:
        """Return a value for each patch, [patches] in the order of tokens, as [rows of bands, columns of time]."""
        grid = patches.reshape(self.grid)
        return grid if self.bands_first else grid.T

    def on_places(self, patches: Tensor) -> Tensor:
        """Return long [patches] as [128, frames]: at each place the value of its patch, −1 where there is none.

        Where patches overlap, a place belongs to the patch whose middle is nearest.
        """
        sizes = (BANDS, self.frames) if self.bands_first else (self.frames, BANDS)
        axes = zip(sizes, self.patch, self.stride, self.grid, strict=True)
        first, second = (_nearest(*axis) for axis in axes)
        found = patches.reshape(self.grid)[first.clamp(min=0)][:, second.clamp(min=0)]
        found = found.masked_fill((first < 0)[:, None] | (second < 0), -1)
        return found if self.bands_first else found.T


def layout_of(model: Any) -> Layout:
    """Return how ``model`` lays out spectrograms: transformers' AST, or a timm ViT of one channel.

    Raises ValueError for a model of another input.
    """
    if is_ast(model):
        host: Any = host_of(model)
        embed, config = host.embedding(model), model.config
        grid = host.grid(model, None) or ()
        return _layout(config.max_length, False, True, config.num_mel_bins, grid, embed)
    patches: Any = getattr(model, "patch_embed", None)
    if getattr(getattr(patches, "proj", None), "in_channels", 0) != 1:
        raise ValueError("model must take spectrograms: ast, audiomae_ and a size, or another timm ViT of one channel")
    frames, bands = patches.img_size
    return _layout(frames, True, False, bands, patches.grid_size, patches.proj)


def is_ast(model: nn.Module) -> bool:
    """Return whether ``model`` is transformers' AST."""
    return getattr(host_of(model), "input_name", "") == "input_values"


def class_count(model: Any) -> int:
    """Return the width of the head; 0 where there is none."""
    count = getattr(model, "num_classes", None)
    return host_of(model).classes(model) if count is None else int(count)


def logits(output: Any) -> Tensor:
    """Return the logits in a model's output, [B, classes]; for AudioSet classes are not exclusive."""
    scores: Tensor = getattr(output, "logits", output)
    return scores


def _nearest(size: int, patch: int, stride: int, count: int) -> Tensor:
    """Return the patch, of ``count``, of each of ``size`` places on an axis; −1 beyond the last."""
    place = torch.arange(size)
    nearest = ((place - (patch - stride) // 2) // stride).clamp(0, count - 1)
    return nearest.masked_fill(place >= (count - 1) * stride + patch, -1)


def _layout(frames: int, channel: bool, bands_first: bool, bands: int, grid: Any, embed: Any) -> Layout:
    if bands != BANDS:
        raise ValueError(f"model must take spectrograms of {BANDS} bands; it takes {bands}")
    return Layout(frames, channel, bands_first, tuple(grid), tuple(embed.kernel_size), tuple(embed.stride))
