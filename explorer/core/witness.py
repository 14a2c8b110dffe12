"""What one block saw: the tensors between its attention and its merge, kept without touching the model."""

import copy
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

import tome
from tome.grouping import Grouping
from tome.schedule import schedule

__all__ = ["Seen", "witness"]


@dataclass(frozen=True, eq=False)
class Seen:
    """The tokens of one image as one block sees them, after its attention and before its merge."""

    query: Tensor
    """float [1, H, N, d]"""
    key: Tensor
    """float [1, H, N, d]"""
    tokens: Tensor
    """float [1, N, C]: what a merge averages"""
    size: Tensor
    """float32 [1, N]: patches each token stands for"""
    source: Tensor
    """long [N0]: the token that each token of the input is part of by now"""


class _Reached(Exception):
    """The block in question is done; what comes after it need not run."""


class _Tap(nn.Module):
    """A part of a block that keeps what it was given and what it gave."""

    def __init__(self, part: nn.Module):
        super().__init__()
        self.part = part

    def forward(self, x: Tensor) -> Tensor:
        self.given = x.clone()
        gave = self.part(x)
        self.gave = gave.clone()
        return gave


def witness(
    model: nn.Module, image: Tensor, config: tome.MergeConfig, layer: int, check: Callable[..., None] = lambda *_: None
) -> Seen:
    """Run ``model`` on ``image`` [1, 3, H, W] up to block ``layer`` (from 0), merging as ``config`` says before it.

    ``check`` is called after each block and may raise to stop.  Raises IndexError for a block that is not there.
    """
    depth = len(model.blocks)
    if not 0 <= layer < depth:
        raise IndexError(f"layer must be one of the {depth} blocks, from 0; got {layer}")
    twin, taps = _tapped(model, layer)
    steps: list[tome.LayerTrace] = []

    def count(index: int, step: tome.LayerTrace) -> None:
        check()
        if index == layer:
            raise _Reached
        steps.append(step)

    before = [*schedule(config.r, depth)[:layer], 0]
    with suppress(_Reached):
        tome.trace(twin, image, replace(config, r=before), on_block=count)
    tokens = taps["norm1"].given + taps["drop_path1"].gave
    size = steps[-1].size if steps else torch.ones(tokens.shape[:2], device=tokens.device)
    whole = Grouping.identity(1, steps[0].grouping.n_in if steps else tokens.shape[1], tokens.device)
    for step in steps:
        whole = whole.then(step.grouping)
    return Seen(taps["q_norm"].gave, taps["k_norm"].gave, tokens, size, whole.group[0])


def _tapped(model: nn.Module, layer: int) -> tuple[nn.Module, dict[str, _Tap]]:
    """A shallow copy of ``model``, one of whose blocks has taps; every weight is shared, nothing is modified."""
    block = model.blocks[layer]
    if getattr(model, "rope", None) is not None:
        raise TypeError("model has rotary positions, and what its turned keys compare is not shown yet")
    missing = [name for name in ("norm1", "drop_path1") if not hasattr(block, name)]
    if missing or not all(hasattr(block.attn, name) for name in ("q_norm", "k_norm")):
        raise TypeError(f"model has a {type(block).__name__}, whose inside cannot be shown")
    inner = {name: _Tap(getattr(block.attn, name)) for name in ("q_norm", "k_norm")}
    outer = {name: _Tap(getattr(block, name)) for name in ("norm1", "drop_path1")}
    tapped = _replaced(block, **outer, attn=_replaced(block.attn, **inner))
    return _replaced(model, blocks=_replaced(model.blocks, **{str(layer): tapped})), {**inner, **outer}


def _replaced(module: nn.Module, **parts: nn.Module) -> nn.Module:
    twin = copy.copy(module)
    twin._modules = {**module._modules, **parts}
    return twin
