"""Merging as a drop-in: the same blocks, run with a merge in each, inside the user's own model."""

from torch import nn

from tome.config import MergeConfig
from tome.vit import MergingBlocks

__all__ = ["patch", "unpatch"]


def patch(model: nn.Module, config: MergeConfig | None = None, **choices) -> nn.Module:
    """Make ``model`` merge tokens in every forward, and return it.

    Takes a MergeConfig or its fields: ``patch(model, r=13)``.  Patching again replaces the configuration.
    Parameters, their names and the state dict stay as they are; ``forward_intermediates`` gives token maps
    unmerged to the grid.  Raises TypeError for a model that cannot be merged correctly.
    """
    if config is not None and choices:
        raise TypeError(f"config must come alone or as fields, not both; got {config!r} and {', '.join(choices)}")
    if config is not None and not isinstance(config, MergeConfig):
        raise TypeError(f"config must be a MergeConfig; got {type(config).__name__}")
    blocks = MergingBlocks.of(model, config or MergeConfig(**choices))
    model.blocks = blocks.train(model.blocks.training)
    return model


def unpatch(model: nn.Module) -> nn.Module:
    """Make ``model`` as it was before ``patch``, and return it; a model that is not patched is left alone."""
    if isinstance(model.blocks, MergingBlocks):
        training = model.blocks.training
        model.blocks = nn.Sequential(*model.blocks.children())
        model.blocks.training = training
    return model
