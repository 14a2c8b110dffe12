"""Run a model with merging and record every step; the model is not modified."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.attended import reordered
from tome.forward.observer import LayerTrace, Observer
from tome.forward.one_call import OneCall
from tome.forward.state import ForwardState
from tome.forward.surgery import part, with_parts
from tome.grouping import Grouping
from tome.hosts.protocol import Host
from tome.hosts.registry import host_of
from tome.matching.match_input import Matching, MatchInput

__all__ = ["Callbacks", "LayerTrace", "Trace", "blocks_of", "enter", "leave", "trace", "trace_of"]


@dataclass(frozen=True, eq=False)
class Trace:
    """Record of one merged forward: plain data, O(N) per layer."""

    layers: tuple[LayerTrace, ...]
    tokens: Float[Tensor, "batch tokens c"]
    """the final tokens after the model's last norm, prefix first"""
    prefix: int
    n_in: int
    """tokens before the first block, prefix included"""
    class_token: bool = True
    """whether the first of the prefix is one"""
    classes: int = 0
    """width of the head; 0 where the model gives features"""
    grid: tuple[int, ...] | None = None
    """patches along each axis, as (rows, columns); None where the model has no such grid"""
    order: Int[Tensor, "batch n_in"] | None = None
    """place of each token in the model's own order, where the prefix does not lead it (text); None for the same"""

    def source(self, layer: int = -1) -> Int[Tensor, "batch {self.n_in}"]:
        """Return the token of each original token after block ``layer``; −1 where pruned.

        ``layer`` counts from 0; negative numbers count from the end.  Raises IndexError outside the blocks.

        Examples:
            >>> _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
            >>> trace.source(0).shape, int(trace.source(0).max())  # 14 tokens are left after the first block
            (torch.Size([2, 17]), 13)
        """
        return self._steps(layer).group

    def unmerge(self, tokens: Tensor, layer: int = -1) -> Float[Tensor, "batch {self.n_in} c"]:
        """Give every original token the value of its token after block ``layer``; 0 where it was pruned.

        ``tokens`` [B, tokens, C] are ``trace.tokens``, or any values of those left after that block.  The result is in
        the model's own order; its patches, behind the prefix, fill ``grid``.  Raises ValueError for another number of
        tokens, IndexError for a layer outside the blocks.

        Examples:
            >>> _, trace = tome.trace(model, images, tome.MergeConfig(r=3))
            >>> patches = trace.unmerge(trace.tokens)[:, trace.prefix :]
            >>> patches.transpose(1, 2).unflatten(2, trace.grid).shape  # a map of features, [B, C, rows, columns]
            torch.Size([2, 64, 4, 4])
        """
        steps = self._steps(layer)
        left = [len(steps.group), steps.n_out]
        if tokens.dim() != 3 or list(tokens.shape[:2]) != left:
            wanted = f"[{left[0]}, {left[1]}, c], those left after block {layer}"
            raise ValueError(f"tokens must be {wanted}; got {list(tokens.shape)}")
        return reordered(steps.unmerge(tokens), None if self.order is None else self.order.argsort(1))

    def _steps(self, layer: int) -> Grouping:
        """Return all steps up to block ``layer`` as one."""
        if not -len(self.layers) <= layer < len(self.layers):
            raise IndexError(f"layer must be within the {len(self.layers)} blocks; got {layer}")
        first = self.layers[0].grouping.group
        steps = Grouping.identity(len(first), self.n_in, first.device)
        for step in self.layers[: layer % len(self.layers) + 1]:
            steps = steps.then(step.grouping)
        return steps

    def _repr_html_(self) -> str:
        from tome.forward.show import trace_html

        return trace_html(self)


def trace(
    model: nn.Module,
    inputs: Any,
    config: MergeConfig | None = None,
    *,
    on_block: Callable[[int, LayerTrace], None] | None = None,
    on_match: Callable[[int, MatchInput, Matching], None] | None = None,
    observer: Observer | None = None,
) -> tuple[Any, Trace]:
    """Run ``model`` on ``inputs`` under merging; return its output and the record of every merge.

    ``inputs`` are the inputs of the model: images [B, 3, H, W], normalised; a mapping is passed as keyword
    arguments.  The model is not modified, so threads may share it.  ``on_block(layer, step)`` is called
    after each block and may raise to stop the run.  ``on_match(layer, inputs, matching)`` is called with
    the input and the result of the algorithm in each block that merges.  ``observer`` replaces both.  Raises TypeError
    for a model that cannot be merged correctly, ValueError for inputs of the wrong shape.

    Examples:
        >>> output, trace = tome.trace(model, images, tome.MergeConfig(r=3))
        >>> [step.grouping.n_out for step in trace.layers]  # of 17 tokens; a block merges at most half of its patches
        [14, 11, 8, 5, 3, 2]
    """
    host = host_of(model)
    steps: list[LayerTrace] = []
    states: list[ForwardState] = []
    watcher = observer or Callbacks(on_block, on_match)

    def drive(state: ForwardState) -> Tensor:
        states.append(state)
        for block in blocks.children():
            steps.append(state.advance(block, watcher))
        return state.result(*blocks.follows)

    blocks = OneCall.driven(model, host, MergeConfig() if config is None else config, drive)
    output = _run(host, model, inputs, blocks)
    return output, trace_of(host, model, states[0], steps, host.grid(model, inputs))


def enter(model: nn.Module, inputs: Any, config: MergeConfig | None = None) -> ForwardState:
    """Return the state of a forward of ``model`` on ``inputs`` before its first block: advance it block by block.

    Examples:
        >>> state = enter(model, images, tome.MergeConfig(r=8))
        >>> for block in blocks_of(model):
        ...     step = state.advance(block)
    """
    host = host_of(model)
    states: list[ForwardState] = []

    def drive(state: ForwardState) -> Tensor:
        states.append(state)
        return state.x

    config = MergeConfig(r=0) if config is None else config  # a falsy one is refused
    _run(host, model, inputs, OneCall.driven(model, host, config, drive, track=True))
    return states[0]


def leave(model: nn.Module, inputs: Any, state: ForwardState) -> Any:
    """Finish the forward of ``model`` on ``inputs`` from ``state`` after the last block; return the output."""
    host = host_of(model)
    blocks = OneCall.driven(model, host, state.plan.config, lambda _: state.result(*blocks.follows), track=False)
    return _run(host, model, inputs, blocks)


def blocks_of(model: nn.Module) -> list[nn.Module]:
    """Return the original blocks of ``model``, patched or not."""
    return list(part(model, host_of(model).blocks_path(model)).children())


def trace_of(
    host: Host, model: nn.Module, state: ForwardState, steps: Sequence[LayerTrace], grid: tuple[int, ...] | None = None
) -> Trace:
    """Return the trace of ``state`` after the last block, from its ``steps``."""
    return Trace(
        layers=tuple(steps),
        tokens=host.norm(model, state.x),
        prefix=state.plan.prefix,
        n_in=steps[0].grouping.n_in,
        class_token=host.class_token(model),
        classes=host.classes(model),
        grid=grid,
        order=state.order,
    )


def _run(host: Host, model: nn.Module, inputs: Any, blocks: OneCall) -> Any:
    # A shallow copy runs the host's own embedding, norm, pool and head around our blocks.
    host.check_inputs(model, inputs)
    host.prepare(model, inputs)
    output = host.run(with_parts(model, {**host.swaps(model), host.blocks_path(model): blocks}), inputs)
    blocks.ended(output)
    return output


class Callbacks(Observer):
    """The observer of two functions, as ``trace`` takes them."""

    def __init__(
        self,
        on_block: Callable[[int, LayerTrace], None] | None = None,
        on_match: Callable[[int, MatchInput, Matching], None] | None = None,
    ):
        self.on_block, self.on_match = on_block, on_match

    def matched(self, layer: int, inputs: MatchInput, matching: Matching) -> None:
        if self.on_match:
            self.on_match(layer, inputs, matching)

    def finished(self, layer: int, step: LayerTrace) -> None:
        if self.on_block:
            self.on_block(layer, step)
