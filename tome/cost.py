"""Multiply-adds of a forward, in the convention of the paper's tables."""

from dataclasses import dataclass, replace
from itertools import pairwise

import timm
import torch
from torch import nn

from tome.config import MergeConfig
from tome.schedule import token_counts
from tome.vit import check_model

__all__ = ["Shape", "block_gflops", "gflops", "shape_of"]


@dataclass(frozen=True)
class Shape:
    """The numbers that decide what a forward costs."""

    depth: int
    width: int
    head_width: int
    hidden: int
    patches: int
    patch_values: int
    """values in one patch: 3·p² for a picture, 2·3·p² for a tubelet of two frames, p² for a spectrogram"""
    prefix: int
    classes: int

    @property
    def tokens(self) -> int:
        return self.patches + self.prefix


def gflops(
    model_or_name: nn.Module | str,
    config: MergeConfig | None = None,
    image_size: int | tuple[int, int] | None = None,
) -> float:
    """Billions of multiply-adds for one image, as the paper counts them.

    The convention is fvcore's: one multiply-add is one FLOP; linear layers, convolutions and matrix products
    count, the matching's product included; a LayerNorm counts 5 per element; softmax, GELU, biases, additions,
    sorting and gathering count nothing.  A name is built without weights.
    """
    shape = shape_of(model_or_name, image_size)
    return (_embedding(shape) + sum(_blocks(shape, config)) + _head(shape, config)) / 1e9


def block_gflops(shape: Shape, config: MergeConfig | None = None) -> list[float]:
    """The same for each block alone, in order."""
    return [flops / 1e9 for flops in _blocks(shape, config)]


def shape_of(model_or_name: nn.Module | str, image_size: int | tuple[int, int] | None = None) -> Shape:
    """Read a Shape from a timm ViT or the name of one; ``image_size`` is a side or (height, width) in pixels."""
    if isinstance(model_or_name, str):
        with torch.device("meta"):
            model_or_name = timm.create_model(model_or_name)
    model = model_or_name
    check_model(model)
    embed, block = model.patch_embed, next(iter(model.blocks.children()))
    classes = getattr(model, "num_classes", 0)
    shape = Shape(
        depth=len(model.blocks),
        width=model.embed_dim,
        head_width=block.attn.head_dim,
        hidden=block.mlp.fc1.out_features,
        patches=embed.num_patches,
        patch_values=embed.proj.weight[0].numel(),
        prefix=model.num_prefix_tokens,
        classes=classes,
    )
    if image_size is None:
        return shape
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    rows, columns = height // embed.patch_size[0], width // embed.patch_size[1]
    if rows < 1 or columns < 1:
        raise ValueError(f"image_size must hold at least one patch of {embed.patch_size}; got {image_size}")
    return replace(shape, patches=rows * columns)


def _embedding(s: Shape) -> float:
    return s.patches * s.width * s.patch_values


def _head(s: Shape, config: MergeConfig | None) -> float:
    return 5 * _counts(s, config)[-1] * s.width + s.width * s.classes


def _blocks(s: Shape, config: MergeConfig | None) -> list[float]:
    return [_block(s, before, after) for before, after in pairwise(_counts(s, config))]


def _counts(s: Shape, config: MergeConfig | None) -> tuple[int, ...]:
    return token_counts(config.r if config else 0, s.depth, s.tokens, s.prefix)


def _block(s: Shape, before: int, after: int) -> float:
    attention = 4 * before * s.width**2 + 2 * before**2 * s.width + 5 * before * s.width
    matching = (before + 1) // 2 * (before // 2) * s.head_width if after < before else 0
    mlp = 2 * after * s.width * s.hidden + 5 * after * s.width
    return attention + matching + mlp
