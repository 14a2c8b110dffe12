"""The attention of several runs of one photo as one batch: they share the matrix products, each has its own sizes."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tome.forward.state import Attended, ForwardState, attention

__all__ = ["attention_of", "part"]


def attention_of(block: nn.Module, runs: Sequence[ForwardState]) -> Attended:
    """The first half of ``block`` on the tokens of all ``runs``, which are equally many."""
    x, biases = torch.cat([run.x for run in runs]), [run.bias() for run in runs]
    if any(bias is not None for bias in biases):
        none = x.new_zeros(1, 1, 1, x.shape[1])
        bias = torch.cat([none if bias is None else bias for bias in biases])
    else:
        bias = None

    def turn(heads: dict[str, Tensor], attn: nn.Module) -> dict[str, Tensor]:
        if runs[0].position is None:
            return heads
        apart = [run.turned(_slices(heads, place), attn) for place, run in enumerate(runs)]
        return {name: torch.cat([part[name] for part in apart]) for name in heads}

    return attention(block, x, bias, turn)


def part(seen: Attended, place: int) -> Attended:
    """What of ``seen`` is the run's at ``place``."""
    bias = None if seen.bias is None else seen.bias[place : place + 1]
    before, x = seen.before[place : place + 1], seen.x[place : place + 1]
    return Attended(before, x, _slices(seen.heads, place), _slices(seen.turned, place), bias)


def _slices(heads: dict[str, Tensor], place: int) -> dict[str, Tensor]:
    return {name: part[place : place + 1] for name, part in heads.items()}
