"""What several configurations of one photo have in common: everything up to their first merge, computed once."""

import copy
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.blocks import MergingBlocks
from tome.forward.state import Attended, ForwardState, LayerTrace, attention
from tome.forward.trace import check_images
from tome.grouping import Grouping
from tome.hosts.timm_rope import Position, stand_in
from tome.hosts.timm_vit import add_mlp
from tome.schedule import schedule

__all__ = ["SharedPrefix"]


@dataclass(frozen=True, eq=False)
class SharedPrefix:
    """One photo [1, …] up to the attention of the first block in which any configuration merges."""

    layer: int
    """of that block"""
    depth: int
    """of the model"""
    image_size: tuple[int, int]
    """height and width, pixels"""
    seen: Attended
    after: Tensor
    """[1, N, C]: what the block makes of the tokens where nothing merges"""
    steps: list[LayerTrace]
    position: Position | None
    seconds: float

    @classmethod
    def of(cls, model: nn.Module, image: Tensor, configs: Sequence[MergeConfig]) -> "SharedPrefix":
        """Run ``model`` on ``image`` [1, C, H, W] that far.  Raises ValueError for more images than one."""
        check_images(model, image)
        if len(image) != 1:
            raise ValueError(f"image must be a batch of one; got {len(image)}")
        begin = time.perf_counter()
        entrance = _Entrance.of(model, MergeConfig(r=0))
        twin = copy.copy(model)
        twin._modules = {**model._modules, "blocks": entrance}
        if getattr(model, "rope", None) is not None:
            twin._modules["rope"] = stand_in(model.rope)
        twin.forward_features(image)
        blocks, run = list(entrance.children()), entrance.run
        first = _first_merge(configs, len(blocks))
        steps = [run.advance(block) for block in blocks[:first]]
        seen = attention(blocks[first], run.x, None, run.turned)
        after = add_mlp(blocks[first], seen.x)
        seconds = time.perf_counter() - begin
        return cls(first, len(blocks), tuple(image.shape[2:]), seen, after, steps, entrance.position, seconds)

    @property
    def nbytes(self) -> int:
        """About the memory this holds."""
        seen = self.seen
        parts = [seen.before, seen.x, self.after, *seen.heads.values(), *seen.turned.values()]
        different = {part.data_ptr(): part.nbytes for part in parts}  # what no model rotates is there twice
        return sum(different.values()) + 40 * self.after.shape[1] * self.layer

    def serves(self, configs: Sequence[MergeConfig]) -> bool:
        """Whether none of ``configs`` merges before this ends, so that it need not be run again for them."""
        return self.layer <= _first_merge(configs, self.depth)

    def add_mlp(self, block: nn.Module, x: Tensor, groupings: Sequence[Grouping]) -> Tensor:
        """The second half of ``block``, the one at ``layer``, on ``x`` [K, N, C]: tokens under each of K ``groupings``.

        It looks at each token alone, and most are as they were: these are not computed again.
        """
        before = torch.cat([_any_member(grouping) for grouping in groupings])
        changed = (x != self.seen.x[0][before]).any(-1)
        out = self.after[0][before]
        out[changed] = add_mlp(block, x[changed][None])[0]
        return out


def _first_merge(configs: Sequence[MergeConfig], depth: int) -> int:
    asked = zip(*(schedule(config.r, depth) for config in configs), strict=True)
    return next((layer for layer, r in enumerate(asked) if any(r)), depth - 1)


class _Entrance(MergingBlocks):
    """Blocks that keep what the host's embedding gives them, and run nothing."""

    def forward(self, x: Tensor, rope: Position | None = None, **_: object) -> Tensor:
        self.run, self.position = ForwardState(self.plan, x, rope), rope
        return x

    def __iter__(self) -> Iterator[nn.Module]:
        yield self  # to a host that walks its blocks, we are one


def _any_member(grouping: Grouping) -> Tensor:
    """One of the tokens of each group, [B, n_out]; token 0 for a group without any."""
    tokens = torch.arange(grouping.n_in, device=grouping.group.device).expand_as(grouping.group)
    kept = tokens.masked_fill(grouping.group < 0, 0)
    found = kept.new_zeros(len(kept), grouping.n_out)
    return found.scatter_reduce(1, grouping.group.clamp_min(0), kept, "amax")
