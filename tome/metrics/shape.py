"""The numbers that determine the cost of a forward."""

from dataclasses import dataclass
from typing import Any

from torch import nn

__all__ = ["NORM", "BlockShape", "Shape", "per_token", "shape_of"]

NORM = 5
"""multiply-adds per element of an affine LayerNorm, as fvcore counts them"""


@dataclass(frozen=True)
class BlockShape:
    """The numbers that determine the cost of a block."""

    width: int
    heads: int
    head_width: int
    attention: int
    """for each token before the merge: first norm, projections, norms inside"""
    mlp: int
    """for each token after the merge: second norm, MLP"""
    pair: int = 0
    """for each pair of tokens, in addition to two products of ``heads`` times ``head_width``: talking heads, wider values"""


@dataclass(frozen=True)
class Shape:
    """The dimensions that determine the cost of a forward."""

    blocks: tuple[BlockShape, ...]
    patches: int
    prefix: int
    patch: int
    """for each patch, to embed it"""
    entry: int
    """for each token, between embedding and blocks"""
    norm: int
    """for each token after the blocks"""
    pooled: int
    """for each patch, in an attention pool"""
    head: int
    """once"""
    restored: bool
    """whether the layers after the blocks see the full grid again"""

    @classmethod
    def plain(
        cls,
        *,
        depth: int,
        width: int,
        heads: int,
        patches: int,
        patch_values: int,
        classes: int,
        prefix: int = 1,
        mlp_ratio: float = 4,
    ) -> "Shape":
        """Return the shape of a plain ViT by its numbers: a video of tubelets, say, or a spectrogram.

        ``patch_values`` are the values in one patch: 3·p² for a picture, 2·3·p² for a tubelet of two frames, p² for
        a spectrogram.
        """
        mlp = 2 * width * int(width * mlp_ratio) + NORM * width
        block = BlockShape(width, heads, width // heads, 4 * width**2 + NORM * width, mlp)
        return cls(
            blocks=(block,) * depth,
            patches=patches,
            prefix=prefix,
            patch=width * patch_values,
            entry=0,
            norm=NORM * width,
            pooled=0,
            head=width * classes,
            restored=False,
        )

    @property
    def tokens(self) -> int:
        return self.patches + self.prefix


def shape_of(model_or_name: nn.Module | str, size: Any = None) -> Shape:
    """Read a Shape from a model with a host, or from a name of ``tome.models.build``, built without weights.

    ``size`` is in the units of the host: a side or (height, width) in pixels for images.
    """
    from tome.hosts.registry import host_of

    model = _unweighted(model_or_name) if isinstance(model_or_name, str) else model_or_name
    host = host_of(model)
    host.check(model)
    return host.shape(model, size)


def per_token(module: nn.Module | None) -> int:
    """Return the multiply-adds of the linear layers and LayerNorms in ``module``, each run once on one token."""
    total = 0
    for part in module.modules() if module is not None else ():
        if isinstance(part, nn.Linear):
            total += part.weight.numel()
        elif isinstance(part, nn.LayerNorm):
            total += NORM * part.weight.numel()
    return total


def _unweighted(name: str) -> nn.Module:
    import torch

    from tome.models.build import create

    with torch.device("meta"):
        return create(name)
