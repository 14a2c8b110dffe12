"""The similarity of a pinned patch to every patch of a picture, layer by layer, in colours."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from explorer.export.hues import ramp

__all__ = ["Heat", "Row"]

GONE = 255
"""of a dropped patch; see ``explorer.engine.heat``"""
ALPHA = 199


@dataclass(frozen=True, eq=False)
class Row:
    """The similarities in one layer."""

    low: float
    high: float
    steps: np.ndarray
    """uint8 [patches], from 0 at ``low`` to 254 at ``high``"""

    @property
    def closest(self) -> int | None:
        """The most similar of the remaining patches, the first among equals."""
        left = np.where(self.steps == GONE, -1, self.steps.astype(int))
        return int(left.argmax()) if left.max(initial=-1) >= 0 else None

    @property
    def pixels(self) -> np.ndarray:
        """RGBA of each patch, uint8 [patches, 4]; a dropped patch is transparent."""
        there = self.steps != GONE
        colours = ramp(np.where(there, self.steps, 0) / (GONE - 1))
        return np.concatenate([colours, np.where(there, ALPHA, 0)[:, None]], 1).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Heat:
    """The similarities of ``patch`` in all layers; None where nothing is compared."""

    patch: int
    told: Sequence[Mapping[str, Any] | None]
    """from ``explorer.engine.heat.warm``, as the viewer reads it"""
    own: bool = True
    """whether the patch is one of this picture; else of the photo beside it, on the same scale"""

    @cached_property
    def layers(self) -> Sequence[Row | None]:
        return [
            layer and Row(layer["low"], layer["high"], np.frombuffer(b64decode(layer["values"]), np.uint8))
            for layer in self.told
        ]

    def outlined(self, layer: int) -> int | None:
        """Return the patch whose token is outlined: of another photo, the most similar one."""
        row = self.layers[layer]
        return self.patch if self.own else row and row.closest
