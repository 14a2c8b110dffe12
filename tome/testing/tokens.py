"""Tokens for the rules for algorithms, easy and degenerate."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import torch
from torch import Tensor

from tome.matching.match_input import MatchInput

__all__ = ["KINDS", "cases", "image", "tokens"]

KINDS = ("random", "equal", "zero", "twins", "ties", "one direction")


def tokens(
    kind: str, *, count: int = 12, r: int = 3, prefix: int = 1, batch: int = 2, dtype: torch.dtype = torch.float64
) -> MatchInput:
    """Return tokens of width 6 with sizes of 1 to 5 patches and a class attention, the same for the same arguments."""
    dice = torch.Generator().manual_seed(count * 8 + prefix)
    x = torch.randn(batch, count, 6, generator=dice, dtype=torch.float64)
    made = {
        "equal": x[:, :1].repeat(1, count, 1),
        "zero": x * (torch.rand(batch, count, generator=dice) < 0.5)[..., None],
        "twins": x[:, torch.arange(count) // 2],
        "ties": x.round(),
        "one direction": x[:, :1] * (1 + torch.arange(count))[:, None],
    }.get(kind, x)
    size = torch.randint(1, 6, (batch, count), generator=dice).float()
    size[:, :prefix] = 1
    attention = torch.rand(batch, count, generator=dice, dtype=torch.float64).softmax(-1)
    return MatchInput(made.to(dtype), size, r, prefix, attention=attention, layer=3, depth=12)


def cases() -> Iterator[tuple[str, MatchInput]]:
    """Yield every kind of tokens by name, with and without prefix, at r = 1 and at the maximum r."""
    for kind, prefix, most in product(KINDS, (0, 1, 5), (False, True)):
        count = prefix + 11
        inputs = tokens(kind, count=count, r=(count - prefix) // 2 if most else 1, prefix=prefix)
        yield f"{kind} tokens, prefix {prefix}, r {inputs.r}", inputs
    for metric, partition in (("dot", "sequential"), ("euclidean", "random"), ("softmax", "alternating")):
        yield f"{metric}, {partition}", replace(tokens("random"), metric=metric, partition=partition)
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        for kind in ("random", "zero"):
            yield f"{kind} tokens in {dtype}", tokens(kind, dtype=dtype)


def image(inputs: MatchInput, index: int) -> MatchInput:
    """Return one image of the batch."""
    one = slice(index, index + 1)
    attention: Tensor | None = None if inputs.attention is None else inputs.attention[one]
    return replace(inputs, feature=inputs.feature[one], size=inputs.size[one], attention=attention)
