"""Patch a model in place: the same blocks, with a merge in each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar, Unpack

from torch import nn

from tome.config import Choices, MergeConfig
from tome.forward.blocks import MergingBlocks
from tome.forward.surgery import part, put
from tome.hosts.registry import host_of

__all__ = ["merging", "patch", "unpatch"]

Model = TypeVar("Model", bound=nn.Module)


def patch(model: Model, config: MergeConfig | None = None, **choices: Unpack[Choices]) -> Model:
    """Make ``model`` merge tokens in every forward, and return it.

    Takes a MergeConfig or its fields: ``patch(model, r=13)``.  Patching again replaces the configuration.
    Parameters, their names and the state dict stay as they are.  ``forward_intermediates`` gives token maps unmerged
    to the grid, and so does every forward of a model that walks its blocks one by one (timm's Eva, models of
    transformers).  Raises TypeError for a model that cannot be merged correctly, ValueError for an algorithm that
    cannot serve it.

    Examples:
        >>> tome.patch(model, r=3)(images).shape  # 17 tokens fall to 2 on the way
        torch.Size([2, 1000])
        >>> len(tome.unpatch(model).blocks)
        6
    """
    if config is not None and choices:
        raise TypeError(f"config must come alone or as fields, not both; got {config!r} and {', '.join(choices)}")
    host = host_of(model)
    blocks = MergingBlocks.of(model, host, MergeConfig(**choices) if config is None else config)
    blocks.follows  # noqa: B018 — raises for an algorithm that cannot serve this model
    swaps = host.swaps(model)
    put(model, host.blocks_path(model), blocks)
    for path, module in swaps.items():
        put(model, path, module)
    return model


def unpatch(model: Model) -> Model:
    """Restore ``model`` to its state before ``patch`` and return it; no effect on an unpatched model.

    Raises TypeError for a model that has no host.

    Examples:
        >>> before = model(images)
        >>> model = tome.unpatch(tome.patch(model, r=3))
        >>> torch.equal(model(images), before)
        True
    """
    host = host_of(model)
    blocks = part(model, host.blocks_path(model))
    if isinstance(blocks, MergingBlocks):
        (container,) = blocks.container
        container._modules, container.training = blocks._modules, blocks.training
        for path in host.swaps(model):
            put(model, path, host.unswap(part(model, path)))
        put(model, host.blocks_path(model), container)
    return model


@contextmanager
def merging(model: Model, config: MergeConfig | None = None, **choices: Unpack[Choices]) -> Iterator[Model]:
    """Patch ``model`` inside the ``with`` block and restore it afterwards, even after an exception.

    Examples:
        >>> with tome.merging(model, r=8):
        ...     output = model(images)
    """
    host = host_of(model)
    before = part(model, host.blocks_path(model))
    patch(model, config, **choices)
    try:
        yield model
    finally:
        if isinstance(before, MergingBlocks):
            patch(model, before.plan.config)
        else:
            unpatch(model)
