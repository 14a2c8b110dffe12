"""How many patches of each frame a token holds."""

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from tome.grouping import Grouping
from tome.hosts.position import Position

__all__ = ["Occupancy"]


@dataclass(frozen=True, eq=False)
class Occupancy(Position):
    """How many patches of each frame a token holds."""

    patches: Tensor
    """float32 [..., N, T]"""

    def with_prefix(self, prefix: int, batch: int) -> "Occupancy":
        # Each frame has a prefix of equal length, which counts as one patch of it.
        frames = self.patches.shape[-1]
        lead = torch.eye(frames, device=self.patches.device).repeat_interleave(prefix // frames, 0)
        return Occupancy(torch.cat([lead, self.patches]))

    def merge(self, grouping: Grouping, size: Tensor) -> "Occupancy":
        patches = self.patches.expand(len(size), -1, -1)
        return Occupancy(grouping.merge(patches, torch.ones_like(size), normalise=False))

    def select(self, images: Tensor | slice) -> "Occupancy":
        return self if self.patches.dim() == 2 else replace(self, patches=self.patches[images])

    def repeat(self, tokens: Tensor) -> "Occupancy":
        # A copy of a token represents one of its patches, spread over its frames like all of them.
        patches = self.patches[..., tokens, :]
        return Occupancy(patches / patches.sum(-1, keepdim=True))

    @classmethod
    def cat(cls, parts: "list[Self]") -> Self:
        return parts[0] if parts[0].patches.dim() == 2 else cls(torch.cat([part.patches for part in parts]))

    @property
    def nbytes(self) -> int:
        return self.patches.nbytes

    @property
    def spanning(self) -> Tensor:
        """Return whether each token holds patches of more than one frame, bool [..., N]."""
        return (self.patches > 0).sum(-1) > 1

    def counts(self) -> Tensor:
        """Return the number of patches of each key in the frames of each query: [B or 1, 1, N, N]."""
        patches = self.patches if self.patches.dim() == 3 else self.patches[None]
        return ((patches > 0).to(patches.dtype) @ patches.transpose(-1, -2))[:, None]
