"""The slow, obviously right forward of a merged model of transformers: no token is removed, patches of one group only become equal.

All modules are transformers' own.  Between attention and MLP, hooks put the mean of its group in each patch's place;
the rotation of a patch is that of the mean place of its group, and dropped patches are masked out of attention.
"""

import copy
from typing import Any

import torch
from plain_merge import mean_of_groups
from torch import Tensor, nn

from tome import Trace
from tome.hosts.registry import host_of

__all__ = ["hf_plain_merge"]

SECOND_NORM = ("layernorm_after", "norm2", "layer_norm2")
ATTENTION = ("attention", "self_attn")


@torch.no_grad()
def hf_plain_merge(model: nn.Module, given: Any, trace: Trace) -> Any:
    """Return the expected output of ``model`` for ``given`` with the merges of ``trace``."""
    host, model = host_of(model), copy.deepcopy(model)
    blocks = model.get_submodule(host.blocks_path(model))
    for layer, block in enumerate(blocks):
        own(block, SECOND_NORM).register_forward_pre_hook(averaged(trace.source(layer)))
        if layer:
            before = trace.source(layer - 1)
            own(block, ATTENTION).register_forward_pre_hook(placed(model, before, trace), with_kwargs=True)
    return host.run(model, given)


def own(block: nn.Module, names: tuple[str, ...]) -> nn.Module:
    return next(getattr(block, name) for name in names if hasattr(block, name))


def averaged(source: Tensor) -> Any:
    def hook(module: nn.Module, given: tuple[Tensor]) -> None:
        # In place: the block later adds its MLP to the same tensor.
        given[0].copy_(mean_of_groups(given[0].clone(), source))

    return hook


def placed(model: nn.Module, source: Tensor, trace: Trace) -> Any:
    def hook(module: nn.Module, args: tuple, options: dict) -> tuple:
        if (source < 0).any():
            args, options = args[:1], options | {"attention_mask": (source >= 0)[:, None, None]}
        if "position_embeddings" in options:
            rows, columns = trace.grid
            grid = [
                [2 * (y + 0.5) / rows - 1, 2 * (x + 0.5) / columns - 1] for y in range(rows) for x in range(columns)
            ]
            place = mean_of_groups(torch.tensor(grid).expand(len(source), -1, -1), source[:, trace.prefix :])
            angle = 2 * torch.pi * place[..., None] * model.rope_embeddings.inv_freq
            angle = torch.cat([angle.flatten(2)] * 2, -1)[:, None]
            options = options | {"position_embeddings": (angle.cos(), angle.sin())}
        return args, options

    return hook
