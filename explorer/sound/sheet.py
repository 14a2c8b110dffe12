"""A spectrogram before and after layers as one picture: time to the right, low bands at the bottom."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from explorer.media.sounds import shares
from explorer.sound.compute import SoundRun

__all__ = ["painted", "spectrogram_sheet"]

GAP, LINE = 6, 18
"""gap between pictures and height of a line of text, in pixels"""
INK, PAPER = (33, 33, 33), (255, 255, 255)
GOLDEN = 0.618034
"""golden ratio: a step in hue that keeps consecutive tokens distinct"""


def spectrogram_sheet(run: SoundRun, layers: Sequence[int], captions: Sequence[str]) -> Image.Image:
    """Draw ``layers`` (0 is the spectrogram as the model takes it) one below another, with token counts."""
    bands, frames = run.spectrogram.shape
    tokens = run.record["tokens"]
    height = GAP + len(layers) * (bands + GAP + LINE) + len(captions) * LINE + GAP
    sheet = Image.new("RGB", (frames + 2 * GAP, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    for row, layer in enumerate(layers):
        top = GAP + row * (bands + GAP + LINE)
        words = "spectrogram, as the model takes it" if layer == 0 else f"layer {layer}: {tokens[layer]} of {tokens[0]}"
        draw.text((GAP, top), words + (" tokens" if layer else ""), fill=INK)
        sheet.paste(Image.fromarray(painted(run, layer)[::-1]), (GAP, top + LINE))
    for number, caption in enumerate(captions, 1):
        draw.text((GAP, height - GAP - (len(captions) + 1 - number) * LINE), caption, fill=INK)
    return sheet


def painted(run: SoundRun, layer: int) -> np.ndarray:
    """Return the spectrogram in grey, with each merged token in its own hue at its mean level: uint8 [128, frames, 3].

    Low bands come first.  Tokens of one patch stay grey; dropped patches have the background colour.
    """
    level = shares(run.spectrogram)
    source = run.sources[layer]
    grey = np.repeat((255 * level)[..., None], 3, -1)
    if layer == 0:
        return grey.astype(np.uint8)
    labels = np.maximum(source, 0)
    places = np.bincount(labels.reshape(-1))
    mean = np.bincount(labels.reshape(-1), level.reshape(-1)) / np.maximum(places, 1)
    bright = 70 + 185 * mean[labels]
    out = np.where(_merged(run, layer)[..., None], bright[..., None] * _tints(len(places))[labels], grey)
    out[_edges(source)] *= 0.4
    out[source < 0] = 255
    return out.round().astype(np.uint8)


def _merged(run: SoundRun, layer: int) -> np.ndarray:
    """Return where tokens hold more than one patch: bool [128, frames]."""
    first, source = run.sources[0], run.sources[layer]
    pairs = np.unique(np.stack([source.reshape(-1), first.reshape(-1)]), axis=1)[0]
    patches = np.bincount(pairs[pairs >= 0], minlength=source.max() + 1)
    return (source >= 0) & (patches[np.maximum(source, 0)] > 1)


def _tints(count: int) -> np.ndarray:
    """Return a light hue for each token, float [count, 3] of at most 1."""
    turn = 2 * np.pi * GOLDEN * np.arange(count)
    return 0.72 + 0.28 * np.cos(turn[:, None] - 2 * np.pi * np.arange(3) / 3)


def _edges(source: np.ndarray) -> np.ndarray:
    edge = np.zeros(source.shape, bool)
    edge[:-1] |= source[:-1] != source[1:]
    edge[:, :-1] |= source[:, :-1] != source[:, 1:]
    return edge
