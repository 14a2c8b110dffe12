"""Rotary positions that can be merged: each token keeps the coordinate it is turned by."""

from dataclasses import dataclass

import torch
from timm.layers import RotaryEmbeddingCat, RotaryEmbeddingDinoV3, RotaryEmbeddingMixed, RotaryEmbeddingMRope
from torch import Tensor, nn

__all__ = ["Position", "stand_in", "undo"]


@dataclass(frozen=True, eq=False)
class Position:
    """Where the patches are, and how fast each channel turns along both axes: an angle is linear in the coordinate.

    So the angle of a mean coordinate is the mean angle, while a mean of sines and cosines would shrink the vector.
    """

    coordinates: Tensor
    """float32 [..., N, 2], in the embedding's own units and order of axes"""
    frequencies: Tensor
    """[2, D/2], or [2, layers, H, D/2] where each layer and head has its own; radians per unit"""

    def __getitem__(self, layer: int) -> "Position":
        # timm takes a mixed embedding apart by layer; ours picks its layer in sines_and_cosines.
        return self

    def sines_and_cosines(self, layer: int, half: bool) -> tuple[Tensor, Tensor]:
        """For the tokens of ``layer``: two of [..., H or 1, N, D], laid out as ``apply_rot_embed`` wants them."""
        own = self.frequencies if self.frequencies.dim() == 2 else self.frequencies[:, layer]
        own = own.float().to(self.coordinates.device)
        first, second = (self.coordinates[..., None, :, axis, None] * own[axis][..., None, :] for axis in (0, 1))
        angle = first + second
        return _spread(angle.sin(), half), _spread(angle.cos(), half)


def stand_in(rope: nn.Module) -> nn.Module:
    """A module with the parameters and buffers of ``rope`` that hands out a Position where ``rope`` gives a table.

    Raises TypeError for an embedding that was not tried, or whose angles turn out not to be those of the Position.
    """
    if type(rope) in _STAND_INS.values():
        return rope
    if type(rope) not in _STAND_INS:
        raise TypeError(f"model has a {type(rope).__name__}, which merging has not been tried with")
    other = _with_state_of(rope, _STAND_INS[type(rope)])
    if not _agree(rope, other):
        raise TypeError(f"model has a {type(rope).__name__} whose angles are not linear in the coordinate as expected")
    return other


def undo(rope: nn.Module) -> nn.Module:
    """What ``stand_in`` was made from, in its present state."""
    host = next(host for host, kind in _STAND_INS.items() if type(rope) is kind)
    return _with_state_of(rope, host)


class _Places:
    """Answers ``get_embed`` with a Position."""

    def get_embed(self, shape: tuple[int, int] | None = None, dtype: torch.dtype | None = None) -> Position:
        if self.training and self.aug_active:
            raise TypeError("model moves rotary coordinates at random in training, not tried with merging")
        grid, frequencies = self.grid(tuple(shape or self.feat_shape))
        return Position(torch.stack(grid, -1).flatten(0, 1).to(frequencies.device), frequencies)


class _Cat(_Places, RotaryEmbeddingCat):
    def grid(self, shape: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
        full = self.ref_feat_shape or shape
        axes = [(torch.arange(side) + self.grid_offset) / side * whole for side, whole in zip(shape, full, strict=True)]
        return _mesh(axes, self.grid_indexing), _by_axis(self.bands)


class _DinoV3(_Places, RotaryEmbeddingDinoV3):
    def grid(self, shape: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
        whole = {"min": min(shape), "max": max(shape)}
        axes = [(torch.arange(0.5, side) + self.grid_offset) / whole.get(self.normalize_coords, side) for side in shape]
        return _mesh([2 * axis - 1 for axis in axes], self.grid_indexing), _by_axis(2 * torch.pi / self.periods)


class _Mixed(_Places, RotaryEmbeddingMixed):
    def grid(self, shape: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
        return _mesh([torch.arange(float(side)) for side in shape], self.grid_indexing), self.freqs


class _MRope(_Places, RotaryEmbeddingMRope):
    def grid(self, shape: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
        frequencies = torch.stack([self.inv_freq * (self.axis == axis) for axis in (1, 2)])
        return _mesh([torch.arange(float(side)) for side in shape], self.grid_indexing), frequencies


_STAND_INS = {
    RotaryEmbeddingCat: _Cat,
    RotaryEmbeddingDinoV3: _DinoV3,
    RotaryEmbeddingMixed: _Mixed,
    RotaryEmbeddingMRope: _MRope,
}


def _mesh(axes: list[Tensor], indexing: str) -> list[Tensor]:
    """Rows and columns of every patch, [H, W] each; "xy" names the column first."""
    rows, columns = torch.meshgrid(*axes, indexing="ij")
    return [columns, rows] if indexing == "xy" else [rows, columns]


def _by_axis(bands: Tensor) -> Tensor:
    """The same frequencies for both axes, in channels of their own: [2, D/2]."""
    return torch.block_diag(bands, bands)


def _spread(x: Tensor, half: bool) -> Tensor:
    # One angle turns two channels: neighbours, or one from each half.
    return torch.cat([x, x], -1) if half else x.repeat_interleave(2, -1)


def _with_state_of(module: nn.Module, kind: type[nn.Module]) -> nn.Module:
    other = kind.__new__(kind)
    vars(other).update(vars(module))
    return other


@torch.no_grad()
def _agree(rope: nn.Module, other: nn.Module) -> bool:
    # One kind keeps its table and hears of no other shape; for the rest a small grid will do.
    shape = getattr(rope, "feat_shape", None) if isinstance(rope, RotaryEmbeddingCat) else None
    shape = shape or (3, 5)
    # In training some move their coordinates at random; these copies are asked as in evaluation.
    table, position = (_with_state_of(part, type(part)).eval().get_embed(shape) for part in (rope, other))
    half = getattr(rope, "rotate_half", isinstance(rope, RotaryEmbeddingMRope))
    layers = range(table.shape[0]) if table.dim() == 4 else [0]
    ours = torch.stack([torch.cat(position.sines_and_cosines(layer, half), -1) for layer in layers])
    tolerance = 1e-4 if table.dtype == torch.float32 else 2e-2
    return table.is_meta or torch.allclose(ours.view_as(table), table.float(), rtol=0, atol=tolerance)
