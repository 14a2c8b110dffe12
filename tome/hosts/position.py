"""Positions of tokens: a merged token has the mean position of its patches."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from tome.grouping import Grouping

__all__ = ["Members", "Position", "RotaryPosition"]


class Position(ABC):
    """Positions of the tokens of a forward."""

    @abstractmethod
    def with_prefix(self, prefix: int, batch: int) -> "Position":
        """Return the same for tokens with ``prefix`` leading ones, of a batch."""

    @abstractmethod
    def merge(self, grouping: Grouping, size: Tensor) -> "Position":
        """Return the positions after a step; ``size`` [B, N] counts the patches of each token before it."""

    @abstractmethod
    def select(self, images: Tensor | slice) -> "Position":
        """Return the positions of some images of the batch."""

    @abstractmethod
    def repeat(self, tokens: Tensor) -> "Position":
        """Return the positions of ``tokens``, long [n], in this order, repetitions allowed."""

    @classmethod
    @abstractmethod
    def cat(cls, parts: "list[Self]") -> Self:
        """Return the positions of the images of all ``parts``, in order."""

    @property
    def nbytes(self) -> int:
        """About the memory this holds."""
        return 0

    def __getitem__(self, layer: int) -> "Position":
        # A model that keeps one table a layer takes it apart; this picks its layer itself.
        return self


@dataclass(frozen=True, eq=False)
class RotaryPosition(Position):
    """Coordinates, and the frequency of each channel along each axis: an angle is linear in the coordinate.

    So the angle of a mean coordinate is the mean angle; a mean of sines and cosines would shrink the vector.
    """

    coordinates: Tensor
    """float32 [..., N, axes], in the embedding's own units and order of axes: two, or three for a clip"""
    frequencies: Tensor
    """[axes, angles], or [axes, layers, H, angles] where each layer and head has its own; radians per unit"""

    def with_prefix(self, prefix: int, batch: int) -> "RotaryPosition":
        # Prefix tokens have no position: coordinate 0 means no rotation.
        return replace(self, coordinates=F.pad(self.coordinates, (0, 0, prefix, 0)))

    def merge(self, grouping: Grouping, size: Tensor) -> "RotaryPosition":
        coordinates = self.coordinates.expand(size.shape[0], -1, -1)
        return replace(self, coordinates=grouping.merge(coordinates, size))

    def select(self, images: Tensor | slice) -> "RotaryPosition":
        return self if self.coordinates.dim() == 2 else replace(self, coordinates=self.coordinates[images])

    def repeat(self, tokens: Tensor) -> "RotaryPosition":
        return replace(self, coordinates=self.coordinates[..., tokens, :])

    @classmethod
    def cat(cls, parts: "list[Self]") -> Self:
        if parts[0].coordinates.dim() == 2:
            return parts[0]
        return replace(parts[0], coordinates=torch.cat([part.coordinates for part in parts]))

    @property
    def nbytes(self) -> int:
        return self.coordinates.nbytes

    def angles(self, layer: int) -> Tensor:
        """Return the angles of the tokens of ``layer``, [..., H or 1, N, angles]."""
        own = self.frequencies if self.frequencies.dim() == 2 else self.frequencies[:, layer]
        own = own.float().to(self.coordinates.device)
        first, *others = (
            self.coordinates[..., None, :, axis, None] * own[axis][..., None, :] for axis in range(len(own))
        )
        return sum(others, first)

    def sines_and_cosines(self, layer: int, half: bool) -> tuple[Tensor, Tensor]:
        """Return sines and cosines for the tokens of ``layer``, [..., H or 1, N, D] each.

        One angle rotates two channels: with ``half`` one of each half of D, otherwise neighbours.
        """
        angle = self.angles(layer)
        return _per_channel(angle.sin(), half), _per_channel(angle.cos(), half)


@dataclass(frozen=True, eq=False)
class Members(Position):
    """The patches of each token, for a model with a table of biases between pairs of places."""

    source: Grouping | None = None
    """from the full grid to the tokens; None before the first merge"""
    tokens: Tensor | None = None
    """long [n]: which of these are meant, in this order; None for each of them once"""

    def with_prefix(self, prefix: int, batch: int) -> "Members":
        return self

    def merge(self, grouping: Grouping, size: Tensor) -> "Members":
        if self.tokens is not None:
            raise ValueError("positions must name each token once before a merge; some occur several times")
        return replace(self, source=grouping if self.source is None else self.source.then(grouping))

    def select(self, images: Tensor | slice) -> "Members":
        if self.source is None:
            return self
        return replace(self, source=Grouping(self.source.group[images], self.source.n_out))

    def repeat(self, tokens: Tensor) -> "Members":
        return replace(self, tokens=tokens if self.tokens is None else self.tokens[tokens])

    @classmethod
    def cat(cls, parts: "list[Self]") -> Self:
        sources = [part.source for part in parts if part.source is not None]
        if not sources:
            return parts[0]
        return replace(parts[0], source=Grouping(torch.cat([source.group for source in sources]), sources[0].n_out))

    @property
    def nbytes(self) -> int:
        return 0 if self.source is None else self.source.group.nbytes

    def mean_over_pairs(self, table: Tensor) -> Tensor:
        """Return the mean of ``table`` [H, N0, N0] over the pairs of places of every two tokens: [B or 1, H, N, N]."""
        once = self.mean_over_members(table.permute(1, 0, 2).flatten(1))  # [B, N, H·N0]
        batch, tokens, _ = once.shape
        columns = once.view(batch, tokens, len(table), -1).permute(0, 3, 2, 1).flatten(2)  # [B, N0, H·N]
        both = self.mean_over_members(columns).view(batch, tokens, len(table), tokens)
        return both.permute(0, 2, 3, 1)

    def mean_over_members(self, x: Tensor) -> Tensor:
        """Return the mean of ``x`` [N0, D] or [B, N0, D] over the places of each token: [B or 1, N, D]."""
        x = x if x.dim() == 3 else x[None]
        if self.source is not None:
            x = x.expand(self.source.group.shape[0], -1, -1)
            x = self.source.merge(x, torch.ones_like(self.source.group, dtype=torch.float32))
        return x if self.tokens is None else x[:, self.tokens]


def _per_channel(x: Tensor, half: bool) -> Tensor:
    return torch.cat([x, x], -1) if half else x.repeat_interleave(2, -1)
