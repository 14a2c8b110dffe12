"""What a family of models must say of itself to be merged."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tome.hosts.position import Position

if TYPE_CHECKING:
    from tome.forward.state import ForwardState
    from tome.metrics.shape import Shape

__all__ = ["Entry", "Heads", "Host", "scaled_attention"]

Heads = dict[str, Tensor]
"""query, key and value heads, [B, H, N, d] each"""


@dataclass(frozen=True, eq=False)
class Entry:
    """What a model hands its first block beside the tokens."""

    position: Position | None = None
    """where tokens are, for a model whose attention asks"""
    valid: Tensor | None = None
    """bool [B, N]: False for padding; None where there is none.  Padding stands behind all other tokens"""
    order: Tensor | None = None
    """long [B, N]: the token to take at each place, where the prefix is not leading; ``valid`` and ``position`` are of
    the tokens as given, and what follows the blocks gets them in that order again"""


class Host(ABC):
    """One family of models: its blocks, what each does before and after the merge, and what follows them.

    A host holds no state; every method is given the model or the block.  A block must attend first and then run its
    MLP, both as residuals on one sequence of tokens [B, N, C], with a point between them where tokens can merge.
    ``tome.testing.check_host`` tells whether a new host is right.
    """

    name: str
    """for errors and docs, such as "timm VisionTransformer" """
    forward_methods: tuple[str, ...] = ("forward",)
    """methods of the model that this host relies on: a subclass that overrides one of them is refused"""
    hooks_see_grid: bool = False
    """whether hooks on a block get the full grid, as its model gives and takes it, instead of the merged tokens"""

    # The model

    @abstractmethod
    def check(self, model: nn.Module) -> None:
        """Raise TypeError, naming the part, if merging was not written and tested for something that ``model`` holds.

        Raises ValueError for a setting under which it could not be right.
        """

    def check_blocks(self, blocks: nn.Module) -> None:  # noqa: B027 — a host without parts to check has nothing to say
        """Repeat in every forward the part of ``check`` that what was changed since could break: quick."""

    @abstractmethod
    def blocks_path(self, model: nn.Module) -> str:
        """Return the dotted path from ``model`` to the container of its blocks, such as "blocks" or "vit.layers"."""

    @abstractmethod
    def prefix(self, model: nn.Module) -> int:
        """Return the number of leading tokens that never merge: class, distillation and register tokens."""

    @abstractmethod
    def class_token(self, model: nn.Module) -> bool:
        """Return whether the first token is a class token."""

    def classes(self, model: nn.Module) -> int:
        """Return the width of the head; 0 where the model returns features."""
        return 0

    @abstractmethod
    def pooled(self, model: nn.Module) -> bool:
        """Return whether the model's head averages or attends over patches, rather than reading the prefix alone."""

    def restored(self, model: nn.Module) -> bool:
        """Return whether what follows the blocks needs every token of the full grid, whatever it reads."""
        return self.pooled(model)

    def shortens(self, model: nn.Module) -> bool:
        """Return whether a model that walks its blocks takes fewer tokens from the last one, where some were dropped."""
        return False

    def takes_dropped(self, model: nn.Module) -> bool:
        """Return whether what follows the blocks can do without some of the patches; algorithms that drop need it."""
        return True

    def walks(self, model: nn.Module) -> bool:
        """Return whether the model runs its blocks one by one, instead of calling their container."""
        return True

    def norm(self, model: nn.Module, x: Tensor) -> Tensor:
        """Return the tokens after the model's last norm, where it has one."""
        return x

    def head(self, model: nn.Module, x: Tensor) -> Any:
        """Return the model's output for the tokens ``x`` that its blocks gave; None where only its forward can say."""
        return None

    def grid(self, model: nn.Module, inputs: Any) -> tuple[int, ...] | None:
        """Return the number of patches along each axis, as (rows, columns); None where there is no such grid."""
        return None

    def check_inputs(self, model: nn.Module, inputs: Any) -> None:
        """Raise TypeError or ValueError unless ``inputs`` is what the model takes, on its device."""
        device = next(model.parameters()).device
        for value in inputs.values() if isinstance(inputs, Mapping) else [inputs]:
            if isinstance(value, Tensor) and value.device != device:
                raise ValueError(f"inputs must be on the model's device, {device}; they are on {value.device}")

    def records(self, model: nn.Module, inputs: Any) -> bool:
        """Return whether the output for ``inputs`` holds what each block gave, collected by hooks on them."""
        return False

    def prepare(self, model: nn.Module, inputs: Any) -> None:  # noqa: B027 — most models build nothing on first use
        """Do to ``model``, once, what a forward would do to it on first use and would do again for each shallow copy."""

    def run(self, model: nn.Module, inputs: Any) -> Any:
        """Run the model on ``inputs``: a tensor, or a mapping of keyword arguments."""
        return model(**inputs) if isinstance(inputs, Mapping) else model(inputs)

    def swaps(self, model: nn.Module) -> dict[str, nn.Module]:
        """Return the other modules that must be replaced while the model merges, by dotted path."""
        return {}

    def unswap(self, module: nn.Module) -> nn.Module:
        """Return what a module of ``swaps`` was made from, in its present state."""
        raise TypeError(f"{self.name} replaces no {type(module).__name__}")

    def shape(self, model: nn.Module, size: Any = None) -> "Shape":
        """Return the numbers that decide the cost of a forward, for inputs of ``size`` (the model's own if None)."""
        raise TypeError(f"model must have a known cost; {self.name} states none")

    # One block

    @abstractmethod
    def entry(self, model: nn.Module, x: Tensor, *args: Any, **kwargs: Any) -> Entry:
        """Read what ``model`` hands its first block beside the tokens ``x``; raise TypeError for what cannot be merged."""

    def attn(self, block: Any) -> nn.Module:
        """Return the attention module of ``block``."""
        return block.attn

    @abstractmethod
    def attention_input(self, block: nn.Module, x: Tensor) -> Tensor:
        """Return the input of the attention of ``block`` for the tokens ``x``: their first norm, in a pre-norm block."""

    @abstractmethod
    def heads(self, attn: nn.Module, x: Tensor) -> Heads:
        """Return query, key and value for ``x`` [B, N, C], [B, H, N, d] each: after q/k-norm, before any rotation.

        A rotated key is its content turned by its place, and where every head turns at its own speed, the mean over
        heads means nothing.  Keys and values that several queries share stand there once for each.
        """

    def rotate(self, attn: nn.Module, heads: Heads, position: Position | None, layer: int) -> Heads:
        """Return the heads that attention compares: query and key rotated by the positions of their tokens."""
        return heads

    def mask(self, attn: nn.Module, heads: Heads, state: "ForwardState") -> Tensor | None:
        """Return what is added to the logits, broadcastable to [B, H, N, N], or None.

        It holds the log of each key's size, at least.
        """
        return state.size_bias()

    @abstractmethod
    def attend(self, attn: nn.Module, heads: Heads, mask: Tensor | None) -> Any:
        """Return the output of ``attn`` for its rotated heads and the additive ``mask``."""

    @abstractmethod
    def add_attention(self, block: nn.Module, x: Tensor, attended: Any) -> Tensor:
        """Return ``x`` after the first half of ``block``; ``attended`` is what ``attend`` gave."""

    @abstractmethod
    def add_mlp(self, block: nn.Module, x: Tensor) -> Tensor:
        """Return ``x`` after the second half of ``block``."""

    def block_output(self, x: Tensor) -> Any:
        """Return what a block returns to a model that walks its blocks."""
        return x

    def scale(self, attn: nn.Module, heads: Heads) -> float:
        """Return what products of query and key are multiplied by before the softmax."""
        return float(heads["query"].shape[-1] ** -0.5)


def scaled_attention(
    heads: Heads, mask: Tensor | None, *, dropout: Any, training: bool, fused: bool, scale: float | None = None
) -> Tensor:
    """Return softmax(query keyᵀ · scale + mask) value, [B, H, N, d].

    ``fused`` takes torch's kernel; without it the attention weights pass through the module ``dropout``, where hooks
    see them, and can be differentiated twice.
    """
    query, key, value = heads["query"], heads["key"], heads["value"]
    if mask is not None:
        mask = mask.to(query.dtype)
    if fused:
        drop = float(dropout.p) if training else 0.0
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=drop, scale=scale)
    logits = (query * (scale or query.shape[-1] ** -0.5)) @ key.transpose(-2, -1)
    weights: Tensor = dropout((logits if mask is None else logits + mask).softmax(-1))
    return torch.matmul(weights, value)
