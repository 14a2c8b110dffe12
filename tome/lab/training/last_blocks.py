"""Train the last blocks of a trained model on frozen features of the others."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.plan import MergePlan
from tome.forward.state import ForwardState
from tome.forward.trace import blocks_of, enter
from tome.hosts.position import Position
from tome.hosts.protocol import Entry
from tome.hosts.registry import host_of

__all__ = ["FrozenFeatures", "LastBlocks", "extract"]


@dataclass(frozen=True, eq=False)
class FrozenFeatures:
    """Inputs of the last blocks: images merged by all blocks before."""

    x: Tensor
    """[n, N, C]"""
    size: Tensor
    """[n, N]: patches per token"""
    position: Position | None = None
    """of the tokens, for a model whose attention asks"""

    def __getitem__(self, images: Tensor | slice) -> "FrozenFeatures":
        position = None if self.position is None else self.position.select(images)
        return FrozenFeatures(self.x[images], self.size[images], position)

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def cat(cls, parts: Sequence["FrozenFeatures"]) -> "FrozenFeatures":
        """Return the images of all ``parts``, in order."""
        places = [part.position for part in parts if part.position is not None]
        position = places[0].cat(places) if places else None
        return cls(torch.cat([part.x for part in parts]), torch.cat([part.size for part in parts]), position)


@torch.no_grad()
def extract(model: nn.Module, images: Tensor, config: MergeConfig, last: int) -> FrozenFeatures:
    """Run all but the ``last`` blocks of ``model``, merging as ``config`` says, on ``images`` [n, 3, H, W]."""
    state = enter(model, images, config)
    for block in blocks_of(model)[:-last]:
        state.advance(block)
    return FrozenFeatures(state.x, state.size, state.position)


class LastBlocks(nn.Module):
    """A copy of the ``last`` blocks and the norm of ``model``, and a new head on its class token.

    Takes FrozenFeatures and returns logits [n, classes].  ``config`` may be changed at any
    time.  Raises ValueError for a model without a class token.
    """

    norm: nn.Module
    model: tuple[Any]

    def __init__(self, model: Any, config: MergeConfig, last: int, classes: int, seed: int = 0):
        super().__init__()
        self.host = host_of(model)
        if not self.host.class_token(model):
            raise ValueError("model must have a class token: the new head reads it")
        self.config, self.last = config, last
        blocks = blocks_of(model)
        self.depth = len(blocks)
        self.blocks = nn.ModuleList(copy.deepcopy(blocks[-last:]))
        self.norm = copy.deepcopy(model.norm)
        self.model = (model,)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.head = nn.Linear(model.num_features, classes)
        self.requires_grad_(True)

    def forward(self, features: FrozenFeatures) -> Tensor:
        plan = MergePlan.of(self.host, self.model[0], self.config, self.depth)
        state = ForwardState(self.host, plan, features.x, Entry(), track=False)
        state.layer, state.size, state.weighted = self.depth - self.last, features.size, True
        state.position = features.position
        for block in self.blocks:
            state.advance(block)
        logits: Tensor = self.head(self.norm(state.x)[:, 0])
        return logits
