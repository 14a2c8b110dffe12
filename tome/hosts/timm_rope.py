"""timm's rotary embeddings, wrapped to return mergeable coordinates instead of a table of angles."""

from typing import Any

import torch
from timm.layers import RotaryEmbeddingCat, RotaryEmbeddingDinoV3, RotaryEmbeddingMixed, RotaryEmbeddingMRope
from torch import Tensor, nn

from tome.forward.surgery import with_state_of
from tome.hosts.position import RotaryPosition

__all__ = ["unwrap", "wrap"]


def wrap(rope: nn.Module) -> nn.Module:
    """Wrap ``rope``: the same parameters and buffers, but a RotaryPosition in place of a table.

    Raises TypeError for an untested embedding, or if the angles differ from those of the Position.
    """
    if type(rope) in _WRAPPERS.values():
        return rope
    if type(rope) not in _WRAPPERS:
        raise TypeError(f"model must have no {type(rope).__name__}: merging was not tested with it")
    other = with_state_of(rope, _WRAPPERS[type(rope)])
    if not _agree(rope, other):
        raise TypeError(f"model must rotate by angles linear in the coordinate; its {type(rope).__name__} does not")
    return other


def unwrap(rope: nn.Module) -> nn.Module:
    """Undo ``wrap``; the module keeps its present state."""
    host = next(host for host, kind in _WRAPPERS.items() if type(rope) is kind)
    return with_state_of(rope, host)


_PATCHES = "inputs must be images for a model with rotary positions: merging was not tested with patches"


class _Places:
    """Returns a Position from ``get_embed``."""

    def get_embed(self: Any, shape: tuple[int, int] | None = None, dtype: torch.dtype | None = None) -> RotaryPosition:
        if dtype is not None:  # asked for by batches of patches alone
            raise TypeError(_PATCHES)
        if self.training and self.aug_active:
            raise TypeError(
                "model must not move rotary coordinates at random in training: merging was not tested with it"
            )
        grid, frequencies = self.grid(tuple(shape or self.feat_shape))
        return RotaryPosition(torch.stack(grid, -1).flatten(0, 1).to(frequencies.device), frequencies)

    def get_batch_embeds(self, *args: object, **kwargs: object) -> RotaryPosition:
        raise TypeError(_PATCHES)


class _Cat(_Places, RotaryEmbeddingCat):  # type: ignore[misc]
    def grid(self: Any, shape: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
        full = self.ref_feat_shape or shape
        axes = [(torch.arange(side) + self.grid_offset) / side * whole for side, whole in zip(shape, full, strict=True)]
        return _mesh(axes, self.grid_indexing), _by_axis(self.bands)


class _DinoV3(_Places, RotaryEmbeddingDinoV3):  # type: ignore[misc]
    def grid(self: Any, shape: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
        whole = {"min": min, "max": max}.get(self.normalize_coords)
        sides = shape if whole is None else 2 * [whole(shape)]
        axes = [(torch.arange(0.5, side) + self.grid_offset) / by for side, by in zip(shape, sides, strict=True)]
        return _mesh([2 * axis - 1 for axis in axes], self.grid_indexing), _by_axis(2 * torch.pi / self.periods)


class _Mixed(_Places, RotaryEmbeddingMixed):  # type: ignore[misc]
    def grid(self: Any, shape: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
        return _mesh([torch.arange(float(side)) for side in shape], self.grid_indexing), self.freqs


class _MRope(_Places, RotaryEmbeddingMRope):  # type: ignore[misc]
    def grid(self: Any, shape: tuple[int, int]) -> tuple[list[Tensor], Tensor]:
        frequencies = torch.stack([self.inv_freq * (self.axis == axis) for axis in (1, 2)])
        return _mesh([torch.arange(float(side)) for side in shape], self.grid_indexing), frequencies


_WRAPPERS: dict[type[nn.Module], type[nn.Module]] = {
    RotaryEmbeddingCat: _Cat,
    RotaryEmbeddingDinoV3: _DinoV3,
    RotaryEmbeddingMixed: _Mixed,
    RotaryEmbeddingMRope: _MRope,
}


def _mesh(axes: list[Tensor], indexing: str) -> list[Tensor]:
    """Return rows and columns of every patch, [H, W] each; column first for "xy"."""
    rows, columns = torch.meshgrid(*axes, indexing="ij")
    return [columns, rows] if indexing == "xy" else [rows, columns]


def _by_axis(bands: Tensor) -> Tensor:
    """Return the same frequencies for both axes, in channels of their own: [2, D/2]."""
    return torch.block_diag(bands, bands)


@torch.no_grad()
def _agree(rope: nn.Module, other: nn.Module) -> bool:
    # One kind keeps its table and ignores other shapes; a small grid suffices for the rest.
    shape = getattr(rope, "feat_shape", None) if isinstance(rope, RotaryEmbeddingCat) else None
    shape = shape or (3, 5)
    # In training some jitter their coordinates; these copies are in evaluation mode.
    table, position = (with_state_of(part, type(part)).eval().get_embed(shape) for part in (rope, other))
    half = getattr(rope, "rotate_half", isinstance(rope, RotaryEmbeddingMRope))
    layers = range(table.shape[0]) if table.dim() == 4 else [0]
    ours = torch.stack([torch.cat(position.sines_and_cosines(layer, half), -1) for layer in layers])
    tolerance = 1e-4 if table.dtype == torch.float32 else 2e-2
    return table.is_meta or torch.allclose(ours.view_as(table), table.float(), rtol=0, atol=tolerance)
