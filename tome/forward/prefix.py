"""The shared prefix of several configurations of one sample: everything before the first merge, computed once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.attended import Attended
from tome.forward.observer import LayerTrace
from tome.forward.state import ForwardState, attention
from tome.forward.trace import blocks_of, enter
from tome.grouping import Grouping
from tome.hosts.position import Position
from tome.hosts.protocol import Entry
from tome.hosts.registry import host_of
from tome.schedule import schedule

__all__ = ["SharedPrefix"]


@dataclass(frozen=True, eq=False)
class SharedPrefix:
    """One sample [1, …] up to the attention of the first block with a merge in any configuration."""

    layer: int
    """of that block"""
    depth: int
    """of the model"""
    inputs: Any
    """input of the model"""
    attended: Attended
    after: Tensor
    """[1, N, C]: output of the block without merging"""
    steps: list[LayerTrace]
    position: Position | None
    """of the tokens, with the prefix"""
    grid: tuple[int, ...] | None
    seconds: float

    @classmethod
    def of(cls, model: nn.Module, inputs: Any, configs: Sequence[MergeConfig]) -> "SharedPrefix":
        """Run ``model`` on one sample up to that point.  Raises ValueError for a larger batch or for padding."""
        host, blocks = host_of(model), blocks_of(model)
        if host.records(model, inputs):
            raise ValueError("model must not return features per block when several configurations run as one batch")
        begin = time.perf_counter()
        state = enter(model, inputs)
        if len(state.x) != 1:
            raise ValueError(f"image must be a batch of one; got {len(state.x)}")
        if state.padded:
            raise ValueError("image must have no padding: a batch of one needs none")
        first = _first_merge(configs, len(blocks))
        steps = [state.advance(block) for block in blocks[:first]]
        attended = attention(host, blocks[first], [state])
        after = host.add_mlp(blocks[first], attended.x)
        seconds = time.perf_counter() - begin
        grid = host.grid(model, inputs)
        return cls(first, len(blocks), inputs, attended, after, steps, state.position, grid, seconds)

    @property
    def image_size(self) -> tuple[int, ...]:
        """Height and width in pixels, for images."""
        return tuple(self.inputs.shape[2:])

    @property
    def nbytes(self) -> int:
        """About the memory this holds."""
        seen = self.attended
        parts = [seen.residual, seen.x, self.after, *seen.heads.values(), *seen.rotated.values()]
        different = {part.data_ptr(): part.nbytes for part in parts}  # without rotation the same tensor is there twice
        held = self.inputs.nbytes if isinstance(self.inputs, Tensor) else 0
        return held + sum(different.values()) + 40 * self.after.shape[1] * self.layer

    def serves(self, configs: Sequence[MergeConfig]) -> bool:
        """Return whether the prefix is valid for all ``configs``: none of them merges before its end."""
        return self.layer <= _first_merge(configs, self.depth)

    def state(self, model: nn.Module, plan: Any) -> ForwardState:
        """Return the state of a forward under ``plan`` at the end of the prefix."""
        state = ForwardState(host_of(model), plan, self.attended.residual, Entry())
        state.position, state.layer = self.position, self.layer
        return state

    def add_mlp(self, model: nn.Module, block: nn.Module, x: Tensor, groupings: Sequence[Grouping]) -> Tensor:
        """Run the second half of ``block``, the one at ``layer``, on ``x`` [K, N, C]: tokens under each of K ``groupings``.

        The MLP acts on each token alone, so unchanged tokens are not computed again.
        """
        before = torch.cat([_any_member(grouping) for grouping in groupings])
        changed = (x != self.attended.x[0][before]).any(-1)
        out = self.after[0][before]
        out[changed] = host_of(model).add_mlp(block, x[changed][None])[0]
        return out


def _first_merge(configs: Sequence[MergeConfig], depth: int) -> int:
    asked = zip(*(schedule(config.r, depth) for config in configs), strict=True)
    return next((layer for layer, r in enumerate(asked) if any(r)), depth - 1)


def _any_member(grouping: Grouping) -> Tensor:
    """One of the tokens of each group, [B, n_out]; token 0 for a group without any."""
    tokens = torch.arange(grouping.n_in, device=grouping.group.device).expand_as(grouping.group)
    kept = tokens.masked_fill(grouping.group < 0, 0)
    found = kept.new_zeros(len(kept), grouping.n_out)
    return found.scatter_reduce(1, grouping.group.clamp_min(0), kept, "amax")
