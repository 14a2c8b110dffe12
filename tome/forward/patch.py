"""Merging as a drop-in: the same blocks, run with a merge in each, inside the user's own model."""

from torch import nn

from tome.config import MergeConfig
from tome.forward.blocks import MergingBlocks
from tome.hosts.timm_rope import stand_in, undo
from tome.hosts.timm_vit import walks

__all__ = ["patch", "unpatch"]


def patch(model: nn.Module, config: MergeConfig | None = None, **choices) -> nn.Module:
    """Make ``model`` merge tokens in every forward, and return it.

    Takes a MergeConfig or its fields: ``patch(model, r=13)``.  Patching again replaces the configuration.
    Parameters, their names and the state dict stay as they are.  ``forward_intermediates`` gives token maps unmerged
    to the grid, and so does every forward of a model that walks its blocks one by one (timm's Eva).  Raises TypeError
    for a model that cannot be merged correctly, ValueError for an algorithm that cannot serve it.
    """
    if config is not None and choices:
        raise TypeError(f"config must come alone or as fields, not both; got {config!r} and {', '.join(choices)}")
    if config is not None and not isinstance(config, MergeConfig):
        raise TypeError(f"config must be a MergeConfig; got {type(config).__name__}")
    blocks = MergingBlocks.of(model, config or MergeConfig(**choices))
    if walks(model) and blocks.plan.pooled and blocks.plan.algorithm.kind != "merge":
        raise ValueError(
            f"algorithm {blocks.plan.config.algorithm!r} may drop tokens, and {type(model).__name__} as it is pools "
            "over every patch: it can be traced, not patched"
        )
    model.blocks = blocks
    if getattr(model, "rope", None) is not None:
        model.rope = stand_in(model.rope)
    return model


def unpatch(model: nn.Module) -> nn.Module:
    """Make ``model`` as it was before ``patch``, and return it; a model that is not patched is left alone."""
    if isinstance(model.blocks, MergingBlocks):
        blocks, (host,) = model.blocks, model.blocks.host
        host._modules, host.training = blocks._modules, blocks.training
        model.blocks = host
        if getattr(model, "rope", None) is not None:
            model.rope = undo(model.rope)
    return model
