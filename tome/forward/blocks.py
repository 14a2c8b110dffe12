"""A model's blocks, each run with a merge: what takes their place in the model."""

from collections.abc import Iterator

from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.state import ForwardState, Plan
from tome.hosts.timm_rope import Position
from tome.hosts.timm_vit import check_model, pools
from tome.matching import ALGORITHMS
from tome.schedule import schedule

__all__ = ["MergingBlocks"]


class MergingBlocks(nn.ModuleList):
    """A model's blocks, run with a merge in each.  Holds the same block objects and no state of a forward."""

    def __init__(self, blocks: nn.Module, plan: Plan):
        super().__init__()
        self.plan = plan
        # The container whose place we take and whose parts are ours; in a tuple, so that it is not one of them.
        self.host = blocks.host if isinstance(blocks, MergingBlocks) else (blocks,)
        self._modules = blocks._modules
        self.training = blocks.training

    @classmethod
    def of(cls, model: nn.Module, config: MergeConfig) -> "MergingBlocks":
        """The blocks of ``model`` under ``config``; refuses what cannot be merged correctly."""
        check_model(model)
        algorithm = ALGORITHMS[config.algorithm]
        if algorithm.needs_class_token and model.cls_token is None:
            raise ValueError(f"algorithm {config.algorithm!r} scores tokens by the class token; this model has none")
        r = schedule(config.r, len(model.blocks))
        return cls(model.blocks, Plan(config, r, model.num_prefix_tokens, pools(model), algorithm.run))

    def forward(
        self, x: Tensor, rope: Position | None = None, attn_mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        """Run every block on ``x`` [B, N, C] and return the merged tokens.

        A model that pools over patches gets each patch's token back at the patch's place: the host's own pool
        then weighs every token by its size, whether it is a mean or an attention pool.
        """
        _refuse_mask(attn_mask, is_causal)
        run = ForwardState(self.plan, x, rope, track=self.plan.pooled)
        for block in self.children():
            run.advance(block)
        return run.finish()

    def __iter__(self) -> Iterator["Step"]:
        # Some hosts walk the blocks themselves, and forward_intermediates always: that must merge too, and must see
        # the full grid.
        walk = Walk(self.plan)
        return (Step(block, layer, walk) for layer, block in enumerate(self.children()))

    def __getitem__(self, index: int | slice) -> nn.Module:
        if not isinstance(index, slice):
            return super().__getitem__(index)
        if index.start not in (None, 0) or index.step not in (None, 1):
            raise ValueError(f"index must leave out only last blocks of a patched model; got {index}")
        return type(self)(self.host[0][index], self.plan)


class Walk:
    """A run whose tokens come with its first step."""

    def __init__(self, plan: Plan):
        self.plan, self.run, self.shown = plan, None, None

    def step(self, block: nn.Module, layer: int, x: Tensor, position: Position | None) -> Tensor:
        """The full grid after ``block``, where ``x`` must be the grid that the block before it gave."""
        if self.run is None and layer == 0:
            self.run = ForwardState(self.plan, x, position)
        elif self.run is None or self.run.layer != layer or x is not self.shown:
            raise RuntimeError(
                f"block {layer} of a patched model must run right after block {layer - 1}, and once: "
                "blocks run again, as gradient checkpointing does, or out of turn, would not merge"
            )
        self.run.advance(block)
        self.shown = self.run.unmerge()
        return self.shown


class Step:
    """A block as a host sees it that walks a patched model's blocks one by one.

    Takes and returns the tokens of the full grid, while the walk behind it carries the merged ones.
    """

    def __init__(self, block: nn.Module, layer: int, walk: Walk):
        self.block, self.layer, self.walk = block, layer, walk

    def __call__(
        self, x: Tensor, rope: Position | None = None, attn_mask: Tensor | None = None, is_causal: bool = False
    ) -> Tensor:
        _refuse_mask(attn_mask, is_causal)
        return self.walk.step(self.block, self.layer, x, rope)

    def __getattr__(self, name: str):
        return getattr(self.block, name)


def _refuse_mask(attn_mask: Tensor | None, is_causal: bool) -> None:
    if attn_mask is not None or is_causal:
        raise TypeError("attn_mask and is_causal must not be given to a merging model: its tokens have no single place")
