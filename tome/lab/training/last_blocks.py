"""Training the last blocks of a model that has learned already: what the others make of an image is computed once."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.blocks import MergingBlocks
from tome.forward.state import ForwardState as Forward
from tome.hosts.timm_rope import Position

__all__ = ["Kept", "LastBlocks", "keep"]


@dataclass(frozen=True, eq=False)
class Kept:
    """Images as the last blocks get them: merged as often as there are blocks before."""

    x: Tensor
    """[n, N, C]"""
    size: Tensor
    """[n, N]: patches per token"""

    def __getitem__(self, images: Tensor | slice) -> "Kept":
        return Kept(self.x[images], self.size[images])

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def cat(cls, parts: Sequence["Kept"]) -> "Kept":
        """The images of all ``parts``, in order."""
        return cls(torch.cat([part.x for part in parts]), torch.cat([part.size for part in parts]))


@torch.no_grad()
def keep(model: nn.Module, images: Tensor, config: MergeConfig, last: int) -> Kept:
    """Run all but the ``last`` blocks of ``model``, merging as ``config`` says, on ``images`` [n, 3, H, W]."""
    blocks = _FirstBlocks.of(model, config)
    blocks.last = last
    host = copy.copy(model)
    host._modules = {**model._modules, "blocks": blocks}
    host.forward_features(images)
    return Kept(blocks.run.x, blocks.run.size)


class LastBlocks(nn.Module):
    """A copy of the ``last`` blocks and the norm of ``model``, and a new head on its class token.

    Takes Kept and returns logits [n, classes].  ``config`` says how it merges, and may be changed at any time.
    Raises ValueError for a model without a class token.
    """

    def __init__(self, model: nn.Module, config: MergeConfig, last: int, classes: int, seed: int = 0):
        super().__init__()
        if model.cls_token is None:
            raise ValueError("model must have a class token: the new head reads it")
        self.config, self.last = config, last
        self.blocks, self.norm = copy.deepcopy(model.blocks[-last:]), copy.deepcopy(model.norm)
        self.host = (model,)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.head = nn.Linear(model.num_features, classes)
        self.requires_grad_(True)

    def forward(self, kept: Kept) -> Tensor:
        plan = MergingBlocks.of(self.host[0], self.config).plan
        run = Forward(plan, kept.x, track=False)
        run.layer, run.size, run.merged = len(plan.r) - self.last, kept.size, True
        for block in self.blocks:
            run.advance(block)
        return self.head(self.norm(run.x)[:, 0])


class _FirstBlocks(MergingBlocks):
    """Blocks made for one call, so that its forward may be kept on them."""

    last: int
    run: Forward

    def forward(self, x: Tensor, rope: Position | None = None, **_: object) -> Tensor:
        self.run = Forward(self.plan, x, rope, track=self.plan.pooled)
        for block in list(self.children())[: -self.last]:
            self.run.advance(block)
        return x

    def __iter__(self) -> Iterator[nn.Module]:
        # To a host that walks its blocks we are one block.
        yield self
