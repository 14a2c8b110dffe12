"""Input and output of a matching algorithm."""

from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor
from torch._C._functorch import get_unwrapped, is_batchedtensor, is_functorch_wrapped_tensor
from torch._subclasses.fake_tensor import is_fake

from tome.grouping import Grouping

__all__ = ["NO_EDGE", "MatchInput", "Matching", "finite", "refuse_jit_trace"]

NO_EDGE = -1


@dataclass(frozen=True, eq=False)
class MatchInput:
    """Input of a matching algorithm: the tokens of one block."""

    feature: Tensor
    """float [B, N, D]: the features to compare (keys, averaged over heads, by default)"""
    size: Tensor
    """float32 [B, N]: number of patches per token; 0 for padding, which always comes last"""
    r: int
    """tokens to remove: already within the cap, at least 1"""
    prefix: int
    """leading tokens that must stay as they are: never source, never destination"""
    metric: str = "cosine"
    partition: str = "alternating"
    seed: int = 0
    layer: int = 0
    depth: int = 1
    attention: Tensor | None = None
    """float [B, N]: attention of the class token to each token, mean over heads; only where it is asked for"""
    padded: bool = False
    """whether there may be padding"""

    @property
    def free(self) -> int:
        """Return the number of tokens after the prefix."""
        return self.feature.shape[1] - self.prefix

    def generator(self) -> torch.Generator:
        """Return a random generator that depends only on the seed and the layer."""
        refuse_jit_trace()
        return torch.Generator().manual_seed(self.seed * 4096 + self.layer)

    def draw_order(self) -> Tensor:
        """Return the free tokens in random order, long [n]: the same for every image of any batch."""
        return torch.randperm(self.free, generator=self.generator()).to(self.feature.device)

    def class_attention(self) -> Tensor:
        """Return the attention of the class token to the free tokens, in float32 at least: [B, n].

        Raises ValueError for a model without a class token, or if the attention is not finite.
        """
        if self.attention is None:
            raise ValueError("attention must be given: this algorithm scores tokens by the class token; got None")
        attention = self.attention.to(torch.promote_types(self.attention.dtype, torch.float32))
        return finite(attention, "attention")[:, self.prefix :]


@dataclass(frozen=True, eq=False)
class Matching:
    """The decision of one block: a grouping, and the edges that explain it, most similar first.

    ``source[b, e]`` joined the group of ``destination[b, e]``; both count input tokens.  Missing edges of an image
    are −1 at the end, with similarity −∞.
    """

    grouping: Grouping
    source: Tensor
    """long [B, E]"""
    destination: Tensor
    """long [B, E]"""
    similarity: Tensor
    """float [B, E]"""
    combine: str | None = None
    """a rule of ``tome.combine`` that the method prescribes instead of the configured one"""
    weight: Tensor | None = None
    """float [B, N]: weights of the tokens, if the prescribed rule needs them"""


def refuse_jit_trace() -> None:
    """Raise TypeError under torch.jit.trace, which would silently keep the present values as constants."""
    if torch._C._get_tracing_state() is not None:
        raise TypeError("algorithm must decide by torch operations alone for torch.jit.trace; use torch.export or FX")


def finite(x: Tensor, name: str) -> Tensor:
    """Return ``x``, or raise ValueError naming ``name`` if it holds NaN or infinity.

    Algorithms pass the values they compare; an infinite feature outside any comparison goes unnoticed.  Without
    values there is no check: while compiling, under torch.func.vmap, and for meta and fake tensors.
    """
    # The norm is the largest value, or NaN, in one operation.
    if _has_values(x) and x.numel() and not float(torch.linalg.vector_norm(x, inf)) < inf:
        raise ValueError(f"{name} must be finite to be compared; it holds NaN or infinity")
    return x


def _has_values(x: Tensor) -> bool:
    if torch.compiler.is_compiling() or x.is_meta:
        return False
    while is_functorch_wrapped_tensor(x):
        if is_batchedtensor(x):
            return False
        x = get_unwrapped(x)
    return type(x) is Tensor or not is_fake(x)  # a fake tensor is of a subclass; is_fake is slow to say no
