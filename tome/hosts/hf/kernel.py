"""Attention through transformers' own interface, the classes of its layers, and inputs other than images."""

import sys
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from tome.hosts.protocol import Heads, of_kind
from tome.hosts.registry import base_of

__all__ = ["attend", "check_input", "kind_of", "main_input"]


def attend(attn: Any, heads: Heads, mask: Tensor | None, dropout: float, scale: float) -> tuple[Tensor, Tensor | None]:
    """Return the output of the chosen kernel for ``heads``, [B, N, C], and its weights, if it has any."""
    eager = next(
        module.eager_attention_forward
        for kind in type(attn).__mro__
        if kind.__module__.startswith("transformers.")
        and hasattr(module := sys.modules[kind.__module__], "eager_attention_forward")
    )
    run = ALL_ATTENTION_FUNCTIONS.get_interface(attn.config._attn_implementation, eager)
    query, key, value = heads["query"], heads["key"], heads["value"]
    mask = None if mask is None else mask.to(query.dtype)
    drop = dropout if attn.training else 0.0
    out, weights = run(attn, query, key, value, mask, dropout=drop, scaling=scale, is_causal=False)
    return out.flatten(2), weights


def main_input(inputs: Any, name: str) -> Any:
    """Return the tensor called ``name`` of ``inputs``, a mapping, or ``inputs`` itself."""
    return inputs.get(name) if isinstance(inputs, Mapping) else inputs


def check_input(value: Any, what: str, axes: tuple[str, ...], sizes: Mapping[str, int]) -> None:
    """Raise TypeError or ValueError unless ``value`` is a float tensor with these axes; ``sizes`` fixes some of them."""
    if not isinstance(value, Tensor) or not value.is_floating_point():
        raise TypeError(f"{what} must be a float tensor; got {of_kind(value)}")
    fits = value.dim() == len(axes) and len(value) > 0
    fits = fits and all(value.shape[axes.index(axis)] == size for axis, size in sizes.items())
    if not fits:
        wanted = ", ".join(f"{sizes[axis]} {axis}" if axis in sizes else axis for axis in axes)
        raise ValueError(f"{what} must be [{wanted}]; got shape {tuple(value.shape)}")


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
