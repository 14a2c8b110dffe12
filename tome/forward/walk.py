"""A patched model's blocks as a model sees them that walks them one by one."""

from typing import TYPE_CHECKING, Any

from torch import Tensor, fx, nn

from tome.forward.state import ForwardState

if TYPE_CHECKING:
    from tome.forward.blocks import MergingBlocks

__all__ = ["Step", "Walk", "as_given"]


class Walk:
    """A forward whose tokens come with its first step."""

    def __init__(self, blocks: "MergingBlocks"):
        self.blocks = blocks
        self.state: ForwardState | None = None
        self.shown: Tensor | None = None
        self.node: fx.Proxy | None = None
        """of a symbolic trace, the walk that each of its runs makes anew"""

    def step(self, block: nn.Module, layer: int, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        """Return the full grid after ``block``, where ``x`` must be the grid that the block before it gave."""
        if isinstance(x, fx.Proxy):
            if self.node is None:
                self.node = x.tracer.create_proxy("call_function", Walk, (self.blocks,), {})
            return x.tracer.create_proxy("call_function", _step, (self.node, layer, x, *args), kwargs)
        if self.state is None and layer == 0:
            self.state = self.blocks.begin(x, args, kwargs, track=True)
        elif self.state is None or self.state.layer != layer or x is not self.shown:
            raise RuntimeError(
                f"block {layer} of a patched model must run right after block {layer - 1}, and once: "
                "blocks run again, as gradient checkpointing does, or out of turn, would not merge"
            )
        self.state.advance(block)
        self.shown = as_given(x, self._restored(self.state))
        return self.blocks.host.block_output(self.shown)

    def _restored(self, state: ForwardState) -> Tensor:
        (model,) = self.blocks.model
        ended = state.layer == len(self.blocks)
        if ended and state.plan.algorithm.kind != "merge" and self.blocks.host.shortens(model):
            return state.survivors()
        return state.unmerge()


def _step(walk: Walk, layer: int, x: Tensor, *args: Any, **kwargs: Any) -> Any:
    """Run the block at ``layer``: what a symbolic trace holds for each block."""
    return walk.step(list(walk.blocks.children())[layer], layer, x, *args, **kwargs)


class Step:
    """A block as a model sees it that walks a patched model's blocks one by one.

    Takes and returns the tokens of the full grid, while the walk behind it carries the merged ones.  In all else it
    is its block: what is read from it, set on it or registered with it goes there.
    """

    __slots__ = ("_block", "_layer", "_walk")

    def __init__(self, block: nn.Module, layer: int, walk: Walk):
        for name, value in (("_block", block), ("_layer", layer), ("_walk", walk)):
            object.__setattr__(self, name, value)

    @property  # type: ignore[misc]
    def __class__(self) -> type[nn.Module]:  # type: ignore[override]
        return type(self._block)

    def __call__(self, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        return self._walk.step(self._block, self._layer, x, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._block, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._block, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._block, name)

    def __repr__(self) -> str:
        return repr(self._block)


def as_given(x: Tensor, tokens: Tensor) -> Tensor:
    """Return ``tokens`` [B, N, C] as a grid, where ``x`` is one."""
    return tokens if x.dim() == 3 else tokens.unflatten(1, x.shape[1:-1])
