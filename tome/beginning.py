"""What several configurations of one photo have in common: everything up to their first merge, computed once."""

import copy
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tome.blocks import MergingBlocks
from tome.config import MergeConfig
from tome.grouping import Grouping
from tome.rope import Position, stand_in
from tome.run import Attended, LayerTrace, Run, attention
from tome.schedule import cap, schedule
from tome.vit import add_mlp

__all__ = ["Beginning"]


@dataclass(frozen=True, eq=False)
class Beginning:
    """One photo [1, …] up to the attention of the first block in which any configuration merges."""

    layer: int
    """of that block"""
    blocks: list[nn.Module]
    seen: Attended
    after: Tensor
    """[1, N, C]: what the block makes of the tokens where nothing merges"""
    steps: list[LayerTrace]
    position: Position | None
    seconds: float
    """each configuration's share"""

    @classmethod
    def of(cls, model: nn.Module, image: Tensor, configs: Sequence[MergeConfig]) -> "Beginning":
        begin = time.perf_counter()
        entrance = _Entrance.of(model, MergeConfig(r=0))
        twin = copy.copy(model)
        twin._modules = {**model._modules, "blocks": entrance}
        if getattr(model, "rope", None) is not None:
            twin._modules["rope"] = stand_in(model.rope)
        twin.forward_features(image)
        blocks, run = list(entrance.children()), entrance.run
        asked = zip(*(schedule(config.r, len(blocks)) for config in configs), strict=True)
        merges = [layer for layer, r in enumerate(asked) if any(r) and cap(run.x.shape[1], entrance.plan.prefix)]
        first = merges[0] if merges else len(blocks) - 1
        steps = [run.advance(block) for block in blocks[:first]]
        seen = attention(blocks[first], run.x, None, run.turned)
        after = add_mlp(blocks[first], seen.x)
        seconds = (time.perf_counter() - begin) / len(configs)
        return cls(first, blocks, seen, after, steps, entrance.position, seconds)

    def add_mlp(self, x: Tensor, groupings: Sequence[Grouping]) -> Tensor:
        """The block's second half on ``x`` [K, N, C], its tokens under each of K ``groupings``.

        It looks at each token alone, and most are as they were: these are not computed again.
        """
        before = torch.cat([_any_member(grouping) for grouping in groupings])
        changed = (x != self.seen.x[0][before]).any(-1)
        out = self.after[0][before]
        out[changed] = add_mlp(self.blocks[self.layer], x[changed][None])[0]
        return out


class _Entrance(MergingBlocks):
    """Blocks that keep what the host's embedding gives them, and run nothing."""

    def forward(self, x: Tensor, rope: Position | None = None, **_: object) -> Tensor:
        self.run, self.position = Run(self.plan, x, rope), rope
        return x

    def __iter__(self) -> Iterator[nn.Module]:
        yield self  # to a host that walks its blocks, we are one


def _any_member(grouping: Grouping) -> Tensor:
    """One of the tokens of each group, [B, n_out]; token 0 for a group without any."""
    tokens = torch.arange(grouping.n_in, device=grouping.group.device).expand_as(grouping.group)
    kept = tokens.masked_fill(grouping.group < 0, 0)
    found = kept.new_zeros(len(kept), grouping.n_out)
    return found.scatter_reduce(1, grouping.group.clamp_min(0), kept, "amax")
