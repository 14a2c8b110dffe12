"""The free merge, an upper bound for the speed of any method: no matching and no merging."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.attended import Attended
from tome.forward.observer import LayerTrace, Observer
from tome.forward.state import ForwardState
from tome.hosts.protocol import Entry
from tome.lab.driven import driven
from tome.matching.padding import empty_matching
from tome.schedule import cap

__all__ = ["free_merge"]


def free_merge(model: nn.Module, config: MergeConfig) -> Callable[[Tensor], Any]:
    """Return the forward of ``model`` in which each block drops its first r tokens behind the prefix, at no cost.

    No method that removes r tokens per block after attention can be faster.  The output is meaningless.
    """

    def drive(state: ForwardState, blocks: list[nn.Module]) -> Tensor:
        free = _Free(state)
        for block in blocks:
            free.advance(block)
        return free.x

    return driven(model, config, drive, track=False)


class _Free(ForwardState):
    """A forward without size weights, and so without a bias in attention."""

    def __init__(self, state: ForwardState):
        super().__init__(state.host, state.plan, state.x, Entry(), track=False)
        self.position = state.position

    def merge(self, attended: Attended, observer: Observer | None = None) -> LayerTrace:
        x, prefix = attended.x, self.plan.prefix
        r = min(self.plan.r[self.layer], cap(x.shape[1], prefix))
        if r:
            x = torch.cat([x[:, :prefix], x[:, prefix + r :]], 1) if prefix else x[:, r:].contiguous()
            self.size = self.size[:, r:]
            if self.position is not None:
                kept = torch.arange(attended.x.shape[1], device=x.device)
                self.position = self.position.repeat(torch.cat([kept[:prefix], kept[prefix + r :]]))
        self.x = x
        self.layer += 1
        nothing = empty_matching(x)
        return LayerTrace(nothing.grouping, self.size, nothing.source, nothing.destination, nothing.similarity, r)
