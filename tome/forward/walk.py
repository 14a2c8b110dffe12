"""The blocks of a patched model for models that run their blocks one by one."""

import copy
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, fx, nn

from tome.forward.state import ForwardState

if TYPE_CHECKING:
    from tome.forward.blocks import MergingBlocks
    from tome.forward.one_call import OneCall

__all__ = ["Carried", "Step", "Walk", "as_given"]

STATE = "_tome_state"
"""attribute of a tensor: the state of the forward that it came from"""


class Walk:
    """A forward that receives its tokens with the first step."""

    def __init__(self, blocks: "MergingBlocks"):
        self.blocks = blocks
        self.state: ForwardState | None = None
        self.shown: Tensor | None = None
        self.before: list[tuple[Tensor, ForwardState]] = []
        """input and state of each block, for a model that recomputes its blocks in backward"""
        self.node: fx.Proxy | None = None
        """in a symbolic trace, the walk; each run creates its own"""

    def step(self, block: nn.Module, layer: int, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        """Return the full grid after ``block``; ``x`` must be the grid returned by the previous block.

        Under gradient checkpointing a block runs again on what it was given, from the state of then.
        """
        if isinstance(x, fx.Proxy):
            if self.node is None:
                self.node = x.tracer.create_proxy("call_function", Walk, (self.blocks,), {})
            return x.tracer.create_proxy("call_function", _step, (self.node, layer, x, *args), kwargs)
        again = layer < len(self.before) and self.before[layer][0] is x
        if layer == 0 and (again or self.state is None):
            state = self.blocks.begin(x, args, kwargs, track=True)
        elif again:
            state = copy.copy(self.before[layer][1])
        elif self.state is None or self.state.layer != layer or x is not self.shown:
            raise _out_of_order(layer)
        else:
            state = self.state
        if not again and self._runs_again():
            self.before.append((x, copy.copy(state)))
        state.advance(block)
        shown = as_given(x, self.blocks.restored(state))
        if not again:
            self.state, self.shown = state, shown
        return self.blocks.host.block_output(shown)

    def _runs_again(self) -> bool:
        if torch.compiler.is_compiling() or not torch.is_grad_enabled():
            return False
        (model,) = self.blocks.model
        return self.blocks.host.checkpoints(model)


def _step(walk: Walk, layer: int, x: Tensor, *args: Any, **kwargs: Any) -> Any:
    """Run the block at ``layer``; one node per block in a symbolic trace."""
    return walk.step(list(walk.blocks.children())[layer], layer, x, *args, **kwargs)


class Carried:
    """A forward that calls its blocks by number: the tokens carry its state from block to block."""

    def __init__(self, blocks: "MergingBlocks"):
        self.blocks = blocks

    def step(self, block: nn.Module, layer: int, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        """Return the full grid after ``block``; ``x`` must be the grid returned by the previous block."""
        if isinstance(x, fx.Proxy):
            return x.tracer.create_proxy("call_function", _carried, (self.blocks, layer, x, *args), kwargs)
        if layer == 0:
            state = self.blocks.begin(x, args, kwargs, track=True)
        elif (
            (before := getattr(x, STATE, None)) is None or before.layer != layer or before.plan is not self.blocks.plan
        ):
            raise _out_of_order(layer)
        else:
            state = copy.copy(before)
        state.advance(block)
        shown = as_given(x, self.blocks.restored(state))
        setattr(shown, STATE, state)
        return self.blocks.host.block_output(shown)


def _carried(blocks: "MergingBlocks", layer: int, x: Tensor, *args: Any, **kwargs: Any) -> Any:
    """Run the block at ``layer``; one node per block in a symbolic trace."""
    return Carried(blocks).step(list(blocks.children())[layer], layer, x, *args, **kwargs)


def _out_of_order(layer: int) -> RuntimeError:
    return RuntimeError(
        f"block {layer} of a patched model must run once, on what block {layer - 1} gave: otherwise it would not merge. "
        "Gradient checkpointing must have use_reentrant=False, and the host must say so by Host.checkpoints"
    )


class Step:
    """Stand-in for a block of a patched model that runs its blocks one by one.

    Takes and returns the tokens of the full grid; the walk behind it carries the merged ones.  Attributes, hooks
    and registrations are those of the block.
    """

    __slots__ = ("_block", "_layer", "_walk")

    def __init__(self, block: nn.Module, layer: int, walk: "Walk | Carried | OneCall"):
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

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._block.__reduce_ex__(protocol)  # a copy is one of the block

    def __repr__(self) -> str:
        return repr(self._block)


def as_given(x: Tensor, tokens: Tensor) -> Tensor:
    """Return ``tokens`` [B, N, C] as a grid, where ``x`` is one."""
    return tokens if x.dim() == 3 else tokens.unflatten(1, x.shape[1:-1])
