"""Modified models, inputs and forwards for the rules for hosts."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from tome.forward.state import ForwardState
from tome.hosts.protocol import Entry

__all__ = ["Stop", "insides", "one_image", "one_sample", "one_thread_an_operator", "perturbed", "with_tokens"]


def perturbed(model: nn.Module, seed: int = 0) -> nn.Module:
    """Return a copy of ``model`` with norms, scales, biases and tables moved off their initial values."""
    other, dice = copy.deepcopy(model), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in other.parameters():
            if parameter.is_floating_point():
                noise = torch.randn(parameter.shape, generator=dice).to(parameter)
                parameter.add_(noise * (0.2 if parameter.dim() < 2 else 0.05))
    return other


@contextmanager
def one_thread_an_operator() -> Iterator[None]:
    """Run operators in one thread: more threads split sums depending on the machine's load."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Stop(Exception):
    """Raised in the middle of a forward, as a user's code may raise."""


def insides(model: nn.Module) -> dict[str, dict[str, int]]:
    """Return every attribute of every module of ``model``, by identity."""
    return {name: {key: id(value) for key, value in vars(part).items()} for name, part in model.named_modules()}


def one_sample(inputs: Any, index: int) -> Any:
    """Return one sample of a batch, as a batch of one."""
    if isinstance(inputs, Tensor):
        return inputs[index : index + 1]
    return {name: value[index : index + 1] if isinstance(value, Tensor) else value for name, value in inputs.items()}


def one_image(state: ForwardState, image: int) -> ForwardState:
    """Return one image of a forward, without its padding."""
    here = slice(image, image + 1)
    present = int((state.size[image] > 0).sum())
    other = with_tokens(state, state.x[here, :present])
    other.size, other.weighted = state.size[here, :present], True
    if state.position is not None:
        other.position = state.position.select(here)
        if present < state.x.shape[1]:
            other.position = other.position.repeat(torch.arange(present))
    return other


def with_tokens(state: ForwardState, x: Tensor) -> ForwardState:
    """Return a forward at the point of ``state``, on the tokens ``x``, all of size 1."""
    other = ForwardState(state.host, state.plan, x, Entry(), track=False)
    other.layer = state.layer
    return other
