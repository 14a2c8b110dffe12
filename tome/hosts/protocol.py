"""The protocol of a host: the adapter of one model family."""

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

__all__ = ["Entry", "Heads", "Host", "of_kind", "scaled_attention"]

Heads = dict[str, Tensor]
"""query, key and value heads, [B, H, N, d] each"""


@dataclass(frozen=True, eq=False)
class Entry:
    """Extra inputs of the first block: positions and the padding mask."""

    position: Position | None = None
    """where tokens are, for a model whose attention asks"""
    valid: Tensor | None = None
    """bool [B, N]: False for padding, which comes after all other tokens; None without padding"""
    order: Tensor | None = None
    """long [B, N]: the token to take at each place, where the prefix is not leading; ``valid`` and ``position`` are of
    the tokens as given, and what follows the blocks gets them in that order again"""


class Host(ABC):
    """Adapter of one model family: its blocks, their two halves around the merge, and the head.

    A host holds no state; every method takes the model or the block.  A block must run attention and then its
    MLP, both as residuals on one sequence of tokens [B, N, C]; tokens merge between the two.
    ``tome.testing.check_host`` checks a new host.
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
        """Raise TypeError, naming the part, for any part of ``model`` without tested support for merging.

        Raises ValueError for a setting under which merging would be wrong.
        """

    def check_blocks(self, blocks: nn.Module) -> None:  # noqa: B027 — a host without parts to check has nothing to say
        """Repeat the cheap part of ``check`` in every forward, to catch changes made after ``patch``."""

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
        """Return whether the head averages or attends over patches, instead of reading the prefix alone."""

    def restored(self, model: nn.Module) -> bool:
        """Return whether the head needs every token of the full grid."""
        return self.pooled(model)

    def shortens(self, model: nn.Module) -> bool:
        """Return whether a model that runs its blocks one by one accepts fewer tokens after the last."""
        return False

    def takes_dropped(self, model: nn.Module) -> bool:
        """Return whether the head works without some of the patches; required by algorithms that drop tokens."""
        return True

    def walks(self, model: nn.Module) -> bool:
        """Return whether the model runs its blocks one by one, instead of calling their container."""
        return True

    def checkpoints(self, model: nn.Module) -> bool:
        """Return whether the model runs its blocks under gradient checkpointing, and so again in backward."""
        return False

    def norm(self, model: nn.Module, x: Tensor) -> Tensor:
        """Return the tokens after the model's last norm, if it has one."""
        return x

    def head(self, model: nn.Module, x: Tensor) -> Any:
        """Return the model's output for the tokens ``x`` after its blocks; None if only its forward can."""
        return None

    def grid(self, model: nn.Module, inputs: Any) -> tuple[int, ...] | None:
        """Return the number of patches along each axis, (rows, columns); None without a grid."""
        return None

    def check_inputs(self, model: nn.Module, inputs: Any) -> None:
        """Raise TypeError or ValueError unless ``inputs`` fit the model and are on its device."""
        device = next(model.parameters()).device
        for value in inputs.values() if isinstance(inputs, Mapping) else [inputs]:
            if isinstance(value, Tensor) and value.device != device:
                raise ValueError(f"inputs must be on the model's device, {device}; they are on {value.device}")

    def records(self, model: nn.Module, inputs: Any) -> bool:
        """Return whether the output for ``inputs`` includes the outputs of the blocks, collected by hooks."""
        return False

    def prepare(self, model: nn.Module, inputs: Any) -> None:  # noqa: B027 — most models build nothing on first use
        """Run the lazy initialisation of ``model`` once, so that shallow copies do not repeat it."""

    def run(self, model: nn.Module, inputs: Any) -> Any:
        """Run the model on ``inputs``: a tensor, or a mapping of keyword arguments."""
        return model(**inputs) if isinstance(inputs, Mapping) else model(inputs)

    def swaps(self, model: nn.Module) -> dict[str, nn.Module]:
        """Return the other modules that must be replaced while the model merges, by dotted path."""
        return {}

    def unswap(self, module: nn.Module) -> nn.Module:
        """Return the original of a module of ``swaps``, in its present state."""
        raise TypeError(f"{self.name} replaces no {type(module).__name__}")

    def shape(self, model: nn.Module, size: Any = None) -> "Shape":
        """Return the Shape that determines the cost of a forward, for inputs of ``size`` (the model's own if None)."""
        raise TypeError(
            f"model must have a known cost; {self.name} states none: give {type(self).__name__} a method shape that "
            "returns a tome.Shape, such as tome.Shape.plain(…)"
        )

    # One block

    @abstractmethod
    def entry(self, model: nn.Module, x: Tensor, *args: Any, **kwargs: Any) -> Entry:
        """Read the inputs of the first block of ``model`` other than the tokens ``x``; raise TypeError if unsupported."""

    def attn(self, block: Any) -> nn.Module:
        """Return the attention module of ``block``."""
        return block.attn

    @abstractmethod
    def attention_input(self, block: nn.Module, x: Tensor) -> Tensor:
        """Return the input of the attention of ``block`` for the tokens ``x``: their first norm, in a pre-norm block."""

    @abstractmethod
    def heads(self, attn: nn.Module, x: Tensor) -> Heads:
        """Return query, key and value for ``x`` [B, N, C], [B, H, N, d] each: after q/k-norm, before any rotation.

        Rotation mixes content with position, and with different frequencies per head a mean over heads would be
        meaningless.  Keys and values shared by several queries are repeated for each.
        """

    def rotate(self, attn: nn.Module, heads: Heads, position: Position | None, layer: int) -> Heads:
        """Return the heads with query and key rotated by the positions of their tokens."""
        return heads

    def mask(self, attn: nn.Module, heads: Heads, state: "ForwardState") -> Tensor | None:
        """Return the mask to add to the logits, broadcastable to [B, H, N, N], or None.

        It includes the log of each key's size.
        """
        return state.size_bias()

    @abstractmethod
    def attend(self, attn: nn.Module, heads: Heads, mask: Tensor | None) -> Any:
        """Return the output of ``attn`` for its rotated heads and the additive ``mask``."""

    @abstractmethod
    def add_attention(self, block: nn.Module, x: Tensor, attended: Any) -> Tensor:
        """Return ``x`` after the first half of ``block``; ``attended`` is the result of ``attend``."""

    @abstractmethod
    def add_mlp(self, block: nn.Module, x: Tensor) -> Tensor:
        """Return ``x`` after the second half of ``block``."""

    def block_output(self, x: Tensor) -> Any:
        """Return the output of a block in the form that the model expects."""
        return x

    def scale(self, attn: nn.Module, heads: Heads) -> float:
        """Return the scale of the attention logits."""
        return float(heads["query"].shape[-1] ** -0.5)


def of_kind(value: Any) -> str:
    """Return what ``value`` is, for errors: the type of a tensor's numbers, or a class such as "numpy.ndarray"."""
    if isinstance(value, Tensor):
        return str(value.dtype)
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def scaled_attention(
    heads: Heads, mask: Tensor | None, *, dropout: Any, training: bool, fused: bool, scale: float | None = None
) -> Tensor:
    """Return softmax(query keyᵀ · scale + mask) value, [B, H, N, d].

    ``fused`` selects torch's kernel; otherwise the attention weights pass through the module ``dropout``, are visible
    to its hooks, and can be differentiated twice.
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
