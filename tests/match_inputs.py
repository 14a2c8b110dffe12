"""Typical and degenerate inputs for matching."""

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from tome.matching.match_input import MatchInput

METRICS = ("cosine", "dot", "euclidean", "softmax")
PARTITIONS = ("alternating", "sequential", "random")
NASTY = ("equal", "zero", "twins", "ties", "one direction")


def make(
    tokens: int = 10, r: int = 2, prefix: int = 1, batch: int = 2, width: int = 4, kind: str = "random", **choices: Any
) -> MatchInput:
    """A inputs of random or degenerate float64 tokens: see ``features``.  ``choices`` are fields of MatchInput."""
    dice = torch.Generator().manual_seed(1000 * choices.get("seed", 0) + tokens)
    shape = (batch, tokens, width)
    attention = torch.rand(batch, tokens, generator=dice, dtype=torch.float64)
    size = torch.randint(1, 6, shape[:2], generator=dice).float()
    size[:, :prefix] = 1
    fields = {"attention": attention / attention.sum(1, keepdim=True), "size": size, "depth": 12, "layer": 3}
    return MatchInput(features(shape, kind, dice), r=r, prefix=prefix, **{**fields, **choices})


def features(shape: tuple[int, int, int], kind: str, dice: torch.Generator) -> Tensor:
    x = torch.randn(shape, generator=dice, dtype=torch.float64)
    if kind == "equal":
        return x[:, :1].repeat(1, shape[1], 1)
    if kind == "zero":
        return x * (torch.rand(shape[:2], generator=dice) < 0.5)[..., None]
    if kind == "twins":
        return x[:, torch.arange(shape[1]) // 2]
    if kind == "ties":
        return x.round()
    if kind == "one direction":
        return x[:, :1] * (1 + torch.arange(shape[1]))[:, None]
    return x


@st.composite
def match_inputs(
    draw: st.DrawFn, kinds: tuple[str, ...] = ("random", *NASTY), least: int = 2, most: int = 40, **fixed: Any
) -> MatchInput:
    """Any legal inputs of ``least`` to ``most`` free tokens and up to 5 of prefix."""
    free = draw(st.integers(least, most), label="free")
    prefix = draw(st.integers(0, 5), label="prefix")
    drawn = {
        "tokens": prefix + free,
        "prefix": prefix,
        "r": draw(st.integers(1, free // 2), label="r"),
        "batch": draw(st.integers(1, 3), label="batch"),
        "kind": draw(st.sampled_from(kinds), label="kind"),
        "metric": draw(st.sampled_from(METRICS), label="metric"),
        "partition": draw(st.sampled_from(PARTITIONS), label="partition"),
        "layer": draw(st.integers(0, 11), label="layer"),
        "seed": draw(st.integers(0, 99), label="seed"),
    }
    return make(**{**drawn, **fixed})


def image(inputs: MatchInput, index: int) -> MatchInput:
    """One image of a inputs, as a batch of one."""
    one = slice(index, index + 1)
    fields = {**vars(inputs), "feature": inputs.feature[one], "size": inputs.size[one]}
    return MatchInput(**{**fields, "attention": None if inputs.attention is None else inputs.attention[one]})
