"""The class of a transformers layer, without its wrapper for gradient checkpointing."""

from collections.abc import Mapping
from typing import Any

from torch import nn
from transformers.modeling_layers import GradientCheckpointingLayer

from tome.hosts.registry import base_of

__all__ = ["kind_of"]


def kind_of(part: nn.Module, known: Mapping[type[nn.Module], Any]) -> type[nn.Module] | None:
    """Return the result of ``base_of``; wrappers for gradient checkpointing do not count as an override."""
    kind = base_of(part, known)
    if kind is None and isinstance(part, tuple(known)) and "forward" not in vars(part):
        parent: type[nn.Module] = next(kind for kind in type(part).__mro__ if kind in known)
        return parent if _unwrapped(type(part).forward) is _unwrapped(parent.forward) else None
    return kind


def _unwrapped(forward: Any) -> Any:
    while getattr(forward, "__code__", None) is _CHECKPOINTING:
        forward = forward.__wrapped__
    return forward


class _Plain(GradientCheckpointingLayer):
    def forward(self) -> None: ...


_CHECKPOINTING = _Plain.forward.__code__  # of the wrapper that transformers puts around the forward of every layer
