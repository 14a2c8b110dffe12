"""A decoded record: pictures, tokens of the patches after every layer, and colours."""

from base64 import b64decode
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Literal, get_args

import numpy as np
from PIL import Image

from explorer.export.drawing import BLANK
from explorer.export.heat import Heat
from explorer.export.hues import TEXT_HUES, region_hues, size_colours
from explorer.records.schema import DROPPED, Record

__all__ = ["DIMMED", "FILLS", "Fill", "Story", "difference_colours"]

Fill = Literal["mean", "region", "size", "photo", "difference"]
FILLS: tuple[str, ...] = tuple(fill for fill in get_args(Fill) if fill != "difference")
"""fills of a single picture"""
DIMMED = ("region", "size")
"""fills so strong that everything but a pinned token is darkened"""
DIFFERENT = (213, 94, 0)
OVERLAY = 209
"""alpha of a translucent fill"""


@dataclass(frozen=True, eq=False)
class Story:
    """A record with its picture."""

    record: Record
    jpeg: bytes
    """the photo or the spectrogram; of a clip its frames, one below the other; of a text nothing"""
    heat: Heat | None = None
    """similarities to a pinned patch, drawn instead of a fill"""
    rival: "Story | None" = None
    """the reference, from which a fill by difference is"""

    @property
    def last(self) -> int:
        return len(self.record.layers) - 1

    @property
    def frames(self) -> int:
        """Number of pictures; 1 except for clips."""
        return len(self.record.frames.times) if self.record.frames else 1

    @property
    def words(self) -> tuple[str, ...]:
        """What stands in the cells of a text."""
        return tuple(self.record.text.words) if self.record.text else ()

    @cached_property
    def held(self) -> np.ndarray:
        """Which cells hold a patch or a word: bool [frames · rows, columns].  Those after the last word do not."""
        rows, cols = self.record.grid
        cells = np.arange(self.frames * rows * cols).reshape(-1, cols)
        return cells < (len(self.words) if self.record.text else cells.size)

    @cached_property
    def labels(self) -> tuple[np.ndarray, ...]:
        """The token of every patch in every layer, int [frames · rows, columns]; −1 for dropped patches."""
        rows, cols = self.record.grid
        found = []
        for layer in self.record.layers:
            raw = np.frombuffer(b64decode(layer.labels), "<u2").astype(int)
            found.append(np.where(raw == DROPPED, -1, raw).reshape(self.frames * rows, cols))
        return tuple(found)

    @cached_property
    def largest(self) -> int:
        """Patches of the largest token of all layers."""
        return max(int(self.sizes(layer).max(initial=1)) for layer in range(len(self.labels)))

    @cached_property
    def _hues(self) -> list[np.ndarray]:
        return region_hues(self.labels, text=bool(self.words))

    @cached_property
    def pictures(self) -> tuple[bytes, ...]:
        """A JPEG for every frame."""
        if self.frames == 1:
            return (self.jpeg,)
        sheet = Image.open(BytesIO(self.jpeg))
        tall = sheet.height // self.frames
        parts = []
        for frame in range(self.frames):
            stream = BytesIO()
            sheet.crop((0, frame * tall, sheet.width, (frame + 1) * tall)).save(stream, "JPEG", quality=85)
            parts.append(stream.getvalue())
        return tuple(parts)

    def sizes(self, layer: int) -> np.ndarray:
        """Return the number of patches of each token."""
        labels = self.labels[layer]
        return np.bincount(labels[labels >= 0], minlength=self.record.layers[layer].tokens - self.record.prefix)

    def drawn(self, fill: Fill) -> Fill:
        """Return the fill that is drawn: of a text, region instead of mean."""
        return "region" if self.words and fill == "mean" else fill

    def differences(self, layer: int) -> np.ndarray:
        """Return the Jaccard distance of every patch's groups here and in the reference, [rows, columns]; 0 without one."""
        here = self.labels[layer]
        if self.rival is None:
            return np.zeros(here.shape)
        there = self.rival.labels[min(layer, self.rival.last)]
        _, pairs, counts = np.unique(here * 65536 + there, return_inverse=True, return_counts=True)
        shared = counts[pairs].reshape(here.shape)
        sizes = self.sizes(layer)[here] + self.rival.sizes(min(layer, self.rival.last))[there]
        dropped = (here < 0) | (there < 0)
        return np.where(dropped, np.where(here == there, 0, 1), 1 - shared / np.maximum(sizes - shared, 1))

    def shades(self, layer: int) -> np.ndarray:
        """Return the colour of every patch by its difference from the reference, uint8 [patches, 4]."""
        return difference_colours(self.differences(layer).reshape(-1))

    def colours(self, layer: int, fill: Fill) -> np.ndarray:
        """Return the colour of each token, uint8 [tokens, 4]; alpha 0 shows the photo."""
        sizes = self.sizes(layer)
        fill = self.drawn(fill)
        colours = np.zeros((len(sizes), 4), np.uint8)
        if fill in ("photo", "difference"):
            return colours
        if fill == "mean":
            colours[:, :3], colours[:, 3] = self._means(layer, sizes), 255
        elif fill == "region":
            hues = self._hues[layer]
            colours[: len(hues), :3], colours[:, 3] = TEXT_HUES[hues], OVERLAY
        else:
            colours[:, :3], colours[:, 3] = size_colours(sizes, self.largest), OVERLAY
        if fill != "size":
            colours[sizes <= 1, 3] = 0
        return colours

    @property
    def mean_colour(self) -> np.ndarray:
        """The mean colour of what is under a translucent fill, float [3]."""
        return np.array(BLANK, float) if self.words else self._pixels.mean(0)

    @cached_property
    def _pixels(self) -> np.ndarray:
        """The mean colour of every patch."""
        return np.frombuffer(b64decode(self.record.colours), np.uint8).reshape(-1, 3)

    def _means(self, layer: int, sizes: np.ndarray) -> np.ndarray:
        labels = self.labels[layer].reshape(-1)
        kept = labels >= 0
        sums = [np.bincount(labels[kept], self._pixels[kept, channel], len(sizes)) for channel in range(3)]
        return np.rint(np.stack(sums, 1) / np.maximum(sizes, 1)[:, None])


def difference_colours(shares: np.ndarray) -> np.ndarray:
    """Return the colours of differences from 0 to 1, uint8 [differences, 4]; the photo shows where there is none."""
    alpha = np.where(shares > 0, np.floor(255 * (0.25 + 0.65 * shares) + 0.5), 0)
    return np.column_stack([np.tile(DIFFERENT, (shares.size, 1)), alpha]).astype(np.uint8)
